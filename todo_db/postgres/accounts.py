"""As whom servers run: postgres refuses root, so root starts them as `nobody`, who must reach the files."""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from todo_db.errors import UndeterminedError
from todo_db.postgres.binaries import Binaries

SHARED = Path("/var/cache/todo-db")  # of root: readable by all, writable by root only


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user as whom root starts servers."""

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


_NEW_USER_NAMESPACE = 0x10000000
_NAMED = 65534  # `nobody` everywhere; where it is not, the name is still missing and initdb says so


def is_nameless() -> bool:
    """Whether our user id has no name on this system, as in containers that choose one at random."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return True
    return False


def under_a_name() -> Callable[[], None] | None:
    """What a child does before it runs initdb, which looks its user up by name; None where there is a name.

    The child enters a user namespace in which our id is called `nobody`. What it makes belongs to us as ever.
    """
    if not is_nameless():
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()

    def enter() -> None:
        if libc.unshare(_NEW_USER_NAMESPACE):
            raise OSError(ctypes.get_errno(), "unshare")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{_NAMED} {uid} 1"),
            ("gid_map", f"{_NAMED} {gid} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")

    return enter


def reachable_path(data: Path, descriptor: int) -> Path:
    """A name for a data folder that works for `nobody` too, even where folders on the way are private.

    descriptor: the opened folder; the process that uses the path must have inherited it.
    """
    return Path(f"/proc/self/fd/{descriptor}") if account() else data


def reachable_programs(programs: Binaries) -> Binaries:
    """The same programs where the server's account can run them: a copy, where they lie in a private folder.

    Typical for root with a virtual environment in /root. Raises UndeterminedError where it cannot be copied.
    """
    if account() is None or open_to_all(programs.postgres):
        return programs
    facts = programs.postgres.stat()
    key = hashlib.sha256(f"{programs.bin_dir}\0{facts.st_size}\0{facts.st_mtime_ns}".encode()).hexdigest()[
        :16
    ]
    copy = SHARED / f"{programs.version}-{key}"
    try:
        if not copy.is_dir():
            _copy_installation(programs.bin_dir.parent, copy)
    except OSError as error:
        raise UndeterminedError(
            f"postgres refuses root, and cannot be copied for `nobody`: {error.strerror or error}",
            where=f"{programs.bin_dir} to {SHARED}",
            hint="install todo-db outside of root's home, or run it as an ordinary user",
        ) from error
    return replace(programs, bin_dir=copy / "package" / "install" / "bin")


def open_to_all(program: Path) -> bool:
    """Whether everybody can run a program: it, and every folder on the way to it, is open to others."""
    real = program.resolve()
    return bool(real.stat().st_mode & stat.S_IROTH) and all(
        path.stat().st_mode & stat.S_IXOTH for path in (real, *real.parents)
    )


def _copy_installation(source: Path, finished: Path) -> None:
    """Copy bin, lib and share, and the libraries that a wheel keeps beside its package (`*.libs`)."""
    SHARED.mkdir(parents=True, exist_ok=True, mode=0o755)
    if SHARED.stat().st_uid != os.geteuid() or SHARED.is_symlink():
        raise PermissionError(1, "it belongs to another user")
    with tempfile.TemporaryDirectory(dir=SHARED, prefix=".new-") as fresh:
        whole = Path(fresh) / "whole"
        for part in ("bin", "lib", "share"):
            if (source / part).is_dir():
                shutil.copytree(source / part, whole / "package" / "install" / part, symlinks=True)
        for libraries in source.parent.parent.glob(f"{source.parent.name}.libs"):
            shutil.copytree(libraries, whole / libraries.name, symlinks=True)
        for path in (whole, *whole.rglob("*")):
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o055 if path.is_dir() else 0o044))
        os.chmod(fresh, 0o755)  # noqa: PTH101, S103 - programs, no secrets
        try:
            whole.rename(finished)
        except OSError:
            if not finished.is_dir():  # somebody else may just have done the same
                raise
