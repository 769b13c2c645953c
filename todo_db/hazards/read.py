"""Turns what the replay process hands over into measurements, statement by statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from todo_db.hazards.events import events
from todo_db.hazards.facts import (
    Catalog,
    Column,
    Constraint,
    Failure,
    IndexFacts,
    Json,
    Measurement,
    Moved,
    Named,
    Relation,
    Step,
)
from todo_db.postgres import ignored


@dataclass
class Reader:
    """Reads one revision after the other. skip: the version table, which is Alembic's own affair.

    What is as it was at the last reading is the same object again: most of a database does not change.
    """

    skip: str = ""
    _known: dict[str, tuple[Json, Relation]] = field(default_factory=dict)

    def measurement(self, told: Json, last: Json, failures: Iterable[Failure] = ()) -> Measurement:
        """A revision as it was measured. last: what was there after it, as the next one's `first`."""
        first = self._catalog(told["first"])
        state, steps, number, ran_in = first, [], 0, None
        for one in told["steps"]:
            if one["autocommit"] or one["began"] != ran_in:
                number += 1
            step = _step(one, state, self._after(one, state), number)
            steps.append(step)
            state, ran_in = step.after, None if one["autocommit"] else one["transaction"]
            number += step.ended
        rerun = tuple((steps[r["step"]], r["message"]) for r in told["rerun"] if r["step"] < len(steps))
        counting = all(one["counting"] for one in told["steps"])
        path = told["first"]["settings"]["search_path"]
        return Measurement(first, self._catalog(last), tuple(steps), rerun, counting, path, tuple(failures))

    def _catalog(self, told: Json) -> Catalog:
        """Everything that was there at one moment, without the version table and its indexes."""
        found = {int(oid): self._relation(oid, r) for oid, r in (told["relations"] or {}).items()}
        out = {oid for oid, r in found.items() if r.full == self.skip or r.name in ignored.TABLES}
        return Catalog(
            {oid: r for oid, r in found.items() if not out & {oid, r.index.table if r.index else 0}},
            {int(oid): _named(t, "labels") for oid, t in (told["enums"] or {}).items()},
            {int(oid): _named(t, "constraints") for oid, t in (told["domains"] or {}).items()},
            {int(oid): name for oid, name in (told["schemas"] or {}).items()},
            {int(oid): (x[0], x[1]) for oid, x in (told["extensions"] or {}).items()},
            {int(oid): (f[0], f[1] or "") for oid, f in (told.get("functions") or {}).items()},
            told["rights"] or {},
        )

    def _relation(self, oid: str, told: Json) -> Relation:
        known = self._known.get(oid)
        if known is None or known[0] != told:
            known = self._known[oid] = (told, relation(int(oid), told))
        return known[1]

    def _after(self, told: Json, before: Catalog) -> Catalog:
        """The catalog after a statement: what it locked was looked at anew, the rest is as it was."""
        found = self._catalog(told)
        if told["everything"]:
            return found
        looked = {int(o) for k in ("held", "locks") for o, m in told[k].items() if m != ["AccessShareLock"]}
        kept = {oid: r for oid, r in before.relations.items() if oid not in looked}
        return replace(found, relations={**kept, **found.relations}, functions=before.functions)


def relation(oid: int, told: Json) -> Relation:
    """One relation."""
    plain = {f: told[f] for f in _PLAIN}
    return Relation(
        oid=oid,
        **plain,
        security=(told["security"][0], told["security"][1]),
        parents=tuple(told["parents"] or ()),
        columns=tuple(Column(**{**c, "identity": c["identity"] or ""}) for c in told["columns"] or ()),
        constraints=tuple(
            Constraint(
                **{**k, "target": int(k["target"]), "oid": int(k["oid"]), "index": int(k["index"])}
                | {"columns": tuple(k["columns"] or ())}
            )
            for k in told["constraints"] or ()
        ),
        policies=tuple(tuple(p) for p in told["policies"] or ()),
        index=IndexFacts(**{**told["index"], "columns": tuple(told["index"]["columns"] or ())})
        if told["index"]
        else None,
    )


_PLAIN = (
    *("schema", "name", "kind", "file", "tablespace", "persistence"),
    *("method", "replica", "owner", "acl", "size", "partition", "bounds", "populated"),
)


def _named(told: Json, parts: str) -> Named:
    name = told["name"] if told["schema"] == "public" else f"{told['schema']}.{told['name']}"
    return Named(name, tuple((p[0], p[1]) for p in told[parts] or ()))


def _step(told: Json, before: Catalog, after: Catalog, number: int) -> Step:
    return Step(
        sql=told["sql"],
        path=told["path"],
        line=told["line"],
        transaction=number,
        autocommit=told["autocommit"],
        alone=told["alone"],
        ended=not told["autocommit"] and told["began"] != told["transaction"],
        held=_modes(told["held"]),
        locks=_modes(told["locks"]),
        blocked={int(oid): (b[0], b[1]) for oid, b in told["blocked"].items()},
        moved={int(oid): Moved(*values) for oid, values in told["counters"].items()},
        before=before,
        after=after,
        events=tuple(events(before, after)),
        settings=told["settings"],
    )


def _modes(told: Mapping[str, Any]) -> dict[int, frozenset[str]]:
    return {int(oid): frozenset(modes) for oid, modes in told.items()}
