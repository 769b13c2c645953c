"""Which revisions the live database has: what was applied somewhere may not be changed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from todo_db.errors import UndeterminedError
from todo_db.sources.history import History

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace


def is_named(ws: Workspace) -> bool:
    """Whether a database is named, or the embedded one has been made: none is made for the sake of this."""
    from todo_db.postgres.embedded import folder_of
    from todo_db.postgres.target import named_urls

    names = (ws.settings.database_url, ws.settings.direct_url)
    root = ws.settings.root
    return bool(ws.url or named_urls(root, ws.environ, names)) or (folder_of(root) / "data").is_dir()


def stamps(ws: Workspace, history: History) -> tuple[str, ...] | None:
    """What the live database is stamped with; None where no database is named.

    Raises UndeterminedError where one is named and cannot be asked.
    """
    import psycopg

    from todo_db.apply import stamp
    from todo_db.postgres.connect import connect

    if not is_named(ws):
        return None
    target = ws.read_target
    try:
        with connect(target, read_only=True, wait=10, on_wait=ws.say) as connection:
            return stamp.read(connection, history.layout) or ()
    except psycopg.Error as error:
        raise UndeterminedError(
            f"the live database cannot be read: {target.mask(str(error).strip())}",
            where=target.shown,
            hint="what it has applied must not be changed, so that it has to be asked",
        ) from error


def applied(history: History, stamped: tuple[str, ...] | None) -> frozenset[str]:
    """The revisions that a database with these stamps has."""
    return frozenset(r.id for r in history.up_to(stamped or ()))


UNASKED = "no database is named: make sure that none has these revisions"
