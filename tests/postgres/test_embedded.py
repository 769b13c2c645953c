"""The embedded server: shared by all who use it, gone with the last of them, and its data is kept."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from processes import EMBEDDED_USER, Child, children, gone, kill, vanished, working_on

from todo_db.errors import Exit, UndeterminedError
from todo_db.postgres import binaries, embedded, folders

Start = Callable[..., Child]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose embedded server exists and is stopped; tests copy it, which is quicker than initdb."""
    project = tmp_path_factory.mktemp("made")
    share = embedded.join(project)
    with psycopg.connect(share.conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n serial); INSERT INTO kept DEFAULT VALUES")
    share.close()
    assert gone(_data(project))
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A project with an embedded server of its own that nobody uses yet."""
    subprocess.run(["cp", "-a", made / ".todo-db", tmp_path], check=True)
    return tmp_path


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that starts children, which are gone after the test."""
    with children() as starter:
        yield starter


def _data(project: Path) -> Path:
    return embedded.folder_of(project).resolve() / "data"


def _kept(project: Path) -> int:
    share = embedded.join(project)
    try:
        with psycopg.connect(share.conninfo, autocommit=True) as connection:
            return connection.execute("SELECT count(*) FROM kept").fetchone()[0]
    finally:
        share.close()
        assert gone(_data(project))


def test_first_use_makes_it_and_its_owner_is_no_superuser(made: Path) -> None:
    share = embedded.join(made)
    with psycopg.connect(share.conninfo) as connection:
        row = connection.execute(
            "SELECT current_user, current_database(), rolsuper, rolbypassrls, pg_get_userbyid(datdba),"
            " current_setting('fsync')"
            " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = 'todo'"
        ).fetchone()
    share.close()
    # as Neon's owner: policies hold the application's role, not the one that migrates
    assert row == ("todo", "todo", False, True, "todo", "on")
    assert (made / ".todo-db" / ".gitignore").read_text() == "*\n"
    assert gone(_data(made))
    assert embedded.folder_of(made).stat().st_mode & 0o777 == 0o700


def test_eight_processes_start_at_once_and_share_one_server(tmp_path: Path, start: Start) -> None:
    started = [start(EMBEDDED_USER, str(tmp_path)) for _ in range(8)]
    lines = {child.line() for child in started}
    assert len(lines) == 1  # one socket, one start time
    names = list(working_on(_data(tmp_path)).values())
    assert (names.count("guard"), names.count("postmaster")) == (1, 1)
    for child in started[:4]:
        child.kill()
    assert [child.end() for child in started[4:]] == [0] * 4
    assert gone(_data(tmp_path))


def test_it_outlives_its_starter_while_others_use_it(project: Path, start: Start) -> None:
    starter = start(EMBEDDED_USER, str(project))
    line = starter.line()
    other = start(EMBEDDED_USER, str(project))
    assert other.line() == line
    starter.kill()
    time.sleep(0.3)
    third = start(EMBEDDED_USER, str(project))
    assert third.line() == line
    other.kill()
    third.kill()
    assert gone(_data(project))


@pytest.mark.parametrize("victims", [("guard",), ("postmaster",), ("guard", "postmaster"), ()])
def test_killed_server_then_next_start_works_and_data_is_kept(
    project: Path, start: Start, victims: tuple[str, ...]
) -> None:
    child = start(EMBEDDED_USER, str(project))
    conninfo = child.line().split(" | ")[0]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("INSERT INTO kept DEFAULT VALUES")
        kill(_data(project), *victims)
    second = start(EMBEDDED_USER, str(project))  # while the first user still lives
    assert second.line().split(" | ")[0] != conninfo
    child.kill()
    second.end()
    assert gone(_data(project))
    assert _kept(project) == 2


def test_user_and_all_of_the_server_killed_at_once(project: Path, start: Start) -> None:
    child = start(EMBEDDED_USER, str(project))
    child.line()
    os.kill(child.process.pid, signal.SIGSTOP)
    kill(_data(project))
    child.kill()
    assert gone(_data(project))
    assert _kept(project) == 1


def test_backends_that_are_busy_do_not_survive_guard_and_postmaster(project: Path, start: Start) -> None:
    child = start(EMBEDDED_USER, str(project))
    conninfo = child.line().split(" | ")[0]
    endless = "SELECT count(*) FROM generate_series(1, 1000000000000) a"
    busy = start(
        "import psycopg, sys; c = psycopg.connect(sys.argv[1]); print(1, flush=True); c.execute(sys.argv[2])",
        conninfo,
        endless,
    )
    busy.line()
    time.sleep(0.3)
    child.kill()
    kill(_data(project), "guard", "postmaster")
    assert _kept(project) == 1


def test_killed_at_every_moment_of_starting(project: Path, start: Start) -> None:
    for delay in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35):
        child = start(EMBEDDED_USER, str(project))
        time.sleep(delay)
        child.kill()
        assert gone(_data(project))
    assert _kept(project) == 1


def test_killed_while_it_is_made(tmp_path: Path, start: Start) -> None:
    for delay in (0.2, 0.4, 0.7):
        child = start(EMBEDDED_USER, str(tmp_path))
        time.sleep(delay)
        child.kill()
    child = start(EMBEDDED_USER, str(tmp_path), "create")
    assert "dbname=todo" in child.line()
    assert child.end() == 0
    assert gone(_data(tmp_path))
    assert not list(embedded.folder_of(tmp_path).glob("new-*"))


def test_a_stale_pid_file_that_names_a_stranger(project: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        data = _data(project)
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n1\n5432\n/tmp\n\n  1  2\nready\n")
        assert _kept(project) == 1
        assert stranger.poll() is None
        stranger.kill()


def test_the_socket_folder_goes_with_the_server(project: Path, start: Start) -> None:
    child = start(EMBEDDED_USER, str(project))
    sockets = Path(psycopg.conninfo.conninfo_to_dict(child.line().split(" | ")[0])["host"])
    assert sockets.parent.stat().st_mode & 0o066 == 0
    child.end()
    assert vanished(sockets.parent)


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".todo-db").mkdir()
    (tmp_path / ".todo-db" / "postgres").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UndeterminedError, match="another user"):
        embedded.join(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user(project: Path) -> None:
    os.chown(embedded.folder_of(project), 12345, 12345)
    with pytest.raises(UndeterminedError, match="belongs to another user") as caught:
        embedded.join(project)
    assert caught.value.exit_code is Exit.UNDETERMINED
    assert str(embedded.folder_of(project)) in caught.value.where
    assert "12345" in caught.value.hint


def test_data_of_a_major_version_that_is_not_installed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_data(project) / "PG_VERSION").write_text("9\n")
    with pytest.raises(UndeterminedError, match="PostgreSQL 9"):
        embedded.join(project)


def test_damaged_data_is_an_error_with_the_servers_own_words(project: Path) -> None:
    (_data(project) / "global" / "pg_control").unlink()
    with pytest.raises(UndeterminedError) as caught:
        embedded.join(project)
    assert "pg_control" in caught.value.hint
    assert gone(_data(project))


def test_a_full_disk_while_it_is_made(small_disk: Callable[[int], Path], start: Start) -> None:
    project = small_disk(10)
    child = start(EMBEDDED_USER, str(project))
    line = child.line()
    assert "disk is full" in line
    assert child.end() == Exit.UNDETERMINED
    assert not list(embedded.folder_of(project).glob("new-*"))


def test_a_full_disk_at_the_next_start(small_disk: Callable[[int], Path], made: Path, start: Start) -> None:
    project = small_disk(100)
    subprocess.run(["cp", "-a", made / ".todo-db", project], check=True)
    filler = project / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(bytes(1 << 12)):
            pass
    assert folders.free(project) == 0
    child = start(EMBEDDED_USER, str(project))
    line = child.line()
    assert line.startswith("error:")
    assert "disk is full" in line
    assert child.end() == Exit.UNDETERMINED
    assert gone(_data(project))
    filler.unlink()
    assert _kept(project) == 1


def test_no_postgres_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGES", ())
    monkeypatch.setattr(binaries, "SYSTEM", tmp_path)
    with pytest.raises(UndeterminedError, match="no PostgreSQL was found") as caught:
        embedded.join(tmp_path, {"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert caught.value.exit_code == 3
    assert "todo-db[local]" in caught.value.hint


def test_the_folder_is_removed_while_the_server_runs(project: Path, start: Start) -> None:
    child = start(EMBEDDED_USER, str(project))
    child.line()
    data = _data(project)
    shutil.rmtree(project / ".todo-db", ignore_errors=True)
    child.end()
    assert gone(data)
