"""migrate --targets: many databases, of which one that fails harms no other."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.histories import Project
from todo_db.errors import UndeterminedError, UsageError
from todo_db.workflows import fleet_pool
from todo_db.workflows.fleet_targets import read

CREATE = ("a1", None, "op.execute('create table notes (id int primary key)')")
MORE = ("b2", "a1", "op.execute('alter table notes add body text')")
LAST = ("c3", "b2", "op.execute('alter table notes add done boolean')")


@pytest.fixture
def many(project: Project, make_db: Callable[[str], Any]) -> Callable[[int], list[tuple[str, Any]]]:
    """A function that makes so many databases and the file `targets.txt` that lists them."""

    def make(count: int) -> list[tuple[str, Any]]:
        made = [(f"customer{n}", make_db(f"customer{n}")) for n in range(count)]
        lines = [f"{name} {project.server.url(live)}\n" for name, live in made]
        (project.root / "targets.txt").write_text("# customers\n\n" + "".join(lines))
        return made

    return make


def run(
    project: Project, *options: str, targets: str = "targets.txt", command: Sequence[str] = ("migrate",)
) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "todo_db", *command, "--targets", targets, "--format", "json", *options],
        cwd=project.root,
        env={**os.environ, **project.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def columns(made: Sequence[tuple[str, Any]]) -> list[int]:
    query = "select count(*) from information_schema.columns where table_name = 'notes'"
    return [live.execute(query).fetchone()[0] for _, live in made]


def test_twenty_databases_with_one_that_fails_and_then_the_rest(
    project: Project, many: Callable[[int], list[tuple[str, Any]]]
) -> None:
    project.history(CREATE, MORE)
    made = many(20)
    made[7][1].execute("create table notes (x int)")
    code, told, said = run(project, "--jobs", "3")

    assert code == 4
    assert {k: v for k, v in told["targets"].items() if v} == {"all": 20, "applied": 19, "failed": 1}
    assert [f["target"] for f in told["failed"]] == ["customer7"]
    assert "customer7: failed" in said
    assert columns(made) == [2] * 7 + [1] + [2] * 12
    assert said.count("on scratch") == 20  # said by each, and done by the first

    made[7][1].execute("drop table notes")
    code, told, _ = run(project, "--resume")
    assert code == 0
    assert {k: v for k, v in told["targets"].items() if v} == {"all": 20, "applied": 1, "done before": 19}
    assert columns(made) == [2] * 20

    project.history(CREATE, MORE, LAST)
    made[0][1].execute("drop table notes")
    code, told, _ = run(project, "--resume", "--first", "2")
    assert code == 4
    assert (told["targets"]["failed"], told["targets"]["not begun"]) == (1, 19)
    assert columns(made) == [0] + [2] * 19


def test_a_password_is_in_nothing_that_is_said(project: Project) -> None:
    project.history(CREATE)
    (project.root / "targets.txt").write_text(
        "host=127.0.0.1 port=1 dbname=x user=u password=pw1hunter2\nb postgresql://u:pw2hunter2@127.0.0.1:1/y\n"
    )
    code, told, said = run(project)
    state = (project.root / "targets.txt.state").read_text()

    assert (code, told["targets"]["failed"]) == (4, 2)
    assert "hunter2" not in json.dumps(told) + said + state


def test_a_list_that_is_wrong_changes_nothing(project: Project, many: Callable[[int], Any]) -> None:
    project.history(CREATE)
    made = many(2)
    with (project.root / "targets.txt").open("a") as stream:
        stream.write("odd postgresql://u:hunter2secret@h:port/x\n")
    code, told, said = run(project)

    assert code == 2
    assert "line 5" in told["error"]["where"]
    assert "hunter2secret" not in json.dumps(told) + said
    assert columns(made) == [0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no target is listed"),
        ("a postgresql://h/x\nb postgresql://h/x\n", "listed a second time; the first is line 1"),
        ("a postgresql://h/x\na postgresql://h/y\n", "listed a second time"),
        ("postgresql://h/x?schema=a\npostgresql://h/x schema=a\n", "listed a second time"),
        ("postgresql://h/x schema=a schema=b\n", "several schemas are named: a, b"),
        ("postgresql://h/x customer\n", "behind the URL stands what is not schema=NAME"),
        ("host=h dbname=x\nhost=h dbname=x user=other\n", "listed a second time"),
        ("mysql://h/x\n", "not a URL of a PostgreSQL database"),
    ],
)
def test_what_a_list_may_not_hold(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises(UsageError, match=message):
        read(str(tmp_path / "list"), tmp_path)


def test_targets_are_what_a_command_prints(tmp_path: Path) -> None:
    program = "print('postgresql://u:pw12345@h/x'); print('b postgresql://h/y')"
    found = read(f'{sys.executable} -c "{program}"', tmp_path)

    assert [t.name for t in found] == ["postgresql://u:***@h/x", "b"]
    reading, writing = os.pipe()
    os.write(writing, b"postgresql://h/x schema=a\n")
    os.close(writing)
    assert [t.schema for t in read(f"/dev/fd/{reading}", tmp_path)] == ["a"]
    os.close(reading)
    with pytest.raises(UndeterminedError, match="ended with 3; nothing was changed"):
        read(f"{sys.executable} -c 'print(1); raise SystemExit(3)'", tmp_path)
    with pytest.raises(UsageError, match="no such file, and no such command"):
        read("no-such-file.txt", tmp_path)


def test_a_revision_that_ends_its_process_costs_one_target(
    project: Project, many: Callable[[int], list[tuple[str, Any]]]
) -> None:
    project.history(CREATE)
    made = many(3)
    assert run(project)[0] == 0
    made[1][1].execute("create table odd ()")
    die = "if op.get_bind().exec_driver_sql(\"select to_regclass('odd')\").scalar(): import os; os._exit(7)"
    project.history(CREATE, ("b2", "a1", f"{die}\nop.execute('alter table notes add body text')"))
    code, told, _ = run(project, "--allow-drift", "odd", "--jobs", "1")

    assert code == 4
    assert told["failed"][0]["target"] == "customer1"
    assert "exit code 7" in told["failed"][0]["what"]
    assert columns(made) == [2, 1, 2]


def test_a_process_is_replaced_after_a_number_of_targets(
    project: Project, many: Callable[[int], list[tuple[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.history(CREATE)
    many(3)
    monkeypatch.setattr(fleet_pool, "_MOST", 2)
    targets = read(str(project.root / "targets.txt"), project.root)
    monkeypatch.setenv("XDG_CACHE_HOME", project.environ["XDG_CACHE_HOME"])
    with fleet_pool.Pool(project.root, {"deep": False}, 1, lambda _: None, do="look") as pool:
        ended = [result["outcome"] for _, result in pool.run(targets)]
        assert ended == ["behind"] * 3
        assert [worker.asked for worker in pool._all] == [1]


def test_an_interrupted_run_is_gone_on_with(
    project: Project, many: Callable[[int], list[tuple[str, Any]]]
) -> None:
    project.history(CREATE, ("b2", "a1", "op.execute('alter table notes add body text')"))
    made = many(3)
    blocked = made[1][1]
    blocked.execute("create table alembic_version (version_num varchar(32) primary key)")
    with blocked.transaction():  # the second target waits for it, and is the one that is interrupted
        blocked.execute("lock table alembic_version")
        process = subprocess.Popen(
            [sys.executable, "-m", "todo_db", "migrate", "--targets", "targets.txt", "--jobs", "1"],
            cwd=project.root,
            env={**os.environ, **project.environ},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "customer0: applied" in line:
                process.send_signal(signal.SIGTERM)
                break
        process.communicate()
    assert process.returncode == 130
    assert columns(made) == [2, 0, 0]
    code, told, _ = run(project, "--resume")
    assert code == 0
    assert (told["targets"]["done before"], told["targets"]["applied"]) == (1, 2)


@pytest.mark.long
def test_a_thousand_databases(project: Project) -> None:
    """In schemas of one server this would be no fleet: each is a database of its own, some 8 MB of disk."""
    project.history(CREATE, MORE)
    made = []
    with (project.root / "targets.txt").open("w") as stream:
        for number in range(1000):
            live = project.server.database(f"fleet{number}")
            stream.write(f"customer{number} {project.server.url(live)}\n")
            live.close()
            made.append(live)
    code, told, _ = run(project)

    assert code == 0
    assert (told["targets"]["applied"], told["failed"]) == (1000, [])
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # KiB, of the largest process
    assert most < 300_000


def test_options_of_fleets_are_checked(project: Project) -> None:
    project.history(CREATE)
    (project.root / "targets.txt").write_text("postgresql://h/x\n")
    for options, message in (
        (["--jobs", "many"], "not a whole number"),
        (["--jobs", "0"], "--jobs begins at 1"),
    ):
        code, told, _ = run(project, *options)
        assert (code, message in told["error"]["what"]) == (2, True)
