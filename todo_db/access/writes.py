"""What is written into a user's row is that user's: owners and references, checked before they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Connection, select
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.expression import column, table

from todo_db.access.criteria import declared
from todo_db.access.errors import ForeignRowError, RowChangedError, UnscopedError
from todo_db.ownership.declared import Link, Owned

if TYPE_CHECKING:
    from todo_db.access.guarded import Scope

_EXPRESSION = object()
_CHUNK = 1000


def checked(
    connection: Connection, scope: Scope, statement: Any, multiparams: Any, params: Any
) -> tuple[Any, Any, Any]:
    """The statement and its parameters, with the owner filled in where an INSERT leaves it out.

    Raises ForeignRowError for another's id or a reference to another's row, UnscopedError for what cannot be
    known before it runs.
    """
    owned = declared(statement.table, scope.ownerships)
    if not owned.writable:
        raise UnscopedError(
            f"{owned.table} is {'a membership table' if owned.membership else 'shared'}: users only read it",
            hint="write it with a session of the application itself",
        )
    if isinstance(statement, Delete):
        return statement, multiparams, params
    if isinstance(statement, Insert):
        if statement.select is not None:
            raise UnscopedError(
                f"INSERT … SELECT into {owned.table} cannot be checked",
                hint="read the rows, then repository.create_many(…)",
            )
        statement, multiparams, params = _filled(scope, owned, statement, multiparams, params)
    rows = list(_rows(statement, multiparams, params))
    for name, mine in _owner_columns(owned, scope):
        key = _key(statement.table, name)
        for row in rows:
            _check_owner(owned, name, row.get(key, mine), mine)
    for link in (*((owned.through,) if owned.through else ()), *owned.references):
        _check_link(connection, owned, link, rows, statement)
    return statement, multiparams, params


def deleted(statement: Delete, wanted: int, found: int) -> None:
    """An object that the session deletes was there and this user's. Raises RowChangedError."""
    if found not in (-1, wanted):
        raise RowChangedError(
            f"{wanted - found} of {wanted} rows of {table_name(statement)} to be deleted are not there, "
            "or not this user's",
            hint="load an object in the session that deletes it",
        )


def table_name(statement: Any) -> str:
    """The table that a statement writes, for messages."""
    return str(getattr(statement.table, "fullname", statement.table))


def same_id(value: Any, mine: Any) -> bool:
    """Whether an id is the session's, which may be of another type ('7' and 7)."""
    return _as_sent(value) == _as_sent(mine)


def _as_sent(value: Any) -> str:
    """The text that the driver sends: a subclass of str may say something else of itself."""
    return str.__str__(value) if isinstance(value, str) else str(value)


def _owner_columns(owned: Owned, scope: Scope) -> Iterator[tuple[str, Any]]:
    if owned.user:
        yield owned.user, scope.user_id
    if owned.organization:
        yield owned.organization, scope.organization_id


def column_named(target: Any, name: str) -> Any:
    """A table's column by its name in the database, which need not be its key in `table.c`; None: unknown."""
    found = target.c.get(name)
    if found is not None and found.name == name:
        return found
    return next((c for c in target.c if c.name == name), None)


def _key(target: Any, name: str) -> str:
    """The name by which parameters call a column."""
    found = column_named(target, name)
    return name if found is None else str(found.key)


def _rows(statement: Insert | Update, multiparams: Any, params: Any) -> Iterator[Mapping[str, Any]]:
    """The values of each row by column key; what only the database can compute is `_EXPRESSION`."""
    fixed = {_name(k): v for k, v in (statement._values or {}).items()}
    for group in statement._multi_values:
        for entry in group:
            if not isinstance(entry, Mapping):
                raise UnscopedError("rows without column names cannot be checked", hint="values([{…}, {…}])")
            yield {_name(k): _value(v, {}) for k, v in entry.items()}
    given = list(multiparams) or ([params] if params else [])
    for row in given or ([{}] if not statement._multi_values else []):
        yield {**{key: _value(v, row) for key, v in fixed.items()}, **row}


def _name(column_: Any) -> str:
    return str(getattr(column_, "key", column_))


def _value(value: Any, parameters: Mapping[str, Any]) -> Any:
    """What a column gets. parameters: those of the row, which count more than what the statement holds."""
    if isinstance(value, BindParameter):
        if value.key in parameters:
            return parameters[value.key]
        return _EXPRESSION if value.required or value.callable else value.value
    return (
        _EXPRESSION if hasattr(value, "__clause_element__") or hasattr(value, "_compiler_dispatch") else value
    )


def _filled(
    scope: Scope, owned: Owned, statement: Insert, multiparams: Any, params: Any
) -> tuple[Insert, Any, Any]:
    missing = {
        _key(statement.table, name): _typed(statement.table, name, mine)
        for name, mine in _owner_columns(owned, scope)
    }
    fixed = {_name(k) for k in statement._values or {}}
    missing = {key: value for key, value in missing.items() if key not in fixed}
    if not missing:
        return statement, multiparams, params
    if statement._multi_values:
        if any(
            not missing.keys() <= {_name(k) for k in entry}
            for group in statement._multi_values
            for entry in group
        ):
            raise UnscopedError(
                f"several rows in one values() must name {', '.join(missing)}",
                hint="session.execute(insert(Model), [{…}, {…}])",
            )
        return statement, multiparams, params
    if multiparams:
        return statement, [{**missing, **row} for row in multiparams], params
    if params:
        return statement, multiparams, {**missing, **params}
    named = {statement.table.c.get(key, key): value for key, value in missing.items()}
    return statement.values(named), multiparams, params


def _typed(target: Any, name: str, value: Any) -> Any:
    """The session's id as the column's Python type: sessions are often given a string."""
    found = column_named(target, name)
    try:
        wanted = found.type.python_type if found is not None else str
        return value if value is None or isinstance(value, wanted) else wanted(str(value))
    except (NotImplementedError, ValueError, TypeError):
        return value


def _check_owner(owned: Owned, name: str, value: Any, mine: Any) -> None:
    if value is _EXPRESSION:
        raise UnscopedError(
            f"{owned.table}.{name} would be set by an expression, which cannot be checked",
            hint="leave it out: the session fills it in",
        )
    if mine is None:
        raise UnscopedError(
            f"{owned.table} belongs to an organization, and this session to none",
            hint="open it with organization_id=…",
        )
    if value is None or not same_id(value, mine):
        raise ForeignRowError(
            f"{owned.table}.{name} would be somebody else's", hint="leave it out: the session fills it in"
        )


def _check_link(
    connection: Connection,
    owned: Owned,
    link: Link,
    rows: list[Mapping[str, Any]],
    statement: Insert | Update,
) -> None:
    key = _key(statement.table, link.column)
    values = [row[key] for row in rows if key in row]
    if any(value is _EXPRESSION for value in values):
        raise UnscopedError(
            f"{owned.table}.{link.column} would be set by an expression, which cannot be checked",
            hint="read the value first, then write it",
        )
    leads_to_owner = owned.through == link
    absent = leads_to_owner and isinstance(statement, Insert) and len(values) < len(rows)
    if absent or (leads_to_owner and None in values):
        raise ForeignRowError(f"{owned.table}.{link.column} says whose the row is and cannot be empty")
    wanted = {value for value in values if value is not None}
    if wanted and len(_mine(connection, link, wanted)) < len(wanted):
        raise ForeignRowError(
            f"{owned.table}.{link.column} would refer to a row of {link.table} that is not among this user's",
            hint="take the key of a row that this session loaded",
        )


def _mine(connection: Connection, link: Link, wanted: set[Any]) -> set[Any]:
    """Which of the keys are this user's; the guard scopes this statement as it does any other."""
    schema, dot, name = link.table.rpartition(".")
    key: Any = column(link.key)
    target = table(name, key, schema=schema if dot else None)
    found: set[Any] = set()
    values = sorted(wanted, key=str)
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK]
        condition = key == chunk[0] if len(chunk) == 1 else key.in_(chunk)
        found |= set(connection.execute(select(key).select_from(target).where(condition)).scalars())
    return found
