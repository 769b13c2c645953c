"""Mermaid: text that its grammar takes, whatever the names hold, and that reads back as the same tables.

The patterns are those of mermaid's erDiagram.jison and ER lexer.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.tables import column, table, tables
from todo_db.report.diagram import ALL_COLUMNS
from todo_db.report.mermaid import LONGEST, to_mermaid
from todo_db.report.outline import TableOutline
from todo_db.spec.read import read_specification

NAME = r'(?:[A-Za-z][A-Za-z0-9_]*|"[^"%\r\n\v\b\\]+")'
WORD = r"[*A-Za-z_\u00C0-\uFFFF][A-Za-z0-9\-_\[\]()\u00C0-\uFFFF*]*"
LINES = (
    re.compile(r"erDiagram"),
    re.compile(r"    direction LR"),
    re.compile(rf"    {NAME}(?: \{{)?"),
    re.compile(rf'        {WORD} {WORD}(?: (?:PK|FK|UK)(?:, (?:PK|FK|UK))*)?(?: "[^"]*")?'),
    re.compile(r"    \}"),
    re.compile(rf'    {NAME} (?:\|\||\|o)--(?:o\||o\{{) {NAME} : "[^"]*"'),
)


def written(outlines: list[TableOutline]) -> str:
    text, _ = to_mermaid(outlines)
    for line in text.splitlines():
        assert any(pattern.fullmatch(line) for pattern in LINES), line
    assert not re.search(r"%%|---|[<>#`]|\$\$", text)
    return text


def test_a_diagram() -> None:
    said = tables({"user": [], "tasks": ["user"]})
    said[1]["columns"].append(column("tasks", "amount", "numeric(10,2)"))
    said[1]["columns"].append(column("tasks", "my col", "double precision"))
    assert written(said) == (
        "erDiagram\n"
        "    user {\n"
        "        integer id PK\n"
        "    }\n"
        "    tasks {\n"
        "        integer id PK\n"
        "        integer user_id FK\n"
        "        numeric(10-2) amount\n"
        '        double_precision my_col "my col"\n'
        "    }\n"
        '    user |o--o{ tasks : "user_id"\n'
    )


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_no_name_leaves_its_place(name: str, other: str, type_: str) -> None:
    odd = table(name, [name], more=[other])
    odd["columns"].append(column(name, "x", type_))
    written([odd])


def test_directives_and_markup_are_defused() -> None:
    evil = '"} %%{init: {"securityLevel": "loose"}}%% <script>#lt; `'
    text = written([table(evil, [evil], more=[evil])])
    assert "init" in text
    assert len(text.splitlines()) == 7


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("pk", 'column_pk "pk"'),
        ("FKé", 'column_FKé "FKé"'),
        ("pkid", "pkid"),
        ("a\u2028b", "a_b"),
        ("1st", "column_1st"),
    ],
)
def test_a_column_is_one_word_and_no_key(name: str, shown: str) -> None:
    assert f"        integer {shown}" in written([table("t", more=[name])])


def test_what_the_parser_looks_for_everywhere_is_defused() -> None:
    """It finds `direction LR` and `~…~` between quotes, too; `to` and `one` are its words."""
    text = written([table("to"), table("One"), table("a direction  TB", more=["~x~"])])
    assert '    "to" {' in text.splitlines()
    assert "direction " not in text
    assert "~" not in text


def test_names_that_look_alike_stay_apart() -> None:
    text = written([table('a"b'), table("a'b")])
    entities = [line for line in text.splitlines() if line.endswith("{")]
    assert len(set(entities)) == 2


def test_of_many_tables_only_keys_are_shown_and_no_lines_to_hubs() -> None:
    said = [table("hub"), *(table(f"t{n}", ["hub"], more=["note"]) for n in range(ALL_COLUMNS))]
    text, notes = to_mermaid(said)
    written(said)
    assert "note" not in text
    assert "--" not in text
    assert text.count("→ hub") == ALL_COLUMNS
    assert [("keys" in notes[0]), ("hub" in notes[1])] == [True, True]


def test_what_mermaid_would_not_draw_is_said() -> None:
    said = [table(f"{'t' * 50}{n}", more=["x"]) for n in range(1000)]
    text, notes = to_mermaid(said)
    assert len(text) > LONGEST
    assert any("maxTextSize" in note for note in notes)


def test_it_reads_back(tmp_path: Path) -> None:
    said = tables({"users": [], "tasks": ["users"]})
    said[1]["columns"].append(column("tasks", "amount", "numeric(10,2)"))
    file = tmp_path / "schema.md"
    file.write_text(f"# Schema\n\n```mermaid\n{written(said)}```\n", encoding="utf-8")
    read = {t.name: t for t in read_specification([file], root=tmp_path).tables}
    assert read.keys() == {"users", "tasks"}
    assert [c.name for c in read["tasks"].columns] == ["id", "users_id", "amount"]
    assert str(read["tasks"].columns[2].type) == "numeric(10,2)"
