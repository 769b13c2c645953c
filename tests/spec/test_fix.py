"""`--fix` writes the tidy form and loses nothing: no statement, no question, no contradiction, no prose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from todo_db.rules import check_specification
from todo_db.settings import Settings
from todo_db.spec.document import UNSAID, Specification
from todo_db.spec.fix.markdown import Fixed, fix_markdown
from todo_db.spec.fix.proof import differences, words
from todo_db.spec.fix.remainder import is_schema_word
from todo_db.spec.fix.yaml import fix_yaml
from todo_db.spec.markdown import parse
from todo_db.spec.names import is_generic
from todo_db.spec.read import DEFINING, FALLBACKS, read_markdown, read_yaml_text
from todo_db.spec.source import Source
from todo_db.spec.statements import Statement

CASES = sorted((Path(__file__).parent.parent / "cases").glob("spec*/**/*.md"))

MESSY = """# Shop

Intro that nobody may lose.

## Customer Table

Holds the people who buy.

- `id` (UUID): primary key
- `email`: string, unique, required, checked twice by the importer
- name - text

Rules of the house: an e-mail is never reused.

**Indexes:**
- `idx_customer_name` on (name) because support searches by name

## Orders

```sql
-- made by the shop
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE orders (
    id SERIAL PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customer(id),
    total NUMERIC(10,2) NOT NULL
);
CREATE INDEX idx_orders_customer ON orders (customer_id);
CREATE FUNCTION touch() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql;
```

## Order details

| Field | Type | Constraints |
|---|---|---|
| id | integer | PK |
| total | numeric(12,2) | NOT NULL |

**Table**: orders

## Migration

```sql
ALTER TABLE orders ADD COLUMN total NUMERIC(10,2);
```
"""


def asked(spec: Specification) -> list[object]:
    found = [*spec.findings, *check_specification(spec, Settings(root=Path()))]
    return [f for f in found if f.question]


def fixed(text: str) -> Fixed:
    return fix_markdown(text, "schema.md", asked(read_markdown(text, "schema.md")))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.parent.name + "-" + p.stem)
def test_nothing_is_lost_and_doing_it_twice_changes_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    old = read_markdown(text, "schema.md")
    result = fixed(text)
    assert differences(old, read_markdown(result.text, "schema.md")) == []
    gone = words(text) - words(result.text)
    assert {w for w in gone if not is_schema_word(w) and not is_generic(w)} == set()
    assert fixed(result.text).text == result.text
    assert {*result.tidied, *result.refused} <= {t.name for t in old.tables} | {"schema.md"}
    assert "| Column | Type | Constraints | Description |" in result.text or not result.tidied


@pytest.mark.parametrize("reader", [*DEFINING, *FALLBACKS], ids=lambda r: r.__name__)
def test_every_notation_is_among_the_cases(reader: Callable[[Source], Iterator[Statement]]) -> None:
    sources = (Source(parse(p.read_text(encoding="utf-8"), "s.md")) for p in CASES)
    assert any(True for source in sources for _ in reader(source))


def test_the_tidy_form_of_a_messy_document() -> None:
    text = fixed(MESSY).text
    assert "| email | string | NOT NULL, UNIQUE | " in text
    assert "checked twice by the importer" in text
    assert "`INDEX idx_customer_name (name)`: " in text
    assert "because support searches by name" in text
    assert "- `id` (UUID)" not in text
    assert "CREATE TABLE orders" not in text
    for kept in (
        "Intro that nobody may lose.",
        "Rules of the house: an e-mail is never reused.",
        "CREATE TYPE mood AS ENUM ('good', 'bad');",
        "CREATE FUNCTION touch()",
        "ALTER TABLE orders ADD COLUMN total NUMERIC(10,2);",
    ):
        assert kept in text
    assert text.index("Holds the people") < text.index("| email |") < text.index("Rules of the house")


def test_both_sides_of_a_contradiction_stay() -> None:
    text = fixed(MESSY).text
    assert {f.code for f in read_markdown(text, "x.md").findings} >= {"TD111"}
    assert "numeric(10,2)" in text
    assert "numeric(12,2)" in text


def test_questions_stand_at_their_table_and_their_answers_become_facts() -> None:
    first = fixed(MESSY).text
    open_one = "- `TD130` `customer.name`: May customer.name be null? →"
    assert open_one in first
    assert first.index("| name | text |") < first.index(open_one) < first.index("Rules of the house")
    answered = first.replace(open_one, f"{open_one} NULL")
    second = fixed(answered).text
    assert "| name | text | NULL |" in second
    assert "`customer.name`: May" not in second
    spec = read_markdown(second, "x.md")
    table = spec.table("customer")
    assert table is not None
    assert [c.nullable for c in table.columns] == [False, False, True]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_ends_and_byte_order_mark_stay(ending: str) -> None:
    text = "\ufeff" + MESSY.replace("\n", ending)
    result = fixed(text).text
    assert result.startswith("\ufeff# Shop")
    assert result.count("\n") == result.count(ending)
    assert fixed(result).text == result


@pytest.mark.parametrize("text", ["", "# Nothing\n\nNo table here.\n"])
def test_a_document_without_tables_is_left_alone(text: str) -> None:
    result = fixed(text)
    assert (result.text, result.tidied) == (text, ())
    assert result.refused


YAML = """# the shop
tables:
  tasks:
    fields:   # people first
      - {name: id, type: integer, pk: true}
      - name: title   # shown in lists
        type: text
      - {name: due, type: timestamptz, not_null: true}
"""


def test_yaml_keeps_its_comments_and_gets_its_questions() -> None:
    spec = read_yaml_text(YAML, "schema.yaml")
    questions = [f for f in spec.findings if f.question]
    text = fix_yaml(YAML, "schema.yaml", questions)
    assert "    columns:   # people first" in text
    assert "primary_key: true" in text
    assert "required: true" in text
    assert "# shown in lists  # TD130: May tasks.title be null?" in text
    assert differences(spec, read_yaml_text(text, "schema.yaml")) == []
    assert fix_yaml(text, "schema.yaml", questions) == text
    answered = text.replace("        type: text", "        type: text\n        nullable: true")
    assert "TD130" not in fix_yaml(answered, "schema.yaml")


def test_a_broken_yaml_is_left_alone() -> None:
    broken = "tables: [unclosed\n"
    assert fix_yaml(broken, "schema.yaml") == broken


def test_the_proof_sees_every_loss() -> None:
    old = read_markdown(MESSY, "x.md")
    for lost in (
        "- name - text\n",
        "CREATE INDEX idx_orders_customer ON orders (customer_id);\n",
        "CREATE TYPE mood AS ENUM ('good', 'bad');\n",
        " because support searches by name",
        ", unique",
        "| total | numeric(12,2) | NOT NULL |\n",
    ):
        assert lost in MESSY
        found = differences(old, read_markdown(MESSY.replace(lost, ""), "x.md"))
        assert bool(found) == (lost != " because support searches by name"), lost
    column = next(c for t in old.tables for c in t.columns if c.name == "name")
    assert column.nullable is UNSAID
