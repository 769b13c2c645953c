"""A YAML spec with its keys in their own spelling and its open questions beside the lines they are about.

Order, comments and layout stay; what cannot be proven to state the same is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from todo_db.findings import Finding
from todo_db.spec.fix.proof import differences
from todo_db.spec.read import read_yaml_text
from todo_db.spec.yamlspec import respelled

_ASKED = re.compile(r"(?m)[ \t]+# TD\d{3}: [^\n]*$")


def fix_yaml(text: str, path: str, questions: Iterable[Finding] = ()) -> str:
    """The tidy form of one file; the file itself where that would state something else."""
    old = read_yaml_text(text, path)
    new = respelled(_ASKED.sub("", text), path)
    if differences(old, read_yaml_text(new, path)):
        return text
    for line, finding in _by_line(questions, path):
        asked = _with(new, line, finding)
        if not differences(old, read_yaml_text(asked, path)):
            new = asked
    return new


def _by_line(questions: Iterable[Finding], path: str) -> list[tuple[int, Finding]]:
    found = [(p.line, f) for f in questions for p in f.places[:1] if p.path == path]
    return sorted(found, key=lambda pair: (pair[0], pair[1].code))


def _with(text: str, number: int, finding: Finding) -> str:
    """The text with a question behind a line."""
    lines = text.split("\n")
    said = " ".join(finding.message.split())
    lines[number - 1] = f"{lines[number - 1].rstrip()}  # {finding.code}: {said}"
    return "\n".join(lines)
