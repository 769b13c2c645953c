"""Row level security from the declared owners, as statements that a revision can hold.

Per table: ENABLE and FORCE, one policy per command, and the grants of the application's role. The user comes
from `current_setting('app.user_id', true)`, which a transaction sets with `set_config(…, true)`; an unset
setting is NULL once and '' later, and neither is anybody. Policies are for the application's role alone where
it is known, so that another role with rights of its own cannot pass for a user; else for everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from todo_db.objects.change import Statement
from todo_db.ownership.declared import ORGANIZATION_SETTING, USER_SETTING, Link, Owned, Ownerships

if TYPE_CHECKING:
    from psycopg import sql

ROLE = "app"
PUBLIC = "public"  # as a role: everybody
_READS, _WRITES = ("SELECT",), ("SELECT", "INSERT", "UPDATE", "DELETE")


def security(ownerships: Ownerships, *, role: str = ROLE) -> tuple[Statement, ...]:
    """Everything for all declared tables, parents first: security, policies and grants."""
    tables = sorted(ownerships.values(), key=lambda o: (_depth(o, ownerships), o.table))
    return tuple(
        s
        for owned in tables
        for s in (*enable(owned), *policies(owned, ownerships, role=role), grant(owned, role=role))
    )


def enable(owned: Owned) -> tuple[Statement, ...]:
    """ENABLE and FORCE; nothing for a shared table, which is held by its grants alone."""
    if owned.shared:
        return ()
    return tuple(
        _statement("ALTER TABLE {} " + word + " ROW LEVEL SECURITY", _table(owned.table))
        for word in ("ENABLE", "FORCE")
    )


def policies(owned: Owned, ownerships: Ownerships, *, role: str = ROLE) -> tuple[Statement, ...]:
    """One policy per command that a user may give; none for a shared table."""
    if owned.shared:
        return ()
    return tuple(_policy(owned, ownerships, command, role) for command in commands_of(owned))


def commands_of(owned: Owned) -> tuple[str, ...]:
    """What users may do with a table, as SQL words."""
    return _WRITES if owned.writable else _READS


def policy_name(owned: Owned, command: str) -> str:
    """'tasks_owner_select'; cut where PostgreSQL would cut it."""
    suffix = f"_owner_{command.lower()}"
    return owned.parts[1][: 63 - len(suffix)] + suffix


def grant(owned: Owned, *, role: str = ROLE) -> Statement:
    """What the role may do with a table at all. TRUNCATE, which no policy holds, is never granted."""
    commands = ", ".join(commands_of(owned))
    return _statement("GRANT " + commands + " ON TABLE {} TO {}", _table(owned.table), _identifier(role))


def beyond_policies(owned: Owned, ownerships: Ownerships) -> tuple[Link, ...]:
    """References that no policy can check: PostgreSQL refuses a policy that leads back to its own table.

    What holds them is a foreign key that takes the owner along: `FOREIGN KEY (parent_id, user_id) REFERENCES
    tasks (id, user_id)`.
    """
    return tuple(link for link in owned.references if owned.table in _reads(link.table, ownerships))


def _reads(name: str, ownerships: Ownerships) -> set[str]:
    """The table and all that its SELECT policy reads."""
    owned = ownerships[name]
    found = {name}
    if owned.organization and not owned.membership and ownerships.membership is not None:
        found.add(ownerships.membership.table)
    return found | (_reads(owned.through.table, ownerships) if owned.through else set())


# ---- the conditions ----------------------------------------------------------------------------


def _policy(owned: Owned, ownerships: Ownerships, command: str, role: str) -> Statement:
    from psycopg import sql

    here = _identifier(owned.parts[1])
    mine = _condition(owned, ownerships, here, depth=1)
    held = [link for link in owned.references if link not in beyond_policies(owned, ownerships)]
    checks = sql.SQL(" AND ").join([mine, *(_reference(link, ownerships, here) for link in held)])
    using = sql.SQL(" USING ({})").format(mine) if command != "INSERT" else sql.SQL("")
    check = sql.SQL(" WITH CHECK ({})").format(checks) if command in ("INSERT", "UPDATE") else sql.SQL("")
    return _statement(
        "CREATE POLICY {} ON {} FOR " + command + " TO {}{}{}",
        *(_identifier(policy_name(owned, command)), _table(owned.table), _grantee(role), using, check),
    )


def _condition(owned: Owned, ownerships: Ownerships, where: sql.Composable, *, depth: int) -> sql.Composable:
    from psycopg import sql

    if owned.through is not None:
        # The keys of the parents are found once, and the index on the column serves; EXISTS would be
        # evaluated for each row.
        inner = _identifier(f"p{depth}")
        parent = ownerships[owned.through.table]
        return sql.SQL("{}.{} = ANY (ARRAY(SELECT {}.{} FROM {} AS {} WHERE {}))").format(
            *(where, _identifier(owned.through.column), inner, _identifier(owned.through.key)),
            *(_table(parent.table), inner, _condition(parent, ownerships, inner, depth=depth + 1)),
        )
    parts: list[sql.Composable] = []
    if owned.organization and not owned.membership:
        value = _setting(ORGANIZATION_SETTING, owned.organization_type)
        parts.append(sql.SQL("{}.{} = {}").format(where, _identifier(owned.organization), value))
        if (members := ownerships.membership) is not None:
            parts.append(_is_member(owned, members, where))
    if owned.user:
        value = _setting(USER_SETTING, owned.user_type)
        parts.append(sql.SQL("{}.{} = {}").format(where, _identifier(owned.user), value))
    return sql.SQL(" AND ").join(parts)


def _is_member(owned: Owned, members: Owned, where: sql.Composable) -> sql.Composable:
    """That the user belongs to the organization: the setting alone is only what the application claims."""
    from psycopg import sql

    m = _identifier("m")
    return sql.SQL("{}.{} = ANY (ARRAY(SELECT {}.{} FROM {} AS {} WHERE {}.{} = {}))").format(
        *(where, _identifier(owned.organization or ""), m, _identifier(members.organization or "")),
        *(_table(members.table), m, m, _identifier(members.user or "")),
        _setting(USER_SETTING, members.user_type),
    )


def _reference(link: Link, ownerships: Ownerships, here: sql.Composable) -> sql.Composable:
    """That a row points to its owner's rows only: foreign keys themselves look past every policy."""
    from psycopg import sql

    inner = _identifier("r")
    target = ownerships[link.table]
    column = sql.SQL("{}.{}").format(here, _identifier(link.column))
    return sql.SQL("({0} IS NULL OR EXISTS (SELECT FROM {1} AS {2} WHERE {2}.{3} = {0} AND {4}))").format(
        *(column, _table(target.table), inner, _identifier(link.key)),
        _condition(target, ownerships, inner, depth=1),
    )


def _setting(name: str, type_: str) -> sql.Composable:
    """In a subselect, so that it is evaluated once per statement and an index can serve."""
    from psycopg import sql

    cast = "" if type_ == "text" else f"::{type_}"
    return sql.SQL("(SELECT nullif(current_setting({}, true), '')" + cast + ")").format(sql.Literal(name))


def _depth(owned: Owned, ownerships: Ownerships) -> int:
    """How many tables lie between it and its owner; a membership table comes first."""
    if owned.through is None:
        return 0 if owned.membership else 1
    return 1 + _depth(ownerships[owned.through.table], ownerships)


def _table(name: str) -> sql.Composable:
    """Qualified always: a revision must not depend on the search_path."""
    from psycopg import sql

    schema, _, plain = name.rpartition(".")
    return sql.Identifier(schema or "public", plain)


def _grantee(role: str) -> sql.Composable:
    from psycopg import sql

    return sql.SQL("PUBLIC") if role == PUBLIC else sql.Identifier(role)


def _identifier(name: str) -> sql.Composable:
    from psycopg import sql

    return sql.Identifier(name)


def _statement(template: str, *parts: sql.Composable) -> Statement:
    from psycopg import sql

    return Statement(_text(sql.SQL(template).format(*parts)))


def _text(composed: sql.Composable) -> str:
    return composed.as_string(None)
