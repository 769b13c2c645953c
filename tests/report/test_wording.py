"""One question about many columns is asked once; everything else stays as it is."""

from __future__ import annotations

from todo_db.findings import Finding, Place, Severity
from todo_db.report.wording import brief, together
from todo_db.spec.read import read_markdown

SPEC = """### tasks

- id: integer, primary key
- title: text
- due: date
- kind: nosuchtype

### tags

- id: integer, primary key
- name: text
"""


def test_a_question_about_several_columns_is_asked_once() -> None:
    found = read_markdown(SPEC, "schema.md").findings
    told = together(found)
    nullable = [f for f in told if f.code == "TD130"]
    assert [(f.object, f.message) for f in nullable] == [
        ("public.tags.name", "May tags.name be null?"),
        ("public.tasks", "May due, kind, title of tasks be null?"),
    ]
    assert [p.line for p in nullable[1].places] == [5, 6, 4]
    assert {p for f in found for p in f.places} == {p for f in told for p in f.places}


def test_what_is_no_question_is_never_put_together() -> None:
    def wrong(column: str) -> Finding:
        return Finding(
            code="TD303",
            rule="timestamp-zone",
            severity=Severity.WARNING,
            kind="column",
            object=f"public.tasks.{column}",
            message=f"column tasks.{column} is a timestamp without time zone",
            places=(Place("spec", "schema.md", 3),),
        )

    assert len(together([wrong("a"), wrong("b")])) == 2


def test_a_contradiction_keeps_both_values() -> None:
    text = SPEC + "\n```sql\nCREATE TABLE tasks (id integer PRIMARY KEY, title varchar(20) NOT NULL);\n```\n"
    (found,) = (f for f in read_markdown(text, "schema.md").findings if f.code == "TD111")
    assert "varchar(20)" in brief(found)
    assert "text" in brief(found)
