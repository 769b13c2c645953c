"""What raw SQL of a user session must not do: change whose rows the transaction sees."""

from __future__ import annotations

import re

# Strings (also of dollars), quoted names, comments, and what is left: words and single signs.
_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
      |(?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      |(?P<name>"(?:[^"]|"")*")
      |(?P<word>\w+)
      |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_BEGINS = frozenset(
    {"select", "with", "insert", "update", "delete", "merge", "values", "table", "explain", "lock", "notify"}
    | {"refresh", "analyze"}
)
# In whatever form they stand there, a string that some function runs among them.
_NEVER = re.compile(r"set_config|pg_settings|\bU&", re.IGNORECASE)


def changes_scope(sql: str) -> str | None:
    """What in the text could change whose rows are seen; None: nothing.

    One statement that reads or writes rows passes. It may call the application's functions: they are known to
    whoever wrote the text.
    """
    if found := _NEVER.search(sql):
        return found[0]
    first = None
    ended = False
    for token in _TOKEN.finditer(sql):
        kind, text = token.lastgroup, token[0]
        if kind == "skip" or (text == "(" and first is None):
            continue
        if ended:
            return "a second statement"
        if first is None:
            first = text.lower()
        ended = text == ";"
    return None if first in _BEGINS else (first or "an empty text").upper()
