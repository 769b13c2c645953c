"""The rules about queries, one file each: what it looks for, and a function that finds it in a file."""

from __future__ import annotations

from todo_db.queries.checks import (
    built_sql,
    loader_criteria,
    n_plus_one,
    past_factory,
    raw_sql,
    unscoped,
    utcnow,
)
from todo_db.queries.rule import Check

CHECKS: tuple[Check, ...] = (
    unscoped.CHECK,
    raw_sql.CHECK,
    built_sql.CHECK,
    past_factory.CHECK,
    loader_criteria.CHECK,
    n_plus_one.CHECK,
    utcnow.CHECK,
)
