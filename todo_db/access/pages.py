"""Keyset pagination: pages that begin where the last one ended, however long the list is."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import and_, false, or_
from sqlalchemy.sql.elements import ColumnElement

from todo_db.errors import UsageError

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows in order. next: what `after=` takes for the following page; None: there is none."""

    items: tuple[M, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """One column to order by. Nulls come last in both directions."""

    name: str
    column: ColumnElement[Any]
    nullable: bool
    descending: bool = False

    @property
    def clause(self) -> ColumnElement[Any]:
        directed = self.column.desc() if self.descending else self.column.asc()
        return directed.nulls_last() if self.nullable else directed

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """Rows that come after `value`."""
        if value is None:
            return false()
        later = self.column < value if self.descending else self.column > value
        return or_(later, self.column.is_(None)) if self.nullable else later

    def at(self, value: Any) -> ColumnElement[bool]:
        """Rows that are at `value`."""
        return self.column.is_(None) if value is None else self.column == value


def after(orders: Sequence[Order], values: Sequence[Any]) -> ColumnElement[bool]:
    """The rows behind the one with these values: (a > x) or (a = x and b > y) or …"""
    parts = []
    for position, order in enumerate(orders):
        same = [o.at(v) for o, v in zip(orders[:position], values, strict=False)]
        parts.append(and_(*same, order.beyond(values[position])))
    return or_(*parts)


def encode(orders: Sequence[Order], item: Any) -> str:
    """The place of an item as an opaque text, which holds the values ordered by and nothing else."""
    values = [_plain(getattr(item, order.name)) for order in orders]
    document = json.dumps([[_signature(o) for o in orders], values], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def decode(orders: Sequence[Order], text: str) -> list[Any]:
    """The values of a place. Raises UsageError for what `encode` did not make for this order."""
    try:
        made_for, values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if made_for != [_signature(o) for o in orders] or len(values) != len(orders):
            raise ValueError("made for another order")
        found = [_TYPES[kind](value) for kind, value in values]
        return [_fitting(order, value) for order, value in zip(orders, found, strict=True)]
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error) as error:
        raise UsageError(
            "`after` is not the end of a page in this order", hint="pass Page.next unchanged"
        ) from error


def _fitting(order: Order, value: Any) -> Any:
    """A value that the column can be compared with: a client gave the place back, and may have changed it."""
    if value is None:
        return None
    try:
        wanted = order.column.type.python_type
    except NotImplementedError:
        return value
    if issubclass(wanted, Enum):
        return wanted(value)
    numbers = (int, float, Decimal)
    fits = isinstance(value, wanted) or (wanted in (float, Decimal) and isinstance(value, numbers))
    if not fits or (isinstance(value, bool) and wanted is not bool):
        raise TypeError(f"no {wanted.__name__}")
    return value


def _signature(order: Order) -> str:
    return f"-{order.name}" if order.descending else order.name


def _plain(value: Any) -> tuple[str, Any]:
    """A value with the name of its type, as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float | str):
        return "as it is", value
    kind = type(value).__name__
    if kind not in _TYPES:
        raise UsageError(f"a page cannot end at a {kind}", hint="order by another column")
    return kind, value.isoformat() if hasattr(value, "isoformat") else str(value)


def _as_it_is(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise TypeError("no single value")
    return value


_TYPES: dict[str, Callable[[Any], Any]] = {
    "as it is": _as_it_is,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "UUID": UUID,
    "Decimal": Decimal,
}
