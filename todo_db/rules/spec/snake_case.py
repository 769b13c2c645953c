"""Names are in snake_case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.names import other_names, tables_and_columns
from todo_db.rules.tables import SIDE, Tables, words

RULE = HouseRule(
    code="TD313",
    name="snake-case",
    severity=Severity.WARNING,
    title="A name is not in snake_case",
    reason="""
PostgreSQL folds names to lower case unless they are quoted. `createdAt` works only as
`"createdAt"`, in each query, each migration and each policy; forgotten once it reads `column
"createdat" does not exist`. Spaces, dashes and leading digits need quotes too.

Tables that somebody else manages (Better Auth's `"emailVerified"`) are not held to this.
""",
    example="""
Wrong: `userId`, `Task`, `due-date`.

Right: `user_id`, `tasks`, `due_date`. In Python `Field(alias="userId")` keeps an API's spelling.
""",
)
_SNAKE = re.compile(r"[a-z_][a-z0-9_]*\Z")


def check(tables: Tables) -> Iterator[Finding]:
    """Names that would have to be quoted."""
    for name in chain(tables_and_columns(tables), other_names(tables)):
        if _SNAKE.match(name.text):
            continue
        better = "_".join(words(name.text))
        yield RULE.finding(
            name.kind,
            name.object,
            f"{name.kind} name {name.text} has to be quoted wherever it is used",
            [name.place],
            side=SIDE,
            stated=name.text,
            hint=f"call it {better}" if better else "use lower-case letters, digits and underscores",
        )
