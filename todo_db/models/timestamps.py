"""When a row was made and changed: set by the application, and by the database for all else that writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Field


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


def created() -> Any:
    """The field `created_at`."""
    return Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})


def updated() -> Any:
    """The field `updated_at`; SQLAlchemy refreshes it with every UPDATE."""
    return Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )
