"""Which types PostgreSQL turns into which by itself when a column's type changes."""

from __future__ import annotations

# Every type is assignable to the first group; within any other group each is to each.
_TEXTS = frozenset({"text", "character varying", "character", "name"})
_GROUPS = (
    frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"}),
    frozenset({"date", "timestamp without time zone", "timestamp with time zone"}),
    frozenset({"time without time zone", "time with time zone"}),
    frozenset({"json", "jsonb"}),
    frozenset({"inet", "cidr"}),
)


def assignable(before: str, after: str) -> bool:
    """Whether a value of the first type can be assigned to the second without saying how."""
    old, new = _base(before), _base(after)
    if old == new:
        return True
    if new in _TEXTS:
        return not old.endswith("[]")
    return any(old.removesuffix("[]") in g and new.removesuffix("[]") in g for g in _GROUPS) and (
        old.endswith("[]") == new.endswith("[]")
    )


def same_base(one: str, two: str) -> bool:
    """Whether two types differ in length or precision at most."""
    return _base(one) == _base(two)


def through(before: str, after: str) -> str:
    """What stands between a value and its cast where there is no direct one: its text."""
    old, new = _base(before), _base(after)
    direct = old in _TEXTS or {old, new} == {"boolean", "integer"} or (old == "jsonb" and new in _GROUPS[0])
    return "" if direct else "text[]::" if old.endswith("[]") and new.endswith("[]") else "text::"


def _base(name: str) -> str:
    """A type without length and precision: 'time(3) without time zone' → 'time without time zone'."""
    head, _, rest = name.partition("(")
    return (head.rstrip() + rest.partition(")")[2]) if rest else head
