"""The live side, and any other database that a URL names: read only, in one round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from todo_db.schema import Schema

if TYPE_CHECKING:
    from todo_db.postgres.target import Target
    from todo_db.sources.workspace import Workspace


def read(ws: Workspace) -> Schema:
    """What the project's database holds; `server` is its version, `revisions` what Alembic stamped it with.

    Raises UndeterminedError, masked, where it can't be reached or read.
    """
    return _read(ws, ws.read_target, "live")


def read_url(ws: Workspace, url: str) -> Schema:
    """What the database at a URL holds, as a side that is called by the URL without its password.

    Raises UsageError for a URL that can't be understood, UndeterminedError as `read` does.
    """
    from todo_db.postgres.target import from_url

    target = from_url(url)
    return _read(ws, target, target.shown)


def _read(ws: Workspace, target: Target, side: str) -> Schema:
    from todo_db.postgres.connect import connect
    from todo_db.sources import tenancy

    with connect(target, read_only=True, on_wait=ws.say) as connection:
        return tenancy.live(ws, connection, side)
