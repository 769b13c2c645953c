"""Answers to a specification's questions and contradictions, from a file beside it or from its own lists of
open questions.

The file is YAML: a question's code (or name), then what it was asked about, then the answer:

    TD130:
      tasks.title: NOT NULL
      "*.created_at": NOT NULL
    TD133:
      comments.author_id: users.id
    TD113:
      tasks.completed: NOT NULL

A list in a document says the same: `- TD130 tasks.title: may it be null? → NOT NULL`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from todo_db.findings import RULES, Finding, Place, ordered
from todo_db.spec import rules
from todo_db.spec.answering import ANSWERABLE, CONTRADICTIONS, answer_one, subjects
from todo_db.spec.answering_columns import UnclearError
from todo_db.spec.document import Specification
from todo_db.spec.yamlnodes import NodeReader

if TYPE_CHECKING:
    from yaml.nodes import Node

    from todo_db.spec.source import Source

_ITEM = re.compile(r"\A`?(?P<code>TD\d{3})`?\s+(?P<about>\S.*?)(?::\s.*?)?(?:→|->)\s*(?P<text>.*)\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an author says to a question. about: an object (`tasks.title`) or a pattern (`*.created_at`)."""

    code: str
    about: str
    text: str
    place: Place

    def matches(self, name: str) -> bool:
        """Whether it is about the object of that name; `public.` may be left out on either side."""
        own, other = (n.removeprefix("public.").lower() for n in (self.about, name))
        return own == other or ("*" in own and fnmatchcase(other, own))


def read_answers(text: str, path: str) -> tuple[list[Answer], list[Finding]]:
    """The answers in a file, and what is wrong with it."""
    reader = NodeReader(path)
    root = reader.compose(text)
    answers = list(_answers(reader, root)) if root is not None else []
    return answers, reader.findings


def _answers(reader: NodeReader, root: Node) -> Iterator[Answer]:
    known = {code.lower(): code for code in ANSWERABLE}
    known |= {RULES[code].name: code for code in ANSWERABLE if code in RULES}
    for word, (key, node) in reader.mapping(root, None, "a file of answers").items():
        if word == "version":
            continue
        code = known.get(word.lower())
        if code is None:
            close = get_close_matches(word.lower(), known, 1)
            hint = f"Did you mean {known[close[0]]}?" if close else f"Known: {', '.join(sorted(ANSWERABLE))}."
            reader.report(rules.ANSWER_UNKNOWN, key, f"{word} is the code of no question.", hint)
            continue
        for about, (at, value) in reader.mapping(node, None, f"the answers to {code}").items():
            text = str(value.value).strip() if reader.scalar(value, about) else ""
            if text not in ("", "~"):  # still open; NULL is an answer, whatever YAML makes of it
                yield Answer(code, about, text, reader.place(at))


def in_document(source: Source) -> Iterator[Answer]:
    """The answers that a document gives below its own questions; those still open give none."""
    from todo_db.spec.markdown import ListBlock
    from todo_db.spec.sections import asks

    for block in source.document.blocks:
        if isinstance(block, ListBlock) and asks(block.context):
            for item in block.items:
                found = _ITEM.match(item.text)
                if found and found["text"].strip(" _…."):
                    about = found["about"].strip("`")
                    text = found["text"].strip().strip("`").strip()
                    yield Answer(found["code"], about, text, source.place(item.line))


def answered(spec: Specification, answers: Iterable[Answer]) -> Specification:
    """The specification with its questions answered. An answer that is about nothing, comes too late or
    cannot be read is a finding; one that names an object counts before one that is a pattern."""
    given = sorted(answers, key=lambda a: ("*" in a.about, a.place))
    taken: set[tuple[str, str]] = set()
    found: list[Finding] = []
    for answer in given:
        if answer.code not in ANSWERABLE:
            found.append(_idle(spec, answer, []))
            continue
        names = [n for n in subjects(spec, answer.code) if answer.matches(n)]
        fresh = [n for n in names if (answer.code, n) not in taken]
        used = False
        for name in fresh:
            try:
                changed = answer_one(spec, answer.code, name, answer.text, answer.place)
            except UnclearError as unclear:
                found.append(_unclear(answer, name, str(unclear)))
                used = True
                break
            if changed is not None:
                spec, used = changed, True
                taken.add((answer.code, name))
        if not used and not ("*" in answer.about and names):
            found.append(_idle(spec, answer, names))
    return replace(spec, findings=ordered([*spec.findings, *found])) if found else spec


def _unclear(answer: Answer, name: str, expected: str) -> Finding:
    message = f"The answer {answer.text!r} to {answer.code} about {name} was not understood."
    return rules.finding(
        rules.ANSWER_UNCLEAR, "file", _line(answer), message, (answer.place,), hint=f"Write {expected}."
    )


def _idle(spec: Specification, answer: Answer, names: list[str]) -> Finding:
    """An answer that did nothing: there is no such object, or its question is not open."""
    if names:
        message = f"{answer.code} about {names[0]} is not open: the specification says it already."
        return rules.finding(
            rules.ANSWER_NOT_NEEDED, "file", _line(answer), message, (answer.place,), hint="Take it out."
        )
    close = get_close_matches(answer.about.removeprefix("public."), subjects(spec, answer.code), 1)
    hint = (
        f"Did you mean {close[0]}?"
        if close
        else "`todo-db inspect spec --format answers` lists what is open."
    )
    message = f"{answer.code} is answered for {answer.about}, about which there is no such question."
    return rules.finding(rules.ANSWER_UNKNOWN, "file", _line(answer), message, (answer.place,), hint=hint)


def _line(answer: Answer) -> str:
    return str(answer.place)


def to_answers(findings: Iterable[Finding]) -> str:
    """The open questions and contradictions as a file of answers, each with what was asked and where; the
    answers are blank."""
    by_code: dict[str, list[Finding]] = {}
    open_ = (f for f in findings if f.code in ANSWERABLE and (f.question or f.code in CONTRADICTIONS))
    for finding in ordered(open_):
        by_code.setdefault(finding.code, []).append(finding)
    lines = [
        "# Write an answer after a colon; what is left blank stays open. `todo-db explain TD167` shows the",
        "# answers that each question takes. Name the file in [tool.todo-db], or as --answers:",
        '# answers = "schema/answers.yaml"',
        "",
    ]
    for code, asked in sorted(by_code.items()):
        lines.append(f"{code}:  # {RULES[code].title}")
        for finding in _each_object_once(asked):
            where = ", ".join(str(p) for p in finding.places)
            name = json.dumps(finding.object.replace('"', "").removeprefix("public."), ensure_ascii=False)
            bare = name.strip('"')
            shown = bare if re.fullmatch(r"[\w.]+", bare) else name
            said = re.sub(r"\s+", " ", finding.message)
            lines.append(f"  {shown}:  # {said} ({where})" if where else f"  {shown}:  # {said}")
    return "\n".join(lines) + "\n"


def _each_object_once(asked: list[Finding]) -> list[Finding]:
    """Of several contradictions about one object the first: one answer settles them."""
    return list({f.object: f for f in reversed(asked)}.values())[::-1]
