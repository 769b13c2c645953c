"""What a set of inputs gave is kept on disk and given again for as long as none of the inputs has changed.

An entry is found by what is known beforehand (settings, versions, our own code) and believed only if
every probe in its evidence (files, folders, environment variables) still gives what it gave. Whatever is
wrong with an entry or its folder, the result is made anew. `TODO_DB_CACHE=0` switches it off.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from todo_db.sources import evidence
from todo_db.sources.evidence import Evidence, digest

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace

T = TypeVar("T")

FORMAT = 1
LARGEST_ENTRY = 64 * 1024 * 1024
LARGEST_FOLDER = 256 * 1024 * 1024
MOST_ENTRIES = 200


def remember(
    ws: Workspace, name: str, key: tuple[str, ...], make: Callable[[], tuple[T, Evidence | None]]
) -> T:
    """What `make` gives, or what it gave when everything was as it is now.

    name: what kind of result it is. key: what is known of its inputs beforehand. `make` gives the result and
    its evidence; None as evidence means that it can't be kept. Errors of `make` go to the caller, unkept.
    """
    found = recall(ws, name, key)
    if found is not None:
        return found[0]  # type: ignore[no-any-return]
    value, inputs = make()
    if inputs is not None:
        keep(ws, name, key, value, inputs)
    return value


def recall(ws: Workspace, name: str, key: tuple[str, ...]) -> tuple[Any] | None:
    """The kept result in a tuple of its own, or None."""
    from todo_db.sources import codec

    path = _entry(ws, name, key)
    if path is None:
        return None
    try:
        entry = _load(path)
        if not evidence.holds(entry["evidence"], ws.environ):
            return None
        return (codec.decode(entry["value"]),)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # torn, tampered with, or of another version: it is made anew


def keep(ws: Workspace, name: str, key: tuple[str, ...], value: object, inputs: Evidence) -> None:
    """Keep a result; that it can't be written is no reason to fail."""
    from todo_db.sources import codec

    path = _entry(ws, name, key)
    if path is None:
        return
    data = json.dumps({"evidence": inputs, "value": codec.encode(value)}, separators=(",", ":")).encode()
    if len(data) > LARGEST_ENTRY:
        return
    with contextlib.suppress(OSError):
        _write(path, data)
        _prune(path.parent)


def _load(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        status = os.fstat(stream.fileno())
        if status.st_uid != os.geteuid() or status.st_size > LARGEST_ENTRY:
            raise ValueError("not an entry of ours")
        found = json.load(stream)
    if not isinstance(found, dict):
        raise ValueError("not an entry")
    return found


def _entry(ws: Workspace, name: str, key: tuple[str, ...]) -> Path | None:
    """The file of an entry; None where nothing is kept."""
    if ws.environ.get("TODO_DB_CACHE", "") in ("0", "no", "off", "false"):
        return None
    folder = _folder(ws.environ)
    parts = (str(FORMAT), name, own_code(), sys.version, sys.executable, str(ws.settings.root), *key)
    return (
        folder / f"{name}-{digest(*(p.encode('utf-8', 'surrogateescape') for p in parts))}.json"
        if folder
        else None
    )


def _folder(environ: Mapping[str, str]) -> Path | None:
    """The user's own folder, made where it is missing; None where somebody else could write into it."""
    from todo_db.postgres.folders import cache_dir

    base = cache_dir(environ)
    folder = base / "results"
    try:
        base.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder if _private(base) and _private(folder) else None
    except OSError:
        return None


def _private(folder: Path) -> bool:
    status = folder.lstat()
    writable_by_others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not writable_by_others


def _write(path: Path, data: bytes) -> None:
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _prune(folder: Path) -> None:
    """Remove the entries that were written longest ago, so that the folder stays small."""
    found = [(p.stat().st_mtime_ns, p.stat().st_size, p) for p in folder.iterdir()]
    found.sort(reverse=True)
    total = 0
    for number, (_, size, path) in enumerate(found, 1):
        total += size
        if number > MOST_ENTRIES or total > LARGEST_FOLDER:
            path.unlink(missing_ok=True)


# ---- keys and evidence that every result has -------------------------------------------------------------


@cache
def own_code() -> str:
    """Names our own code: a result of other code is not one of ours."""
    package = Path(__file__).parent.parent
    return digest(*(f"{path}:{size}:{time}".encode() for path, size, time in sorted(_files(str(package)))))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith((".py", ".sql")):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
            elif entry.name != "__pycache__" and entry.is_dir():
                yield from _files(entry.path)


def interpreter_key(environ: Mapping[str, str]) -> str:
    """What of the environment Python itself reads before any of our code can watch it."""
    pairs = sorted((k, v) for k, v in environ.items() if k.startswith("PYTHON") or k == "HOME")
    return digest(*(part.encode("utf-8", "surrogateescape") for pair in pairs for part in pair))


def scratch_key(ws: Workspace) -> str:
    """Names the PostgreSQL that scratch is: another version may spell what it stores in another way."""
    if ws.environ.get("TODO_DB_SCRATCH_URL"):
        return f"server {ws.scratch.server_version}"
    from todo_db.postgres.binaries import find

    programs = find(ws.environ)
    return f"{programs.postgres} {programs.version} {evidence.stamp(str(programs.postgres), {})}"


def installed_now() -> Evidence:
    """Evidence for what is installed: distributions with their versions, and the modules that are loaded."""
    folders = {p for p in sys.path if p.rstrip("/").endswith("-packages")}
    files = (getattr(m, "__file__", None) for m in list(sys.modules.values()))
    modules = {f for f in files if isinstance(f, str) and "-packages/" in f}
    return {
        "installed": evidence.take("installed", folders, {}),
        "stamp": evidence.take("stamp", modules, {}),
    }
