"""What pending revisions take for granted is counted on live before anything is applied."""

from __future__ import annotations

import pytest

from tests.support.histories import Project
from todo_db.errors import ApplyError
from todo_db.findings import Finding
from todo_db.hazards import preflight
from todo_db.postgres import catalog
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_lint import lint
from todo_db.workflows.migrate_plan import plan

TABLES = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint PRIMARY KEY, a integer, b varchar(20), c text, d timestamp, p bigint, m mood,
                "N" int, "q""x" int DEFAULT 1);
"""
CHANGES = """
ALTER TABLE t ALTER a SET NOT NULL;
ALTER TABLE t ALTER a TYPE smallint;
ALTER TABLE t ALTER b TYPE varchar(3);
ALTER TABLE t ALTER c TYPE integer USING c::integer;
ALTER TABLE t ALTER d TYPE date;
ALTER TABLE t ADD UNIQUE ("N");
ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p;
ALTER TABLE t ADD CHECK (id < 3);
CREATE UNIQUE INDEX lower ON t (b) WHERE a > 0;
CREATE UNIQUE INDEX by_expression ON t (upper(b), (id > 0));
CREATE UNIQUE INDEX by_quoted ON t ("q""x");
ALTER TABLE t ALTER m TYPE text;
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('good');
ALTER TABLE t ALTER m TYPE mood USING m::mood;
"""
ROWS = """
INSERT INTO p VALUES (1);
INSERT INTO t VALUES (1, NULL, 'abcd', 'x', '2026-01-01 12:00', 7, 'bad', 5),
                     (2, 99999, 'abcd', '1', NULL, 1, 'good', 5),
                     (3, 1, 'abcd', '2', '2026-01-02', NULL, NULL, NULL)
"""


def run(connection: object, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            connection.execute(statement.encode())  # type: ignore[attr-defined]


def summary(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(f.code, f.object.removeprefix("public.")) for f in findings}


def test_each_assumption(make_db) -> None:  # type: ignore[no-untyped-def]
    """Derived from before and after alone; each query in a hint shows rows, and clean data breaks nothing."""
    live, after = make_db("live"), make_db("after")
    run(live, TABLES)
    run(after, TABLES + CHANGES)
    asked = preflight.questions(catalog.read(live), catalog.read(after))
    assert preflight.ask(live, asked).findings == ()
    run(live, ROWS)
    answers = preflight.ask(live, asked)
    assert summary(answers.findings) == {
        ("TD594", "t.a"),
        ("TD595", 't."t_N_key"'),
        ("TD595", "t.lower"),
        ("TD595", "t.by_expression"),
        ("TD595", "t.by_quoted"),
        ("TD596", "t.t_p_fkey"),
        ("TD597", "t.t_id_check"),
        ("TD598", "t.a"),
        ("TD598", "t.b"),
        ("TD598", "t.c"),
        ("TD598", "t.d"),
        ("TD599", "t.m"),
    }
    by_name = {(f.code, f.object): f for f in answers.findings}
    assert by_name["TD594", "public.t.a"].message == "1 row(s) are NULL"
    assert by_name["TD598", "public.t.b"].message.startswith("3 value(s) change")
    for finding in answers.findings:
        if "cannot be cast" not in finding.message:
            assert live.execute((finding.hint or "").encode()).fetchall(), finding.hint
    assert answers.unknown == ()


def test_what_is_unique_or_checked_already_is_not_counted(make_db) -> None:  # type: ignore[no-untyped-def]
    before = make_db("before")
    run(before, TABLES + 'CREATE UNIQUE INDEX i ON t ("N")')
    one = catalog.read(before)
    run(before, "ALTER TABLE t ADD UNIQUE USING INDEX i; ALTER TABLE t ADD CHECK (id > 0) NOT VALID")
    two = catalog.read(before)
    run(before, "ALTER TABLE t VALIDATE CONSTRAINT t_id_check; ALTER TABLE t ALTER b TYPE text")
    three = catalog.read(before)
    assert [q.rule.code for q in preflight.questions(one, two)] == ["TD597"]
    assert sorted(q.rule.code for q in preflight.questions(two, three)) == ["TD597", "TD598"]
    assert preflight.questions(three, three) == []


def test_hidden_rows_are_unknown_and_nothing_is_written(make_db, server) -> None:  # type: ignore[no-untyped-def]
    """Row level security would let rows count as none; a slow count is given up."""
    live, after = make_db("live"), make_db("after")
    run(live, TABLES + ROWS)
    run(after, TABLES + "ALTER TABLE t ALTER a SET NOT NULL")
    asked = preflight.questions(catalog.read(live), catalog.read(after))
    server.ensure_roles(["lint_reader"])
    run(
        live,
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO lint_reader; SET ROLE lint_reader",
    )
    answers = preflight.ask(live, asked)
    live.execute("RESET ROLE")
    assert answers.findings == ()
    assert [u.object for u in answers.unknown] == ["public.t.a"]
    assert "row-level security" in answers.unknown[0].reason
    slow = preflight.Question(
        preflight.NULLS, asked[0].key, asked[0].table, "", "SELECT count(*) FROM pg_sleep(9)", ""
    )
    writes = preflight.Question(
        preflight.NULLS, asked[0].key, asked[0].table, "", "INSERT INTO p VALUES (9) RETURNING 1", ""
    )
    answers = preflight.ask(live, [slow, writes], timeout_ms=50)
    assert [u.reason.partition(":")[0] for u in answers.unknown] == ["could not be counted"] * 2
    assert live.execute("SELECT count(*) FROM p").fetchone() == (1,)


FIRST = "op.execute('CREATE TABLE t (id bigint PRIMARY KEY, a integer)')"
STRICT = "op.alter_column('t', 'a', nullable=False)"


@pytest.fixture
def with_nulls(project: Project) -> Project:
    project.history(("r1", None, FIRST))
    migrate(project.open())
    project.live.execute("INSERT INTO t VALUES (1, NULL), (2, 2)")
    return project


def test_migrate_refuses_what_the_data_breaks(with_nulls: Project) -> None:
    with_nulls.history(
        ("r1", None, FIRST),
        ("r2", "r1", "op.add_column('t', sa.Column('n', sa.Integer()))"),
        ("r3", "r2", STRICT),
    )
    with pytest.raises(ApplyError) as caught:
        migrate(with_nulls.open())
    assert "t.a: 1 row(s) are NULL" in caught.value.what
    assert "nothing was changed" in caught.value.what
    assert caught.value.where == "migrations/versions/3_r3.py:11"
    assert "SELECT * FROM public.t WHERE a IS NULL" in (caught.value.hint or "")
    assert with_nulls.stamp == ["r1"]
    assert "! t.a: 1 row(s) are NULL" in plan(with_nulls.open()).text
    report = lint(with_nulls.open()).report
    assert [str(f.places[0]) for f in report.findings if f.code == "TD594"] == [
        "migrations/versions/3_r3.py:11"
    ]
    with_nulls.live.execute("UPDATE t SET a = 1 WHERE a IS NULL")
    migrate(with_nulls.open())
    assert with_nulls.stamp == ["r3"]


def test_a_revision_may_mend_the_rows_first(with_nulls: Project) -> None:
    """What an earlier pending revision changes says nothing before it ran."""
    with_nulls.history(
        ("r1", None, FIRST),
        ("r2", "r1", "op.execute('UPDATE t SET a = 0 WHERE a IS NULL OR a > 0')"),
        ("r3", "r2", STRICT),
    )
    migrate(with_nulls.open())
    assert with_nulls.stamp == ["r3"]
