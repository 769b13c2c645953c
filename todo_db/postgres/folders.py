"""Folders of our own: the user's cache, and private ones for servers, swept when left behind."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from todo_db.errors import UndeterminedError
from todo_db.postgres import guard

LOCK = "users.lock"
SHM = Path("/dev/shm")  # noqa: S108 - used through mkdtemp only
SHM_NEEDED = 200 * 1024 * 1024
SOCKET_NAME = "/.s.PGSQL.5432.lock"
LONGEST_SOCKET = 107


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_CACHE_HOME/todo-db`, else `~/.cache/todo-db`; it may not exist yet."""
    base = environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):  # the XDG rules say that a relative one is to be ignored
        base = f"{environ.get('HOME') or Path.home()}/.cache"
    return Path(base) / "todo-db"


def write_atomically(path: Path, text: str) -> None:
    """Write a small file so that no reader ever sees half of it; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def run_folder(*, big: bool, environ: Mapping[str, str] = os.environ) -> tuple[Path, int]:
    """A new private folder for one server and the descriptor of the shared lock that marks it as used.

    big: it will hold a database, so memory is taken only where over 200 MB of it are free. Folders of this
    user that a killed process left behind are removed on the way. Raises UndeterminedError where no place
    can be written.
    """
    failures = []
    for base in _bases(big, environ):
        try:
            sweep(base)
            folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=base))
            return folder, hold(folder / LOCK)
        except OSError as error:
            failures.append(f"{base}: {error.strerror}")
    raise UndeterminedError(
        f"no folder for a PostgreSQL server can be made ({'; '.join(failures)})",
        hint="free some space, or set TMPDIR to a short path that you may write",
    )


def _prefix() -> str:
    return f"todo-db-{os.geteuid()}-"


def _bases(big: bool, environ: Mapping[str, str]) -> Iterator[Path]:
    """Where servers may run, best first: memory, temporary folder, cache; short enough for a socket."""
    places = [SHM] if not big or free(SHM) > SHM_NEEDED else []
    places += [Path(environ.get("TMPDIR") or tempfile.gettempdir()), Path("/tmp"), cache_dir(environ)]  # noqa: S108
    for place in dict.fromkeys(places):
        length = len(os.fsencode(place / f"{_prefix()}12345678" / "data")) + len(SOCKET_NAME)
        if place.is_dir() and length < LONGEST_SOCKET:
            yield place


def free(place: Path) -> int:
    """How many bytes we may still write there; 0 where it does not exist."""
    try:
        room = os.statvfs(place)
    except OSError:
        return 0
    return room.f_bavail * room.f_frsize


def hold(lock: Path) -> int:
    """Take a shared lock on a file, made if missing; closing the descriptor, or dying, gives it back."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def try_exclusive(descriptor: int) -> bool:
    """Take the exclusive lock if nobody holds any; never waits."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sweep(base: Path) -> None:
    """Remove the run folders of this user in `base` that no living process uses; others are not looked at."""
    for folder in base.glob(f"{_prefix()}*"):
        with contextlib.suppress(OSError):
            if _is_ours(folder) and _is_abandoned(folder):
                guard.remove_segment(str(folder / "data"))
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _is_abandoned(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        # made, but not locked yet: somebody is just about to use it
        return error.errno == errno.ENOENT and time.time() - folder.lstat().st_mtime > 60
    try:
        return try_exclusive(descriptor)
    finally:
        os.close(descriptor)
