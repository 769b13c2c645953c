"""check-spec: the spec is complete, clear and keeps the house rules; the models are what it says."""

from __future__ import annotations

from dataclasses import replace

from todo_db.findings import Finding, Report
from todo_db.sources.workspace import Workspace
from todo_db.spec.document import Passage


def check(ws: Workspace, *, as_list: bool = False) -> Report:
    """Findings of the spec itself (contradictions, questions, what does not build, house rules), then of
    the models: where they are not what the spec says, and the rules on what no database shows.

    Without models in the settings, or with a spec from outside the project, only the spec is checked,
    and a note says so. as_list: with the checklist, in which each finding stands at what it is about.
    """
    found = _check(ws)
    document = ws.specification
    extra = {**found.extra, "passed_over": [_passed(p) for p in document.passed_over]}
    if as_list:
        from todo_db.report.checklist import checklist

        extra["checklist"] = checklist(document, found.findings)
    return replace(found, extra=extra)


def _passed(passage: Passage) -> dict[str, object]:
    place = {"path": passage.place.path, "line": passage.place.line}
    return {**place, "title": passage.title, "reason": passage.reason}


def _check(ws: Workspace) -> Report:
    reason = _why_without_models(ws)
    if reason is None:
        ws.expect("models")
    from todo_db.rules import check_models, check_specification  # late: the models are on their way already
    from todo_db.workflows.judge import judge
    from todo_db.workflows.sides import hold, report

    document = ws.specification
    spec = ws.side("spec")
    own: list[Finding] = [*document.findings, *ws.spec_findings, *check_specification(document, ws.settings)]
    if reason is not None:
        comparison, unknown = hold(ws, [spec])
        return report(ws, "check-spec", own, comparison=comparison, unknown=unknown, notes=[reason])
    own += check_models(ws.settings)  # before the models' side, which is still being made
    models = ws.side("models")
    comparison, unknown = hold(ws, [spec, models])
    found = [*own, *judge(comparison)]
    notes = [said for (key, _), said in models.notes.items() if key.kind == "module"]
    return report(ws, "check-spec", found, comparison=comparison, unknown=unknown, notes=notes)


def _why_without_models(ws: Workspace) -> str | None:
    if not ws.settings.models:
        return 'the models were not checked: [tool.todo-db] names none (models = "app.models")'
    root = ws.settings.root.resolve()
    outside = [p for p in ws.spec_paths if not p.resolve().is_relative_to(root)]
    if outside:
        return f"the models were not checked: {outside[0]} is not a part of this project"
    return None
