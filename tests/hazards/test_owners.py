"""A revision that gives an object to a role runs on scratch, and leaves no right behind."""

from __future__ import annotations

from tests.support.histories import Project
from todo_db.schema import Schema
from todo_db.sources import history as histories
from todo_db.sources.replay import replay

FIRST = "op.execute('CREATE TABLE t (id bigint PRIMARY KEY)')"
GIVEN = (
    "op.execute('CREATE SCHEMA s')\n"
    "op.execute('CREATE TABLE s.u (id bigint PRIMARY KEY)')\n"
    "op.execute('ALTER TABLE s.u OWNER TO lent_owner')\n"
    "op.execute('ALTER TABLE t OWNER TO lent_owner')"
)
BACK = "op.execute('ALTER TABLE t OWNER TO CURRENT_USER')\nop.execute('DROP SCHEMA s CASCADE')"


def rights(schema: Schema) -> list[str]:
    return [k.name for k in schema.objects if k.kind in ("grant", "default privileges")]


def test_who_becomes_owner_may_create_for_that_long(project: Project) -> None:
    project.history(("r1", None, FIRST), ("r2", "r1", GIVEN, BACK))
    ws = project.open()
    ws.scratch.ensure_roles(["lent_owner"])
    history = histories.read(ws.settings)
    with replay(ws, history.up_to(["r1"])) as run:
        before = rights(run.schema())
        told, error = run.measure("r2")
        assert error is None
        assert len(told["steps"]) == 4
        owners = (
            "SELECT relname, relowner::regrole::text FROM pg_class WHERE relname IN ('t', 'u') ORDER BY 1"
        )
        assert run.connection.execute(owners).fetchall() == [("t", "lent_owner"), ("u", "lent_owner")]
        assert rights(run.schema()) == before
        run.downgrade("r2")
        run.upgrade("r2")
        assert rights(run.schema()) == before
        may = run.connection.execute("SELECT has_schema_privilege('lent_owner', 'public', 'CREATE')")
        assert may.fetchone() == (False,)
