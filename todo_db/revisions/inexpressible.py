"""What SQLAlchemy and Alembic have no words for."""

from __future__ import annotations


class InexpressibleError(Exception):
    """Raised by a renderer; the change is then written as SQL, with this reason as its comment."""
