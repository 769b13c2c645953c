"""What a revision's comments accept: findings are left out, and comments that accept nothing are told."""

from __future__ import annotations

from collections.abc import Iterable

from todo_db.findings import Finding, Place, Rule, Severity, register
from todo_db.hazards.source import Source, Waiver
from todo_db.hazards.subject import SIDE

NO_REASON = register(
    Rule(
        "TD591",
        "waiver-without-reason",
        Severity.ERROR,
        "a comment accepts a hazard and does not say why",
        "`# todo-db: allow TD552 nobody has used it since 2.3` accepts what the rule finds at the statement "
        "on the same line or below; before the first function of the file, in all of it. Without a reason "
        "nobody can tell later whether it still holds, so it accepts nothing.",
    )
)
UNUSED = register(
    Rule(
        "TD592",
        "waiver-unused",
        Severity.INFO,
        "a comment accepts a hazard that is not there",
        "The rule finds nothing at that statement. Was the code changed, or is the comment at the wrong "
        "place, or the code misspelt? Remove it.",
    )
)


def waive(
    source: Source, path: str, revision: str, findings: Iterable[Finding]
) -> tuple[list[Finding], list[tuple[Finding, Waiver]]]:
    """The findings that stay, with those about the comments themselves; and those that were accepted."""
    kept: list[Finding] = []
    accepted: list[tuple[Finding, Waiver]] = []
    used: set[int] = set()
    for finding in findings:
        waiver = next((w for w in source.waivers if _covers(w, finding, path)), None)
        if waiver is not None:
            used.add(waiver.line)
        if waiver is None or not waiver.reason:
            kept.append(finding)
        else:
            accepted.append((finding, waiver))
    kept += [_finding(NO_REASON, path, revision, w) for w in source.waivers if not w.reason]
    kept += [_finding(UNUSED, path, revision, w) for w in source.waivers if w.reason and w.line not in used]
    return kept, accepted


def _covers(waiver: Waiver, finding: Finding, path: str) -> bool:
    return any(p.path == path and waiver.covers(finding.code, finding.rule, p.line) for p in finding.places)


def _finding(rule: Rule, path: str, revision: str, waiver: Waiver) -> Finding:
    words = ", ".join(waiver.rules)
    said = f"allow {words}: no reason is given" if rule is NO_REASON else f"{words} is not found here"
    hint = f"# todo-db: allow {words} because …" if rule is NO_REASON else "remove the comment"
    place = Place(SIDE, path, waiver.line)
    return Finding(
        rule.code, rule.name, rule.severity, "revision", revision, said, places=(place,), hint=hint
    )
