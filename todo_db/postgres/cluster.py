"""Data folders: initdb, a slim one kept as a template, and copies of it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from todo_db.errors import UndeterminedError
from todo_db.postgres import folders
from todo_db.postgres.accounts import Account, account, is_nameless, reachable_path, under_a_name
from todo_db.postgres.binaries import Binaries

# Owns scratch databases and is no superuser. Like the owner that Neon gives it is above row level security:
# what a revision does to rows must not be done to fewer because policies hide them.
ROLE = "todo_db_scratch"
ADMIN = "todo_db_admin"  # not `postgres`: dumps name that role, and must not reach a superuser by it
TEMPLATE_FORMAT = 1
FULL = 1 << 18
NO_SHM = ("-c", "dynamic_shared_memory_type=mmap")  # nothing stays in /dev/shm after a kill
INITDB = ("-U", ADMIN, "-A", "trust", "-N", "-E", "UTF8", "--locale=C", "--wal-segsize=1")
# Only one database is kept, so that copying is quick; new ones are cloned from it.
SLIM = f"""
CREATE ROLE {ROLE} LOGIN BYPASSRLS;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
UPDATE pg_database SET datistemplate = false, datallowconn = true;
DROP DATABASE template0;
DROP DATABASE template1;
"""  # noqa: S608 - our own words


def template(binaries: Binaries, environ: Mapping[str, str] = os.environ) -> Path:
    """A data folder fresh from initdb, made slim, in the user's cache; made once per version and path.

    Made in a folder beside it and renamed when complete, under a lock, so it is whole whenever it exists.
    """
    stat = binaries.postgres.stat()
    facts = (
        TEMPLATE_FORMAT,
        str(binaries.postgres),
        binaries.version,
        stat.st_size,
        stat.st_mtime_ns,
        INITDB,
        SLIM,
    )
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
        init_data(binaries, data, keep=[lock])
        run_single(binaries, data, SLIM, keep=[lock])
        with tempfile.TemporaryDirectory(dir=finished.parent, prefix=".new-") as fresh:
            copy = Path(fresh) / "data"
            copy_data(data, copy, None)
            copy.rename(finished)
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def init_data(binaries: Binaries, data: Path, *, durable: bool = False, keep: Sequence[int] = ()) -> None:
    """Run initdb into `data`, which does not exist yet; `durable` waits until it is on the disk.

    keep: locks that initdb holds too, so that they stay taken while it runs on after we were killed.
    """
    data.mkdir(mode=0o700)
    if owner := account():
        os.chown(data, owner.uid, owner.gid)
    options = [option for option in INITDB if not (durable and option == "-N")]
    with _opened(data) as path:
        _run([str(binaries.initdb), "-D", str(path), *options], "initdb", data, path, keep=keep)


def run_single(
    binaries: Binaries, data: Path, statements: str, *, durable: bool = False, keep: Sequence[int] = ()
) -> None:
    """Run statements, one per line, on a data folder that no server uses, without starting one."""
    fast = [] if durable else ["-F"]
    text = "\n\n".join(statements.strip().splitlines()) + "\n\n"
    with _opened(data) as path:
        command = [str(binaries.postgres), "--single", *fast, "-j", "-D", str(path), *NO_SHM, "postgres"]
        _run(command, "postgres --single", data, path, text=text, keep=keep)


@contextlib.contextmanager
def _opened(data: Path) -> Iterator[Path]:
    """The path by which the server's account reaches a data folder."""
    descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield reachable_path(data, descriptor)
    finally:
        os.close(descriptor)


def _run(
    command: list[str], name: str, data: Path, path: Path, *, text: str = "", keep: Sequence[int] = ()
) -> None:
    owner = account()
    as_user: dict[str, Any] = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}
    try:
        result = subprocess.run(  # noqa: S603 - our own words, no shell; no thread holds a lock
            command,
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            env=clean_environment(),
            check=False,
            pass_fds=[*keep, *([int(path.name)] if owner else [])],
            preexec_fn=under_a_name(),
            **as_user,
        )
    except subprocess.SubprocessError as error:
        if not is_nameless():
            raise
        raise _nameless(name) from error
    output = (result.stderr + result.stdout).strip()
    if is_nameless() and "user does not exist" in output:
        raise _nameless(name)
    if result.returncode or "ERROR:" in output or "FATAL:" in output:
        raise failure(name, data, output or f"exit code {result.returncode}")


def _nameless(name: str) -> UndeterminedError:
    return UndeterminedError(
        f"{name} needs a user name, and the user id {os.geteuid()} has none here",
        where="/etc/passwd",
        hint="run as a user that /etc/passwd names, add a line for this one, or set TODO_DB_SCRATCH_URL",
    )


def failure(name: str, where: Path, output: str) -> UndeterminedError:
    """The error for a program of PostgreSQL that failed, with the last telling line of what it said."""
    lines = output.splitlines()
    telling = [line for line in lines if re.search(r"FATAL|PANIC|ERROR|error:", line)]
    # the log may lie on the full disk itself, and then does not say so
    full = "No space left on device" in output or (where.exists() and folders.free(where) < FULL)
    return UndeterminedError(
        f"the disk is full: {name} failed" if full else f"{name} failed",
        where=str(where),
        hint=f"it said: {(telling or lines)[-1].strip()}",
    )


def copy_data(source: Path, target: Path, owner: Account | None) -> None:
    """Copy a data folder, which must not exist yet, giving every file to `owner` where that is set."""
    target.mkdir(mode=0o700)
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


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What servers get: no PG* variable of the caller may change how they behave."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC", **(extra or {})}
