"""Which side is the odd one out, decided from which sides agree, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from todo_db.compare import EXISTENCE, Difference
from todo_db.schema import NAME, DbObject, Key


@dataclass(frozen=True, slots=True)
class Verdict:
    """A name that stays the same from release to release, its meaning, and the way out."""

    name: str
    meaning: str
    hint: str


VERDICTS = {
    v.name: v
    for v in (
        Verdict(
            "model-differs",
            "the models do not follow the spec",
            "change the model to what the spec says, or the spec if the model is right",
        ),
        Verdict(
            "spec-behind",
            "everything but the spec has it",
            "write it into the spec, or remove it from the models and run `todo-db migrate new`",
        ),
        Verdict(
            "spec-differs",
            "models, migrations and live agree with one another and not with the spec",
            "change the models to the spec and run `todo-db migrate new`, or mend the spec",
        ),
        Verdict(
            "migration-missing",
            "no revision states what the spec and the models ask for",
            'write it with `todo-db migrate new -m "…"`, then `todo-db migrate`; or take the change back',
        ),
        Verdict(
            "pending",
            "a revision states it and is not applied to live yet",
            "apply it with `todo-db migrate`",
        ),
        Verdict(
            "stamp-differs",
            "alembic_version names one revision, and live's schema is that of another",
            "mend the stamp first (see the finding about alembic_version), then `todo-db migrate`",
        ),
        Verdict(
            "changed-in-live",
            "the live database was altered by hand",
            "undo it (`todo-db diff live migrations --sql` prints the statements), or take it over: "
            "spec, models, `todo-db migrate new`",
        ),
        Verdict(
            "live-differs",
            "live is not what the spec and the models ask for, and there are no migrations to tell why",
            'write the first revision with `todo-db migrate new -m "…"` and apply it with `todo-db migrate`',
        ),
        Verdict(
            "applied-by-hand",
            "live has what the models ask for, but no revision made it",
            "write the revision with `todo-db migrate new`, or undo the change in live",
        ),
        Verdict(
            "external-missing",
            "live lacks what somebody else has to provide",
            "have its owner make it (Better Auth: its own migrate command); no DDL is written for it here",
        ),
        Verdict(
            "conflict",
            "the sides state more than two different things",
            "decide which one is right, beginning with the spec, and change the others one by one",
        ),
        Verdict("differs", "the two sides differ", "`todo-db diff A B --sql` prints the statements"),
    )
}

_TWO_SIDED = {
    frozenset({"spec", "models"}): "model-differs",
    frozenset({"spec", "migrations"}): "migration-missing",
    frozenset({"models", "migrations"}): "migration-missing",
    frozenset({"migrations", "live"}): "changed-in-live",
    frozenset({"models", "live"}): "live-differs",
    frozenset({"spec", "live"}): "live-differs",
}


# the one side that stands against all others
_ALONE = {
    "spec": "spec-differs",
    "models": "model-differs",
    "migrations": "applied-by-hand",
    "live": "changed-in-live",
}

# two against two: the one that live agrees with
_WITH_LIVE = {
    frozenset({"migrations"}): "migration-missing",
    frozenset({"models"}): "applied-by-hand",
    frozenset({"spec"}): "conflict",
}


def odd_one_out(difference: Difference, stamped: Mapping[Key, DbObject] | None = None) -> str:
    """The name of the verdict on a difference among spec, models, migrations and live.

    stamped: see `judge`. Sides under other names (those of `diff`) are merely different.
    """
    values = difference.values
    if not values.keys() <= {"spec", "models", "migrations", "live"}:
        return "differs"
    if difference.external and "live" in values:
        return "external-missing" if values["live"] is None else "spec-differs"
    if _waits(difference, stamped):
        return "pending"
    if len(values) == 2:
        found = _TWO_SIDED[frozenset(values)]
        first = next(iter(values.values()))
        return "spec-behind" if found == "model-differs" and _only_extra(difference, first) else found
    return _by_groups(difference)


def _only_extra(difference: Difference, authority: object) -> bool:
    return difference.fact == EXISTENCE and authority is None


def _by_groups(difference: Difference) -> str:
    values = difference.values
    groups: dict[object, set[str]] = {}
    for side, value in values.items():
        groups.setdefault(_hashable(difference.fact, value), set()).add(side)
    if len(groups) > 2:
        return "conflict"
    smaller = min(groups.values(), key=lambda g: (len(g), "spec" in g))
    if smaller == {"spec"} and _only_extra(difference, values["spec"]):
        return "spec-behind"
    if (smaller == {"migrations"} and "live" not in values) or (
        smaller == {"models"} and "spec" not in values
    ):
        return "migration-missing"
    if smaller == {"live"} and "migrations" not in values:
        return "live-differs"
    if len(smaller) == 1:
        return _ALONE[next(iter(smaller))]
    return _WITH_LIVE[next(frozenset(g - {"live"}) for g in groups.values() if "live" in g)]


def _hashable(fact: str, value: object) -> object:
    return value is not None if fact == EXISTENCE else value


def _waits(difference: Difference, stamped: Mapping[Key, DbObject] | None) -> bool:
    """Whether live is just what its stamp says, and only behind the head."""
    values = difference.values
    if stamped is None or "live" not in values or "migrations" not in values:
        return False
    if _hashable(difference.fact, values["live"]) == _hashable(difference.fact, values["migrations"]):
        return False
    live = difference.objects.get("live")
    before = stamped.get(live.key if live is not None else difference.key)
    if difference.fact in (EXISTENCE, NAME) or before is None or live is None:
        return (before is None) == (live is None)
    return bool(getattr(before, difference.fact) == values["live"])
