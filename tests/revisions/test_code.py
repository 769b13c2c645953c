"""The layout of generated Python is the one that ruff would give it."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todo_db.revisions import code
from todo_db.revisions.code import Items, Name, Node, Pairs, Text, call


def ruff(source: str) -> str:
    args = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "-"]
    return subprocess.run(args, input=source, capture_output=True, text=True, check=True).stdout


words = st.text(st.sampled_from("abcdef '\"\\:%"), max_size=60).filter(lambda t: not t.isspace())
leaves: st.SearchStrategy[Node] = st.one_of(
    words.map(Text), st.sampled_from(["True", "None", "sa.Text"]).map(Name)
)
keys = st.sampled_from(["name", "nullable", "server_default"])
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda i: Items(tuple(i))),
        st.dictionaries(words.filter(bool), inner, max_size=3).map(lambda d: Pairs(tuple(d.items()))),
        st.builds(
            lambda f, a, k: call(f, *a, **k),
            st.sampled_from(["op.create_table", "sa.Column", "f"]),
            st.lists(inner, max_size=4),
            st.dictionaries(keys, inner, max_size=3),
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(nodes, min_size=10, max_size=30))
def test_ruff_would_change_nothing(trees: list[Node]) -> None:
    lines = [line for tree in trees for line in code.lay_out(call("op.execute", tree, Name("x")), 1)]
    source = "\n".join(["def upgrade() -> None:", *lines]) + "\n"
    assert ruff(source) == source


@given(st.text())
def test_a_literal_means_its_text(text: str) -> None:
    assert ast.literal_eval(code.literal(text)) == text


def test_a_long_text_is_broken_at_spaces_and_means_the_same() -> None:
    text = "ALTER TABLE tasks  ADD CONSTRAINT " + "a very long check " * 20
    lines = code.lay_out(call("op.execute", text), 1)
    assert all(len(line) <= code.WIDTH for line in lines)
    tree = ast.parse("\n".join(lines).strip())
    argument = tree.body[0].value.args[0]  # type: ignore[attr-defined]
    assert argument.value == text
    source = "\n".join(["def upgrade() -> None:", *lines]) + "\n"
    assert ruff(source) == source


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        (["a", 1, None], '["a", 1, None]'),
        ({"a": True}, '{"a": True}'),
        ('say "hi"', "'say \"hi\"'"),
        (r"a\:b", r'r"a\:b"'),
        ("a\nb", r'"a\nb"'),
    ],
)
def test_values(plain: object, text: str) -> None:
    assert code.flat(code.value(plain)) == text


def test_names_that_a_tree_uses() -> None:
    tree = call("op.add_column", "t", call("sa.Column", "c", call("postgresql.JSONB")), x=[Name("sa.Text")])
    assert code.names(tree) == {"op.add_column", "sa.Column", "postgresql.JSONB", "sa.Text"}
