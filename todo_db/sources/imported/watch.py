"""Notes where tables and classes are made while the models are imported, and keeps them off databases."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import default as engine_default
from sqlalchemy.orm import Mapper

from todo_db.sources.imported.places import Line, Places

_CREATE_ALL = sa.MetaData.create_all
_OWN_FOLDER = str(Path(__file__).parent)


class Watch:
    """Begin before the models are imported; afterwards it tells places."""

    def __init__(self, is_installed: Callable[[str], bool]) -> None:
        self._is_installed = is_installed
        self._made: dict[str, Line] = {}
        self._mappers: dict[str, list[Mapper[Any]]] = {}  # by table, whichever copy of it is asked about
        self._places = Places()
        event.listen(sa.Table, "after_parent_attach", self._table_made)
        event.listen(Mapper, "after_mapper_constructed", self._class_mapped)
        _keep_off_databases()

    def end(self) -> None:
        """From here on metadata can be created again (on a stand-in for an engine)."""
        sa.MetaData.create_all = _CREATE_ALL  # type: ignore[method-assign]

    def _table_made(self, table: sa.Table, _: object) -> None:
        line = self._user_line()
        if line is not None:
            self._made.setdefault(table.fullname, line)

    def _class_mapped(self, mapper: Mapper[Any], _: type) -> None:
        if isinstance(mapper.local_table, sa.Table):
            self._mappers.setdefault(mapper.local_table.fullname, []).append(mapper)

    def _user_line(self) -> Line | None:
        """The line of the user's own code that is running."""
        frame: Any = sys._getframe(2)
        while frame is not None:
            path = frame.f_code.co_filename
            if not self._is_installed(path) and not path.startswith(_OWN_FOLDER):
                return Line(path, frame.f_lineno)
            frame = frame.f_back
        return None

    # ---- telling ----

    def class_of(self, table: sa.Table) -> type | None:
        """The class that is mapped to a table; of several (inheritance) the base."""
        mappers = self._mappers.get(table.fullname)
        return mappers[0].class_ if mappers else None

    def attribute(self, column: sa.Column[Any]) -> tuple[type | None, str]:
        """The class and the name of the field that stands for a column."""
        mappers = self._mappers.get(column.table.fullname, [])
        for mapper in mappers:
            for key, mapped in mapper.columns.items():
                if mapped.name == column.name and mapped.table.fullname == column.table.fullname:
                    return mapper.class_, str(key)
        return (mappers[0].class_ if mappers else None), column.key

    def table_place(self, table: sa.Table) -> Line | None:
        """The `class` statement, or the line on which `Table(…)` was called."""
        made, cls = self._made.get(table.fullname), self.class_of(table)
        return (self._places.of_class(cls, made.line if made else None) if cls else None) or made

    def column_place(self, column: sa.Column[Any]) -> Line | None:
        """The field, wherever in the class's bases it stands, or the `Column(…)` within `Table(…)`."""
        cls, name = self.attribute(column)
        if cls is not None:
            return self._places.of_field(cls, name)
        made = self._made.get(column.table.fullname)
        return self._places.of_call_argument(made, (column.name,), leading=True) if made else None

    def member_place(self, table: sa.Table, item: Any, name: str | None, columns: list[str]) -> Line | None:
        """Where a constraint or index stands: found by its name, else by what it is on or its only column."""
        if name and (found := self._argument(table, (name,))) is not None:
            return found
        words = (str(item.sqltext),) if isinstance(item, sa.CheckConstraint) else tuple(columns)
        if words and (found := self._argument(table, words, type(item).__name__)) is not None:
            return found
        if len(columns) == 1 and columns[0] in table.columns:
            return self.column_place(table.columns[columns[0]])
        return self.table_place(table)

    def enum_place(self, cls: type) -> Line | None:
        """The `class` statement of a Python enum."""
        return self._places.of_class(cls)

    def where(self, table: str) -> str | None:
        """`path:line` of the table of that name, for an error."""
        return text(self._made.get(table))

    def _argument(self, table: sa.Table, words: tuple[str, ...], callee: str = "") -> Line | None:
        cls = self.class_of(table)
        if cls is not None:
            return self._places.of_table_argument(cls, words, callee)
        made = self._made.get(table.fullname)
        return self._places.of_call_argument(made, words, callee) if made else None


def text(line: Line | None) -> str | None:
    """`path:line`."""
    return f"{line.path}:{line.line}" if line else None


def _keep_off_databases() -> None:
    """Importing models must not reach a database: creating tables is skipped, connecting refused."""

    def create_all(*_: object, **__: object) -> None:
        return None

    def connect(*_: object, **__: object) -> None:
        raise RuntimeError(
            "the models open a database connection while they are imported; do that in a function"
        )

    sa.MetaData.create_all = create_all  # type: ignore[method-assign]
    engine_default.DefaultDialect.connect = connect  # type: ignore[method-assign,assignment]
