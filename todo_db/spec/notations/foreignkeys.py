"""Foreign keys in items of lists: `tasks.user_id → users.id`, 'user_id references users(id) with cascade
delete'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from todo_db.findings import Place
from todo_db.spec.constraints import ACTION, TARGET, action, read, target_of
from todo_db.spec.document import ReferenceSpec
from todo_db.spec.known import Known
from todo_db.spec.statements import Notation, Statement, TableName
from todo_db.spec.topics import Topic

NOT_ENFORCED = re.compile(
    r"\blogical(?:ly)?\b|not\s+enforced|\bno\s+(?:database|db)[- ]level|\bno\s+foreign\s+key|"
    r"without\s+(?:a\s+)?foreign\s+key|application[- ]level\s+(?:only|reference)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list with what its surroundings say."""

    text: str
    table: str | None
    topic: Topic
    place: Place
    known: Known
    denied: bool = False  # the label says that the keys below it are not enforced

    def about(self, table: str, fact: str, value: object, column: str = "") -> Statement:
        return Statement(TableName(table), fact, value, self.place, Notation.LIST, column)


def cascade_item(text: str) -> str | None:
    """`Cascade: DELETE (…)`, `On Delete: CASCADE` beside a foreign key of the same list."""
    if found := re.match(
        rf"(?i)\A(?:on\s+delete|cascade(?:\s+(?:rule|behaviou?r|delete))?|delete(?:\s+rule)?)\s*[:：]\s*(?P<rule>{ACTION}|delete|yes)",
        text,
    ):
        rule = found["rule"].lower()
        return "cascade" if rule in ("delete", "yes") else action(rule)
    return "no action" if re.match(r"(?i)\A(?:there\s+(?:is|are)\s+)?no\s+cascad(?:e|ing)\b", text) else None


_ARROW = re.compile(
    r"(?<!\w)(?:(?P<own>\w{1,128})\.)?(?P<column>\w{1,128})(?!\w)\)?(?P<between>[^→;]{0,60}?)(?:→|->|=>|\breferenc\w+|\brefers?\s+to\b|\bpoints?\s+to\b|\blinks?\s+to\b|\bforeign\s+key\s+(?:reference\s+)?(?:to|of)\b|\bto\b)\s*(?:(?:an?|the|existing|valid|in|column|table|id|of)\s+)*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)


def foreign_keys(item: ListItem) -> Iterator[Statement]:
    """`tasks.user_id → users.id ON DELETE CASCADE`, 'user_id references users(id) with cascade delete'."""
    text = re.sub(
        r"(?i)\A(?:foreign\s+key\s*[:：]?\s*(?:constraint\s*)?(?:from\s+)?|from\s+)\(?", "", item.text
    )
    for found in _ARROW.finditer(text):
        table = item.known.table(found["own"]) if found["own"] else item.table
        table = table or item.known.table_of_columns([found["column"]])
        column = item.known.column(table, found["column"])
        if table is None or column is None:
            continue
        if item.denied or NOT_ENFORCED.search(item.text):
            yield item.about(table, "references", None, column)
            return
        reference = _target(found["rest"], item.known)
        if reference is not None:
            yield item.about(table, "references", reference, column)
            for fact in read(text[found.start("rest") :]):
                if fact.name in ("on_delete", "fk_on_update"):
                    yield item.about(table, fact.name, fact.value, column)
            return


def _target(text: str, known: Known) -> ReferenceSpec | None:
    """The table and column that a text begins with; a bare table has to be known."""
    if found := re.match(TARGET, text):
        reference = target_of(found)
        return (
            reference
            if known.table(reference.table)
            or found["columns2"]
            or "_" in reference.columns[0]
            or reference.columns == ("id",)
            else None
        )
    word = re.match(r"(\w+)", text)
    table = known.table(word.group(1)) if word else None
    return ReferenceSpec(table=table) if table else None
