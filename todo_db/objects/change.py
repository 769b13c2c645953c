"""Statements that change a database, with what they do to a running system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Hazard(StrEnum):
    """What a statement does to a running system, beyond what it is for."""

    LOSES_DATA = "loses-data"
    REWRITES_TABLE = "rewrites-table"
    SCANS_TABLE = "scans-table"
    BLOCKS_WRITES = "blocks-writes"
    BLOCKS_READS = "blocks-reads"
    BREAKS_CODE = "breaks-running-code"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement, without a semicolon at its end.

    transactional: False where PostgreSQL refuses it inside a transaction block (CREATE INDEX CONCURRENTLY).
    """

    sql: str
    hazards: tuple[Hazard, ...] = ()
    transactional: bool = True


class CannotChangeError(Exception):
    """No statement does this; the plan turns it into a refusal."""

    def __init__(self, reason: str, instead: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.instead = instead
