"""What the defining notations have stated, so that lists and sentences can be read against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from todo_db.spec import names
from todo_db.spec.grouping import DEFINING_FACTS, Grouping
from todo_db.spec.markdown import Context
from todo_db.spec.source import Source
from todo_db.spec.statements import Statement, TableName


@dataclass(frozen=True, slots=True)
class Known:
    """The tables of a document, the spellings of their names, and their columns (by lower-case name)."""

    grouping: Grouping
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    having: dict[str, list[str]] = field(default_factory=dict)  # the tables that have a column
    _above: dict[int, tuple[str | None, Context]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, statements: Iterable[Statement], grouping: Grouping) -> Known:
        columns: dict[str, dict[str, str]] = {}
        for statement in statements:
            if statement.table is not None and statement.fact in DEFINING_FACTS:
                table = grouping.canonical.get(statement.table.text)
                if table is not None:
                    known = columns.setdefault(table, {})
                    if statement.column:
                        known.setdefault(statement.column.lower(), statement.column)
        by_key: dict[str, str] = {}
        having: dict[str, list[str]] = {}
        for table, known in columns.items():
            by_key.setdefault(names.key(table), table)
            for column in known:
                having.setdefault(column, []).append(table)
        return cls(grouping, columns, by_key, having)

    def table(self, word: str) -> str | None:
        """The table that a word means, in singular or plural; None where the document states none."""
        if word in self.columns:
            return word
        return self.by_key.get(names.key(word))

    def named(self, name: TableName | None) -> str | None:
        return None if name is None else self.table(self.grouping.canonical.get(name.text, name.text))

    def above(self, source: Source, context: Context) -> str | None:
        """The table that the headings above a block mean, of those that the document states."""
        if id(context) not in self._above:
            called = source.namer.candidates(context)
            table = next((t for name in called if (t := self.named(name))), None)
            self._above[id(context)] = (table, context)  # kept, so that no other gets its id
        return self._above[id(context)][0]

    def column(self, table: str | None, word: str) -> str | None:
        """The column that a word (`user_id`, `User ID`, `Due date`) means."""
        if table is None:
            return None
        known = self.columns.get(table, {})
        low = word.strip().lower()
        found = known.get(low) or known.get(re.sub(r"[\s-]+", "_", low))
        return found or (known.get(names.snake(word)) if low != word else None)  # `createdAt`

    def all_columns(self, table: str | None) -> set[str]:
        """The columns of a table, or of all tables."""
        if table is not None:
            return set(self.columns.get(table, {}))
        return {c for columns in self.columns.values() for c in columns}

    def leading_column(self, table: str | None, text: str) -> str | None:
        """The column whose name a text begins with: `completed status for filtering`, `Due date must be
        …`."""
        words = re.findall(r"[^\W_][\w]*", text)[:4]
        for count in range(len(words), 0, -1):
            if found := self.column(table, "_".join(words[:count])):
                return found
        return None

    def table_of_columns(self, wanted: Iterable[str]) -> str | None:
        """The only table that has all these columns."""
        listed = [c.lower() for c in wanted]
        shortest = min((self.having.get(c, []) for c in listed), key=len, default=[])
        having = [t for t in shortest[:2000] if all(c in self.columns[t] for c in listed)]
        return having[0] if len(having) == 1 else None

    def table_in_name(self, name: str) -> str | None:
        """The table whose name stands in that of an index or a constraint: `idx_tasks_user_id`,
        `fk_task_user`."""
        parts = re.split(r"_+", name.lower())
        for length in (3, 2, 1):
            for start in range(len(parts) - length + 1):
                if found := self.table("_".join(parts[start : start + length])):
                    return found
        return None

    def columns_in_name(self, table: str, name: str) -> tuple[str, ...]:
        """The single column that follows the table's name in that of a constraint: `fk_tasks_user_id`."""
        low = name.lower()
        for column in sorted(self.columns.get(table, {}), key=len, reverse=True):
            if low.endswith("_" + column):
                return (self.columns[table][column],)
        return ()

    def columns_spelled(self, table: str, name: str) -> tuple[str, ...]:
        """The columns that the name of an index is made of, when it is nothing but them and the table:
        `idx_tasks_user_id`, `tasks_user_id_status_idx`; none where a part is left over or it can be parted in
        two ways."""
        parts = re.sub(r"\A(?:idx|ix|index)_|_(?:idx|ix|index)\Z", "", name.lower()).split("_")
        columns = self.columns.get(table, {})
        for length in range(1, len(parts)):
            if self.table("_".join(parts[:length])) == table:
                found = list(_parted(tuple(parts[length:]), columns))
                return tuple(columns[c] for c in found[0]) if len(found) == 1 else ()
        return ()

    def tables_in(self, sentence: str) -> list[str]:
        """The tables that a sentence mentions, in order of first mention."""
        found: dict[str, None] = {}
        for word in re.findall(r"[^\W\d]\w*", sentence):
            if table := self.table(word):
                found.setdefault(table)
        return list(found)


def _parted(parts: tuple[str, ...], columns: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """The ways in which words make the names of columns."""
    if not parts:
        yield ()
    for length in range(1, len(parts) + 1):
        if (head := "_".join(parts[:length])) in columns:
            yield from ((head, *rest) for rest in _parted(parts[length:], columns))
