"""The side that a .sql file states: its statements are run on scratch, one by one, and the result is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError, UsageError
from todo_db.postgres.script import Piece, ScriptError, split
from todo_db.schema import DbObject, Schema

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.scratch import Scratch
    from todo_db.sources.workspace import Workspace

    Connection = psycopg.Connection[tuple[Any, ...]]

# Roles and databases belong to a whole server: scratch has stand-ins for roles, and is a database of its own.
_NOT_OURS = frozenset(
    (verb, noun)
    for verb in ("CREATE", "ALTER", "DROP")
    for noun in ("ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE")
)
_SILENT = frozenset({"owner", "grant", "default privileges", "security label"})


def read(ws: Workspace, path: Path) -> Schema:
    """The schema that the file makes in an empty database; the side is called by the path as it was given.

    Raises UsageError where there is no such file, UndeterminedError, with `path:line`, for a statement that
    PostgreSQL refuses.
    """
    return read_sql_file(path, ws.scratch, side=str(path))


def read_sql_file(path: Path, scratch: Scratch, side: str) -> Schema:
    """As `read`, on a scratch server that is given. Rows (COPY) and psql's own commands are passed over."""
    from todo_db.postgres import catalog
    from todo_db.sources.sqlplaces import places

    pieces = _pieces(path)
    statements = [p for p in pieces if p.kind == "statement" and not _is_passed_over(p)]
    scratch.ensure_roles(sorted(_roles(pieces)))
    connection = scratch.database("sqlfile")
    try:
        for piece in statements:
            _run(scratch, connection, piece, path)
        schema = catalog.read(connection, side=side)
    finally:
        scratch.drop(connection)
    found = places(statements, side, str(path), schema.objects)
    return replace(schema, places=found, covers=_covers(schema))


def _pieces(path: Path) -> list[Piece]:
    try:
        return list(split(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8", where=str(path), hint="Convert it with iconv.") from error
    except ScriptError as error:
        raise UndeterminedError(str(error), where=f"{path}:{error.line}") from error


def _is_passed_over(piece: Piece) -> bool:
    """Whether a statement makes nothing in this database: rows, roles, other databases."""
    words = piece.words(2)
    return words in _NOT_OURS or words[:1] == ("COPY",)


# ---- roles -------------------------------------------------------------------------------------


def _roles(pieces: Iterable[Piece]) -> set[str]:
    """The roles that the statements name, so that they can be given stand-ins."""
    found: set[str] = set()
    for piece in pieces:
        words = [t.upper for t in piece.tokens]
        if words[:2] in (["CREATE", "ROLE"], ["CREATE", "USER"], ["CREATE", "GROUP"]):
            found.add(piece.tokens[2].name)
        elif words[:1] in (["GRANT"], ["REVOKE"]) or words[:3] == ["ALTER", "DEFAULT", "PRIVILEGES"]:
            found |= _named_after(piece, words, ("TO", "FROM", "ROLE", "USER", "BY"))
        elif words[1:2] == ["POLICY"]:
            found |= _named_after(piece, words, ("TO",))
        elif "OWNER" in words or words[1:2] == ["AUTHORIZATION"] or "AUTHORIZATION" in words[:4]:
            found |= _named_after(piece, words, ("TO", "AUTHORIZATION"), after="OWNER")
        elif words[:2] in (["SET", "ROLE"], ["SET", "SESSION"]):
            found.add(piece.tokens[-1].name.strip("'"))
    return {role for role in found if role not in _NO_ROLES and re.fullmatch(r"[^\s'();,]+|.+ .+", role)}


_NO_ROLES = frozenset(
    {"public", "current_user", "session_user", "current_role", "none", "default", "", "option", "cascade"}
)


def _named_after(piece: Piece, words: Sequence[str], markers: Sequence[str], after: str = "") -> set[str]:
    """The names in lists that follow one of the words: GRANT … TO a, b."""
    found: set[str] = set()
    depth = 0
    begun = after not in words
    for number, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        begun = begun or word == after
        if depth == 0 and begun and word in markers:
            position = number + 1
            while position < len(words) and piece.tokens[position].kind in ("word", "quoted"):
                if words[position] not in ("GROUP", "ROLE"):
                    found.add(piece.tokens[position].name)
                    if position + 1 >= len(words) or words[position + 1] != ",":
                        break
                    position += 1
                position += 1
    return found


# ---- running -----------------------------------------------------------------------------------


def _run(scratch: Scratch, connection: Connection, piece: Piece, path: Path) -> None:
    """Run a statement in a message of its own; what only a superuser may say of owners is left unsaid."""
    import psycopg

    try:
        connection.execute(piece.text, binary=True)  # the protocol that takes one statement only
    except psycopg.errors.InsufficientPrivilege as error:
        if piece.words(2) == ("CREATE", "EXTENSION"):
            _make_extension(scratch, connection, piece, path)
        elif not _may_be_left_out(piece):
            raise _refused(error, piece, path) from error
    except psycopg.errors.UndefinedObject as error:
        if piece.words(1) != ("SET",):  # a newer server's setting
            raise _refused(error, piece, path) from error
    except psycopg.Error as error:
        raise _refused(error, piece, path) from error


def _may_be_left_out(piece: Piece) -> bool:
    """Owners that are superusers, and comments on extensions that a superuser made."""
    words = [t.upper for t in piece.tokens]
    return "OWNER" in words or words[:3] == ["COMMENT", "ON", "EXTENSION"]


def _make_extension(scratch: Scratch, connection: Connection, piece: Piece, path: Path) -> None:
    """Make the extension as the superuser of scratch, by a statement of our own: no file's text is run so."""
    import psycopg
    from psycopg import sql

    words = [t.upper for t in piece.tokens]
    name = piece.tokens[5 if "EXISTS" in words else 2].name
    statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name))
    if "SCHEMA" in words[:-1]:
        schema = piece.tokens[words.index("SCHEMA") + 1].name
        statement += sql.SQL(" WITH SCHEMA {}").format(sql.Identifier(schema))
    try:
        with scratch.superuser_connection(connection) as superuser:
            superuser.execute(statement)
    except psycopg.Error as error:
        raise _refused(error, piece, path) from error


def _refused(error: psycopg.Error, piece: Piece, path: Path) -> UndeterminedError:
    line = piece.line
    if error.diag.statement_position:
        line += piece.text.count("\n", 0, int(error.diag.statement_position))
    said = error.diag.message_primary or str(error).splitlines()[0]
    return UndeterminedError(
        f"PostgreSQL refuses a statement: {said}",
        where=f"{path}:{line}",
        hint=error.diag.message_hint or "The file has to load into an empty database from top to bottom.",
    )


# ---- what the file is silent about ---------------------------------------------------------------


def _covers(schema: Schema) -> Callable[[DbObject], bool]:
    """A file that names no owner, or no rights at all, says nothing about them."""
    silent = _SILENT - {key.kind for key in schema.objects}
    return lambda obj: obj.kind not in silent
