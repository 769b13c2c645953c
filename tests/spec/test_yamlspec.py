"""The YAML form is strict: what it does not know is a finding with a line, and nothing in it can hurt."""

from __future__ import annotations

import json
import re

import pytest

from todo_db.spec import yamlspec
from todo_db.spec.document import UNSAID, ReferenceSpec, Specification
from todo_db.spec.read import read_yaml_text
from todo_db.spec.write import json_schema, to_plain

DESIGN = """\
version: 1
tables:
  users:
    managed_by: better-auth
    columns: [{name: id, type: text, primary_key: true}, {name: email, type: text, unique: true}]
  tasks:
    owner: user_id
    columns:
      - {name: id, type: integer, primary_key: true, autoincrement: true}
      - name: user_id
        type: text
        nullable: false
        references: {table: users, column: id, on_delete: cascade}
      - {name: title, type: varchar(200), nullable: false}
      - {name: status, type: varchar(20), nullable: false, server_default: "'pending'"}
      - {name: created_at, type: timestamptz, nullable: false, server_default: now()}
    indexes: [{name: idx_task_user_status, columns: [user_id, status], unique: false}]
    checks: [{name: chk_task_status, expr: "status IN ('pending', 'in_progress', 'complete')"}]
"""


def codes(spec: Specification) -> list[tuple[str, int]]:
    return [(f.code, f.places[0].line) for f in spec.findings if not f.question]


def test_the_documented_example_is_read_without_a_finding() -> None:
    spec = read_yaml_text(DESIGN, "schema.yaml")
    assert spec.findings == ()
    tasks = spec.table("tasks")
    assert tasks is not None
    assert tasks.owner == "user_id"
    assert tasks.columns[1].references == ReferenceSpec(table="users", columns=("id",), on_delete="cascade")
    assert tasks.columns[1].place is not None
    assert tasks.columns[1].place.line == 10
    assert tasks.lists_indexes
    assert tasks.columns[2].server_default is UNSAID


def test_the_json_shape_has_null_for_what_is_unsaid_and_places() -> None:
    plain = to_plain(read_yaml_text(DESIGN, "schema.yaml"), unsaid="null")
    title = plain["tables"]["tasks"]["columns"][2]
    assert title["server_default"] is None
    assert (title["place"], title["line"]) == ("schema.yaml:14", 14)
    assert plain["questions"] == []
    json.dumps(plain)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tables:\n  t:\n    colums: []\n", [("TD161", 3)]),
        ("tables:\n  t:\n    columns:\n      - {name: a, typ: text}\n", [("TD161", 4)]),
        ("tables:\n  t: {columns: [{name: a}]}\n  t: {columns: [{name: b}]}\n", [("TD163", 3)]),
        ("tables:\n  t:\n    columns: [{name: a}, {name: a}]\n", [("TD163", 3)]),
        ("tables:\n  t:\n    columns: [{name: a, nullable: maybe}]\n", [("TD162", 3)]),
        ("tables:\n  t:\n    columns: [{type: text}]\n", [("TD162", 3)]),
        ("tables: [a]\n", [("TD162", 1)]),
        (
            "tables:\n  t:\n    columns: [{name: a, references: {table: u, on_delete: explode}}]\n",
            [("TD162", 3)],
        ),
        ("tables: {t: {columns: [{name: a}]\n", [("TD160", 2)]),
        ("a: &x [1]\ntables: *x\n", [("TD161", 1), ("TD162", 1)]),
        ("tables:\n  t: &t {columns: [{name: a}]}\n  u: *t\n", [("TD164", 2)]),
        ("- 1\n", [("TD162", 1)]),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, expected: list[tuple[str, int]]) -> None:
    assert codes(read_yaml_text(text, "s.yaml")) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "tables:\n  t:\n    columns:\n      - {name: a}\n      - {name: a}\n",
            "a stands twice in columns; first in line 4.",
        ),
        (
            "tables:\n  t:\n    columns:\n      - {name: Title}\n      - {name: title}\n",
            "title and Title (line 4) differ only in case in columns; only Title is read.",
        ),
        (
            "tables:\n  Tasks: {columns: [{name: a}]}\n  tasks: {columns: [{name: b}]}\n",
            "tasks and Tasks (line 2) differ only in case in tables; only Tasks is read.",
        ),
        ("tables:\n  t:\n    columns:\n      a: {}\n      A: {}\n", "A and a (line 4) differ only in case"),
    ],
)
def test_what_stands_twice_is_told_with_both_lines(text: str, said: str) -> None:
    spec = read_yaml_text(text, "s.yaml")
    (found,) = (f for f in spec.findings if f.code == "TD163")
    assert said in found.message
    assert not any(f.code.startswith("TD11") for f in spec.findings)
    assert [len(t.columns) for t in spec.tables] == [1]


def test_tables_in_singular_and_plural_are_two() -> None:
    spec = read_yaml_text(
        "tables:\n  task: {columns: [{name: a}]}\n  tasks: {columns: [{name: b}]}\n", "s.yaml"
    )
    assert [t.name for t in spec.tables] == ["task", "tasks"]
    assert not any(f.code == "TD110" for f in spec.findings)


def test_an_unknown_key_comes_with_the_one_that_was_meant() -> None:
    (finding, *_) = sorted(
        read_yaml_text("tables:\n  t:\n    columns: [{name: a, nulable: true}]\n", "s.yaml").findings,
        key=lambda f: f.kind != "file",
    )
    assert finding.hint == "Did you mean nullable?"


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("pk: true", "primary_key", True),
        ("notNull: true", "nullable", False),
        ("auto_increment: true", "autoincrement", True),
        ("fk: users.id", "references", ReferenceSpec(table="users", columns=("id",))),
        ("references: users(id)", "references", ReferenceSpec(table="users", columns=("id",))),
        ("serverDefault: now()", "server_default", "now()"),
        ("type: VARCHAR(20)", "type", "varchar(20)"),
        ("type: serial", "autoincrement", True),
        ("server_default: false", "server_default", "false"),
        ("server_default: null", "server_default", None),
        ("nullable: null", "nullable", UNSAID),
    ],
)
def test_common_spellings_mean_what_they_say(written: str, field: str, value: object) -> None:
    spec = read_yaml_text(f"tables:\n  t:\n    columns: [{{name: a, {written}}}]\n", "s.yaml")
    assert getattr(spec.tables[0].columns[0], field) == value


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 50_000 + "x", "a: " + "{b: " * 5_000])
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    assert [code for code, _ in codes(read_yaml_text(text, "s.yaml"))] == ["TD164"]


def test_a_table_with_more_columns_than_postgresql_allows_is_refused() -> None:
    columns = "\n".join(f"      - {{name: c{n}}}" for n in range(2_000))
    spec = read_yaml_text(f"tables:\n  t:\n    columns:\n{columns}\n", "s.yaml")
    assert ("TD164", 2) in codes(spec)
    assert spec.tables[0].columns == ()


def test_the_published_schema_knows_every_key_that_the_reader_takes() -> None:
    schema = json.loads(json_schema())
    parts = {
        "table": yamlspec._TABLE - {"name"},
        "column": yamlspec._COLUMN - {"required", "optional"},
        "index": yamlspec._INDEX,
    }
    for name, keys in parts.items():
        assert set(schema["$defs"][name]["properties"]) == set(keys), name
    assert set(schema["properties"]) - {"$schema", "version"} == yamlspec._ROOT - {"version"}


def test_nothing_in_a_document_is_executed() -> None:
    spec = read_yaml_text("tables: !!python/object/apply:os.system ['exit 1']\n", "s.yaml")
    assert spec.tables == ()
    assert re.match("TD16", spec.findings[0].code)


@pytest.mark.parametrize(
    "text",
    [
        'tables: {a: {columns: [{name: "", type: text}]}}',
        "tables: {a: {columns: [{name: [b], type: text}]}}",
        'tables: {"": {columns: [{name: b, type: text}]}}',
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    assert "TD162" in {f.code for f in read_yaml_text(text, "s.yaml").findings}
