"""Puts the statements of a side into scratch: all in one round trip, or one by one to find what fails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.schema import Key, display

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One statement. what: the object that it makes, for messages. parts: the same in small, should it fail.

    ref: whatever the caller wants to find again in a `Failure`. rescue: what is built instead, then.
    """

    sql: str
    what: str = ""
    parts: tuple[Step, ...] = ()
    ref: object = None
    rescue: Step | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement that PostgreSQL refused, with its reason and, where something would help, what to do."""

    step: Step
    reason: str
    sqlstate: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What failed, and what was made only so that the rest could be built."""

    failures: tuple[Failure, ...] = ()
    stand_ins: frozenset[Key] = frozenset()
    extensions: frozenset[str] = frozenset()


# Words in DDL that only an extension gives a meaning.
_EXTENSIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words}|{re.escape(name)})\b", re.IGNORECASE))
    for name, words in (
        ("citext", "citext"),
        ("hstore", "hstore"),
        ("ltree", "ltree|lquery|ltxtquery"),
        ("vector", "vector|halfvec|sparsevec|ivfflat|hnsw"),
        ("postgis", "geometry|geography|st_[a-z]+"),
        ("cube", "cube"),
        ("isn", "ean13|isbn13?|issn13?|ismn13?|upc"),
        ("pg_trgm", "gin_trgm_ops|gist_trgm_ops|(?:word_|strict_word_)?similarity"),
        ("btree_gist", r"using gist"),
        ("unaccent", "unaccent"),
        ("uuid-ossp", r"uuid_generate_v[1345](?:mc)?"),
        ("pgcrypto", "crypt|gen_salt|digest|hmac|gen_random_bytes|pgp_[a-z_]+"),
    )
)

# What stands in for functions of an extension that scratch lacks: a default's stored text is the same.
_FUNCTIONS = {
    "uuid_generate_v1": ("uuid-ossp", "() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"),
    "uuid_generate_v1mc": ("uuid-ossp", "() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"),
    "uuid_generate_v4": ("uuid-ossp", "() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"),
    "gen_random_bytes": ("pgcrypto", "(integer) RETURNS bytea LANGUAGE sql AS 'SELECT ''''::bytea'"),
}

_NO_COLLATION = re.compile(r'collation "(?P<name>[^"]+)" for encoding')
_NO_TYPE = re.compile(r'type "(?P<name>[^"]+(?:"\."[^"]+)*)" does not exist')
_NO_FUNCTION = re.compile(r"function (?P<name>\w+)\(")
_NO_RELATION = re.compile(r'relation "(?P<name>.+)" does not exist')
_COUNTED = re.compile(r"\bnextval\s*\(\s*'((?:[^']|'')+)'", re.IGNORECASE)
_INSTALL = "set TODO_DB_PG_BIN or TODO_DB_SCRATCH_URL to a PostgreSQL that has the extension {}"


def build(connection: Connection, steps: Sequence[Step]) -> Outcome:
    """Run the statements in order; what fails is told, and the rest is built all the same."""
    wanted = wanted_extensions(step.sql for step in steps)
    if not wanted and _at_once(connection, steps):
        return Outcome()
    builder = _Builder(connection)
    for name in wanted:
        builder.extension(name)
    if wanted and _at_once(connection, steps):
        return Outcome(extensions=frozenset(builder.extensions))
    for step in steps:
        builder.run(step)
    return Outcome(tuple(builder.failures), frozenset(builder.stand_ins), frozenset(builder.extensions))


def wanted_extensions(texts: Iterable[str]) -> list[str]:
    """The extensions whose types, operator classes or functions the statements name."""
    everything = "\n".join(texts)
    return [name for name, words in _EXTENSIONS if words.search(everything)]


def _at_once(connection: Connection, steps: Sequence[Step]) -> bool:
    """All statements in one round trip, each in a message of its own; or, where one fails, none."""
    import psycopg

    failed = False
    try:
        with connection.pipeline() as pipeline:
            try:
                for sql in ("BEGIN", *(step.sql for step in steps), "COMMIT"):
                    connection.execute(sql, prepare=False)
                pipeline.sync()
            except psycopg.Error:
                failed = True  # an error that left the block would have psycopg log the ones that follow it
    except psycopg.Error:
        failed = True
        if connection.closed:
            raise
    if failed:
        connection.execute("ROLLBACK")
    return not failed


class _Builder:
    """Runs one statement after the other, and puts in what they lack where that changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.failures: list[Failure] = []
        self.stand_ins: set[Key] = set()
        self.extensions: set[str] = set()
        self.lacking: set[str] = set()

    def extension(self, name: str) -> None:
        """Create an extension if the server has it."""
        import psycopg
        from psycopg import sql

        try:
            self.connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
            self.extensions.add(name)
        except psycopg.Error:
            self.lacking.add(name)

    def run(self, step: Step) -> None:
        """One statement, mended where possible, else its parts, else a failure."""
        failure = self._try(step)
        while failure is not None and self._mend(failure):
            failure = self._try(step)
        if failure is None:
            return
        if not step.parts:
            self.failures.append(failure)
        for part in (*step.parts, *([step.rescue] if step.rescue else [])):
            self.run(part)

    def _try(self, step: Step) -> Failure | None:
        import psycopg

        try:
            # asking for binary results makes psycopg send one statement only, as in a pipeline
            self.connection.execute(step.sql, prepare=False, binary=True)
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            reason = (error.diag.message_primary or str(error)).strip()
            return Failure(step, reason, error.sqlstate or "", self._hint(step.sql))
        return None

    def _hint(self, text: str) -> str | None:
        needed = [name for name in wanted_extensions([text]) if name in self.lacking]
        return _INSTALL.format(", ".join(needed)) if needed else None

    def _mend(self, failure: Failure) -> bool:
        """Make a stand-in for a missing type, collation, function or sequence; False where none helps."""
        if failure.sqlstate == "42704" and (found := _NO_COLLATION.search(failure.reason)):
            return self._stand_in_collation(found["name"])
        if failure.sqlstate == "42704" and (found := _NO_TYPE.search(failure.reason)):
            return self._stand_in_type(found["name"])
        if failure.sqlstate == "42883" and (found := _NO_FUNCTION.search(failure.reason)):
            return self._stand_in_function(found["name"])
        if failure.sqlstate == "42P01" and (found := _NO_RELATION.search(failure.reason)):
            return self._stand_in_sequence(found["name"], failure.step.sql)
        return False

    def _stand_in_type(self, name: str) -> bool:
        """A type that nobody states is known by its name alone; a domain of that name has that name."""
        from psycopg import sql

        schema, _, bare = name.rpartition(".")
        key = Key("domain", display(schema or "public", bare))
        if key in self.stand_ins or self.lacking_type(bare):
            return False
        parts = [p for p in (schema, bare) if p]
        statement = sql.SQL("CREATE DOMAIN {} AS text").format(sql.Identifier(*parts))
        return self._make(key, statement)

    def lacking_type(self, name: str) -> bool:
        """Whether a type belongs to an extension that the server lacks: its meaning is unknown here."""
        return any(extension in self.lacking for extension in wanted_extensions([name]))

    def _stand_in_collation(self, name: str) -> bool:
        """A column's collation is known by its name; how it sorts matters to no definition."""
        from psycopg import sql

        key = Key("collation", display("public", name))
        if key in self.stand_ins:
            return False
        return self._make(key, sql.SQL('CREATE COLLATION {} FROM "C"').format(sql.Identifier(name)))

    def _stand_in_function(self, name: str) -> bool:
        key = Key("function", display("public", name))
        if name not in _FUNCTIONS or key in self.stand_ins:
            return False
        return self._make(key, f"CREATE FUNCTION public.{name}{_FUNCTIONS[name][1]}")

    def _stand_in_sequence(self, missing: str, text: str) -> bool:
        """A sequence that a default draws from is known by its name; what it counts is not said here."""
        from psycopg import sql

        for argument in _COUNTED.findall(text):
            parts = self._identifier(argument.replace("''", "'"))
            key = Key("sequence", display(*("public", *parts)[-2:]))
            if ".".join(parts) == missing and key not in self.stand_ins:
                return self._make(key, sql.SQL("CREATE SEQUENCE {}").format(sql.Identifier(*parts)))
        return False

    def _identifier(self, text: str) -> tuple[str, ...]:
        """The parts of a dotted name as PostgreSQL reads it; none where it is no name."""
        import psycopg

        try:
            row = self.connection.execute("SELECT parse_ident(%s)", [text]).fetchone()
        except psycopg.Error:
            return ()
        return tuple(row[0]) if row is not None else ()

    def _make(self, key: Key, statement: Any) -> bool:
        import psycopg

        try:
            self.connection.execute(statement)
        except psycopg.Error:
            return False
        self.stand_ins.add(key)
        return True
