"""GitHub's workflow commands: findings as annotations on the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from todo_db.errors import Exit, TodoDbError
from todo_db.findings import Finding, Report, Severity
from todo_db.report import Look
from todo_db.report.escape import visible
from todo_db.report.wording import brief

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST = 10  # GitHub shows ten of each kind per step and drops the rest without a word


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """One annotation per finding and unknown; where there are too many, the tenth says how many are left."""
    return "\n".join(commands(report, look))


def commands(report: Report, look: Look) -> Iterator[str]:
    """The lines of `render`."""
    by_command: dict[str, list[str]] = {command: [] for command in _COMMAND.values()}
    for finding in report.findings:
        command = _COMMAND[finding.severity]
        by_command[command].append(_annotation(command, finding, look.prefix))
    for unknown in report.unknown:
        text = f"{unknown.object} ({unknown.side}): {unknown.reason}"
        by_command["warning"].append(_command("warning", {"title": "not known"}, text))
    for command, lines in by_command.items():
        yield from _limited(command, lines)


def _limited(command: str, lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= _MOST:
        return lines
    left = len(lines) - _MOST + 1
    return [*lines[: _MOST - 1], _command(command, {}, f"{left} more: see the job's log or its summary")]


def _annotation(command: str, finding: Finding, prefix: str) -> str:
    properties = {"title": f"{finding.code} {finding.rule}: {finding.object}"}
    if finding.places:
        place = finding.places[0]
        properties = {"file": prefix + place.path, "line": str(place.line), **properties}
    return _command(command, properties, _text(finding))


def _text(finding: Finding) -> str:
    where = {p.side: str(p) for p in reversed(finding.places)}
    lines = [brief(finding)]
    for side, value in finding.sides.items():
        lines.append(
            f"{side}: {'absent' if value is None else value}" + (f" ({where[side]})" if side in where else "")
        )
    lines += [f"verdict: {finding.verdict}"] if finding.verdict else []
    lines += [finding.hint] if finding.hint else []
    return "\n".join(lines)


def _command(name: str, properties: dict[str, str], text: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name}{' ' if listed else ''}{listed}::{_data(text)}"


def error_annotation(error: TodoDbError) -> str:
    """A failed run as an annotation."""
    return _command("error", {}, "\n".join(part for part in (error.what, error.where, error.hint) if part))


def _data(text: str) -> str:
    """Escaped as the runner's toolkit does it; other controls are written out, since the log shows them."""
    lines = "\n".join(visible(line) for line in text.splitlines())
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("##[", "# #[")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
