"""How big and how busy the live tables are: one query over statistics, which locks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.postgres.queries import plain
from todo_db.schema import display

if TYPE_CHECKING:
    import psycopg

BIG_ROWS = 1_000_000
BIG_BYTES = 1 << 30
_UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
_BYTES = ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


@dataclass(frozen=True, slots=True)
class Size:
    """A table on live. rows: an estimate. bytes: with indexes and TOAST. writes: rows since statistics began.

    sessions: other clients of the database. analyzed: False where PostgreSQL has no estimate of the rows.
    """

    rows: int
    bytes: int
    writes: int = 0
    sessions: int = 0
    analyzed: bool = True

    @property
    def big(self) -> bool:
        """Whether reading or writing all of it takes long enough that people notice."""
        return self.rows >= BIG_ROWS or self.bytes >= BIG_BYTES

    def __str__(self) -> str:
        rows = f"about {_short(self.rows, _UNITS)} rows" if self.analyzed or self.rows else "rows unknown"
        return f"{rows}, {_short(self.bytes, _BYTES, ' ')}"


def _short(number: int, units: tuple[tuple[int, str], ...], gap: str = " ") -> str:
    for size, name in units:
        if number >= size:
            value = number / size
            return f"{value:.0f}{gap}{name}" if value >= 10 else f"{value:.1f}{gap}{name}"
    return f"{number}{' bytes' if units is _BYTES else ''}"


def read(connection: psycopg.Connection[Any]) -> Mapping[str, Size]:
    """Table → its size, by the name that findings have. Raises psycopg.Error."""
    version = connection.info.server_version
    rows = connection.execute(plain(Path(__file__).parent / "sizes.sql", version).encode()).fetchall()
    return {
        display(schema, name): Size(max(n, 0), size, writes, sessions, not never)
        for schema, name, n, size, writes, sessions, never in rows
    }
