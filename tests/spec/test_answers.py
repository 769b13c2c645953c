"""Answers fill what a specification leaves open, and nothing else; an answer without effect is a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from todo_db.findings import RULES
from todo_db.rules import check_specification
from todo_db.settings import Settings
from todo_db.spec.answering import ANSWERABLE
from todo_db.spec.answers import to_answers
from todo_db.spec.document import UNSAID, ColumnSpec, ReferenceSpec, Specification, TableSpec
from todo_db.spec.read import read_specification

SPEC = """# Schema

### tasks

| Column | Type | Constraints |
|---|---|---|
| id | integer | PRIMARY KEY |
| user_id | text | foreign key |
| team_id | uuid | FK → teams.id |
| title | string | |
| due | datetime | |
| status | varchar(20) | enum('new', 'done') |
| kind | flurb(3) | NOT NULL |

### Comment Model

- body: text
- task_id: integer, NOT NULL, FK → tasks.id
"""


def read(root: Path, answers: str, spec: str = SPEC) -> Specification:
    (root / "schema.md").write_text(spec)
    (root / "answers.yaml").write_text(answers)
    return read_specification([Path("schema.md")], root=root, answers=[Path("answers.yaml")])


def table(spec: Specification, name: str) -> TableSpec:
    found = spec.table(name)
    assert found is not None
    return found


def column(spec: Specification, name: str) -> ColumnSpec:
    owner, _, wanted = name.rpartition(".")
    return next(c for c in table(spec, owner).columns if c.name == wanted)


def asked(spec: Specification) -> set[tuple[str, str]]:
    return {(f.code, f.object.removeprefix("public.")) for f in spec.findings}


@pytest.mark.parametrize(
    ("code", "about", "answer", "becomes"),
    [
        ("TD130", "tasks.title", "NOT NULL", ("nullable", False)),
        ("spec-nullability-unsaid", "public.tasks.title", "NULL", ("nullable", True)),
        ("TD130", "TASKS.Title", "yes", ("nullable", True)),
        ("TD132", "tasks.kind", "varchar(3)", ("type", "varchar(3)")),
        ("TD132", "tasks.kind", "enum('a', 'b')", ("type", "enum('a', 'b')")),
        (
            "TD133",
            "tasks.user_id",
            "users.id ON DELETE CASCADE",
            ("references", ReferenceSpec(table="users", columns=("id",), on_delete="cascade")),
        ),
        ("TD133", "tasks.user_id", "none", ("references", None)),
        ("TD137", "tasks.team_id", "none", ("references", None)),
        ("TD303", "tasks.due", "timestamptz", ("type", "timestamptz")),
        ("TD303", "tasks", "yes", ("type", "timestamptz")),
        ("TD308", "comment.task_id", "yes", ("index", True)),
    ],
)
def test_an_answer_becomes_a_fact_with_its_place(
    tmp_path: Path, code: str, about: str, answer: str, becomes: tuple[str, Any]
) -> None:
    spec = read(tmp_path, f'{code}:\n  {about}: "{answer}"\n')
    name = "tasks.due" if about == "tasks" else about.removeprefix("public.").lower()
    found = column(spec, name)
    fact, expected = becomes
    assert getattr(found, fact) == expected
    assert str(found.places[fact]) == "answers.yaml:2"
    before = asked(read(tmp_path, ""))
    short = next((c for c in ANSWERABLE if c in RULES and code in (c, RULES[c].name)), code)
    assert before - asked(spec) == ({(short, name)} if short < "TD300" else set())
    assert asked(spec) <= before


def test_a_pattern_answers_what_no_answer_names(tmp_path: Path) -> None:
    spec = read(tmp_path, 'TD130:\n  "tasks.*": NOT NULL\n  tasks.title: NULL\n')
    assert column(spec, "tasks.title").nullable is True
    assert column(spec, "tasks.due").nullable is False
    assert column(spec, "comment.body").nullable is UNSAID
    assert {n for c, n in asked(spec) if c == "TD130"} == {"comment.body"}


def test_tables_are_answered(tmp_path: Path) -> None:
    answers = "TD134:\n  comment: (task_id, body)\nTD307:\n  tasks: user_id\n  comment: shared\n"
    spec = read(tmp_path, answers)
    key = table(spec, "comment").primary_key
    assert key is not None
    assert key.columns == ("task_id", "body")
    assert (table(spec, "tasks").owner, table(spec, "comment").owner) == ("user_id", None)
    assert not {n for c, n in asked(spec) if c in ("TD130", "TD134") and n.startswith("comment")}


def test_a_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "schema.md").write_text(SPEC)
    spec = read(tmp_path, "TD135:\n  comment: comments\nTD130:\n  comments.body: NULL\n")
    assert spec.table("comment") is None
    assert table(spec, "comments").columns
    assert "TD135" not in {f.code for f in spec.findings}


def test_a_table_of_somebody_else_is_stated(tmp_path: Path) -> None:
    spec = read(tmp_path, "TD137:\n  tasks.team_id: managed by Better Auth\n")
    teams = table(spec, "teams")
    assert teams.managed_by == "better-auth"
    assert [(c.name, c.type) for c in teams.columns] == [("id", "uuid")]
    assert ("TD137", "tasks.team_id") not in asked(spec)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("CHECK", "status IN ('new', 'done')"),
        ("CHECK (status <> 'old')", "status <> 'old'"),
        ("application", None),
    ],
)
def test_values_are_enforced_by_a_check_or_not(tmp_path: Path, answer: str, kept: str | None) -> None:
    spec = read(tmp_path, f'TD138:\n  tasks.status: "{answer}"\n')
    assert [c.expr for c in table(spec, "tasks").checks] == ([kept] if kept else [])
    assert "TD138" not in {f.code for f in spec.findings}


def test_values_are_those_of_an_enum(tmp_path: Path) -> None:
    spec = read(tmp_path, "TD138:\n  tasks.status: enum\n")
    assert column(spec, "tasks.status").type == "enum('new', 'done')"


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ("TD999:\n  tasks.title: NULL\n", "TD165", "TD999 is the code of no question"),
        ("TD130:\n  tasks.titel: NULL\n", "TD165", "tasks.titel"),
        ("TD130:\n  tasks.kind: NULL\n", "TD166", "is not open"),
        ("TD130:\n  tasks.title: perhaps\n", "TD167", "'perhaps'"),
        ("TD133:\n  tasks.user_id: over there\n", "TD167", "'over there'"),
        ("TD134:\n  comment: nothing\n", "TD167", "'nothing'"),
        ("- a list\n", "TD162", "mapping"),
        ("TD130: {tasks.title: [a]}\n", "TD162", "single value"),
    ],
)
def test_an_answer_without_effect_is_a_finding(tmp_path: Path, answers: str, code: str, said: str) -> None:
    spec = read(tmp_path, answers)
    (found,) = (f for f in spec.findings if not f.question)
    assert (found.code, said in found.message) == (code, True), found
    assert found.places[0].path == "answers.yaml"
    assert found.hint or code == "TD162"
    assert {f for f in asked(read(tmp_path, "")) if f not in asked(spec)} == set()


def test_questions_are_answered_where_they_stand(tmp_path: Path) -> None:
    listed = """
#### Open questions

- TD130 tasks.title: may it be null? → NOT NULL
- `TD130` `tasks.due`: may it be null? →
"""
    spec = read(tmp_path, "", SPEC.replace("### Comment Model", listed + "\n### Comment Model"))
    assert column(spec, "tasks.title").nullable is False
    assert column(spec, "tasks.due").nullable is UNSAID
    assert ("TD130", "tasks.title") not in asked(spec)
    assert ("TD130", "tasks.due") in asked(spec)


def test_the_file_to_fill_in_answers_nothing_and_lists_everything(tmp_path: Path) -> None:
    spec = read(tmp_path, "")
    questions = [*spec.findings, *check_specification(spec, Settings(root=tmp_path))]
    text = to_answers(questions)
    assert {f.code for f in questions if f.question} - {"TD152"} == {
        line[:5] for line in text.splitlines() if line.startswith("TD")
    }
    assert read(tmp_path, text).findings == spec.findings
    filled = text.replace("tasks.title:  #", "tasks.title: NOT NULL  #")
    assert column(read(tmp_path, filled), "tasks.title").nullable is False
