"""The report as a page: the matrix, the entity diagram with what differs marked, and every finding.

It needs nothing from elsewhere and no scripts, so that it can be kept as a CI artifact or sent by mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from todo_db.errors import Exit
from todo_db.findings import RULES, Finding, Place, Report, Severity, Step, Way
from todo_db.report import Look
from todo_db.report.diagram import Mark, Marks
from todo_db.report.escape import visible_lines
from todo_db.report.fingerprint import fingerprints
from todo_db.report.markup import Child, Markup, anchor, join, tag
from todo_db.report.matrix import MARKS, odd_rows
from todo_db.report.outline import TableOutline
from todo_db.report.page import contents, diagram, name, page, section, table

_RESULT = {
    Exit.CLEAN: ("clean", "ok"),
    Exit.FINDINGS: ("findings", "error"),
    Exit.UNDETERMINED: ("could not be determined", "unknown"),
}
_ALL_SHOWN = 20  # so many rows of the matrix are all shown; in a longer one those that agree are folded up
_PART = re.compile(r'(?:"(?:[^"]|"")*"|[^".])+')

_Group = tuple[str, list[tuple[str, Finding]]]


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """The page. Sections without content are left out, and every finding is on it."""
    groups = _grouped(report)
    sections = list(_sections(report, groups, look))
    word, class_ = _RESULT.get(exit_code, (f"exit code {int(exit_code)}", "unknown"))
    title = f"todo-db {report.command}"
    return page(
        f"{title}: {word}",
        tag("header", tag("h1", f"{title} ", tag("span", word, class_=f"badge {class_}")), _counts(report)),
        contents((id_, text) for id_, text, _ in sections),
        tag("main", [section(id_, text, content) for id_, text, content in sections], id="content"),
    )


def _sections(report: Report, groups: Sequence[_Group], look: Look) -> Iterator[tuple[str, str, Child]]:
    matrix, tables = report.extra.get("matrix"), report.extra.get("outline")
    anchors = {owner: _owner_anchor(owner) for owner, _ in groups}
    if checks := report.extra.get("checks"):
        yield "checks", "Checks", _checks(checks)
    if matrix:
        yield "matrix", "Sides", _matrix(matrix, anchors)
    if tables:
        drawn = diagram(tables, _marks(groups, tables), id_="tables", label="Tables and references")
        yield "diagram", "Diagram", drawn
    if groups:
        kinds = {row["object"]: row["kind"] for row in matrix or ()}
        yield "findings", "Findings", [_group(*group, kinds, look) for group in groups]
    if report.unknown:
        yield "unknown", "Not known", _unknown(report)
    if report.notes:
        yield "notes", "Notes", tag("ul", [tag("li", note) for note in report.notes])


def _counts(report: Report) -> Markup:
    plain = [f for f in report.findings if not f.question]
    counted = [
        (sum(f.severity is Severity.ERROR for f in plain), "error", "errors"),
        (sum(f.severity is Severity.WARNING for f in plain), "warning", "warnings"),
        (sum(f.severity is Severity.INFO for f in plain), "remark", "remarks"),
        (sum(f.question for f in report.findings), "question", "questions"),
        (len(report.unknown), "not known", "not known"),
        (report.objects, "object", "objects"),
        (report.facts, "fact", "facts"),
    ]
    said = [f"{count:,} {one if count == 1 else many}" for count, one, many in counted if count]
    return tag("p", ", ".join(said) or "Nothing was found.")


# ---- findings, by the table that they are about ---------------------------------------------------


def _grouped(report: Report) -> list[_Group]:
    """(owner, its findings with their ids), in the order of the report."""
    owners = {row["object"] for row in report.extra.get("matrix") or ()}
    told = [(owner_of(f, owners), f"f{p}", f) for f, p in _printed(report.findings)]
    told.sort(key=lambda item: item[0])
    return [(owner, [(i, f) for _, i, f in group]) for owner, group in groupby(told, lambda t: t[0])]


def _printed(findings: Sequence[Finding]) -> Iterable[tuple[Finding, str]]:
    return zip(findings, (p[:16] for p in fingerprints(findings)), strict=True)


def owner_of(finding: Finding, owners: Iterable[str]) -> str:
    """The table, view, … that the finding's object belongs to; the object itself where it belongs to none."""
    if finding.object in owners:
        return finding.object
    parts = _PART.findall(finding.object)
    above = ".".join(parts[:2])
    whole = ".".join(parts) == finding.object  # a function's name with its arguments is no such list
    return above if len(parts) > 2 and whole and (not owners or above in owners) else finding.object


def _owner_anchor(owner: str) -> str:
    return anchor("owner", owner)


def _group(
    owner: str, findings: Sequence[tuple[str, Finding]], kinds: Mapping[str, str], look: Look
) -> Markup:
    id_ = _owner_anchor(owner)
    kind = kinds.get(owner) or next((f.kind for _, f in findings if f.object == owner), "")
    heading = tag("h3", f"{kind} " if kind else None, name(owner), id=id_)
    return tag("section", heading, [_finding(i, f, look) for i, f in findings], aria_labelledby=id_)


def _finding(id_: str, finding: Finding, look: Look) -> Markup:
    weight = "question" if finding.question else str(finding.severity)
    summary = tag(
        "summary",
        tag("span", weight, class_=f"badge {weight}"),
        " ",
        tag("span", f"{finding.code} {finding.rule}", class_="soft"),
        " ",
        tag("bdi", finding.message),
    )
    body = tag("div", _sides(finding, look), list(_way_out(finding)))
    return tag("details", summary, body, class_=f"finding {finding.severity}", id=id_, open=True)


def _sides(finding: Finding, look: Look) -> Markup | None:
    sides = list(dict.fromkeys([*finding.sides, *(p.side for p in finding.places)]))
    if not sides:
        return None
    placed = {side: [p for p in finding.places if p.side == side] for side in sides}
    head = ["Side", *(["States"] if finding.sides else []), *(["Where"] if finding.places else [])]
    columns: list[Sequence[Child]] = [[name(s) for s in sides]]
    columns += [[_value(finding, s) for s in sides]] if finding.sides else []
    columns += [[_places(placed[s], look) for s in sides]] if finding.places else []
    return table(head, zip(*columns, strict=True), caption="What each side states")


def _value(finding: Finding, side: str) -> Markup | None:
    if side not in finding.sides:
        return None
    value = finding.sides[side]
    if value is None:
        return tag("span", "absent", class_="absent")
    return join([[tag("br") if n else None, name(line)] for n, line in enumerate(visible_lines(value))])


def _places(places: Sequence[Place], look: Look) -> Markup:
    return join([[tag("br") if n else None, name(f"{look.prefix}{place}")] for n, place in enumerate(places)])


def _way_out(finding: Finding) -> Iterator[Markup]:
    if finding.verdict:
        yield tag("p", "Verdict: ", tag("strong", finding.verdict))
    if finding.hint:
        yield tag("p", tag("strong", "Way out: "), [_coded(finding.hint)], class_="way")
    if finding.ways:
        yield tag("ul", [tag("li", _way(way)) for way in finding.ways], class_="ways")
    rule = RULES.get(finding.code)
    if rule is not None and rule.title:
        yield tag(
            "p",
            f"{finding.code}: {rule.title}. More: ",
            name(f"todo-db explain {finding.code}"),
            class_="soft",
        )


def _way(way: Way) -> Iterator[Child]:
    yield f"{way.goal[:1].upper()}{way.goal[1:]}:"
    yield tag("ul", [tag("li", _step(step)) for step in way.steps])


def _step(step: Step) -> Iterator[Child]:
    yield name(step.side)
    yield from (": ", [_coded(step.text)])
    if step.place is not None:
        yield from (", ", name(str(step.place)))
    if step.command:
        yield from (", ", name(step.command))
    if "loses-data" in step.hazards:
        yield from (" ", tag("strong", "loses data"))
    if step.sql:
        yield tag("pre", tag("code", "\n".join(step.sql)))


def _coded(hint: str) -> Iterator[Child]:
    """What stands in `backticks` as code."""
    for number, part in enumerate(hint.split("`")):
        yield name(part) if number % 2 else part


# ---- the matrix ----------------------------------------------------------------------------------


def _matrix(rows: Sequence[Mapping[str, Any]], anchors: Mapping[str, str]) -> list[Markup]:
    odd = odd_rows(rows)
    shown = rows if len(rows) <= _ALL_SHOWN else odd
    told = [_grid(shown, anchors, "What each side has of each object")] if shown else []
    if len(shown) < len(rows):
        ids = {id(row) for row in shown}
        rest = [row for row in rows if id(row) not in ids]
        noun = "object agrees" if len(rest) == 1 else "objects agree"
        grid = _grid(rest, anchors, "What agrees")
        told.append(tag("details", tag("summary", f"{len(rest):,} {noun}"), grid))
    return told


def _grid(rows: Sequence[Mapping[str, Any]], anchors: Mapping[str, str], caption: str) -> Markup:
    sides = list(dict.fromkeys(side for row in rows for side in row["sides"]))
    body = [[_object(row, anchors), *(_state(row["sides"].get(s, "silent")) for s in sides)] for row in rows]
    return table(["Object", *(name(s) for s in sides)], body, caption=caption, class_="matrix")


def _object(row: Mapping[str, Any], anchors: Mapping[str, str]) -> list[Child]:
    to = anchors.get(row["object"])
    called = name(row["object"])
    return [f"{row['kind']} ", tag("a", called, href=f"#{to}") if to else called]


def _state(state: str) -> Markup:
    sign, meaning, _ = MARKS.get(state, ("", state, ""))
    return tag("span", f"{sign} {meaning}", class_=state if state in MARKS else None)


# ---- the diagram's marks --------------------------------------------------------------------------


def _marks(groups: Sequence[_Group], tables: Sequence[TableOutline]) -> Marks:
    keys = {n for t in tables for r in t["references"] for n in r["names"]}
    columns: dict[str, Mark] = {}
    references: dict[str, Mark] = {}
    owners: dict[str, Mark] = {}
    for owner, findings in groups:
        owners[owner] = _summed(owner, [f for _, f in findings])
        for id_, f in reversed(findings):
            if f.kind == "column":
                columns[f.object] = _marked(f, id_)
            elif f.kind == "foreign key" and f.object in keys:
                references[f.object] = _marked(f, id_)
    return Marks(columns, references, owners, {owner: _owner_anchor(owner) for owner, _ in groups})


def _marked(finding: Finding, id_: str) -> Mark:
    return Mark(_sign([finding]), finding.message, str(finding.severity), id_)


def _summed(owner: str, findings: Sequence[Finding]) -> Mark:
    """One mark for all that is found about a table; absence of the whole table weighs most."""
    whole = [f for f in findings if f.object == owner and None in f.sides.values()]
    said = whole[0].message if whole else f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}"
    heaviest = next(s for s in Severity if any(f.severity is s for f in findings))
    sign = _sign(whole or findings) if whole else f"≠{len(findings)}"
    return Mark(sign, said, str(heaviest), _owner_anchor(owner))


def _sign(findings: Sequence[Finding]) -> str:
    """The matrix's signs: a side lacks it, or it differs."""
    return MARKS["absent" if None in findings[0].sides.values() else "differs"][0]


# ---- what else there is ---------------------------------------------------------------------------


def _unknown(report: Report) -> Markup:
    rows = [[name(u.object), u.side, u.reason, [_coded(u.hint)] if u.hint else None] for u in report.unknown]
    return table(["Object", "Side", "Why", "What to do"], rows, caption="What could not be read or compared")


_CHECK = {"ok": ("✓ ok", "ok"), "warn": ("! warning", "warning"), "error": ("✗ error", "error")}


def _checks(checks: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for check in checks:
        sign, class_ = _CHECK.get(check["status"], ("? not known", "unknown"))
        rows.append([check["name"], tag("span", sign, class_=class_), check["text"], check["hint"] or None])
    return table(["Check", "Result", "What was found", "What to do"], rows, caption="What was looked at")
