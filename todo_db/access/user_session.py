"""Sessions that work with one user's rows only, sync and async.

sessions = UserSessions(make_engine(), Ownerships.from_metadata(SQLModel.metadata))

with sessions(user_id) as session:
    session.exec(select(Task)).all()      # this user's
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import attributes
from sqlmodel import Session

from todo_db.access.begin import begin
from todo_db.access.errors import ForeignRowError, UnscopedError
from todo_db.access.guarded import Scope, ScopedConnection, ScopedEngine, scoped_engine
from todo_db.access.raw import changes_scope
from todo_db.access.role import verify
from todo_db.access.sealed import RAW_HINT
from todo_db.access.writes import column_named, same_id
from todo_db.ownership.declared import Ownerships, qualified


def refuse(what: str, hint: str) -> NoReturn:
    raise UnscopedError(what, hint=hint)


class UserSession(Session):
    """A SQLModel session for one user. Made by `UserSessions`.

    Every statement, lazy load and flush is held to the user's rows; each transaction also tells PostgreSQL
    the user, for row level security. What cannot be held to them raises UnscopedError, which names the safe
    call. Objects stay readable after commit.
    """

    def __init__(
        self,
        bind: ScopedEngine,
        user_id: Any,
        *,
        ownerships: Ownerships,
        organization_id: Any = None,
        **options: Any,
    ) -> None:
        if user_id is None or not str(user_id).strip():
            refuse("a user session needs a user id", "pass the id of whoever is signed in")
        self.scope = Scope(ownerships, user_id, organization_id)
        if options.pop("binds", None):
            refuse("other engines would not hold to one user's rows", "leave binds out")
        if options.pop("twophase", False):
            refuse("a transaction in two phases is begun without its user", "leave twophase out")
        super().__init__(bind, **{"expire_on_commit": False, **options})
        self._todo_db_engine = bind

    @property
    def user_id(self) -> Any:
        """Whose rows these are."""
        return self.scope.user_id

    def raw(self, sql: str, params: Mapping[str, Any] | None = None, *, reason: str) -> Any:
        """Run SQL text with `:name` parameters, where row level security alone keeps it to the user's rows.

        reason: why it has to be text. Raises UnsafeRoleError where the connection's role is not subject to
        row level security, UnscopedError for text that changes whose rows are seen.
        """
        if not reason.strip():
            refuse("raw SQL needs a reason", "session.raw(sql, reason='why this has to be text')")
        if problem := changes_scope(sql):
            refuse(f"{problem} in raw SQL could change whose rows are seen", "leave it to the session")
        connection = self._connection_for_bind(self._todo_db_engine)
        verify(connection, self.scope)
        compiled = text(sql).bindparams(**(params or {})).compile(dialect=self._todo_db_engine.plain_dialect)
        with self.scope.allowing_raw():
            return connection.exec_driver_sql(str(compiled), dict(compiled.params))

    # ---- ways around the guard, closed by name

    def get_bind(self, *args: Any, **arguments: Any) -> Engine:
        if arguments.get("bind") not in (None, self._todo_db_engine):
            refuse("another engine would not hold to one user's rows", "leave bind_arguments out")
        return self._todo_db_engine

    def connection(self, *args: Any, **arguments: Any) -> NoReturn:
        refuse(
            "session.connection() cannot be held to one user's rows",
            "session.exec(select(…)), or " + RAW_HINT,
        )

    def get_transaction(self) -> NoReturn:
        refuse(
            "session.get_transaction() leads to the connection",
            "session.in_transaction() tells whether there is one",
        )

    get_nested_transaction = get_transaction

    def merge(self, instance: Any, **arguments: Any) -> NoReturn:
        refuse("merge() would write an object that this session did not load", "repository.update(key, {…})")

    merge_all = merge  # type: ignore[assignment]


# ---- events: what the session does by itself


@event.listens_for(UserSession, "after_begin")
def _tell_user(session: UserSession, transaction: Any, connection: ScopedConnection) -> None:
    """Tell PostgreSQL the user, for this transaction only: a pooler hands nothing on to the next client."""
    if connection.in_nested_transaction():
        return  # a savepoint keeps the settings
    with connection.todo_db_opening(session.scope):
        begin(connection, session.scope)


@event.listens_for(UserSession, "before_attach")
def _refuse_strangers(session: UserSession, instance: Any) -> None:
    state = attributes.instance_state(instance)
    if state.key is not None and session.identity_map.get(state.key) is not instance:
        refuse(
            f"this {type(instance).__name__} was loaded by another session, perhaps another user's",
            "load it here: session.get(Model, key), or repository.update(key, {…})",
        )


@event.listens_for(UserSession, "before_flush")
def _before_flush(session: UserSession, context: Any, instances: Any) -> None:
    scope = session.scope
    scope.flushing = True
    owners: dict[Any, dict[str, Any]] = {}  # by mapper: found once, not once per object
    for new, instances_ in ((True, session.new), (False, session.dirty)):
        for instance in instances_:
            mapper = attributes.instance_state(instance).mapper
            if mapper not in owners:
                owners[mapper] = owner_values(scope, mapper)
            _own(instance, owners[mapper], new=new)


@event.listens_for(UserSession, "after_flush")
def _after_flush(session: UserSession, context: Any) -> None:
    session.scope.flushing = False


@event.listens_for(UserSession, "after_soft_rollback")
def _after_rollback(session: UserSession, previous: Any) -> None:
    session.scope.flushing = False


def _own(instance: Any, owners: Mapping[str, Any], *, new: bool) -> None:
    """Fill in the owner of a new object; refuse one that is, or would become, somebody else's."""
    for attribute, mine in owners.items():
        value = instance.__dict__.get(attribute)
        if new and value is None:
            setattr(instance, attribute, mine)
        elif value is not None and not same_id(value, mine):
            raise ForeignRowError(
                f"this {type(instance).__name__} would be somebody else's: {attribute} is not this session's",
                hint="leave it out: the session fills it in",
            )


def owner_values(scope: Scope, mapper: Any) -> dict[str, Any]:
    """The owner of a new row of this model, by attribute; none for a table that is not declared, which the
    guard refuses."""
    target = mapper.local_table
    owned = scope.ownerships.get(qualified(target.name, target.schema))
    if owned is None or not owned.writable:
        return {}
    pairs = ((owned.user, scope.user_id), (owned.organization, scope.organization_id))
    columns = [(column_named(target, name), mine) for name, mine in pairs if name is not None]
    return {mapper.get_property_by_column(c).key: _as_type(c.type, mine) for c, mine in columns}


def _as_type(type_: Any, value: Any) -> Any:
    wanted = getattr(type_, "python_type", str)
    return value if value is None or isinstance(value, wanted) else wanted(str(value))


class UserSessions:
    """Makes user sessions over an application's engine. One per application.

    functions: SQL functions of the application that are known to keep to the caller's rows. options are
    given to each session. isolation_level: that of each transaction ('REPEATABLE READ', 'SERIALIZABLE').
    """

    def __init__(
        self,
        engine: Engine,
        ownerships: Ownerships,
        *,
        functions: frozenset[str] = frozenset(),
        isolation_level: str | None = None,
        **options: Any,
    ) -> None:
        if (isolation_level or "").upper() == "AUTOCOMMIT":
            refuse("AUTOCOMMIT has no transaction that could know its user", "leave isolation_level out")
        settings = {"isolation_level": isolation_level} if isolation_level else {}
        self.ownerships = ownerships
        self.engine = scoped_engine(engine, ownerships, functions, **settings)
        self.options = options

    def __call__(self, user_id: Any, *, organization_id: Any = None) -> UserSession:
        """A session for this user, to be closed: `with sessions(user_id) as session:`."""
        return UserSession(
            self.engine,
            user_id,
            ownerships=self.ownerships,
            organization_id=organization_id,
            **self.options,
        )
