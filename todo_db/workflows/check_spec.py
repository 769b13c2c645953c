"""check-spec: the spec is complete, clear and keeps the house rules; the models are what it says."""

from __future__ import annotations

from todo_db.findings import Finding, Report
from todo_db.sources.workspace import Workspace


def check(ws: Workspace) -> Report:
    """Findings of the spec itself (contradictions, questions, what does not build, house rules), then of
    the models: where they are not what the spec says, and the rules on what no database shows.

    Without models in the settings, or with a spec from outside the project, only the spec is checked,
    and a note says so.
    """
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
