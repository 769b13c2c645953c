"""Where a document contradicts itself, the notation that counts is the one that `todo-db explain` says."""

from __future__ import annotations

import pytest

from todo_db.spec import rules
from todo_db.spec.document import Specification
from todo_db.spec.read import read_markdown, read_texts
from todo_db.spec.statements import Notation

YAML = """
tables:
  tasks:
    columns: [{name: id, type: integer, primary_key: true}, {name: title, type: varchar(1)}]
"""
STATED = {
    "SQL": "```sql\nCREATE TABLE tasks (id integer PRIMARY KEY, title varchar(2));\n```\n",
    "column tables": "### tasks\n\n| Column | Type |\n|---|---|\n| id | integer |\n| title | varchar(3) |\n",
    "bullets": "### tasks\n\n- id: integer, primary key\n- title: varchar(4)\n",
    "SQLModel code": (
        '```python\nclass Task(SQLModel, table=True):\n    __tablename__ = "tasks"\n'
        "    id: int = Field(primary_key=True)\n    title: str | None = Field(max_length=5)\n```\n"
    ),
}
ORDER = [*STATED]


def title(spec: Specification) -> str:
    table = spec.table("tasks")
    assert table is not None
    return next(str(c.type) for c in table.columns if c.name == "title")


def test_the_order_is_the_one_that_is_explained() -> None:
    text = rules.TYPE.explain
    positions = [text.index(name) for name in ["YAML", "SQL", "column tables", "bullets", "SQLModel"]]
    assert positions == sorted(positions)


def test_every_notation_has_its_place_in_what_is_explained() -> None:
    order = rules.TYPE.explain.lower().partition("authority counts: ")[2].partition(";")[0]
    parts = order.split(", ")
    assert len(parts) == len(Notation)
    for part, notation in zip(parts, Notation, strict=True):
        assert part.startswith(notation.label), (part, notation)


@pytest.mark.parametrize("higher", ORDER)
@pytest.mark.parametrize("lower", ORDER)
def test_the_higher_one_counts_wherever_it_stands(higher: str, lower: str) -> None:
    if ORDER.index(higher) >= ORDER.index(lower):
        return
    alone = title(read_markdown(STATED[higher], "schema.md"))
    for first, second in ((higher, lower), (lower, higher)):
        spec = read_markdown(f"{STATED[first]}\n{STATED[second]}", "schema.md")
        assert title(spec) == alone
        assert "TD111" in {f.code for f in spec.findings}


def test_yaml_counts_before_everything() -> None:
    for text in STATED.values():
        spec = read_texts({"schema.md": text, "schema.yaml": YAML})
        assert title(spec) == "varchar(1)"
