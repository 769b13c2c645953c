"""SQL in strings reaches PostgreSQL as it is, whatever SQLAlchemy takes for a parameter."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from todo_db.revisions.text import escaped, stripped

pieces = st.lists(st.sampled_from(["a", ":", "\\", "'", " ", "::", "b1", "é", "%", "$"]), max_size=12)


@given(pieces.map("".join))
@example(r"'x:y\:z'::text")
@example(":a:b::c \\:d")
def test_sqlalchemy_sees_no_parameter_and_changes_nothing(sql: str) -> None:
    clause = sa.text(escaped(sql))
    assert clause._bindparams == {}
    assert str(clause.compile()) == sql


def test_what_needs_no_escape_has_none() -> None:
    assert escaped("'a'::character varying") == "'a'::character varying"


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("((a > 0))", "a > 0"),
        ("(a > 0) AND (b > 0)", "(a > 0) AND (b > 0)"),
        ("((a = ')'::text) OR (\")\" = 1))", "(a = ')'::text) OR (\")\" = 1)"),
        ("f(a)", "f(a)"),
        ("(a", "(a"),
    ],
)
def test_parentheses_around_the_whole(expression: str, plain: str) -> None:
    assert stripped(expression) == plain
