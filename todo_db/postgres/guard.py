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
IPC_RMID = 0
SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATIENCE = {signal.SIGINT: 10.0, signal.SIGQUIT: 7.0, signal.SIGKILL: 5.0}


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
        for number in (*SIGNALS, signal.SIGPIPE):
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


def remove_segment(data: str) -> None:
    """Give back the 56 bytes of System V memory that a killed server leaves behind."""
    try:
        with open(f"{data}/postmaster.pid", encoding="ascii") as stream:  # noqa: PTH123
            identifier = int(stream.read().split("\n")[6].split()[1])
    except (OSError, ValueError, IndexError):
        return
    ctypes.CDLL(None).shmctl(identifier, IPC_RMID, None)


def remove_tree(folder: str) -> None:
    """Remove a folder; importing `shutil` for it would take longer than all of this."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(entry.path)
                else:
                    os.unlink(entry.path)  # noqa: PTH108
        os.rmdir(folder)  # noqa: PTH106
    except OSError:
        return


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
        for number in SIGNALS:
            signal.signal(number, wake)
        if sys.stdin.buffer.read(2) == b"go":
            # held back around the fork: a signal that met our handlers in the child would be lost
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            child = spawn(command, owner, log)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            wait_for_last_user(users)
    except Wake:
        pass
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL if number is signal.SIGCHLD else signal.SIG_IGN)
    if child:
        stop(child, signal.Signals[stop_name])
        end_strays(data)
        remove_segment(data)
    if remove:
        remove_tree(remove)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
