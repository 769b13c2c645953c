"""adopt: what a database equals is found out, and only then is it stamped."""

from __future__ import annotations

import pytest

from tests.support.histories import Project
from todo_db.errors import ApplyError, Exit, UsageError
from todo_db.workflows.adopt import adopt
from todo_db.workflows.create_all import calls
from todo_db.workflows.migrate import migrate
from todo_db.workflows.outcome import Outcome

FIRST = (
    "a1",
    None,
    "op.execute('create table notes (id int primary key, body text not null)')",
    "op.execute('drop table notes')",
)
SECOND = (
    "b2",
    "a1",
    "op.execute('alter table notes add done boolean')",
    "op.execute('alter table notes drop done')",
)
ROWS = ("c3", "b2", "op.execute('update notes set done = false')")


def adopted(project: Project, **options: object) -> Outcome:
    return adopt(project.open(), **{"confirm": lambda _: True, **options})  # type: ignore[arg-type]


def test_a_database_without_stamp_gets_that_of_the_revision_it_equals(project: Project) -> None:
    project.history(FIRST, SECOND)
    project.live.execute("create table notes (id int primary key, body text not null)")
    outcome = adopted(project)

    assert project.stamp == ["a1"]
    assert "stamped a1" in outcome.text
    assert "1 revision(s) are pending" in outcome.text
    assert project.ledger() == [("a1", "stamp", "applied")]
    assert migrate(project.open()).report.exit_code() == Exit.CLEAN
    assert project.stamp == ["b2"]


def test_a_wrong_stamp_is_set_right(project: Project) -> None:
    project.history(FIRST, SECOND)
    migrate(project.open(), to="a1")
    project.live.execute("update alembic_version set version_num = 'b2'")
    asked: list[str] = []
    adopted(project, confirm=lambda question: bool(asked.append(question)) or True)

    assert project.stamp == ["a1"]
    assert "stamped with b2, which it is not" in asked[0]


def test_what_is_right_is_left_alone(project: Project) -> None:
    project.history(FIRST)
    migrate(project.open())

    assert adopted(project, confirm=None).text.startswith("nothing to do")


def test_a_no_changes_nothing(project: Project) -> None:
    project.history(FIRST)
    project.live.execute("create table notes (id int primary key, body text not null)")
    outcome = adopted(project, confirm=lambda _: False)

    assert outcome.text.startswith("nothing was written")
    assert project.tables() == ["notes"]


def test_nearly_equal_is_shown_with_both_ways_out(project: Project) -> None:
    project.history(FIRST, SECOND)
    project.live.execute("create table notes (id int primary key, body text)")
    outcome = adopted(project, confirm=None)

    assert [(f.code, f.object) for f in outcome.report.findings] == [("TD204", "public.notes.body")]
    assert "the nearest is a1" in outcome.report.notes[0]
    assert "todo-db diff live migrations@a1 --sql" in outcome.report.notes[1]
    assert project.tables() == ["notes"]


def test_where_only_rows_tell_the_revisions_apart_it_is_asked(project: Project) -> None:
    project.history(FIRST, SECOND, ROWS)
    project.live.execute("create table notes (id int primary key, body text not null, done boolean)")
    with pytest.raises(UsageError, match=r"several revisions.*b2.*c3"):
        adopted(project)
    adopted(project, revision="c3")

    assert project.stamp == ["c3"]


def test_a_revision_that_the_database_is_not_is_never_stamped(project: Project) -> None:
    project.history(FIRST, SECOND)
    project.live.execute("create table notes (id int primary key, body text not null)")

    assert adopted(project, revision="b2").report.findings
    assert project.tables() == ["notes"]


LIVE = """
    create type mood as enum ('good', 'bad');
    create table teams (id int generated always as identity primary key, name varchar(40) unique);
    create table heroes (id serial primary key, team_id int references teams on delete set null,
                         mood mood default 'bad', power numeric(6, 2) check (power > 0), name text not null);
    create index on heroes (lower(name)) where power > 10;
    create view strong as select name from heroes where power > 100;
    create function hail() returns text language sql as $$ select 'hail' $$;
    insert into heroes (name, power) values ('ann', 12);
"""


def test_without_a_history_the_first_revision_is_written_and_builds_just_this(project: Project) -> None:
    project.live.execute(LIVE)
    outcome = adopted(project)

    assert "it builds exactly this database" in outcome.text
    assert project.rows("select name from heroes") == [("ann",)]
    assert len(list(project.versions.glob("*.py"))) == 1
    again = adopted(project, confirm=None)
    assert again.text.startswith("nothing to do")
    ws = project.open()
    from todo_db.workflows.diff import diff

    found = diff(ws, "migrations", "live").findings
    assert {f.kind for f in found} <= {"owner", "grant"}


def test_what_others_manage_is_in_no_revision(project: Project) -> None:
    project.settings(spec="schema.yaml")
    project.write(
        {
            "schema.yaml": """
            version: 1
            tables:
              user: {managed_by: better-auth, columns: [{name: id, type: text, primary_key: true}]}
              notes:
                columns:
                  - {name: id, type: integer, primary_key: true}
                  - {name: user_id, type: text, nullable: false, references: {table: user, column: id}}
            """
        }
    )
    project.live.execute('create table "user" (id text primary key, image text)')
    project.live.execute('create table notes (id int primary key, user_id text not null references "user")')
    adopted(project)
    (file,) = project.versions.glob("*.py")

    assert 'create_table(\n        "notes"' in file.read_text()
    assert '"user",' not in file.read_text()


def test_a_stamp_without_revisions_is_refused(project: Project) -> None:
    project.live.execute("create table alembic_version (version_num varchar(32) primary key)")
    project.live.execute("insert into alembic_version values ('gone')")
    with pytest.raises(ApplyError, match="stamped with gone, and there are no revisions"):
        adopted(project)


def test_calls_of_create_all_are_named_with_their_place(project: Project) -> None:
    project.write(
        {
            "app/main.py": "import m\n\ndef start(engine):\n    m.SQLModel.metadata.create_all(engine)\n",
            "app/later.py": "async def start(c, m):\n    await c.run_sync(m.create_all)\n",
            "tests/test_it.py": "m.create_all(e)\n",
            "app/said.py": "# create_all() is not called here\n",
            "app/broken.py": "create_all(\n",
        }
    )
    found = {(path.name, line) for path, line in calls(project.root)}

    assert found == {("main.py", 4), ("later.py", 2)}
