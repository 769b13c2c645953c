"""Splitting scripts as psql does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo_db.postgres.script import Piece, ScriptError, split


def _texts(script: str) -> list[str]:
    return [p.text for p in split(script) if p.kind == "statement"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ';'",
        "SELECT 'it''s; here'",
        r"SELECT E'a\'; b'",
        'SELECT ";"',
        "SELECT $$;$$",
        "SELECT $a$ $$; $b$; $a$",
        "SELECT 1 /* ; /* ; */ ; */ + 1",
        "SELECT 1 -- ;\n + 1",
        "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
        "CREATE TABLE a$b (c int)",
        r"SELECT 'a\'",
        "SELECT U&'d;'",
    ],
)
def test_a_semicolon_inside_ends_nothing(statement: str) -> None:
    assert _texts(f"{statement};\nSELECT 2;") == [statement, "SELECT 2"]


def test_the_last_semicolon_may_be_missing() -> None:
    assert _texts("SELECT 1; SELECT 2 -- end\n") == ["SELECT 1", "SELECT 2 -- end"]


def test_comments_and_spaces_are_no_statements() -> None:
    assert _texts(";;\n-- nothing\n /* here */ ;") == []


def test_lines_are_those_of_the_first_token() -> None:
    pieces = list(split("\n-- a\nSELECT\n 1;\n\nSELECT '\n\n';SELECT 3"))
    assert [p.line for p in pieces] == [3, 6, 8]


def test_rows_and_commands_are_told_apart() -> None:
    script = "\\restrict abc\nCOPY t (a) FROM stdin;\n1;\t'x\n\\.\n\nSELECT 1;\n\\unrestrict abc\n"
    assert [(p.kind, p.line) for p in split(script)] == [
        ("command", 1),
        ("statement", 2),
        ("rows", 2),
        ("statement", 6),
        ("command", 7),
    ]


@pytest.mark.parametrize(
    ("script", "line"), [("SELECT 1;\n'a", 2), ("\n\n$$ x", 3), ("/* /* */", 1), ('"', 1)]
)
def test_what_is_not_closed_is_told_with_its_line(script: str, line: int) -> None:
    with pytest.raises(ScriptError) as caught:
        list(split(script))
    assert caught.value.line == line


def test_a_quoted_word_is_no_keyword() -> None:
    piece: Piece = next(split('CREATE TABLE "Table" ("a""b" int)'))
    assert piece.words(3) == ("CREATE", "TABLE", '"Table"')
    assert [t.name for t in piece.tokens if t.kind == "quoted"] == ["Table", 'a"b']


@given(st.text(alphabet=";'\"$a\\\n-/* (\u00e9", max_size=40))
def test_nothing_is_lost_and_nothing_hangs(script: str) -> None:
    try:
        pieces = list(split(script))
    except ScriptError:
        return
    for piece in pieces:
        assert piece.text in script
        assert 1 <= piece.line <= script.count("\n") + 1
