"""No document crashes the reader, and what it made of it can be written and read again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from todo_db.spec.answers import read_answers
from todo_db.spec.read import read_markdown, read_texts, read_yaml_text
from todo_db.spec.write import to_markdown, to_plain, to_yaml

DOCUMENTS = [
    p.read_text(encoding="utf-8")
    for p in sorted((Path(__file__).parent.parent / "cases" / "spec_reading").glob("*.md"))
]
LINES = [line for document in DOCUMENTS for line in document.split("\n")]
NOISE = "|`*_#-:→()[]{}<>'\"\\\n\t $;,.=~^/é日😀\x00"
ANSWERS = [
    "answers:\n  - {object: tasks.title, code: TD130, answer: NOT NULL}\n",
    "- tasks.title: NOT NULL\n- {object: [1], answer: {a: b}}\n",
    "tasks.title:\n  TD130: NULL\n  nullable: yes\n",
]


def damaged(text: str) -> st.SearchStrategy[str]:
    """A text with some of its characters changed."""
    change = st.tuples(st.integers(0, len(text)), st.text(alphabet=NOISE, max_size=2))
    return st.lists(change, max_size=6).map(
        lambda changes: "".join(
            text[i : i + 1] + "".join(n for at, n in changes if at == i) for i in range(len(text))
        )
    )


relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


def survives(text: str) -> None:
    spec = read_markdown(text, "s.md")
    to_plain(spec, unsaid="null")
    read_markdown(to_markdown(spec), "s.md")
    read_yaml_text(to_yaml(spec), "s.yaml")


@given(
    st.lists(
        st.one_of(st.sampled_from(LINES), st.text(alphabet=NOISE + "abc id UUID", max_size=30)), max_size=40
    )
)
@settings(relaxed, max_examples=80)
def test_any_mixture_of_lines_is_read(lines: list[str]) -> None:
    survives("\n".join(lines))


@given(st.text(max_size=400))
@settings(relaxed, max_examples=80)
def test_any_yaml_is_read(text: str) -> None:
    read_yaml_text(text, "s.yaml")
    read_yaml_text("tables:\n  t:\n    columns:\n      - " + text.replace("\n", " "), "s.yaml")


SQL_WORDS = (
    *(
        "CREATE TABLE t (",
        "id uuid PRIMARY KEY",
        "REFERENCES u(id)",
        "CHECK (",
        "ALTER TABLE t ADD",
        "COLUMN",
    ),
    *("CREATE INDEX i ON t", "CREATE TYPE e AS ENUM ('a')", "DEFAULT", "'x'", '"q"', "$$", "--", "/*", "*/"),
    *(
        ",",
        "(",
        ")",
        ";",
        "\n",
        "ON DELETE",
        "CASCADE",
        "ENGINE=InnoDB",
        "[dbo].[x]",
        "COMMENT ON TABLE t IS",
    ),
)


@given(st.lists(st.one_of(st.sampled_from(SQL_WORDS), st.text(alphabet=NOISE, max_size=5)), max_size=30))
@settings(relaxed, max_examples=60)
def test_any_sql_is_read(words: list[str]) -> None:
    spec = read_texts({"s.sql": " ".join(words)})
    read_yaml_text(to_yaml(spec), "s.yaml")


@given(st.one_of(st.text(max_size=200), st.sampled_from(ANSWERS).flatmap(damaged)))
@settings(relaxed, max_examples=60)
def test_any_answers_are_read(text: str) -> None:
    read_answers(text, "a.yaml")


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_document_is_read(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    lines = chance.choice(DOCUMENTS).split("\n")
    for _ in range(10):
        at = chance.randrange(len(lines))
        cut = chance.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:cut] + chance.choice(NOISE) * chance.randint(1, 3) + lines[at][cut:]
    survives("\n".join(lines))


@pytest.mark.parametrize(
    "line",
    [
        "(" * 5_000,
        "| a " * 3_000,
        "- " * 500 + "x",
        "a" * 100_000,
        "'" * 5_000,
        "DEFAULT (" * 2_000,
        "CHECK ((((" * 1_000,
        "a, " * 20_000,
        "`" * 9_999,
        "a.b → " * 5_000,
        " " * 100_000 + "x",
        "id (a), " * 5_000,
        "'a' | " * 5_000,
    ],
)
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "## t\n\n- x: text ({})",
        "## t\n\n| Column | Type | Constraints |\n|---|---|---|\n| x | text | {} |",
        "```sql\nCREATE TABLE t (x text {})\n```",
        "```sql\nt (x text {}\n```",
        "# Tables\n\n- t (id uuid, {})\n\n**Fields**: {}",
        "## t\n- id: uuid\n\n### Indexes\n- {}\n\n### Constraints\n- {}",
    ],
)
def test_a_line_of_nonsense_takes_no_time(line: str, frame: str) -> None:
    survives(frame.replace("{}", line))


@pytest.mark.parametrize(
    ("head", "line", "end"),
    [
        ("```prisma\nmodel A {\n", "  x Int @id\n", "}\n```"),
        ("```dbml\nTable a {\n", "  id int [pk]\n", "}\n```"),
        ("```sql\nCREATE TABLE a (\n", "  id uuid,\n", ")\n```"),
        ("# T\n", "Table: t\n\n- id: uuid\n", ""),
        ("# T\n\n| Table | Column | Type |\n|---|---|---|\n", "| t | id | uuid |\n", ""),
    ],
)
def test_many_lines_are_read_in_one_go(head: str, line: str, end: str) -> None:
    survives(head + line * 5_000 + end)
