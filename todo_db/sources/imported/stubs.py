"""Stand-ins for tables that the models reference and do not define, so that the rest can be built."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from todo_db.sources.imported import BadModelsError
from todo_db.sources.imported.watch import Watch, text

_MARK = "todo_db_stub"


def is_stub(table: sa.Table) -> bool:
    """Whether a table was made here."""
    return bool(table.info.get(_MARK))


def make(metadata: sa.MetaData, watch: Watch) -> list[dict[str, Any]]:
    """Add what is missing to the metadata; tells of each table what referenced it, and where.

    Raises BadModelsError for a reference to a column that its table does not have.
    """
    result = []
    for table in list(metadata.tables.values()):
        for constraint in sorted(table.foreign_key_constraints, key=lambda c: str(c.column_keys)):
            missing = [e for e in constraint.elements if not _resolves(e, watch)]
            if missing:
                result.append(_stub(metadata, missing, watch))
    return result


def _resolves(element: sa.ForeignKey, watch: Watch) -> bool:
    try:
        return element.column is not None
    except sa.exc.NoReferencedTableError:
        return False
    except sa.exc.NoReferencedColumnError:
        column: Any = element.parent
        raise BadModelsError(
            f"{column.table.fullname}.{column.name} references {element.target_fullname}, "
            "a column that the table does not have",
            where=text(watch.column_place(column)),
        ) from None


def _stub(metadata: sa.MetaData, elements: list[sa.ForeignKey], watch: Watch) -> dict[str, Any]:
    """The referenced table with the referenced columns, of the types of those that refer to them."""
    target, names = "", []
    for element in elements:
        target, _, name = element.target_fullname.rpartition(".")
        names.append(name)
    schema, _, bare = target.rpartition(".")
    table = metadata.tables.get(target)
    if table is None:
        table = sa.Table(bare, metadata, schema=schema or None, info={"external": True, _MARK: True})
    for name, element in zip(names, elements, strict=True):
        type_ = element.parent.type
        if name not in table.columns:
            table.append_column(sa.Column(name, sa.Text() if isinstance(type_, sa.types.NullType) else type_))
    table.append_constraint(sa.UniqueConstraint(*names))
    column: Any = elements[0].parent
    return {
        "schema": schema or metadata.schema or "public",
        "name": bare,
        "by": f"{column.table.fullname}.{column.name}",
        "place": watch.column_place(column),
    }
