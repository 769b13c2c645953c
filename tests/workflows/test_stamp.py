"""Live's stamp against live's schema: which revision it really is, and what mends it."""

from __future__ import annotations

import pytest

from tests.support.histories import Project
from tests.workflows.test_drift import FIRST, LIVE, MODELS, SPEC
from todo_db.findings import Finding
from todo_db.sources.matching import Match, marked_external, revision_that_equals
from todo_db.workflows.drift import drift

ROWS = ("bbb", "aaa", "op.execute(\"insert into tasks (user_id, title) select '1', 'x' where false\")")
NOTES = ("ccc", "bbb", 'op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))')
INDEX = ("ddd", "ccc", 'op.create_index("ix_notes", "notes", ["id"])')
MAKE_NOTES = "create table notes (id serial primary key);"


@pytest.fixture
def history(project: Project) -> Project:
    """A project whose history has four revisions, the second of which changes rows only."""
    project.write({"schema/schema.yaml": SPEC, "app.py": MODELS})
    project.settings(spec="schema/schema.yaml", models="app")
    project.history(FIRST, ROWS, NOTES, INDEX)
    project.live.execute(LIVE.encode())
    return project


def stamped(project: Project, *revisions: str) -> None:
    project.live.execute("delete from alembic_version")
    for revision in revisions:
        project.live.execute("insert into alembic_version values (%s)", [revision])


def told(project: Project) -> tuple[list[Finding], dict[str, str | None]]:
    """What drift says of the stamp, and its verdicts on what only live and the migrations state."""
    findings = drift(project.open()).findings
    others = {f.object: f.verdict for f in findings if f.kind in ("table", "index") and "notes" in f.object}
    return [f for f in findings if f.kind == "stamp"], others


def nearest(project: Project) -> Match:
    ws = project.open()
    return revision_that_equals(ws, marked_external(ws, ws.side("live")))


WRONG = (
    ("aaa", "TD261", "public.alembic_version says aaa; the schema is exactly that of ccc (Revision ccc)"),
    ("ddd", "TD261", "public.alembic_version says ddd; the schema is exactly that of ccc"),
    ("zzz", "TD263", "says zzz, which is no revision of the history; the schema is exactly that of ccc"),
    (None, "TD262", "no revision is stamped in public.alembic_version; the schema is exactly that of ccc"),
)


def test_where_live_stands(history: Project) -> None:
    """One story, since a history is replayed once for it."""
    for revision in ("aaa", "bbb"):  # bbb changes rows only: both stamps are true
        stamped(history, revision)
        findings, others = told(history)
        assert findings == []
        assert others["public.notes"] == "pending"
    match = nearest(history)
    assert (match.revisions, match.alike, match.name) == (("aaa",), (("bbb",),), "aaa")

    history.live.execute(b"alter table tasks alter title type varchar(255)")
    assert told(history)[0] == []  # altered by hand at its own stamp
    history.live.execute(b"alter table tasks alter title type varchar(200)")

    history.live.execute(MAKE_NOTES.encode())
    for stamp, code, said in WRONG:
        stamped(history, *filter(None, [stamp]))
        (finding,), others = told(history)
        assert finding.code == code
        assert said in finding.message
        assert "`todo-db adopt` (or `alembic stamp --purge ccc`)" in (finding.hint or "")
        assert [p.path for p in finding.places] == ["migrations/versions/3_ccc.py"]
        assert others["public.notes.ix_notes"] == "stamp-differs"
        assert nearest(history).revisions == ("ccc",)

    stamped(history, "aaa")
    history.live.execute(b"create index ix_notes on notes (id)")
    history.live.execute(b"alter table notes add x int")
    (finding,), _ = told(history)
    assert "nearest to that of ddd (Revision ddd), from which it has 1 difference" in finding.message
    assert str(finding.severity) == "warning"
    match = nearest(history)
    assert (match.revisions, match.differences, match.exact) == (("ddd",), 1, False)

    history.live.execute(b"drop table notes, tasks, alembic_version, session, users")
    match = nearest(history)
    assert (match.revisions, match.exact, match.name) == ((), True, "base")
    assert told(history)[0] == []


def test_a_restored_dump_is_the_same_revision(history: Project) -> None:
    """What a dump and restore spells differently does not hide the revision."""
    check = "op.create_check_constraint('ck', 'tasks', \"title in ('a', 'b')\")"
    column = 'op.add_column("tasks", sa.Column("x", sa.Text))'
    for old in history.versions.glob("*.py"):
        old.unlink()
    history.history(FIRST, ("bbb", "aaa", check), ("ccc", "bbb", column))
    respelled = "title::text = any (array['a'::character varying::text, 'b'::character varying::text])"
    history.live.execute(f"alter table tasks add constraint ck check ({respelled})".encode())
    assert (nearest(history).revisions, nearest(history).exact) == (("bbb",), True)
