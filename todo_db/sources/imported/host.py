"""The process of its own in which models are imported: prints what they state, as JSON, for `process.py`.

The user's code runs here alone, so that nothing it does (printing, exiting, threads, names that clash)
reaches the command, and so that the command can start scratch meanwhile.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from todo_db.sources.imported import BadModelsError
from todo_db.sources.recording import Recorder

_METADATA = 'models = "module:attribute" names a MetaData, a class with one, or a function that gives one'


def main() -> None:
    """Import the models that the request in argv names and write the answer to the given descriptor."""
    request = json.loads(sys.argv[1])
    _die_with(request["leash"])
    with os.fdopen(request["answer"], "w", encoding="utf-8") as stream:
        recorder = Recorder()
        answer = _answer(request, recorder)
        json.dump(answer, stream)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads and exit handlers of the user's modules have nothing left to do


def _answer(request: dict[str, Any], recorder: Recorder) -> dict[str, Any]:
    root = Path(request["root"])
    sys.path[:0] = [str(p) for p in (root, root / "src") if p.is_dir()]
    sys.argv = ["todo-db"]
    recorder.start()
    try:
        from todo_db.sources.imported import facts, watch

        watching = watch.Watch(recorder.is_installed)
        metadatas, modules = _load(request["models"])
        found = facts.gather(watching, metadatas, request["models"])
        left_out = list(_left_out(modules))
    except BadModelsError as error:
        return {"error": {"what": error.what, "where": error.where, "hint": error.hint}}
    except BaseException as error:  # SystemExit too: whatever the user's modules do is told, not suffered
        return {"error": _explain(error, recorder)}
    evidence, reasons = recorder.finish()
    return {"facts": found, "left_out": left_out, "evidence": evidence, "reasons": reasons}


def _die_with(leash: int) -> None:
    """End with the command that asked: its end of the pipe closes when it dies, however it dies."""

    def watch() -> None:
        os.read(leash, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


# ---- what the settings name ----------------------------------------------------------------------------


def _load(names: Iterable[str]) -> tuple[list[Any], list[ModuleType]]:
    """The metadata that the named modules and attributes hold, and the modules."""
    import sqlalchemy as sa

    found: list[sa.MetaData] = []
    modules = []
    for name in names:
        module_name, _, attribute = name.partition(":")
        module = importlib.import_module(module_name)
        if attribute:
            found += _metadata_of(_attribute(module, attribute), name)
        else:
            modules.append(module)
            found += [m for part in _family(module) for v in vars(part).values() for m in _own_metadata(v)]
    unique = list(dict.fromkeys(found))
    return unique, modules


def _family(module: ModuleType) -> list[ModuleType]:
    """A module and, of a package, what its import brought of its own modules."""
    prefix = module.__name__ + "."
    return [module, *(m for n, m in list(sys.modules.items()) if n.startswith(prefix) and m is not None)]


def _own_metadata(value: object) -> Iterator[Any]:
    import sqlalchemy as sa

    if isinstance(value, sa.MetaData):
        yield value
    elif isinstance(value, type) and isinstance(metadata := getattr(value, "metadata", None), sa.MetaData):
        yield metadata
    elif isinstance(value, sa.Table):
        yield value.metadata


def _attribute(module: ModuleType, path: str) -> object:
    value: object = module
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise BadModelsError(
                f"module {module.__name__} has no {path!r}",
                where=getattr(module, "__file__", None),
                hint=_METADATA,
            ) from None
    return value


def _metadata_of(value: object, name: str) -> list[Any]:
    if callable(value) and not isinstance(value, type):
        value = value()
    parts = value if isinstance(value, list | tuple) else [value]
    found = [m for part in parts for m in _own_metadata(part)]
    if not found:
        raise BadModelsError(f"{name} is no MetaData", hint=_METADATA)
    return found


def _left_out(modules: Iterable[ModuleType]) -> Iterator[list[object]]:
    """Modules of the named packages that define tables and were not imported."""
    from todo_db.sources.imported.places import unimported

    imported = {str(getattr(m, "__file__", "")) for m in list(sys.modules.values())}
    for module in modules:
        for folder in getattr(module, "__path__", ()):
            for path, classes in unimported(Path(folder), imported):
                yield [str(path), classes]


# ---- what went wrong -----------------------------------------------------------------------------------


def _explain(error: BaseException, recorder: Recorder) -> dict[str, str | None]:
    place = _place_of(error, recorder)
    if isinstance(error, SystemExit):
        what = f"importing the models ended the program ({error})"
        return {"what": what, "where": place, "hint": None}
    text = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
    return {"what": f"the models cannot be imported: {reason}", "where": place, "hint": _hint(error)}


def _place_of(error: BaseException, recorder: Recorder) -> str | None:
    """The last line of the user's own code in the traceback."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{error.filename}:{error.lineno}"
    place, trace = None, error.__traceback__
    own = Path(__file__).parent
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if not recorder.is_installed(path) and Path(path).parent != own:
            place = f"{path}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _hint(error: BaseException) -> str | None:
    if isinstance(error, ModuleNotFoundError):
        search = "modules are searched from the folder of pyproject.toml"
        return f"install {error.name!r} beside todo-db, or mend `models` in [tool.todo-db]; {search}"
    if "already defined for this MetaData" in str(error):
        return "two classes, or one module under two names, define this table: keep one, or import it one way"
    return None
