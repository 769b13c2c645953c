"""Policies: statements that work, and lead back to where they came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.access.world import OWNERSHIPS, Base
from todo_db.errors import UsageError
from todo_db.ownership import policies
from todo_db.ownership.declared import Link, Owned, Ownerships
from todo_db.ownership.stated import stated
from todo_db.postgres.scratch import Scratch
from todo_db.spec.document import ColumnSpec, ReferenceSpec, Specification, TableSpec
from todo_db.spec.read import read_markdown, read_yaml_text
from todo_db.spec.write import to_markdown, to_yaml


def test_all_tables_are_held(server: Scratch, db: psycopg.Connection[Any]) -> None:
    server.ensure_roles(["some app"])
    for table in Base.metadata.sorted_tables:
        # ids are integers in the models and text here, so each policy casts nothing
        db.execute(f"CREATE TABLE {table.name} ({', '.join(f'{c.name} text' for c in table.c)})")
    for statement in policies.security(OWNERSHIPS, role="some app"):
        db.execute(statement.sql)
    for name, enabled, forced, held in state(db):
        owned = OWNERSHIPS.get(name)
        scoped = owned is not None and owned.scoped
        assert (enabled, forced) == (scoped, scoped)
        wanted = [policies.policy_name(owned, c) for c in policies.commands_of(owned)] if owned else []
        assert sorted(held or ()) == (sorted(wanted) if scoped else [])


def state(db: Any) -> list[Any]:
    return db.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity, "
        "(SELECT array_agg(polname ORDER BY polname) FROM pg_policy WHERE polrelid = c.oid) "
        "FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    ).fetchall()


def test_names_are_quoted() -> None:
    owned = Owned('odd"t', user='u"', user_type="uuid")
    (select, *_) = policies.policies(owned, Ownerships([owned]), role='r"')
    assert select.sql.startswith(
        'CREATE POLICY "odd""t_owner_select" ON "public"."odd""t" FOR SELECT TO "r"""'
    )
    assert '"odd""t"."u""" = (SELECT nullif' in select.sql
    assert select.sql.count("::uuid") == 1


def test_long_names_are_cut() -> None:
    owned = Owned("x" * 63, user="u")
    names = {policies.policy_name(owned, c) for c in ("SELECT", "INSERT", "UPDATE", "DELETE")}
    assert len(names) == 4
    assert all(len(n) <= 63 for n in names)


def column(name: str, type_: str = "text", to: str | None = None) -> ColumnSpec:
    return ColumnSpec(name=name, type=type_, references=ReferenceSpec(table=to) if to else None)


def test_owners_from_a_spec() -> None:
    found = Ownerships.from_specification(
        Specification(
            tables=(
                TableSpec(name="user", columns=(column("id", "uuid"),), managed_by="better-auth"),
                TableSpec(
                    name="tasks", owner="user_id", columns=(column("id"), column("user_id", "uuid", "user"))
                ),
                TableSpec(name="comments", owner="task_id", columns=(column("task_id", "integer", "tasks"),)),
                TableSpec(name="public.tags", owner=None, columns=(column("id"),)),
                TableSpec(
                    name="docs",
                    owner="organization:org, author",
                    columns=(
                        column("org"),
                        column("author", "varchar(30)"),
                        column("task_id", "int", "tasks"),
                    ),
                ),
                TableSpec(
                    name="app.members",
                    owner="membership:org, user_id",
                    columns=(column("org", "bigserial"), column("user_id")),
                ),
            )
        )
    )
    assert found["tasks"] == Owned("tasks", user="user_id", user_type="uuid")
    assert found["comments"].through == Link("task_id", "tasks", "id")
    assert found["tags"].shared
    assert found["docs"].references == (Link("task_id", "tasks", "id"),)
    assert (found["docs"].organization, found["docs"].user) == ("org", "author")
    assert found["app.members"].membership
    assert found["app.members"].organization_type == "bigint"
    assert "user" not in found


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ((TableSpec(name="t", owner="nope", columns=(column("id"),)),), "has no column 'nope'"),
        (
            (
                TableSpec(name="a", owner="b_id", columns=(column("b_id", to="b"),)),
                TableSpec(name="b", owner="a_id", columns=(column("a_id", to="a"),)),
            ),
            "through itself",
        ),
    ],
)
def test_owners_that_make_no_sense(tables: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Ownerships.from_specification(Specification(tables=tables))


PROSE = """# Notes

Each note belongs to one user via `author_id`.

### notes

| Column | Type | Constraints |
|---|---|---|
| id | integer | PRIMARY KEY |
| author_id | text | NOT NULL |
"""


@pytest.mark.parametrize("again", [to_yaml, to_markdown])
@pytest.mark.parametrize(
    ("words", "follow"),
    [
        ("", False),
        ("**Owner**: `author_id`\n", True),
        ("**Owner**: `author_id`\n\n**Policies**: its own\n", False),
    ],
)
def test_writing_a_document_out_states_no_more_and_no_less(
    again: Callable[[Specification], str], words: str, follow: bool
) -> None:
    """Nothing follows from an owner that was gathered from prose, nor after it was written out."""
    first = read_markdown(PROSE.replace("### notes\n", f"### notes\n\n{words}"), "schema.md")
    text = again(first)
    second = read_yaml_text(text, "s.yaml") if again is to_yaml else read_markdown(text, "s.md")
    for spec in (first, second):
        assert [t.owner for t in spec.tables] == ["author_id"]
        assert bool(stated(spec).tables) is follow
