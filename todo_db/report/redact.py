"""A report without passwords, whatever a message, a default or a URL used as a name holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from todo_db.findings import Finding, Report, Step, Unknown
from todo_db.masking import mask, mask_all


def redacted(report: Report, secrets: Iterable[str] = ()) -> Report:
    """The same report: URLs lose their passwords everywhere, free text loses every known secret as well."""
    return replace(
        report,
        findings=tuple(_finding(f, secrets) for f in report.findings),
        unknown=tuple(_unknown(u, secrets) for u in report.unknown),
        notes=tuple(mask_all(n, secrets) for n in report.notes),
        extra=_value(report.extra, lambda text: mask_all(text, secrets)),
    )


def _finding(finding: Finding, secrets: Iterable[str]) -> Finding:
    return replace(
        finding,
        object=mask(finding.object),
        message=mask_all(finding.message, secrets),
        sides=_value(finding.sides, mask),
        places=tuple(replace(p, side=mask(p.side), path=mask(p.path)) for p in finding.places),
        hint=mask_all(finding.hint, secrets) if finding.hint else finding.hint,
        ways=tuple(replace(w, steps=tuple(_step(s, secrets) for s in w.steps)) for w in finding.ways),
    )


def _step(step: Step, secrets: Iterable[str]) -> Step:
    return replace(
        step,
        text=mask_all(step.text, secrets),
        sql=tuple(mask_all(statement, secrets) for statement in step.sql),
    )


def _unknown(unknown: Unknown, secrets: Iterable[str]) -> Unknown:
    hint = mask_all(unknown.hint, secrets) if unknown.hint else unknown.hint
    return replace(
        unknown,
        side=mask(unknown.side),
        object=mask(unknown.object),
        reason=mask_all(unknown.reason, secrets),
        hint=hint,
    )


def _value(value: Any, hide: Callable[[str], str]) -> Any:
    """Any JSON value with the strings in it masked, keys included."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {hide(k) if isinstance(k, str) else k: _value(v, hide) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_value(v, hide) for v in value]
    return value
