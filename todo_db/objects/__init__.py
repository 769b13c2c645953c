"""Every kind of database object that is read, compared and changed, one file each."""

from __future__ import annotations

from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.objects.exclusion import Exclusion
from todo_db.objects.extension import Extension
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.index import Index
from todo_db.objects.namespace import Namespace
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.objects.unique import Unique
from todo_db.schema import DbObject

# In the order in which they are created; they are dropped in the reverse order.
KINDS: tuple[type[DbObject], ...] = (
    Namespace,
    Extension,
    Enum,
    Domain,
    Sequence,
    Table,
    Column,
    PrimaryKey,
    Unique,
    Exclusion,
    Check,
    Index,
    ForeignKey,
)

BY_KIND: dict[str, type[DbObject]] = {cls.kind: cls for cls in KINDS}
