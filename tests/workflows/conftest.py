"""The fixture that gives a project with a history."""

from tests.support.histories import project

__all__ = ["project"]
