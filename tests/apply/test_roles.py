"""A role that the history grants to has to be there before anything is applied."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from todo_db.apply.roles import prepare
from todo_db.errors import ApplyError
from todo_db.objects.grant import Grant
from todo_db.postgres.scratch import Scratch
from todo_db.schema import Schema, index_by_key


def goal(*grantees: str) -> Schema:
    grants = [Grant(of="table", name="public.t", grantee=g, privileges=("select",)) for g in grantees]
    return Schema("migrations", index_by_key(grants))


def test_a_missing_role_is_named(server: Scratch, db: psycopg.Connection[Any]) -> None:
    ws: Any = SimpleNamespace(migrate_target=SimpleNamespace(shown="somewhere"))
    session: Any = SimpleNamespace(connection=db, target=SimpleNamespace(embedded=False))
    server.ensure_roles(["roles_there"])
    prepare(ws, session, goal("roles_there", "public", "pg_monitor"))
    prepare(ws, session, None)
    with pytest.raises(ApplyError, match="has no role nobody made it, to which") as refused:
        prepare(ws, session, goal("roles_there", "nobody made it"))
    assert 'CREATE ROLE "nobody made it" LOGIN PASSWORD' in str(refused.value.hint)
    assert "nothing was changed" in refused.value.what
