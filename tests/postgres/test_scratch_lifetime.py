"""A scratch server never outlives its user, however user, guard or server end."""

from __future__ import annotations

import os
import pwd
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from processes import SCRATCH_USER, Child, children, gone, kill, python_for_all, vanished, working_on
from psycopg.conninfo import conninfo_to_dict

from todo_db.errors import Exit, UndeterminedError
from todo_db.postgres import accounts, folders
from todo_db.postgres.scratch import Scratch


def _data(line: str) -> Path:
    return Path(conninfo_to_dict(line)["host"])


@pytest.mark.parametrize("how", ["end", "kill"])
def test_it_ends_with_its_user(how: str) -> None:
    with children() as start:
        child: Child = start(SCRATCH_USER)
        data = _data(child.line())
        assert {"guard", "postmaster"} <= set(working_on(data).values())
        getattr(child, how)()
        assert gone(data)
        assert vanished(data.parent)


@pytest.mark.parametrize("victims", [("guard",), ("postmaster",), ("guard", "postmaster"), ()])
def test_a_killed_server_leaves_nothing_running(victims: tuple[str, ...]) -> None:
    with children() as start:
        child: Child = start(SCRATCH_USER)
        data = _data(child.line())
        kill(data, *victims)
        assert gone(data)
        child.kill()
    with Scratch() as scratch:  # the next start works, and sweeps
        assert scratch.database().execute("SELECT 1").fetchone() == (1,)
        assert not data.parent.exists()


def test_user_and_server_killed_at_once() -> None:
    with children() as start:
        child: Child = start(SCRATCH_USER)
        data = _data(child.line())
        os.kill(child.process.pid, 19)
        kill(data)
        child.kill()
        assert gone(data)
    folders.sweep(data.parents[1])
    assert not data.exists()


def test_it_outlives_the_thread_that_started_it() -> None:
    with Scratch() as scratch:
        made: list[psycopg.Connection] = []
        thread = threading.Thread(target=lambda: made.append(scratch.database()))
        thread.start()
        thread.join()
        assert made[0].execute("SELECT pg_sleep(0.3), 1").fetchone()[1] == 1


def test_databases_made_by_many_threads_at_once(server: Scratch) -> None:
    made: list[psycopg.Connection] = []
    threads = [threading.Thread(target=lambda: made.append(server.database("many"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({connection.info.dbname for connection in made}) == 6
    for connection in made:
        connection.execute("CREATE TABLE t (id int)")
        server.drop(connection)


def test_close_leaves_nothing_and_may_be_repeated() -> None:
    scratch = Scratch()
    connection = scratch.database()
    data = _data(scratch.conninfo(connection))
    scratch.close()
    scratch.close()
    assert connection.closed
    assert not working_on(data)
    assert not data.parent.exists()
    with pytest.raises(RuntimeError, match="closed"):
        scratch.database()


def test_six_processes_make_the_template_at_once(tmp_path: Path) -> None:
    with children() as start:
        started = [start(SCRATCH_USER, env={"XDG_CACHE_HOME": str(tmp_path)}) for _ in range(6)]
        assert len({_data(child.line()) for child in started}) == 6
        assert [child.end() for child in started] == [0] * 6
    assert len(list((tmp_path / "todo-db" / "templates").glob("[!.]*"))) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")
def test_two_users_on_one_machine() -> None:
    if python_for_all() is None:
        pytest.skip("no interpreter that another user may run")
    if not all(folder.stat().st_mode & 0o001 for folder in Path(__file__).parents):
        pytest.skip("the project lies in a folder that other users may not enter")
    stranger = pwd.getpwnam("daemon").pw_uid
    program = "import psycopg, sys\ntry: psycopg.connect(sys.argv[1])\nexcept psycopg.Error as e: print(e)"
    with tempfile.TemporaryDirectory(dir="/tmp") as home, children() as start, Scratch() as ours:
        os.chown(home, stranger, stranger)
        theirs: Child = start(SCRATCH_USER, env={"XDG_CACHE_HOME": home, "HOME": home}, uid=stranger)
        data = _data(theirs.line())
        mine = ours.conninfo(ours.database())
        assert data.parent.stat().st_uid == stranger
        assert data.parent.stat().st_mode & 0o777 == 0o700
        folders.sweep(data.parents[1])  # root's sweep leaves what is not root's
        assert data.is_dir()
        assert "Permission denied" in start(program, mine, uid=stranger).line()
        assert theirs.end() == 0


@pytest.mark.skipif(accounts.account() is None, reason="only root runs servers as somebody else")
def test_the_socket_is_closed_to_others(server: Scratch) -> None:
    data = _data(server.conninfo(server.database()))
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_full_disk(small_disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with Scratch() as scratch:  # the template is made
        scratch.database()
    place = small_disk(2)
    monkeypatch.setattr(folders, "SHM", place / "no")
    with pytest.raises(UndeterminedError, match="could not be made: No space") as caught:
        Scratch({**os.environ, "TMPDIR": str(place)}).database()
    assert caught.value.exit_code is Exit.UNDETERMINED
    assert caught.value.where.startswith(str(place))
    assert vanished(Path(caught.value.where))


def test_no_place_that_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_bases", lambda _big, _environ: [tmp_path / "missing"])
    with pytest.raises(UndeterminedError, match="no folder for a PostgreSQL server"):
        folders.run_folder(big=True)
