"""A `.env` file is read as people and other tools write it; nothing in it is carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from todo_db.errors import UndeterminedError
from todo_db.postgres import dotenv


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("  A = b  ", "b"),
        ("A=b # comment", "b"),
        ("A=b#no-comment", "b#no-comment"),
        ("A='b # c'", "b # c"),
        ("A='b' # comment", "b"),
        ('A="b \\"c\\" \\\\ d"', 'b "c" \\ d'),
        ('A="two\\nlines"', "two\nlines"),
        ('A="two\nlines"', "two\nlines"),
        ("A='${B}'", "${B}"),
        ("A=", ""),
        ("A= # only a comment", ""),
        ("A=postgresql://u:p#w@h/d?a=b&c=d", "postgresql://u:p#w@h/d?a=b&c=d"),
        ("A=x=y", "x=y"),
        ("A=it's", "it's"),
        ("A=1\nA=2", "2"),
    ],
)
def test_values(line: str, value: str) -> None:
    for text in (line, f"# A=no\nB=1\n\n{line}\nC='3'\n", f"{line}\n".replace("\n", "\r\n")):
        assert dotenv.parse(text)["A"].text.replace("\r\n", "\n") == value


def test_other_lines_are_no_variables() -> None:
    assert set(dotenv.parse("# A=1\nnot a line\n=x\nB=1\n1C=2")) == {"B"}


def test_interpolation_is_seen_and_not_carried_out() -> None:
    values = dotenv.parse("A=$(touch /tmp/x)\nB=${HOME}/x\nC='${HOME}'\nD=\"\\${HOME}\"")
    assert values["A"].text == "$(touch /tmp/x)"
    assert [name for name, value in values.items() if value.interpolated] == ["B"]


def test_files(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert dotenv.read(file) == {}
    file.write_bytes(b"\xef\xbb\xbfA=1\r\n")
    assert dotenv.read(file)["A"].text == "1"
    file.write_bytes(b"A=\xff")
    with pytest.raises(UndeterminedError, match="UTF-8"):
        dotenv.read(file)
