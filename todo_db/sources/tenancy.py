"""The history as it is in one schema of several: replayed once on scratch, under the name of each in turn.

A revision that names no schema works wherever `search_path` leads. So it is run on scratch in a schema of its
own, which is then given the name of the schema that is compared: PostgreSQL spells what lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.schema import DbObject, Key, Schema, display

if TYPE_CHECKING:
    import psycopg

    from todo_db.sources.history import History
    from todo_db.sources.migrations import Built
    from todo_db.sources.redirect import Executed
    from todo_db.sources.replayprocess import ReplayProcess
    from todo_db.sources.workspace import Workspace

    Connection = psycopg.Connection[tuple[Any, ...]]

_STAGE = "todo_db_tenant"

APART = frozenset(
    {
        "cast",
        "database",
        "default privileges",
        "event trigger",
        "extension",
        "foreign data wrapper",
        "foreign server",
        "publication",
        "setting",
        "user mapping",
    }
)
"""Kinds that belong to a database, or that speak of a schema by its name: no revision of one makes them."""

_NAMED = re.compile(
    r"""(?<![\w"])(?:public|"public")\.(?=[\w"]) | \b(?:on|in)\s+schema\s+"?public\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PATH = re.compile(
    r"\s*(?:set\s+(?:local\s+|session\s+)?search_path\b|select\s.*set_config\s*\(\s*'search_path')",
    re.IGNORECASE | re.DOTALL,
)
_HINT = (
    "let revisions name no schema (`schema_per_target = true` in [tool.todo-db] has `migrate new` write them "
    "so), or make a database for each customer; `todo-db explain TD516`"
)


class NamedSchemaError(UndeterminedError):
    """The history cannot be used for a schema of any name, since it names one itself."""


@dataclass(slots=True)
class Stage:
    """A scratch database with the history in one schema. called: what that schema is called now."""

    connection: Connection
    called: str
    external: frozenset[Key]
    version_table: str


def live(ws: Workspace, connection: Connection, side: str = "live") -> Schema:
    """What a database holds, or the one schema of it that is the workspace's target."""
    from todo_db.postgres import catalog
    from todo_db.postgres.tenant import path_of

    schemas, tenant = ws.settings.schemas or None, ws.settings.tenant
    if tenant is not None:
        path_of(connection, tenant, f"{connection.info.host}/{connection.info.dbname}")
    found = catalog.read(connection, side=side, schemas=schemas, usual_stamp=tenant is None)
    return found if tenant is None else alone(found)


def alone(schema: Schema) -> Schema:
    """The schema without what belongs to the database around it."""
    objects = {k: _unremarked(o) for k, o in schema.objects.items() if not _is_apart(o)}
    return replace(schema, objects=objects)


def _is_apart(obj: DbObject) -> bool:
    return obj.kind in APART or getattr(obj, "of", None) in (*APART, "schema")


def _unremarked(obj: DbObject) -> DbObject:
    """A schema is made by whoever makes the customer: what is said of it is theirs."""
    return replace(obj, comment=None) if obj.kind == "schema" else obj  # type: ignore[call-arg]


def at(ws: Workspace, revisions: Sequence[str]) -> Schema:
    """What the history up to these revisions builds in the schema that is the workspace's target.

    Raises NamedSchemaError for a history that names a schema, and what replaying raises.
    """
    stage = staged(ws, revisions)
    assert ws.settings.tenant is not None  # noqa: S101
    _rename(stage, ws.settings.tenant)
    from todo_db.postgres import catalog
    from todo_db.sources.replay import without_table

    found = catalog.read(stage.connection, side="migrations", schemas=[stage.called], usual_stamp=False)
    found = without_table(alone(found), Key("table", display(stage.called, stage.version_table)))
    return replace(found, external=stage.external, states_externals=False)


def staged(ws: Workspace, revisions: Sequence[str]) -> Stage:
    """The history, run in a schema of its own: done once for all schemas. Raises as `at`."""
    known = (_STAGE, *sorted(revisions))
    kept: dict[Any, Any] = ws.replays
    if known not in kept:
        kept[known] = _staged(ws.whole, list(revisions))
    return kept[known]  # type: ignore[no-any-return]


def beside(ws: Workspace, revisions: Sequence[str]) -> set[str]:
    """The schemas of tables that others make and the history refers to."""
    from todo_db.objects.names import undisplay

    return {undisplay(key.name)[0] for key in staged(ws, revisions).external}


def _staged(ws: Workspace, revisions: list[str]) -> Stage:
    from todo_db.sources import history, migrations
    from todo_db.sources.externals import externals
    from todo_db.sources.replay import make_stand_in, process_of

    found = history.read(ws.settings)
    plain = migrations.built(ws, found, revisions)
    outside = {e.key: e for e in externals(ws).values()} if plain.stand_ins else {}
    external = frozenset(k for k in outside if k.name in {name for name, _ in plain.stand_ins})
    if ws.settings.app_role is not None:
        ws.scratch.ensure_roles([ws.settings.app_role])
    connection = ws.scratch.database("tenant")
    try:
        _make_extensions(connection, plain.schema)
        for key in external:
            make_stand_in(connection, outside[key])
        connection.execute(f"CREATE SCHEMA {_STAGE}".encode())
        before = _elsewhere(connection)
        process = process_of(ws)
        process.use(_url(ws, connection), tenant=_STAGE)
        for revision in found.up_to(revisions):
            executed = _upgraded(process, revision.id)
            _refuse_named(found, revision.id, executed)
            if made := sorted(_elsewhere(connection).keys() - before.keys()):
                raise _named(found, revision.id, f"it makes {made[0].kind} {made[0].name}")
        _must_be_alike(connection, plain)
    except BaseException:
        ws.scratch.drop(connection)
        raise
    return Stage(connection, _STAGE, external, found.layout.version_table)


def _upgraded(process: ReplayProcess, revision: str) -> Sequence[Executed]:
    from todo_db.sources.runner import RevisionFailedError

    try:
        return process.upgrade(revision)
    except RevisionFailedError as error:
        raise NamedSchemaError(
            f"{error.what}, where it is run in a schema of its own, although it runs in `public`",
            where=error.where,
            hint=f"does it name a schema? {_HINT}" + (f" ({error.hint})" if error.hint else ""),
        ) from error


def _make_extensions(connection: Connection, plain: Schema) -> None:
    """They are the database's own: there once, whichever schema needs them."""
    from psycopg import sql

    for extension in plain.of("extension"):
        schema = sql.Identifier(str(getattr(extension, "schema", "public")))
        name = sql.Identifier(extension.parts[-1])
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {}").format(name, schema))


def _url(ws: Workspace, connection: Connection) -> str:
    from sqlalchemy import make_url

    from todo_db.postgres.tenant import option, path_of

    url = make_url(ws.scratch.url(connection))
    options = f"{url.query.get('options', '')} {option(path_of(connection, _STAGE, 'scratch', ['public']))}"
    return url.update_query_dict({"options": options.strip()}).render_as_string(hide_password=False)


def _rename(stage: Stage, name: str) -> None:
    from psycopg import sql

    if stage.called != name:
        statement = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
        stage.connection.execute(statement.format(sql.Identifier(stage.called), sql.Identifier(name)))
        stage.called = name


# ---- what names a schema --------------------------------------------------------------------------------


def _elsewhere(connection: Connection) -> Mapping[Key, DbObject]:
    """What lies outside of the stage, but for what every schema shares."""
    from todo_db.postgres import catalog

    found = catalog.read(connection, side="migrations").objects
    return {k: o for k, o in found.items() if _STAGE not in o.parts and not _is_about(o)}


def _is_about(obj: DbObject) -> bool:
    """Whether it is a remark on the stage or on something in it: rights, an owner."""
    parent = obj.parent
    said = f"{getattr(obj, 'of', '')} {getattr(obj, 'name', '')}" if hasattr(obj, "of") else ""
    return _STAGE in said or (parent is not None and _STAGE in parent.name)


def names_schema(sql: str) -> bool:
    """Whether a statement names the usual schema, or says itself which one comes first."""
    return bool(_NAMED.search(sql) or _PATH.match(sql))


def _refuse_named(found: History, revision: str, executed: Iterable[Executed]) -> None:
    for statement in executed:
        if statement.path is None or statement.path == str(found.layout.env):
            continue  # env.py may well say which schema comes first: that is what it is told
        text = " ".join(statement.sql.split())
        if names_schema(text):
            shown = text if len(text) <= 100 else f"{text[:99]}…"
            raise _named(found, revision, f"it says {shown}", statement.line)


def _named(found: History, revision: str, how: str, line: int | None = None) -> NamedSchemaError:
    path = found.revisions[revision].path
    return NamedSchemaError(
        f"revision {revision} names a schema, so that it cannot be used for one of any other name: {how}",
        where=f"{path}:{line}" if line else str(path),
        hint=_HINT,
    )


def _must_be_alike(connection: Connection, plain: Built) -> None:
    """What was built in the schema is what is built in the usual one, name by name."""
    from todo_db.postgres import catalog

    found = catalog.read(connection, side="migrations", schemas=[_STAGE], usual_stamp=False)
    prefix, usual = f"{_STAGE}.", "public."
    there = {(k.kind, k.name.removeprefix(prefix)) for k in alone(found).objects if k.name.startswith(prefix)}
    away = {
        (k.kind, k.name.removeprefix(usual))
        for k, o in plain.schema.objects.items()
        if k.name.startswith(usual)
        and o.kind not in APART
        and k not in plain.schema.external
        and o.parent not in plain.schema.external
    }
    if missing := sorted(away - there):
        kind, name = missing[0]
        raise NamedSchemaError(
            f"run in a schema of its own, the history makes no {kind} {name}, which it makes in `public`",
            hint=_HINT,
        )
