"""What a new revision leads to: what the models state, and what only the spec states."""

from __future__ import annotations

from dataclasses import dataclass, replace

from todo_db.align import align
from todo_db.schema import NAME, DbObject, FactKey, Key, Schema, fact_fields


@dataclass(frozen=True, slots=True)
class EitherCovers:
    """What one of the sides would state is missing if it is not there, unless one of them needs it."""

    sides: tuple[Schema, ...]
    needed: frozenset[Key]

    def __call__(self, obj: DbObject) -> bool:
        return obj.key not in self.needed and any(side.covers(obj) for side in self.sides)


def target(spec: Schema | None, models: Schema | None) -> Schema:
    """Both as one schema; where both state a fact they agree, or it would have been refused.

    Raises ValueError without any side.
    """
    sides = [s for s in (models, spec) if s is not None]
    if not sides:
        raise ValueError("neither spec nor models")
    found = _merged(models, spec) if models is not None and spec is not None else sides[0].with_side("target")
    return with_sequences(replace(found, covers=EitherCovers(tuple(sides), found.relied_on())))


def with_sequences(target: Schema) -> Schema:
    """Who may insert into a table may use the sequences that number its rows (an identity needs no right)."""
    inserting = {
        str(getattr(o, "name", "")): str(getattr(o, "grantee", ""))
        for o in target.of("grant")
        if getattr(o, "of", "") == "table" and "insert" in getattr(o, "privileges", ())
    }
    found: dict[Key, DbObject] = {}
    for sequence in target.of("sequence") if inserting else ():
        column = target.objects.get(Key("column", str(getattr(sequence, "owned_by", ""))))
        table = column.parent.name if column is not None and column.parent is not None else ""
        if table in inserting:
            grant = _usage(sequence, inserting[table])
            found[grant.key] = grant
    return replace(target, objects={**target.objects, **found}) if found else target


def _usage(sequence: DbObject, grantee: str) -> DbObject:
    from todo_db.objects.grant import Grant

    return Grant(
        of="sequence",
        name=sequence.key.name,
        grantee=grantee,
        privileges=("usage",),
        target=sequence.address,
    )


def _merged(models: Schema, spec: Schema) -> Schema:
    objects: dict[Key, DbObject] = {}
    accepts: dict[FactKey, frozenset[str] | None] = {}
    depends: dict[Key, frozenset[Key]] = {}
    for row in align([models, spec]):
        own, other = row.objects
        if own is None and (other is None or (row.speaks[0] and not row.external)):
            continue
        found = _one(models, own, spec, other, accepts)
        objects[found.key] = found
        side, known = (models, own) if own is not None else (spec, other)
        if known is not None:
            depends[found.key] = side.depends.get(known.key, frozenset())
    return Schema(
        side="target",
        objects=objects,
        places={**spec.places, **models.places},
        accepts=accepts,
        external=models.external | spec.external,
        unknown=models.unknown + spec.unknown,
        depends=depends,
        server=models.server,
    )


def _one(
    models: Schema,
    own: DbObject | None,
    spec: Schema,
    other: DbObject | None,
    accepts: dict[FactKey, frozenset[str] | None],
) -> DbObject:
    """The object of both, with what it leaves open put into `accepts`."""
    main, side = (own, models) if own is not None else (other, spec)
    assert main is not None  # noqa: S101
    taken: dict[str, object] = {}
    open_facts: dict[str, frozenset[str] | None] = {}
    for fact in (*(f.name for f in fact_fields(type(main))), NAME):
        if (main.key, fact) not in side.accepts:
            continue
        if own is not None and other is not None and (other.key, fact) not in spec.accepts:
            taken[fact] = other.parts[-1] if fact == NAME else getattr(other, fact)
        else:
            open_facts[fact] = side.accepts[main.key, fact]
    found = replace(main, **taken) if taken else main
    accepts.update({(found.key, fact): accepted for fact, accepted in open_facts.items()})
    return found
