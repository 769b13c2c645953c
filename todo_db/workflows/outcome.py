"""What a command that acts leaves behind: a report, and a text for people where all went well."""

from __future__ import annotations

from dataclasses import dataclass

from todo_db.findings import Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """text is shown instead of the report in the format for people, unless there are findings."""

    report: Report
    text: str
