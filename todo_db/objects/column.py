"""Columns: type, nullability, default, identity, generation, collation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.casts import assignable, same_base, through
from todo_db.objects.change import Hazard, Statement
from todo_db.objects.member import Member
from todo_db.objects.names import literal, options, quote, reset_and_set
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, aside, fact

_REWRITE = (Hazard.REWRITES_TABLE, Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Member):
    kind: ClassVar[str] = "column"
    codes: ClassVar[Codes] = Codes("TD201", "TD202", "TD209")

    position: int = aside()  # rank among the table's columns, from 1, without gaps
    type: str = fact(code="TD203", rule="column-type")  # as format_type gives it
    nullable: bool = fact(code="TD204", rule="column-nullability")
    default: str | None = fact(None, code="TD205", rule="column-default", deparsed=True)
    # 'always' or 'by default', None for a column without identity
    identity: str | None = fact(None, code="TD206", rule="column-identity")
    # (start, increment, minimum, maximum, cache, cycle) of the identity's sequence
    identity_options: tuple[int, int, int, int, int, bool] | None = fact(
        None, code="TD206", rule="column-identity"
    )
    generated: str | None = fact(None, code="TD207", rule="column-generated", deparsed=True)
    generated_stored: bool | None = fact(None, code="TD207", rule="column-generated")
    collation: str | None = fact(None, code="TD208", rule="column-collation")  # None: the type's own
    comment: str | None = fact(None, severity="warning")
    not_null_valid: bool = fact(True)  # False: NOT NULL ... NOT VALID (PostgreSQL 18)
    not_null_no_inherit: bool = fact(False)
    # the name that somebody gave the NOT NULL constraint (PostgreSQL 18); None: one that PostgreSQL made
    not_null_name: str | None = fact(None, severity="warning")
    not_null_comment: str | None = fact(None, severity="warning")
    not_null_constraint: str | None = aside(None)  # its name in any case
    storage: str | None = fact(None, severity="warning")  # None: the type's own
    compression: str | None = fact(None, severity="warning")  # None: the server's default
    statistics: int | None = fact(None, severity="warning")  # None: the server's default
    options: tuple[str, ...] = fact((), severity="warning")  # 'n_distinct=-0.1', sorted
    foreign_options: tuple[str, ...] = fact(())  # OPTIONS of a foreign table's column, sorted

    @property
    def address(self) -> str:
        return f"COLUMN {quote(self.schema, self.table, self.name)}"

    def describe(self) -> str:
        return self.type

    @property
    def inline(self) -> str:
        """The column as CREATE TABLE and ADD COLUMN take it."""
        text = f"{quote(self.name)} {self.type}"
        if self.foreign_options:
            text += f" OPTIONS ({_foreign(self.foreign_options)})"
        if self.collation is not None:
            text += f" COLLATE {self.collation}"
        if self.default is not None:
            text += f" DEFAULT {self.default}"
        if self.generated is not None:
            text += (
                f" GENERATED ALWAYS AS ({self.generated}) {'STORED' if self.generated_stored else 'VIRTUAL'}"
            )
        if self.identity is not None:
            text += (
                f" GENERATED {self.identity.upper()} AS IDENTITY{_identity_options(self.identity_options)}"
            )
        if not self.nullable and self.not_null_valid:
            text += f"{self._named}NOT NULL" + (" NO INHERIT" if self.not_null_no_inherit else "")
        return text

    @property
    def _named(self) -> str:
        """What stands before NOT NULL."""
        return f" CONSTRAINT {quote(self.not_null_name)} " if self.not_null_name is not None else " "

    def create(self) -> list[Statement]:
        rewrites = self.identity is not None or (self.default is not None and _is_volatile(self.default))
        hazards = _REWRITE if rewrites or self.generated_stored else ()
        return [Statement(f"{self.alter_relation} ADD COLUMN {self.inline}", hazards), *self.details()]

    def details(self) -> list[Statement]:
        """What can only be said once the column is there."""
        result = []
        if not self.not_null_valid:
            result.append(f"{self.alter_relation} ADD{self._named}NOT NULL {quote(self.name)} NOT VALID")
        if self.not_null_comment is not None:
            result.append(self._comment_not_null())
        if self.storage is not None:
            result.append(f"{self._alter} SET STORAGE {self.storage.upper()}")
        if self.compression is not None:
            result.append(f"{self._alter} SET COMPRESSION {self.compression}")
        if self.statistics is not None:
            result.append(f"{self._alter} SET STATISTICS {self.statistics}")
        if self.options:
            result.append(f"{self._alter} SET ({options(self.options)})")
        return plain(result) + comment_if_any(self)

    def drop(self) -> list[Statement]:
        text = f"{self.alter_relation} DROP COLUMN {quote(self.name)}"
        return [Statement(text, (Hazard.LOSES_DATA, Hazard.BREAKS_CODE))]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        if "generated" in changed or "generated_stored" in changed:
            return self.generated_stored is True and to.generated is None
        return "not_null_no_inherit" not in changed or to.nullable

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        retyped = bool(changed & {"type", "collation"})
        recast = retyped and self.default is not None and not same_base(self.type, to.type)
        texts = []
        if self.generated is not None and to.generated is None:
            texts.append(f"{self._alter} DROP EXPRESSION")
        if self.identity is not None and to.identity is None:
            texts.append(f"{self._alter} DROP IDENTITY")
        if self.default is not None and (recast or ("default" in changed and to.default is None)):
            texts.append(f"{self._alter} DROP DEFAULT")
        if ("nullable" in changed and to.nullable) or ("not_null_valid" in changed and not to.not_null_valid):
            texts.append(f"{self._alter} DROP NOT NULL")
        result = plain(texts)
        if retyped:
            result += self._retype(to)
        if to.default is not None and (recast or "default" in changed):
            result.append(Statement(f"{self._alter} SET DEFAULT {to.default}"))
        result += self._not_null(to, changed) + self._rename_not_null(to, changed)
        result += self._reidentify(to, changed)
        return result + self._redetail(to, changed) + recomment(to, changed)

    @property
    def _alter(self) -> str:
        return f"{self.alter_relation} ALTER COLUMN {quote(self.name)}"

    def _retype(self, to: Self) -> list[Statement]:
        text = f"{self._alter} TYPE {to.type}"
        if to.collation is not None:
            text += f" COLLATE {to.collation}"
        if not assignable(self.type, to.type) and self.relation_kind == "table":
            text += f" USING {quote(self.name)}::{through(self.type, to.type)}{to.type}"
        return [Statement(text, (*_REWRITE, Hazard.BREAKS_CODE))]

    def _not_null(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        if to.nullable or not changed & {"nullable", "not_null_valid"}:
            return []
        if not to.not_null_valid:
            return plain([f"{self.alter_relation} ADD{to._named}NOT NULL {quote(self.name)} NOT VALID"])
        text = f"{self._alter} SET NOT NULL"
        if to.not_null_name is not None and self.nullable:
            text = f"{self.alter_relation} ADD{to._named}NOT NULL {quote(self.name)}"
        return plain([text], Hazard.SCANS_TABLE, Hazard.BLOCKS_READS)

    def _rename_not_null(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        """The name and the comment of a NOT NULL constraint."""
        texts = []
        if to.nullable:
            return []
        if "not_null_name" in changed and not self.nullable and self.not_null_constraint is not None:
            name = to.not_null_name or to.not_null_constraint or f"{self.table}_{self.name}_not_null"
            names = f"{quote(self.not_null_constraint)} TO {quote(name)}"
            texts.append(f"{self.alter_relation} RENAME CONSTRAINT {names}")
        if "not_null_comment" in changed:
            texts.append(to._comment_not_null())
        return plain(texts)

    def _comment_not_null(self) -> str:
        name = self.not_null_name or self.not_null_constraint or f"{self.table}_{self.name}_not_null"
        return f"COMMENT ON CONSTRAINT {quote(name)} ON {self.relation} IS {literal(self.not_null_comment)}"

    def _reidentify(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        if to.identity is None or not changed & {"identity", "identity_options"}:
            return []
        if self.identity is None:
            generation = f"GENERATED {to.identity.upper()} AS IDENTITY"
            return plain([f"{self._alter} ADD {generation}{_identity_options(to.identity_options)}"])
        text = f" SET GENERATED {to.identity.upper()}" if "identity" in changed else ""
        if "identity_options" in changed and to.identity_options is not None:
            text += "".join(f" SET {option}" for option in _options_of_identity(to.identity_options))
        return plain([self._alter + text])

    def _redetail(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        """Storage, compression, statistics and options, as far as they differ."""
        result = []
        if "storage" in changed:
            result.append(f"{self._alter} SET STORAGE {(to.storage or 'default').upper()}")
        if "compression" in changed:
            result.append(f"{self._alter} SET COMPRESSION {to.compression or 'default'}")
        if "statistics" in changed:
            result.append(f"{self._alter} SET STATISTICS {-1 if to.statistics is None else to.statistics}")
        if "options" in changed:
            result += reset_and_set(self._alter, self.options, to.options)
        if "foreign_options" in changed:
            result.append(
                f"{self._alter} OPTIONS ({foreign_changes(self.foreign_options, to.foreign_options)})"
            )
        return plain(result)


def _options_of_identity(values: tuple[int, int, int, int, int, bool]) -> list[str]:
    start, increment, minimum, maximum, cache, cycle = values
    return [
        f"START WITH {start}",
        f"INCREMENT BY {increment}",
        f"MINVALUE {minimum}",
        f"MAXVALUE {maximum}",
        f"CACHE {cache}",
        "CYCLE" if cycle else "NO CYCLE",
    ]


def _identity_options(values: tuple[int, int, int, int, int, bool] | None) -> str:
    """The options in parentheses, without those that every identity has by itself."""
    if values is None:
        return ""
    usual = {"START WITH 1", "INCREMENT BY 1", "MINVALUE 1", "CACHE 1", "NO CYCLE"}
    usual |= {f"MAXVALUE {2**bits - 1}" for bits in (15, 31, 63)}
    said = [option for option in _options_of_identity(values) if option not in usual]
    return f" ({' '.join(said)})" if said else ""


def _is_volatile(default: str) -> bool:
    """Whether a default has to be computed row by row; anything that is called counts, now() does not."""
    return "(" in default and default not in {"now()", "CURRENT_TIMESTAMP", "CURRENT_DATE"}


def _foreign(entries: tuple[str, ...]) -> str:
    pairs = (entry.partition("=") for entry in entries)
    return ", ".join(f"{quote(name)} {literal(value)}" for name, _, value in pairs)


def foreign_changes(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """What stands in OPTIONS (…) to turn the options of a foreign object into others."""
    old, new = (dict(e.partition("=")[::2] for e in entries) for entries in (before, after))
    parts = [f"DROP {quote(name)}" for name in old if name not in new]
    parts += [f"SET {quote(n)} {literal(v)}" for n, v in new.items() if n in old and old[n] != v]
    parts += [f"ADD {quote(n)} {literal(v)}" for n, v in new.items() if n not in old]
    return ", ".join(parts)
