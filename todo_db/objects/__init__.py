"""Every kind of database object that is read, compared and changed, one file each.

`KINDS` and `BY_KIND` are imported with the first use: all files together take longer than a kept result takes
to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from todo_db.objects.kinds import BY_KIND as BY_KIND
    from todo_db.objects.kinds import KINDS as KINDS


def __getattr__(name: str) -> object:
    """`KINDS`, `BY_KIND` or the class of a kind."""
    if name.startswith("_") or name.islower():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("todo_db.objects.kinds"), name)
