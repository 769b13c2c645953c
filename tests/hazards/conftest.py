"""Projects with a history and a live database."""

from tests.support.histories import project

__all__ = ["project"]
