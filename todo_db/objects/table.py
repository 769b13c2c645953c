"""Tables; their columns, constraints and indexes are objects of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import CannotChangeError, Hazard, Statement
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint
from todo_db.objects.names import options, quote, requote, reset_and_set
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, DbObject, Key, display, fact, ident

_NEVER = frozenset({"partition_key", "access_method"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(DbObject):
    kind: ClassVar[str] = "table"
    codes: ClassVar[Codes] = Codes("TD211", "TD212", "TD213")

    schema: str = ident()
    name: str = ident()
    comment: str | None = fact(None, severity="warning")
    unlogged: bool = fact(False)
    row_security: bool = fact(False)
    force_row_security: bool = fact(False)
    partition_key: str | None = fact(None, deparsed=True)  # pg_get_partkeydef: 'RANGE (at)'
    partition_of: str | None = fact(None)  # the displayed name of the partitioned table
    partition_bound: str | None = fact(None, deparsed=True)  # 'FOR VALUES FROM (…) TO (…)' or 'DEFAULT'
    detaching: bool = fact(False)  # DETACH PARTITION … CONCURRENTLY that never came to its end
    inherits: tuple[str, ...] = fact(())  # displayed names, in order
    of_type: str | None = fact(None)  # CREATE TABLE … OF
    access_method: str | None = fact(None, severity="warning")  # None: heap
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    options: tuple[str, ...] = fact((), severity="warning")  # 'fillfactor=70', sorted
    toast_options: tuple[str, ...] = fact((), severity="warning")
    replica_identity: str = fact("default", severity="warning")  # 'full', 'nothing', 'index <name>'
    clustered_on: str | None = fact(None, severity="warning")  # the name of an index

    @property
    def relation(self) -> str:
        """The table as SQL: 'public."Order"'."""
        return quote(self.schema, self.name)

    @property
    def address(self) -> str:
        return f"TABLE {self.relation}"

    @property
    def above(self) -> tuple[Key, ...]:
        """The tables that it is a partition of or inherits from."""
        names = (*self.inherits, *([self.partition_of] if self.partition_of else []))
        return tuple(Key("table", name) for name in names)

    def create(self, members: Sequence[DbObject] = ()) -> list[Statement]:
        """CREATE TABLE with its columns, keys and checks in one statement.

        A partition is made as a table of its own; `attach` puts it in its place once its indexes are there.
        """
        columns = sorted((m for m in members if isinstance(m, Column)), key=lambda c: c.position)
        constraints = [m for m in members if isinstance(m, Constraint)]
        lines = [c.inline for c in columns] + [c.inline for c in constraints]
        text = f"CREATE {'UNLOGGED ' if self.unlogged else ''}{self.address} {_block(lines)}{self._tail()}"
        details = [s for column in columns for s in column.details()]
        comments = [s for constraint in constraints for s in comment_if_any(constraint)]
        return [Statement(text), *self._security(), *comment_if_any(self), *details, *comments]

    def _tail(self) -> str:
        """What follows the parenthesis."""
        text = f" INHERITS ({', '.join(map(requote, self.inherits))})" if self.inherits else ""
        if self.partition_key is not None:
            text += f" PARTITION BY {self.partition_key}"
        if self.access_method is not None:
            text += f" USING {quote(self.access_method)}"
        parameters = [*self.options, *(f"toast.{option}" for option in self.toast_options)]
        if parameters:
            text += f" WITH ({options(parameters)})"
        return text + (f" TABLESPACE {quote(self.tablespace)}" if self.tablespace is not None else "")

    def _security(self) -> list[Statement]:
        words = ["ENABLE"] * self.row_security + ["FORCE"] * self.force_row_security
        return plain(f"ALTER {self.address} {word} ROW LEVEL SECURITY" for word in words)

    def attach(self) -> list[Statement]:
        """Makes the table a partition."""
        if self.partition_of is None:
            return []
        refuse_detaching(self.detaching)
        whole = f"ALTER TABLE {requote(self.partition_of)}"
        text = f"{whole} ATTACH PARTITION {self.relation} {self.partition_bound}"
        return [Statement(text, (Hazard.SCANS_TABLE,))]

    def finish(self) -> list[Statement]:
        """What needs the table's indexes: the replica identity and the index that it is clustered on."""
        result = [f"ALTER {self.address} OF {self.of_type}"] if self.of_type is not None else []
        if self.replica_identity != "default":
            result.append(self._identify())
        if self.clustered_on is not None:
            result.append(f"ALTER {self.address} CLUSTER ON {quote(self.clustered_on)}")
        return plain(result)

    def _identify(self) -> str:
        how = self.replica_identity
        how = f"USING {how.upper()[:5]}{how[5:]}" if how.startswith("index ") else how.upper()
        return f"ALTER {self.address} REPLICA IDENTITY {how}"

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.LOSES_DATA, Hazard.BREAKS_CODE))]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return True

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        if changed & _NEVER:
            facts = ", ".join(sorted(changed & _NEVER)).replace("_", " ")
            raise CannotChangeError(
                f"PostgreSQL cannot change the {facts} of a table",
                "Make a new table, copy the rows, and put it in the old one's place.",
            )
        return [*self._relocate(to, changed), *self._switch(to, changed), *recomment(to, changed)]

    def _switch(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        """Row level security, storage parameters, replica identity, clustering."""
        target = f"ALTER {self.address}"
        texts = []
        if "row_security" in changed:
            texts.append(f"{target} {'ENABLE' if to.row_security else 'DISABLE'} ROW LEVEL SECURITY")
        if "force_row_security" in changed:
            texts.append(f"{target} {'FORCE' if to.force_row_security else 'NO FORCE'} ROW LEVEL SECURITY")
        if "options" in changed:
            texts += reset_and_set(target, self.options, to.options)
        if "toast_options" in changed:
            texts += reset_and_set(target, self.toast_options, to.toast_options, prefix="toast.")
        if "of_type" in changed:
            texts.append(f"{target} {'NOT OF' if to.of_type is None else f'OF {to.of_type}'}")
        if "replica_identity" in changed:
            texts.append(to._identify())
        if "clustered_on" in changed:
            how = "SET WITHOUT CLUSTER" if to.clustered_on is None else f"CLUSTER ON {quote(to.clustered_on)}"
            texts.append(f"{target} {how}")
        return plain(texts)

    def _relocate(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        """Place on disk, and place among other tables."""
        target = f"ALTER {self.address}"
        result: list[Statement] = []
        if changed & {"partition_of", "partition_bound", "detaching"}:
            result += detach(self.partition_of, self.relation, pending=self.detaching) + to.attach()
        if "inherits" in changed:
            gone = [name for name in self.inherits if name not in to.inherits]
            result += plain(f"{target} NO INHERIT {requote(name)}" for name in gone)
            fresh = [name for name in to.inherits if name not in self.inherits]
            result += plain(f"{target} INHERIT {requote(name)}" for name in fresh)
        moves = [f"SET {'UNLOGGED' if to.unlogged else 'LOGGED'}"] * ("unlogged" in changed)
        if "tablespace" in changed:
            moves.append(f"SET TABLESPACE {quote(to.tablespace) if to.tablespace else 'pg_default'}")
        hazards = (Hazard.REWRITES_TABLE, Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES)
        return result + plain((f"{target} {move}" for move in moves), *hazards)

    def rename(self, to: Self) -> list[Statement]:
        """Gives the table another name; nobody but the author knows that it is the same one."""
        return [Statement(f"ALTER {self.address} RENAME TO {quote(to.name)}", (Hazard.BREAKS_CODE,))]


def refuse_detaching(detaching: bool) -> None:
    """Raises CannotChangeError for a partition whose detachment was begun and not ended."""
    if detaching:
        raise CannotChangeError(
            "a half-detached partition cannot be made on purpose",
            "End it on the other side with ALTER TABLE … DETACH PARTITION … FINALIZE.",
        )


def detach(whole: str | None, partition: str, *, pending: bool) -> list[Statement]:
    """Makes a partition (its name as SQL) a table of its own; pending: that was begun and has to be ended."""
    if whole is None:
        return []
    text = f"ALTER TABLE {requote(whole)} DETACH PARTITION {partition}{' FINALIZE' if pending else ''}"
    return [Statement(text, (Hazard.BLOCKS_WRITES,))]


def _block(lines: Sequence[str]) -> str:
    return "(\n    " + ",\n    ".join(lines) + "\n)" if lines else "()"


def table_key(schema: str, name: str) -> Key:
    """The key of a table."""
    return Key("table", display(schema, name))
