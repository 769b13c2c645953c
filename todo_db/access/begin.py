"""Begins a user's transaction: BEGIN and the settings that name the user, in one round trip.

`set_config(…, true)` ends with the transaction, so it is safe behind a transaction pooler. Sent by itself it
would cost every transaction a round trip of its own. Where BEGIN and the settings are one text, `SET LOCAL`
does the same and needs neither plan nor snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq

from todo_db.ownership.declared import ORGANIZATION_SETTING, USER_SETTING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from todo_db.access.guarded import Scope

_SET = "SELECT set_config(%s, %s, true), set_config(%s, %s, true)"


def begin(connection: Connection, scope: Scope) -> None:
    """Tell PostgreSQL whose transaction this is. Raises what SQLAlchemy raises for a statement that fails."""
    organization = "" if scope.organization_id is None else str(scope.organization_id)
    values = (USER_SETTING, str(scope.user_id), ORGANIZATION_SETTING, organization)
    driver = connection.connection.driver_connection
    if isinstance(driver, psycopg.AsyncConnection):
        connection.connection.dbapi_connection.run_async(  # type: ignore[union-attr]
            lambda raw: _in_pipeline(raw, values)
        )
    elif not isinstance(driver, psycopg.Connection) or not _at_once(driver, values):
        connection.exec_driver_sql(_SET, values)


def _at_once(driver: psycopg.Connection[Any], values: tuple[str, ...]) -> bool:
    """BEGIN and the settings as one message; False where that failed and nothing was begun."""
    if driver.autocommit or driver.closed or driver.pgconn.transaction_status != pq.TransactionStatus.IDLE:
        return False
    escaping, encoding = pq.Escaping(driver.pgconn), driver.info.encoding
    user, organization = (bytes(escaping.escape_literal(v.encode(encoding))) for v in values[1::2])
    settings = b"; SET LOCAL %s = %s; SET LOCAL %s = %s"
    names = values[0].encode(), values[2].encode()
    result = driver.pgconn.exec_(_begin_command(driver) + settings % (names[0], user, names[1], organization))
    if result.status == pq.ExecStatus.COMMAND_OK:
        return True
    if driver.pgconn.transaction_status != pq.TransactionStatus.UNKNOWN:
        driver.pgconn.exec_(b"ROLLBACK")
    return False


def _begin_command(driver: psycopg.Connection[Any]) -> bytes:
    """The BEGIN that psycopg itself would send for this connection."""
    words = ["BEGIN"]
    if driver.isolation_level is not None:
        words.append(
            "ISOLATION LEVEL " + psycopg.IsolationLevel(driver.isolation_level).name.replace("_", " ")
        )
    if driver.read_only is not None:
        words.append("READ ONLY" if driver.read_only else "READ WRITE")
    if driver.deferrable is not None:
        words.append("DEFERRABLE" if driver.deferrable else "NOT DEFERRABLE")
    return " ".join(words).encode()


async def _in_pipeline(driver: psycopg.AsyncConnection[Any], values: tuple[str, ...]) -> None:
    async with driver.pipeline():
        await driver.execute(_SET, values)
