"""The ways out of a difference, one for each value that some side has: what to change so that all have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from todo_db.compare import EXISTENCE, Comparison, Difference
from todo_db.findings import Step, Way
from todo_db.schema import NAME, DbObject, Key, Schema

MOST = 300
"""For so many findings statements are worked out; beyond that `diff --sql` is what one wants anyway."""

_DATABASES = ("live", "a", "b")
_NO_SQL = frozenset({"pending", "stamp-differs", "external-missing"})
_TOGETHER = {
    "identity": ("identity", "identity_options", "default"),
    "type": ("type", "default", "collation"),
}
_NEW = 'todo-db migrate new -m "…"'


class Guide:
    """Gives the ways out of the differences of one comparison."""

    def __init__(self, comparison: Comparison) -> None:
        self._sides = {side.side: side for side in comparison.sides}
        models = self._sides.get("models")
        self._needed = models.relied_on() if models is not None else frozenset[Key]()
        self._left = MOST
        self._borne: dict[str, Mapping[Key, list[Key]]] = {}
        self._users: dict[str, Mapping[Key, list[Key]]] = {}

    def ways(self, difference: Difference, verdict: str, shown: Mapping[str, str | None]) -> tuple[Way, ...]:
        """One way for each value, those of the sides with more authority first."""
        groups: dict[object, list[str]] = {}
        for side, value in shown.items():
            groups.setdefault(value if difference.fact != EXISTENCE else value is not None, []).append(side)
        self._left -= 1
        if difference.key in self._needed and difference.fact == EXISTENCE:
            groups.pop(False, None)  # no way out: the models need what they do not state
        return tuple(self._way(difference, verdict, shown, having) for having in groups.values())

    def _way(
        self, difference: Difference, verdict: str, shown: Mapping[str, str | None], having: Sequence[str]
    ) -> Way:
        lacking = [side for side in shown if side not in having]
        value = shown[having[0]]
        steps: list[Step] = []
        for side in lacking:
            if side in _DATABASES:
                steps.append(self._in_database(difference, verdict, side, having))
            elif side == "migrations":
                steps.append(Step(side, _revision(having), command=_NEW))
            else:
                place = self._sides[side].place(difference.any.key, difference.fact)
                text = _stated(difference, value)
                steps.append(Step(side, text, place=replace(place, side=side) if place else None))
        return Way(f"as {_list(having)} {'has' if len(having) == 1 else 'have'} it", tuple(steps))

    def _in_database(self, difference: Difference, verdict: str, side: str, having: Sequence[str]) -> Step:
        if verdict == "external-missing" or difference.external:
            return Step(side, "its owner changes it; no DDL is written for it here")
        if side == "live" and ("migrations" not in having and "migrations" in self._sides):
            return Step(side, "apply the revision", command="todo-db migrate")
        if verdict in _NO_SQL:
            return Step(side, "apply what is pending", command="todo-db migrate")
        sql, hazards, first = self._sql(difference, side, having[0]) if self._left >= 0 else ((), (), None)
        text = f"run on {side}" if sql else "see `todo-db diff --sql`"
        if first is not None:
            text = f"needs {first.kind} {first.name} first"
        return Step(side, text, sql=sql, hazards=hazards)

    # ---- statements --------------------------------------------------------------------------

    def _sql(
        self, difference: Difference, side: str, model: str
    ) -> tuple[tuple[str, ...], tuple[str, ...], Key | None]:
        """What gives `side` what `model` has of this difference, and nothing else; () where nothing does.

        Also the hazards, and what is missing, too, and has to be made first.
        """
        from todo_db.plan import plan

        before, after = self._sides[side], self._sides[model]
        was, will = difference.objects.get(side), difference.objects.get(model)
        around = self._around(before, was if was is not None else will)
        target = dict(around)
        if will is None and was is not None:
            self._take_out(target, side, was.key)
        elif was is None and will is not None:
            whole = self._whole(model, will.key)
            for key in whole:
                self._add_missing(target, after, after.objects[key])
            there = (target.keys() - around.keys()) & before.objects.keys()
            known = {key: before.objects[key] for key in there}  # needed, and not missing
            around |= known
            target |= known
            if first := sorted(target.keys() - around.keys() - set(whole)):
                return (), (), first[0]
        elif was is not None and will is not None:
            del target[was.key]
            made = will if difference.fact == NAME else _with_fact(was, will, difference.fact)
            target[made.key] = made
        depends = {**after.depends, **before.depends}
        found = plan(Schema("before", around, depends=depends), Schema("after", target, depends=depends))
        if found.refusals:
            return (), (), None
        statements = found.statements
        hazards = dict.fromkeys(str(h) for s in statements for h in s.hazards)
        return tuple(f"{s.sql};" for s in statements), tuple(hazards), None

    def _take_out(self, target: dict[Key, DbObject], side: str, key: Key) -> None:
        """Without the object, what it brings along, and what cannot be without it."""
        users = self._used_by(side)
        waiting = [key]
        while waiting:
            for one in self._whole(side, waiting.pop()):
                if target.pop(one, None) is not None:
                    waiting += users.get(one, ())

    def _around(self, schema: Schema, obj: DbObject | None) -> dict[Key, DbObject]:
        """The object's table with all that is in it, and what uses any of that."""
        if obj is None:
            return {}
        top = obj.parent or obj.key
        waiting = [*self._whole(schema.side, top), obj.key]
        found: dict[Key, DbObject] = {}
        users = self._used_by(schema.side)
        while waiting:
            key = waiting.pop()
            if key in found or key not in schema.objects:
                continue
            found[key] = schema.objects[key]
            waiting += users.get(key, ())
        for key in list(found):
            self._add_missing(found, schema, found[key])
        return found

    @staticmethod
    def _add_missing(into: dict[Key, DbObject], schema: Schema, obj: DbObject) -> None:
        """What the object needs: its table, its schema, the types and functions that it names."""
        waiting = [obj.key]
        seen: set[Key] = set()
        while waiting:
            key = waiting.pop()
            if key in seen or key not in schema.objects:
                continue
            seen.add(key)
            needed = schema.objects[key]
            into.setdefault(key, needed)
            waiting += schema.depends.get(key, ())
            waiting += [needed.parent] if needed.parent is not None else []
            waiting.append(Key("schema", str(getattr(needed, "schema", ""))))

    def _whole(self, side: str, key: Key) -> list[Key]:
        """The object and what it brings along: a table's columns, keys, indexes, their sequences."""
        borne = self._borne_by(side)
        found: dict[Key, None] = {}
        waiting = [key]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = None
                waiting += borne.get(one, ())
        return [k for k in found if k in self._sides[side].objects]

    def _used_by(self, side: str) -> Mapping[Key, list[Key]]:
        if side not in self._users:
            users: dict[Key, list[Key]] = defaultdict(list)
            for key, needed in self._sides[side].depends.items():
                for other in needed:
                    users[other].append(key)
            self._users[side] = users
        return self._users[side]

    def _borne_by(self, side: str) -> Mapping[Key, list[Key]]:
        if side not in self._borne:
            borne: dict[Key, list[Key]] = defaultdict(list)
            for key, obj in self._sides[side].objects.items():
                for bearer in {obj.parent, obj.bearer} - {None}:
                    borne[bearer].append(key)  # type: ignore[index]
            self._borne[side] = borne
        return self._borne[side]


def _with_fact(was: DbObject, will: DbObject, fact: str) -> DbObject:
    """The object with one fact of another, and what only goes with it."""
    together = {
        "identity": ("identity", "identity_options", "default"),
        "type": ("type", "default", "collation"),
    }
    names = [n for n in together.get(fact, (fact,)) if hasattr(was, n)]
    return replace(was, **{n: getattr(will, n) for n in names})


def _revision(having: Sequence[str]) -> str:
    if "live" in having:
        return "write the revision; live is so already, so stamp it instead of applying it (`todo-db adopt`)"
    return "write the revision"


def _stated(difference: Difference, value: str | None) -> str:
    if difference.fact == EXISTENCE:
        return "take it out" if value is None else "write it in"
    fact = difference.fact.replace("_", " ")
    return f"state {fact}: {value}" if difference.fact != NAME else f"call it {value}"


def _list(words: Iterable[str]) -> str:
    *most, last = words
    return " and ".join(filter(None, (", ".join(most), last)))
