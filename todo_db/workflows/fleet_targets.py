"""The databases and schemas of a fleet: read from a file or a command; remembered as far as they are done."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError, UndeterminedError, UsageError
from todo_db.masking import mask

if TYPE_CHECKING:
    from todo_db.postgres.target import Purpose

_PATIENCE = 600  # seconds for which a command that lists the targets may run


@dataclass(frozen=True, slots=True)
class FleetTarget:
    """One database, or one schema in one. name: what it is called; identity: which one it is.

    Neither holds a secret. schema: None for the whole database.
    """

    name: str
    url: str = field(repr=False)
    identity: str
    schema: str | None = None


def read(source: str, root: Path, purpose: Purpose = "migrate") -> list[FleetTarget]:
    """The targets that a file, standard input ('-') or a command's output lists, all looked at at once.

    A line is `URL` or `NAME URL`, each with or without `schema=NAME` behind it; empty lines and those that
    begin with # are left out. purpose: what the targets are for. Raises UsageError, with the line's number
    and never its text, and UndeterminedError for a command that failed.
    """
    found: list[FleetTarget] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(_lines(source, root), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{mask(source)}, line {number}"
        target = _target(line, where, purpose)
        for key in {target.name, target.identity}:
            if key in seen:
                raise UsageError(
                    f"{target.name} is listed a second time; the first is line {seen[key]}", where=where
                )
            seen[key] = number
        found.append(target)
    if not found:
        raise UsageError("no target is listed", where=mask(source), hint=_LINE)
    return found


def _lines(source: str, root: Path) -> Iterable[str]:
    if source == "-":
        return sys.stdin.read().splitlines()
    path = Path(source)
    try:
        if path.exists() and not path.is_dir():  # also a pipe: --targets <(psql …)
            return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the file of targets cannot be read", where=source) from error
    return _output(source, root)


def _output(command: str, root: Path) -> list[str]:
    """What the command prints. One that fails has perhaps listed a part, which is as good as nothing."""
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            words, cwd=root, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE, check=False
        )
    except UnicodeDecodeError as error:
        raise UndeterminedError("what the command lists is not UTF-8", where=mask(command)) from error
    except (OSError, ValueError, IndexError) as error:
        raise UsageError(
            "there is no such file, and no such command",
            where=mask(command),
            hint="--targets FILE or COMMAND",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise UndeterminedError(
            f"the command had not listed the targets after {_PATIENCE} s", where=mask(command)
        ) from error
    if done.returncode:
        raise UndeterminedError(
            f"the command that lists the targets ended with {done.returncode}; nothing was changed",
            where=mask(command),
        )
    return done.stdout.splitlines()


def _target(line: str, where: str, purpose: Purpose) -> FleetTarget:
    from psycopg.conninfo import conninfo_to_dict

    from todo_db.postgres import tenant
    from todo_db.postgres.target import from_url

    first, _, rest = line.strip().partition(" ")
    name, url = ("", line.strip()) if not rest.strip() or "=" in first or "://" in first else (first, rest)
    if not name and "://" in first and rest.strip() and not _SCHEMA.fullmatch(rest.strip()):
        raise UsageError("behind the URL stands what is not schema=NAME", where=where, hint=_LINE)
    try:
        url, schema = tenant.split(url)
        target = from_url(url, purpose=purpose, origin=where)
    except TodoDbError as error:
        raise UsageError(error.what, where=where, hint=error.hint) from None
    facts = conninfo_to_dict(target.conninfo)
    host = facts.get("service") or facts.get("host") or facts.get("hostaddr") or ""
    database = facts.get("dbname") or facts.get("user") or ""  # as libpq has it
    behind = f" schema={schema}" if schema else ""
    identity = f"{host}:{facts.get('port') or 5432}/{database}{behind}"
    return FleetTarget(name or f"{target.shown}{behind}", url, identity, schema)


_LINE = "one `URL` or `NAME URL` to a line, with `schema=NAME` behind it for one schema"
_SCHEMA = re.compile(r"schema=\S.*", re.DOTALL)


# ---- what is done ---------------------------------------------------------------------------------------


class State:
    """A file with a line for each target that came to an end, so that a run can be gone on with."""

    def __init__(self, path: Path, goal: str, *, resume: bool) -> None:
        self.path, self._goal = path, goal
        self.done = frozenset(self._read()) if resume else frozenset[str]()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("a" if resume else "w", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"the file that remembers what is done cannot be written: {error.strerror}", where=str(path)
            ) from error

    def _read(self) -> Iterator[str]:
        """The targets that have reached this goal; a torn line says nothing."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return
        for line in lines:
            try:
                said = json.loads(line)
                if said["goal"] == self._goal and said["outcome"] != "failed":
                    yield said["identity"]
            except (ValueError, KeyError, TypeError):
                continue

    def write(self, target: FleetTarget, result: dict[str, Any]) -> None:
        """Remember how it ended."""
        kept = {"target": target.name, "identity": target.identity, "goal": self._goal}
        self._stream.write(json.dumps({**kept, **result}, ensure_ascii=False) + "\n")
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()


def state_path(source: str, root: Path) -> Path:
    """Beside the file of targets; for a command in the project's `.todo-db`."""
    path = Path(source)
    if path.is_file():
        return path.with_name(f"{path.name}.state")
    return root / ".todo-db" / f"fleet-{sha256(source.encode()).hexdigest()[:12]}.state"
