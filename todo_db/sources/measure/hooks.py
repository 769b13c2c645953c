"""Watches the statements of revisions while SQLAlchemy sends them: before and after each a look is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.postgres.queries import plain
from todo_db.postgres.script import ScriptError, split
from todo_db.sources import redirect
from todo_db.sources.measure.gate import Gate

if TYPE_CHECKING:
    import psycopg

Json = dict[str, Any]

_OWN_TRANSACTION = ("25001", "2D000")  # refused within a transaction: active_sql_transaction, COMMIT in CALL
_FACTS = ("relations", "enums", "domains", "schemas", "extensions", "rights")
_BLOCKING = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}


def question(everything: bool, also: Sequence[str] = ()) -> str:
    """The statement that takes the look; it holds no placeholder, so every driver takes it as it is."""
    return _text().replace("@everything", str(everything).lower()).replace("@also", ",".join(also))


@cache
def _text() -> str:
    return plain(Path(__file__).parent / "probe.sql", 0)


class Meter:
    """Takes a look at the session before and after each statement that comes from the given folders.

    conninfo: libpq's way to the same database, for a second session, which tries what is blocked and sees
    what is committed. steps: a record per statement, in order. first: everything that was there before.
    """

    def __init__(self, conninfo: str, folders: Sequence[str]) -> None:
        import psycopg

        self.steps: list[Json] = []
        self.again: list[tuple[int, str]] = []
        self._folders = tuple(f.rstrip("/") + "/" for f in folders)
        self._conninfo = conninfo
        self._observer: psycopg.Connection[Any] = psycopg.connect(conninfo, autocommit=True)
        self.first = self._everything()
        self._old = {oid for oid, r in (self.first["relations"] or {}).items() if r["kind"] in "rpm"}
        self._last: tuple[int, Json] | None = None
        self._open: Json | None = None

    def close(self) -> None:
        """End the second session."""
        self._observer.close()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Measure what is sent while the body runs."""
        global _meter  # noqa: PLW0603
        _install()
        before, _meter = _meter, self
        try:
            yield
        finally:
            _meter = before

    def finish(self) -> Json:
        """The record of the revision: what was there at first, the statements, and those that fail again."""
        return {"first": self.first, "steps": self.steps, "rerun": self._run_again()}

    # ---- one statement ------------------------------------------------------------------------------

    def begin(self, connection: Any, statement: str, parameters: Any, many: bool) -> str:
        """Take the look before; gives what is left to send. Of several statements in one the last is left."""
        origin = redirect.last()
        if origin is None or origin.path is None or not origin.path.startswith(self._folders):
            return statement
        pieces = [(statement, 1)] if parameters else _pieces(statement)
        if _autocommit(connection):
            self._outside(connection, statement, parameters, many)
            return statement
        for sql, line in pieces[:-1]:
            self._before(connection, sql, line)
            _send(connection, sql, parameters)
            self.end(connection)
        self._before(connection, *pieces[-1])
        return pieces[-1][0]

    def end(self, connection: Any) -> None:
        """Take the look after the statement that was begun."""
        step, self._open = self._open, None
        if step is None:
            return
        if step["autocommit"]:
            self._finish_outside(step)
            return
        also = [o for o, m in (step["before"]["locks"] or {}).items() if m != ["AccessShareLock"]]
        after = _look(connection, also)
        blocked = self._blocked(step["before"], after)
        self.steps.append(_record(step, after, blocked))
        self._last = (_session(connection), after)

    def left_transaction(self) -> None:
        """The transaction was ended: what was seen in it holds no longer."""
        self._last = None

    def _before(self, connection: Any, sql: str, line: int) -> None:
        known = self._last if self._last and self._last[0] == _session(connection) else None
        before = known[1] if known else _look(connection)
        self._open = {**_origin(sql, line), "autocommit": False, "alone": False, "before": before}

    def _blocked(self, before: Json, after: Json) -> Json:
        """What a second session no longer can do to the tables that the statement locked: read, write."""
        found = {}
        earlier = (before["locks"] or {}) if before["transaction"] == after["transaction"] else {}
        for oid, modes in (after["locks"] or {}).items():
            known = set(earlier.get(oid, ()))
            if oid in self._old and "AccessExclusiveLock" not in known and _BLOCKING & set(modes) - known:
                found[oid] = [self._refused(oid, mode) for mode in ("ACCESS SHARE", "ROW EXCLUSIVE")]
        return found

    def _refused(self, oid: str, mode: str) -> bool:
        import psycopg
        from psycopg import sql

        name = self.first["relations"][oid]
        table = sql.Identifier(name["schema"], name["name"])
        statement = sql.SQL("LOCK TABLE ONLY {} IN {} MODE NOWAIT").format(table, sql.SQL(mode))
        try:
            with self._observer.transaction(force_rollback=True):
                self._observer.execute(statement)
        except psycopg.errors.LockNotAvailable:
            return True
        except psycopg.Error:
            return False  # committed meanwhile, renamed, or nothing that can be locked: nobody waits for us
        return False

    # ---- outside a transaction ----------------------------------------------------------------------

    def _outside(self, connection: Any, sql: str, parameters: Any, many: bool) -> None:
        """Try the statement in a transaction that is rolled back, to see the locks that autocommit hides."""
        step = {**_origin(sql, 1), "autocommit": True, "alone": False, "gate": None}
        step["state"] = self._everything()
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN")
        try:
            step["before"] = _look(connection)
            for piece in [sql] if parameters else _without_control(sql):
                (cursor.executemany if many else cursor.execute)(piece, parameters)
            step["trial"] = _look(connection)
            step["blocked"] = self._blocked(step["before"], step["trial"])
        except Exception as error:
            step["alone"] = _sqlstate(error) in _OWN_TRANSACTION
            step.pop("trial", None)
        finally:
            with suppress(Exception):
                cursor.execute("ROLLBACK")
        if step["alone"]:
            step["gate"] = Gate(self._conninfo, _backend(connection), self._tables())
        if not parameters:
            self.again.append((len(self.steps), sql))
        self._open = step

    def _finish_outside(self, step: Json) -> None:
        gate, before = step.pop("gate"), step.pop("state")
        after = self._everything()
        trial = step.pop("trial", None)
        seen = trial or {**after, "locks": gate.end() if gate else {}, "counters": {}, "transaction": ""}
        inside = step.get("before") or {**before, "locks": {}, "counters": {}}
        facts = {k: after[k] for k in _FACTS}
        step["before"] = {**inside, "relations": before["relations"]}
        self.steps.append({**_record(step, {**seen, **facts}, step.pop("blocked", {})), "everything": True})
        self._last = None

    def _tables(self) -> list[tuple[str, str]]:
        found = (self._everything()["relations"] or {}).values()
        return [(r["schema"], r["name"]) for r in found if r["kind"] in "rp"]

    def _run_again(self) -> list[Json]:
        """Send what ran outside a transaction once more, as after a crash before the revision was stamped."""
        import psycopg

        failed = []
        for number, sql in self.again:
            try:
                self._observer.execute(sql.encode(), ())
            except psycopg.Error as error:
                failed.append({"step": number, "message": error.diag.message_primary or str(error)})
        return failed

    def _everything(self) -> Json:
        row: Any = self._observer.execute(question(True).encode(), prepare=False).fetchone()
        found: Json = json.loads(row[0])
        return found


def _record(step: Json, after: Json, blocked: Json) -> Json:
    """A statement as it is handed over: only what it changed, but for locks, which are what is held then."""
    before = step["before"]
    same = before.get("transaction") == after.get("transaction")
    kept = ("sql", "path", "line", "offset", "autocommit", "alone")
    return {
        **{k: step[k] for k in kept},
        **{k: after.get(k) for k in (*_FACTS, "settings", "counting", "transaction")},
        "everything": False,
        "began": before.get("transaction"),
        "held": before["locks"] or {},
        "locks": after["locks"] or {},
        "counters": _moved((before["counters"] or {}) if same else {}, after["counters"] or {}),
        "blocked": blocked,
    }


def _moved(before: Json, after: Json) -> Json:
    none = [0, 0, 0, 0]
    moved = {oid: [a - b for a, b in zip(v, before.get(oid, none), strict=True)] for oid, v in after.items()}
    return {oid: values for oid, values in moved.items() if any(v > 0 for v in values)}


def _origin(sql: str, line: int) -> Json:
    origin = redirect.last()
    assert origin is not None  # the caller looked  # noqa: S101
    return {"sql": sql, "path": origin.path, "line": origin.line, "offset": line - 1}


def _pieces(statement: str) -> list[tuple[str, int]]:
    """The statements in a text with the lines on which they begin; the text itself where it is no script."""
    try:
        found = list(split(statement))
    except ScriptError:
        return [(statement, 1)]
    if len(found) < 2 or any(p.kind != "statement" for p in found):
        return [(statement, found[0].line if found else 1)]
    return [(p.text, p.line) for p in found]


_CONTROL = {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"}


def _without_control(sql: str) -> list[str]:
    """The statements of a text but those that begin or end transactions: a try has to be rolled back."""
    try:
        found = list(split(sql))
    except ScriptError:
        return [sql]
    if not any(p.tokens and p.words(1)[0] in _CONTROL for p in found):
        return [sql]
    return [p.text for p in found if p.kind == "statement" and p.words(1)[0] not in _CONTROL]


def _send(connection: Any, sql: str, parameters: Any) -> None:
    """Send a statement; it fails as SQLAlchemy's own do."""
    from sqlalchemy.exc import DBAPIError

    errors = connection.dialect.loaded_dbapi.Error
    try:
        connection.connection.cursor().execute(sql, parameters)
    except errors as error:
        raise DBAPIError.instance(sql, parameters, error, errors, dialect=connection.dialect) from error


def _session(connection: Any) -> int:
    return id(connection.connection.dbapi_connection)


def _look(connection: Any, also: Sequence[str] = ()) -> Json:
    """A look from inside the session, through whatever driver it has."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(question(False, also))
        found: Json = json.loads(cursor.fetchone()[0])
    finally:
        cursor.close()
    return found


def _backend(connection: Any) -> int:
    cursor = connection.connection.cursor()
    try:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
    finally:
        cursor.close()


def _autocommit(connection: Any) -> bool:
    raw = connection.connection.dbapi_connection
    try:
        return bool(connection.dialect.detect_autocommit_setting(raw))
    except NotImplementedError:
        return bool(getattr(raw, "autocommit", False))


def _sqlstate(error: BaseException) -> str | None:
    for known in (error, error.__cause__):
        for name in ("sqlstate", "pgcode"):
            if isinstance(found := getattr(known, name, None), str):
                return found
    return None


# ---- the hooks, installed once ------------------------------------------------------------------

_meter: Meter | None = None


@cache
def _install() -> None:
    from sqlalchemy import Engine, event

    redirect.install()  # before ours: it notes which line a statement comes from
    event.listen(Engine, "before_cursor_execute", _before, retval=True)
    event.listen(Engine, "after_cursor_execute", _after)
    event.listen(Engine, "commit", _ended)
    event.listen(Engine, "rollback", _ended)


def _before(
    connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
) -> tuple[str, Any]:
    if _meter is not None:
        statement = _meter.begin(connection, statement, parameters, many)
    return statement, parameters


def _after(connection: Any, *_: Any) -> None:
    if _meter is not None:
        _meter.end(connection)


def _ended(_connection: Any) -> None:
    if _meter is not None:
        _meter.left_transaction()
