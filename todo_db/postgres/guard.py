"""A small process of its own that runs one postgres and ends it when its last user is gone.

It is started as a script (`python -I -S guard.py …`) and imports nothing of the project, so that it is up in
milliseconds. Users hold a shared lock on a file; this process waits for the exclusive one, which the kernel
grants when the last user closed the file or died in whatever way. If this process is killed, the kernel sends
the server SIGQUIT; if the server is killed, this process ends what is left of it.
"""

import ctypes
import fcntl
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PATIENCE = {signal.SIGINT: 20.0, signal.SIGQUIT: 7.0, signal.SIGKILL: 5.0}


class Wake(Exception):  # noqa: N818 - no error: it ends a blocking wait
    """The server ended, or this process was asked to end."""


def wake(_signal: int, _frame: object) -> None:
    """Leave whatever blocking call is under way."""
    raise Wake


def spawn(command: list[str], owner: str, log: str) -> int:
    """Start postgres as a child that dies with us; `owner` is `uid:gid`, or empty for our own."""
    me = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child:
        return child
    try:
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if owner:
            uid, gid = map(int, owner.split(":"))
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)  # after setuid, which would clear it
        if os.getppid() == me:
            os.execv(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(2, f"{command[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def ended(child: int, seconds: float) -> bool:
    """Whether the child is gone, waiting for it at most so long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if os.waitpid(child, os.WNOHANG)[0]:
                return True
        except ChildProcessError:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)


def stop(child: int, first: signal.Signals) -> None:
    """End the server, first in the way that is asked for, then ever harder."""
    for number, seconds in PATIENCE.items():
        if number is first or seconds < PATIENCE[first]:
            try:
                os.kill(child, number)
            except ProcessLookupError:
                return
            if ended(child, seconds):
                return


def end_strays(data: str) -> None:
    """Kill processes that work in the data folder: backends that outlived a killed server."""
    for entry in os.listdir("/proc"):  # noqa: PTH208 - pathlib takes longer to import than all of this
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                if os.readlink(f"/proc/{entry}/cwd") == data:  # noqa: PTH115
                    os.kill(int(entry), signal.SIGKILL)
            except OSError:
                continue


def wait_for_last_user(users: str) -> None:
    """Block until nobody holds the lock, the server ends, or a signal comes."""
    descriptor = os.open(users, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def main(arguments: list[str]) -> int:
    """data, users lock, folder to remove or '', stop signal, `uid:gid` or '', log, command…"""
    data, users, remove, stop_name, owner, log, *command = arguments
    kept = [int(number) for number in os.environ.pop("TODO_DB_KEEP_FDS", "").split()]
    for number in kept:
        os.set_inheritable(number, True)  # postgres holds the locks too: they are free when all of it is gone
    if kept:
        os.pwrite(kept[0], f"{os.getpid():<10}".encode(), 0)
    child = 0
    try:
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, wake)
        if sys.stdin.buffer.read(2) == b"go":
            child = spawn(command, owner, log)
            wait_for_last_user(users)
    except Wake:
        pass
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number != signal.SIGCHLD else signal.SIG_DFL)
    if child:
        stop(child, signal.Signals[stop_name])
        end_strays(data)
    for folder in filter(None, [remove]):
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
