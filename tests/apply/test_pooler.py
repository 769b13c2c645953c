"""Over a transaction pooler, where the lock would be anybody's, nothing is migrated."""

from __future__ import annotations

import psycopg
import pytest

from tests.postgres.test_pooler import PGBOUNCER, bouncer
from tests.support.histories import Project
from todo_db.errors import UndeterminedError
from todo_db.workflows.migrate import migrate

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
A = ("a", None, 'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))')


@pytest.mark.parametrize("more", ["", "ignore_startup_parameters = options\n"], ids=["refuses", "ignores"])
def test_one_that_its_name_does_not_give_away(project: Project, more: str) -> None:
    """It refuses the settings of the session, or takes them and does nothing about them."""
    project.history(A)
    with bouncer(project.server.conninfo(project.live), more) as port:
        ws = project.open()
        ws.url = f"postgresql://x@127.0.0.1:{port}/{project.live.info.dbname}?sslmode=disable"
        with pytest.raises(UndeterminedError, match="pooler") as error:
            migrate(ws, prove=False)
        assert "DATABASE_URL_UNPOOLED" in (error.value.hint or "")
    assert project.tables() == []
    with psycopg.connect(project.server.conninfo(project.live)) as after:
        query = "select count(*) from pg_locks where locktype = 'advisory'"
        assert after.execute(query).fetchone() == (0,)
