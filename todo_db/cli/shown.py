"""How the outcome of a command that acts is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from todo_db.report import Document

if TYPE_CHECKING:
    from todo_db.cli.common import Result, Run
    from todo_db.workflows.outcome import Outcome


def shown(run: Run, outcome: Outcome) -> Result:
    """For people the text, unless there are findings; for machines always the report."""
    found = outcome.report.findings or outcome.report.unknown
    if run.options.format == "text" and outcome.text and not found:
        return Document(outcome.text)
    return outcome.report
