"""Keeps `head.json`, what `todo_db.assert_schema()` expects, in step with the newest revision."""

from __future__ import annotations

from contextlib import suppress

from todo_db.errors import TodoDbError, UsageError
from todo_db.files import write_whole
from todo_db.sources import history as histories
from todo_db.sources.history import History
from todo_db.sources.workspace import Workspace
from todo_db.startup import FILE, Expected, read, written


def keep(ws: Workspace) -> str | None:
    """Write the file anew where it is missing or of another revision; gives what people should know.

    Nothing is done without a revision or with several heads. The digests are of the history replayed on
    scratch, so that they say what the database has to be, and not what it is.
    """
    history = histories.read(ws.settings)
    if len(history.heads) != 1:
        return None
    path, head = history.layout.folder / FILE, history.heads[0]
    with suppress(UsageError):
        if read(path).revision == head:
            return None
    try:
        text = written(expected(ws, history, head))
    except TodoDbError as error:
        return f"{FILE} was not written: {error.what}"
    try:
        write_whole(path, text)
    except OSError as error:
        return f"{FILE} could not be written: {error.strerror}; todo_db.assert_schema() needs it"
    return None


def expected(ws: Workspace, history: History, head: str) -> Expected:
    """What the tables have to be that the history builds up to `head`. Raises what replaying raises."""
    from todo_db.sources import migrations

    return Expected(head, migrations.digests(ws, history, [head]))
