"""SQL of other databases in a specification: whose words they are, what each is taken for, and the same
text in PostgreSQL's words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from todo_db.spec.sqltext import Token, tokens_of

MYSQL, SQLITE, SQL_SERVER, ORACLE = "MySQL", "SQLite", "SQL Server", "Oracle"


class _Foreign(NamedTuple):
    pattern: str  # begins with a word
    dialect: str
    instead: str | None = None  # what is read in its place; None: as it stands
    taken: str = ""  # in words, where that is not `instead`


_LEFT_OUT = "left out"
_COUNTED = "a number that PostgreSQL counts up"
_FOREIGN: Final = (
    _Foreign(r"AUTO_INCREMENT(?!\s*=)", MYSQL, None, _COUNTED),
    _Foreign(r"AUTO_INCREMENT\s*=\s*\d+", MYSQL, ""),
    _Foreign(r"ENGINE\s*=\s*\w+", MYSQL, ""),
    _Foreign(r"(?:DEFAULT\s+)?(?:CHARSET|CHARACTER\s+SET)\s*=?\s*\w+", MYSQL, ""),
    _Foreign(r"COLLATE\s*=?\s*(?:utf8|latin1)\w*", MYSQL, ""),
    _Foreign(r"UNSIGNED|ZEROFILL", MYSQL, ""),
    _Foreign(r"TINYINT\s*\(\s*1\s*\)", MYSQL, "boolean"),
    _Foreign(r"MEDIUMINT(?:\s*\(\s*\d+\s*\))?", MYSQL, "integer"),
    _Foreign(r"(?:LONG|MEDIUM|TINY)TEXT", MYSQL, "text"),
    _Foreign(r"(?:LONG|MEDIUM|TINY)BLOB", MYSQL, "bytea"),
    _Foreign(
        r"ON\s+UPDATE\s+CURRENT_TIMESTAMP", MYSQL, None, "a column that is refreshed when its row changes"
    ),
    _Foreign(r"UUID\s*\(\s*\)", MYSQL, "gen_random_uuid()"),
    _Foreign(r"AUTOINCREMENT", SQLITE, None, _COUNTED),
    _Foreign(r"WITHOUT\s+ROWID", SQLITE, ""),
    _Foreign(r"COLLATE\s+(?:NOCASE|RTRIM|BINARY)", SQLITE, ""),
    _Foreign(r"(?:datetime|strftime)\s*\([^()]*'now'[^()]*\)", SQLITE, "now()"),
    _Foreign(r"IDENTITY\s*\(\s*\d+\s*,\s*\d+\s*\)", SQL_SERVER, "auto_increment", _COUNTED),
    _Foreign(r"N?VARCHAR\s*\(\s*MAX\s*\)", SQL_SERVER, "text"),
    _Foreign(r"VARBINARY\s*\(\s*MAX\s*\)", SQL_SERVER, "bytea"),
    _Foreign(r"NVARCHAR", SQL_SERVER, "varchar"),
    _Foreign(r"NCHAR", SQL_SERVER, "char"),
    _Foreign(r"NTEXT", SQL_SERVER, "text"),
    _Foreign(r"UNIQUEIDENTIFIER", SQL_SERVER, "uuid"),
    _Foreign(r"DATETIMEOFFSET(?:\s*\(\s*\d\s*\))?", SQL_SERVER, "timestamptz"),
    _Foreign(r"(?:DATETIME2|SMALLDATETIME)(?:\s*\(\s*\d\s*\))?", SQL_SERVER, "timestamp"),
    _Foreign(r"(?:GET(?:UTC)?DATE|SYS(?:UTC)?DATETIME(?:OFFSET)?)\s*\(\s*\)", SQL_SERVER, "now()"),
    _Foreign(r"NEW(?:SEQUENTIAL)?ID\s*\(\s*\)", SQL_SERVER, "gen_random_uuid()"),
    _Foreign(r"(?:NON)?CLUSTERED", SQL_SERVER, ""),
    _Foreign(r"BIT(?=\s+(?:(?:NOT\s+)?NULL\s+)?DEFAULT\s*\(*\s*[01]\b)", SQL_SERVER, "boolean"),
    _Foreign(r"VARCHAR2", ORACLE, "varchar"),
    _Foreign(r"NUMBER(?=\s*\()", ORACLE, "numeric"),
    _Foreign(r"SYSDATE|SYSTIMESTAMP", ORACLE, "now()"),
)
"""Words that PostgreSQL does not have, or not in this meaning; the first that matches counts."""

_PATTERNS: Final = tuple((re.compile(f.pattern + r"(?!\w)", re.IGNORECASE), f) for f in _FOREIGN)
_ANY = re.compile(
    r"\b(?:" + "|".join(f"(?:{f.pattern})" for f in _FOREIGN) + ")(?!\\w)|\\[\\w", re.IGNORECASE
)
_BIT = _Foreign("BIT", SQL_SERVER, "boolean")
_BIT_OF_ONE = re.compile(r"BIT(?:\s*\(\s*1\s*\))?(?!\s*\(|\s+VARYING|\w)", re.IGNORECASE)
_BRACKETS = re.compile(r"(?<=[\s.(,])\[([^\W\d][\w $#]*)\]")
_WRAPPED = re.compile(r"(?i)(?<=\bDEFAULT)\s*\(+\s*N?('[^'\n]*'|-?\d+(?:\.\d+)?)\s*\)+")
_OWN_SCHEMA = re.compile(r"(?i)(?<![\w.\"])\"?dbo\"?\.")


@dataclass(frozen=True, slots=True)
class Word:
    """A foreign word: as it is written, its line (from 0), whose it is, what it was taken for."""

    text: str
    line: int
    dialect: str
    taken: str


def in_own_words(sql: str) -> tuple[str, tuple[Word, ...]]:
    """SQL in PostgreSQL's words, each statement on the lines on which it was, and the foreign words that
    it had; text in quotes and comments is left alone."""
    if not _ANY.search(sql):
        return sql, ()
    if re.search(r"(?i)\b(?:table|on|references)\s+\[\w", sql):
        sql = _BRACKETS.sub(r'"\1"', sql)
    found: list[tuple[Token, re.Match[str], _Foreign]] = []
    until = 0
    for token in tokens_of(sql):
        if token.kind != "word" or token.start < until or not (hit := _foreign(sql, token)):
            continue
        found.append((token, *hit))
        until = hit[0].end()
    dialects = {foreign.dialect for _, _, foreign in found}
    if dialects & {MYSQL, SQL_SERVER}:
        found = sorted([*found, *_bits(sql, found, dialects)], key=lambda f: f[0].start)
    words = tuple(_word(*f) for f in found)
    text = _replaced(sql, [(hit, foreign) for _, hit, foreign in found])
    if SQL_SERVER in dialects:
        text = _OWN_SCHEMA.sub("", _WRAPPED.sub(r" \1", text))
    return text, words


def _foreign(sql: str, token: Token) -> tuple[re.Match[str], _Foreign] | None:
    return next(((hit, f) for pattern, f in _PATTERNS if (hit := pattern.match(sql, token.start))), None)


def _bits(
    sql: str, found: Iterable[tuple[Token, re.Match[str], _Foreign]], dialects: set[str]
) -> list[tuple[Token, re.Match[str], _Foreign]]:
    """BIT beside other words of SQL Server or MySQL, where it is the type of yes and no."""
    known = {token.start for token, _, _ in found}
    whose = _BIT._replace(dialect=SQL_SERVER if SQL_SERVER in dialects else MYSQL)
    return [
        (token, hit, whose)
        for token in tokens_of(sql)
        if token.upper == "BIT" and token.start not in known and (hit := _BIT_OF_ONE.match(sql, token.start))
    ]


def _word(token: Token, hit: re.Match[str], foreign: _Foreign) -> Word:
    taken = foreign.taken or foreign.instead or _LEFT_OUT
    return Word(re.sub(r"\s+", " ", hit.group()), token.line, foreign.dialect, taken)


def _replaced(sql: str, changes: Iterable[tuple[re.Match[str], _Foreign]]) -> str:
    pieces = []
    position = 0
    for hit, foreign in changes:
        if foreign.instead is not None:
            breaks = "\n" * hit.group().count("\n")
            pieces += [sql[position : hit.start()], foreign.instead, breaks]
            position = hit.end()
    return "".join([*pieces, sql[position:]])


def told(words: Iterable[Word]) -> str:
    """Each word once, with what it was taken for: 'TINYINT(1) as boolean, ENGINE=InnoDB left out'."""
    each = {w.text.upper(): w for w in reversed(tuple(words))}
    parts = (
        f"{w.text} {w.taken}" if w.taken == "left out" else f"{w.text} as {w.taken}" for w in each.values()
    )
    return ", ".join(reversed(tuple(parts)))
