"""Starts PostgreSQL servers of our own: template folder, start under a guard, readiness, stop."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.postgres import folders
from todo_db.postgres.binaries import Binaries

if TYPE_CHECKING:
    import psycopg

ROLE = "todo_db_scratch"  # owns scratch databases, and is no superuser
ADMIN = "todo_db_admin"  # not `postgres`: dumps name that role, and must not reach a superuser by it
TEMPLATE_FORMAT = 1
GUARD = Path(__file__).with_name("guard.py")
PORT = 5432  # of the socket's file name only; nothing listens on TCP
INITDB = ("-U", ADMIN, "-A", "trust", "-N", "-E", "UTF8", "--locale=C", "--wal-segsize=1")
# Only one database is kept, so that copying is quick; new ones are cloned from it.
SLIM = f"""
CREATE ROLE {ROLE} LOGIN;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
UPDATE pg_database SET datistemplate = false, datallowconn = true;
DROP DATABASE template0;
DROP DATABASE template1;
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user as whom root starts servers, since postgres refuses to run as root."""

    uid: int
    gid: int

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}"


def account() -> Account | None:
    """Whom to run servers as: nobody where we are root, None for ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise UndeterminedError(
            "postgres refuses to run as root, and this system has no user `nobody`",
            hint="run as an ordinary user, or set TODO_DB_SCRATCH_URL and DATABASE_URL",
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


@dataclass(slots=True)
class Guarded:
    """A started guard with its server. `lock` is our share in it: closing it is what ends the server."""

    guard: subprocess.Popen[bytes]
    data: Path
    log: Path
    lock: int

    def stop(self, wait: float = 30.0) -> None:
        """Give up our share, and wait until guard and server are gone (they are, unless others use them)."""
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1
        if self.guard.stdin:
            with contextlib.suppress(OSError):
                self.guard.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.guard.wait(wait)


def start_guard(
    *,
    data: Path,
    users: Path,
    log: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    stop_signal: str,
    remove: Path | None = None,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start the guard process; it starts postgres as soon as `release` is called on it."""
    owner = str(account() or "")
    guard = [sys.executable, "-I", "-S", str(GUARD)]
    arguments = [data, users, remove or "", stop_signal, owner, log, *command]
    return subprocess.Popen(  # noqa: S603
        [*guard, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**environment, "TODO_DB_KEEP_FDS": " ".join(map(str, keep))},
        pass_fds=tuple(keep),
        start_new_session=True,
    )


def release(guard: subprocess.Popen[bytes]) -> None:
    """Tell a guard that the data folder is complete and postgres may start."""
    assert guard.stdin is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        guard.stdin.write(b"go")
        guard.stdin.close()


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What servers get: no PG* variable of the caller may change how they behave."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC", **(extra or {})}


def postgres_command(
    binaries: Binaries, data: Path, socket_dir: Path, settings: Mapping[str, str]
) -> list[str]:
    """The command line of a server that listens on one private socket only."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "timezone": "UTC",
        "log_timezone": "UTC",
        **settings,
    }
    return [str(binaries.postgres), "-D", str(data), *(f"--{k}={v}" for k, v in options.items())]


def conninfo(socket_dir: Path, database: str, user: str, **more: str) -> str:
    """A libpq connection string for a server of ours, safe from PG* variables of the environment."""
    from psycopg.conninfo import make_conninfo

    facts: dict[str, Any] = {
        "host": str(socket_dir),
        "port": PORT,
        "dbname": database,
        "user": user,
        "connect_timeout": 10,
        "channel_binding": "disable",
        "gssencmode": "disable",
        "sslmode": "disable",
        "options": "",
        **more,
    }
    return make_conninfo("", **facts)


def connect_when_ready(
    dsn: str, server: Guarded, *, seconds: float = 30.0
) -> psycopg.Connection[tuple[Any, ...]]:
    """An autocommit connection as soon as the server answers; its log explains it where it does not."""
    import psycopg

    socket = Path(psycopg.conninfo.conninfo_to_dict(dsn)["host"]) / f".s.PGSQL.{PORT}"
    deadline = time.monotonic() + seconds
    refusal = "no answer"
    while time.monotonic() < deadline:
        if socket.exists():
            try:
                return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)
            except psycopg.OperationalError as error:
                refusal = str(error)
        if server.guard.poll() is not None:
            break
        time.sleep(0.003)
    raise start_failure(server.log, refusal)


def start_failure(log: Path, refusal: str = "") -> UndeterminedError:
    """The error for a server that did not come up, with the last telling line of its log."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "rror:"))]
    reason = (telling or lines or [refusal or "it wrote no log"])[-1]
    full = "No space left on device" in "\n".join(lines)
    return UndeterminedError(
        "the disk is full: a PostgreSQL server could not start" if full else "a PostgreSQL server did not start",
        where=str(log.parent),
        hint=f"it said: {reason.strip()}",
    )


def template(binaries: Binaries, environ: Mapping[str, str] = os.environ) -> Path:
    """A data folder fresh from initdb, made slim, in the user's cache; made once per version and path.

    Made in a folder beside it and renamed when complete, under a lock, so it is whole whenever it exists.
    """
    stat = binaries.postgres.stat()
    facts = (TEMPLATE_FORMAT, str(binaries.postgres), binaries.version, stat.st_size, stat.st_mtime_ns, INITDB, SLIM)
    key = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    home = folders.cache_dir(environ) / "templates"
    finished = home / f"{binaries.version}-{key}"
    if finished.is_dir():
        return finished
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(home / ".lock"):
            if not finished.is_dir():
                _build_template(binaries, finished, environ)
    except OSError as error:
        raise UndeterminedError(
            f"the cache folder cannot be written: {error.strerror or error}",
            where=str(home),
            hint="set XDG_CACHE_HOME to a folder of yours, or free some space",
        ) from error
    return finished


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _build_template(binaries: Binaries, finished: Path, environ: Mapping[str, str]) -> None:
    folder, lock = folders.run_folder(big=True, environ=environ)
    try:
        data = folder / "data"
        init_data(binaries, data, folder)
        run_single(binaries, data, SLIM)
        with tempfile.TemporaryDirectory(dir=finished.parent, prefix=".new-") as fresh:
            copy = Path(fresh) / "data"
            copy_data(data, copy, None)
            os.replace(copy, finished)
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def init_data(binaries: Binaries, data: Path, parent: Path) -> None:
    """Run initdb into `data`, a folder that does not exist yet inside `parent`, which is ours."""
    data.mkdir(mode=0o700)
    if owner := account():
        parent.chmod(0o711)
        os.chown(data, owner.uid, owner.gid)
    _run([str(binaries.initdb), "-D", str(data), *INITDB], "initdb", data)


def run_single(binaries: Binaries, data: Path, statements: str) -> None:
    """Run statements, one per line, on a data folder that no server uses, without starting one."""
    command = [str(binaries.postgres), "--single", "-F", "-j", "-D", str(data), "postgres"]
    _run(command, "postgres --single", data, "\n\n".join(statements.strip().splitlines()) + "\n\n")


def _run(command: list[str], name: str, data: Path, text: str = "") -> None:
    owner = account()
    as_user: dict[str, Any] = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}
    result = subprocess.run(  # noqa: S603
        command, input=text, capture_output=True, text=True, cwd="/", env=clean_environment(), check=False, **as_user
    )
    output = (result.stderr + result.stdout).strip()
    if result.returncode or "ERROR:" in output:
        full = "No space left on device" in output
        raise UndeterminedError(
            f"the disk is full: {name} failed" if full else f"{name} failed",
            where=str(data),
            hint=f"it said: {output.splitlines()[-1] if output else f'exit code {result.returncode}'}",
        )


def copy_data(source: Path, target: Path, owner: Account | None) -> None:
    """Copy a data folder, which must not exist yet, giving every file to `owner` where that is set."""
    os.mkdir(target, 0o700)
    with os.scandir(source) as entries:
        for entry in entries:
            into = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                copy_data(Path(entry.path), into, owner)
            else:
                _copy_file(entry.path, into, owner)
    if owner:
        os.chown(target, owner.uid, owner.gid)


def _copy_file(source: str, target: Path, owner: Account | None) -> None:
    incoming = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        outgoing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            while os.sendfile(outgoing, incoming, None, 1 << 30):
                pass
            if owner:
                os.fchown(outgoing, owner.uid, owner.gid)
        finally:
            os.close(outgoing)
    finally:
        os.close(incoming)
