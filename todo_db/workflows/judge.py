"""Differences → findings: says what differs, which side is the odd one out, and what mends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from todo_db.compare import EXISTENCE, Comparison, Difference
from todo_db.findings import Finding, Place, Rule
from todo_db.schema import NAME, DbObject, Key, Schema, display
from todo_db.settings import Settings, Waiver
from todo_db.workflows.verdicts import VERDICTS, Verdict, odd_one_out

if TYPE_CHECKING:
    from todo_db.workflows.ways import Guide

_EMPTY = {
    "default": "no default",
    "comment": "no comment",
    "identity": "no identity",
    "generated": "not generated",
    "collation": "the type's own collation",
    "predicate": "no predicate",
    "owned_by": "no owner",
}

STATE_SEQUENCE = 'state it, sa.Sequence("{}", metadata=…) in the models'


def judge(
    comparison: Comparison,
    *,
    stamped: Mapping[Key, DbObject] | None = None,
    stamp_is_right: bool = True,
) -> list[Finding]:
    """One finding for each difference, but for what goes with another one (a serial column's sequence).

    stamped: the objects of the migrations replayed up to where live stands, where that is not the head;
    a fact of live that equals them waits for `todo-db migrate` and was not altered by hand.
    stamp_is_right: whether alembic_version says so, too; else it has to be mended first.
    """
    sides = {side.side: side for side in comparison.sides}
    if not comparison.differences:
        return []
    from todo_db.workflows.renames import possible_renames
    from todo_db.workflows.ways import Guide

    hints = possible_renames(comparison)
    guide = Guide(comparison)
    told = (d for d in comparison.differences if not _goes_with_another(d, sides))
    models = sides.get("models")
    relied_on = models.relied_on() if models is not None else frozenset[Key]()
    verdicts = ((d, _verdict(d, stamped, relied_on, stamp_is_right=stamp_is_right)) for d in told)
    return [_finding(d, sides, verdict, hints.get((d.key, d.fact)), guide) for d, verdict in verdicts]


def _verdict(
    difference: Difference,
    stamped: Mapping[Key, DbObject] | None,
    relied_on: frozenset[Key],
    *,
    stamp_is_right: bool,
) -> Verdict:
    if difference.fact == EXISTENCE and difference.key in relied_on:
        hint = STATE_SEQUENCE.format(difference.key.name.removeprefix("public."))
        return replace(VERDICTS["model-differs"], hint=f"a default in the models draws from it: {hint}")
    name = odd_one_out(difference, stamped)
    return VERDICTS["stamp-differs" if name == "pending" and not stamp_is_right else name]


def _goes_with_another(difference: Difference, sides: Mapping[str, Schema]) -> bool:
    """Whether it is only absent where what brings it along is absent, too: that one is the finding."""
    bearer = difference.any.bearer
    if difference.fact != EXISTENCE or bearer is None:
        return False
    return all(
        bearer not in sides[side].objects for side, value in difference.values.items() if value is None
    )


def _finding(
    difference: Difference,
    sides: Mapping[str, Schema],
    verdict: Verdict,
    rename: str | None,
    guide: Guide,
) -> Finding:
    obj = difference.any
    shown = {side: show(difference.fact, value) for side, value in difference.values.items()}
    rule, extra = _rule(difference, sides)
    message = f"{obj.kind} {difference.key.name}{_sentence(difference, shown)}"
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        kind=obj.kind,
        object=difference.key.name,
        message="; ".join(filter(None, (message, extra, rename))),
        sides=shown,
        places=tuple(_places(difference, sides)),
        verdict=verdict.name,
        hint=_hint(verdict, rule),
        ways=guide.ways(difference, verdict.name, shown),
    )


def _rule(difference: Difference, sides: Mapping[str, Schema]) -> tuple[Rule, str | None]:
    from todo_db.objects.rules import PYTHON_DEFAULT, rule_for  # late: all kinds of objects come with it

    cls = type(difference.any)
    if difference.fact == EXISTENCE:
        first = next(iter(difference.values.values()))
        return rule_for(cls, "missing" if first is not None else "extra"), None
    note = _model_note(difference, sides)
    if difference.fact == "default" and note and difference.values.get("models") is None:
        return PYTHON_DEFAULT, note
    return rule_for(cls, difference.fact), note


def _model_note(difference: Difference, sides: Mapping[str, Schema]) -> str | None:
    models, obj = sides.get("models"), difference.objects.get("models")
    return models.notes.get((obj.key, difference.fact)) if models is not None and obj is not None else None


def _hint(verdict: Verdict, rule: Rule) -> str:
    if rule.name == "column-default-python-only":
        return 'add sa_column_kwargs={"server_default": …} to the field, or drop the default from the spec'
    return verdict.hint


# ---- words -------------------------------------------------------------------------------------


def show(fact: str, value: object) -> str | None:
    """A value as findings show it; None stands for an absent object."""
    if fact == EXISTENCE:
        return None if value is None else str(value)
    if fact == "nullable":
        return "NULL" if value else "NOT NULL"
    if value is None:
        return _EMPTY.get(fact, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(show("item", v)) for v in value) or "none"
    return str(value)


def _sentence(difference: Difference, shown: Mapping[str, str | None]) -> str:
    if difference.fact == EXISTENCE:
        present = [side for side, value in shown.items() if value is not None]
        absent = [side for side, value in shown.items() if value is None]
        return f" is in {_list(present)}, not in {_list(absent)}"
    by_value: dict[str | None, list[str]] = {}
    for side, value in shown.items():
        by_value.setdefault(value, []).append(side)
    said = ", ".join(f"{value} in {_list(who)}" for value, who in by_value.items())
    if difference.fact == NAME:
        return f" has another name: {said}"
    return f": {difference.fact.replace('_', ' ')} is {said}"


def _list(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _places(difference: Difference, sides: Mapping[str, Schema]) -> Iterable[Place]:
    for name in difference.values:
        side, obj = sides[name], difference.objects.get(name)
        place = side.place(obj.key, difference.fact) if obj is not None else _nearest(side, difference.any)
        if place is not None:
            yield replace(place, side=name)  # `diff` calls its sides a and b


def _nearest(side: Schema, absent: DbObject) -> Place | None:
    """Where an absent object would stand: at its table."""
    return side.places.get((absent.parent, "")) if absent.parent is not None else None


def usual(findings: Sequence[Finding], settings: Settings) -> list[Finding]:
    """The findings about one schema as if it were the usual one, so that those of all schemas are alike."""
    tenant = settings.tenant
    if tenant is None:
        return list(findings)
    own = f"{display(tenant)}."

    def said(text: str) -> str:
        return text.replace(own, "public.")

    return [
        replace(
            f,
            object=said(f.object),
            message=said(f.message),
            sides={side: value if value is None else said(value) for side, value in f.sides.items()},
            hint=said(f.hint) if f.hint else f.hint,
        )
        for f in findings
    ]


# ---- what the project accepts ------------------------------------------------------------------


def waive(findings: Iterable[Finding], settings: Settings) -> tuple[list[Finding], list[str]]:
    """Leave out what `[[tool.todo-db.ignore]]` names; the notes count it and name entries past their date."""
    today = dt.datetime.now(dt.UTC).date()
    kept: list[Finding] = []
    used: dict[Waiver, int] = {}
    for finding in findings:
        waiver = next((w for w in settings.ignore if _covers(w, finding, today)), None)
        if waiver is None:
            kept.append(finding)
        else:
            used[waiver] = used.get(waiver, 0) + 1
    notes = [f"{count} ignored: {waiver.reason}" for waiver, count in used.items()]
    notes += [
        f"the ignore entry for {w.rule} {w.object} ended on {w.until}"
        for w in settings.ignore
        if w.until is not None and w.until < today
    ]
    return kept, notes


def _covers(waiver: Waiver, finding: Finding, today: dt.date) -> bool:
    return waiver.covers(finding.code, finding.rule, finding.kind, finding.object, today)
