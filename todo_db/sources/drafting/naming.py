"""Names as SQL and as PostgreSQL keeps them."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(*parts: str) -> str:
    """A dotted identifier, every part quoted."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def listed(names: Iterable[str]) -> str:
    """Identifiers in a list, quoted."""
    return ", ".join(quoted(n) for n in names)


def literal(text: str) -> str:
    """A string constant."""
    escaped = text.replace("'", "''")
    return "E'" + escaped.replace("\\", "\\\\") + "'" if "\\" in text else f"'{escaped}'"


def split_name(name: str) -> tuple[str, str]:
    """Schema and bare name of a table or type; the schema is `public` where none is said."""
    schema, _, bare = name.rpartition(".")
    return schema or "public", bare


def cut(name: str) -> str:
    """A name as PostgreSQL keeps it: its first 63 bytes."""
    return name.encode()[:63].decode(errors="ignore")


class Names:
    """The names in use, by schema; gives free ones."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def reserve(self, schema: str, name: str) -> None:
        """Mark a name as taken."""
        self._taken.add((schema, cut(name)))

    def automatic(self, schema: str, table: str, columns: Iterable[str], suffix: str) -> str:
        """A free name in PostgreSQL's own manner: `tasks_user_id_fkey`."""
        base = "_".join((table, *columns)).encode()[: 63 - len(suffix) - 4].decode(errors="ignore")
        name, number = f"{base}_{suffix}", 0
        while (schema, name) in self._taken:
            number += 1
            name = f"{base}_{suffix}{number}"
        self.reserve(schema, name)
        return name
