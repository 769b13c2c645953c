"""Fixtures of the fault tests."""

from tests.support.histories import project

__all__ = ["project"]
