"""Headings that take what is below them out, and headings that only look like it."""

from __future__ import annotations

import pytest

from todo_db.spec.markdown import Heading
from todo_db.spec.sections import reason


@pytest.mark.parametrize(
    ("heading", "why"),
    [
        ("Future Enhancements", "about the future"),
        ("Phase II: PostgreSQL (Future)", "about the future"),
        ("Out of Scope", "about the future"),
        ("Additional Indexes (Optional)", "optional"),
        ("Sample Data", "an example"),
        ("Example Rows", "an example"),
        ("Query Patterns", "about queries"),
        ("Index Usage", "about queries"),
        ("TypeScript Type", "about an interface"),
        ("Request/Response Models", "about an interface"),
        ("Sample SQL Schema", None),
        ("Composite Indexes for Common Queries", None),
        ("tasks (Phase 2)", None),
        ("Phase III", None),
        ("User Model", None),
        ("Migration Strategy", None),
    ],
)
def test_why_a_part_states_nothing(heading: str, why: str | None) -> None:
    assert reason(Heading(2, heading, 1, heading)) == why


def test_a_name_in_code_marks_is_always_a_name() -> None:
    assert reason(Heading(3, "examples", 1, "`examples`")) is None
