"""Specifications of any content, for laws that hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from todo_db.findings import Place
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    DomainSpec,
    EnumSpec,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    SequenceSpec,
    Specification,
    TableSpec,
    UniqueSpec,
)

names = st.one_of(
    st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).map(lambda n: f"x{n.rstrip('_')}"),
    st.sampled_from(
        [
            "user",
            "order",
            "id",
            "created_at",
            "timestamp",
            "index",
            "Tasks",
            "my table",
            "größe",
            "表",
            "a-b",
            "status",
        ]
    ),
)
columns_of = st.lists(names, min_size=1, max_size=5, unique_by=str.lower)
flags = st.sampled_from([UNSAID, True, False])
texts = st.sampled_from(
    [
        "Plain words",
        "Words, with commas; and | pipes",
        "`code` and *stars*",
        "Ends with a colon: yes",
        "# not a heading",
    ]
)
types = st.sampled_from(
    [
        UNSAID,
        "text",
        "varchar(200)",
        "integer",
        "bigint",
        "uuid",
        "boolean",
        "timestamptz",
        "timestamp(3)",
        "numeric(10,2)",
        "jsonb",
        "text[]",
        "string",
        "datetime",
        "enum('a', 'b')",
        "task_status",
        "double precision",
        "geometry(Point,4326)",
    ]
)
expressions = st.sampled_from(
    [
        "now()",
        "'pending'",
        "false",
        "0",
        "'[]'::jsonb",
        "CURRENT_TIMESTAMP",
        "gen_random_uuid()",
        "(1 + 2)",
        "nextval('s'::regclass)",
        "'it''s'",
    ]
)
actions = st.sampled_from([UNSAID, "cascade", "set null", "restrict", "no action", "set default"])
constraint_names = st.one_of(st.just(UNSAID), names)
deferrable = st.sampled_from([UNSAID, "deferrable", "initially deferred", "not deferrable"])


def said(values: st.SearchStrategy[object], *, none: bool = True) -> st.SearchStrategy[object]:
    """Unsaid, said to be none, or a value."""
    return st.one_of(st.just(UNSAID), st.none(), values) if none else st.one_of(st.just(UNSAID), values)


@st.composite
def references(draw: st.DrawFn, count: int = 1) -> ReferenceSpec:
    return ReferenceSpec(
        table=draw(names),
        columns=tuple(draw(st.lists(names, min_size=count, max_size=count, unique_by=str.lower)))
        if draw(st.booleans()) or count > 1
        else (),
        on_delete=draw(actions),
        on_update=draw(actions),
        name=draw(constraint_names) if count == 1 else UNSAID,
        deferrable=draw(deferrable) if count == 1 else UNSAID,
    )


@st.composite
def columns(draw: st.DrawFn, name: str) -> ColumnSpec:
    type_, default = draw(types), draw(said(expressions))
    return ColumnSpec(
        name=name,
        type=type_,
        max_length=draw(st.one_of(st.just(UNSAID), st.integers(1, 9999))),
        nullable=draw(flags),
        primary_key=draw(flags),
        unique=draw(flags),
        index=draw(flags),
        autoincrement=draw(flags),
        identity=draw(st.sampled_from([UNSAID, None, "always", "by default"])),
        server_default="false" if type_ == "boolean" and default == "0" else default,
        default=draw(said(st.sampled_from(["uuid4()", "False", "'x'"]))),
        generated=draw(said(st.sampled_from(["lower(title)", "a || 'b'"]))),
        collation=draw(said(st.sampled_from(["C", "de-x-icu"]))),
        on_update=draw(said(st.just("now()"))),
        references=draw(said(references())),
        comment=draw(said(texts)),
        description=draw(st.sampled_from(["", "What it is", "Words, with | pipes"])),
        renamed_from=draw(st.sampled_from([None, "old_name"])),
    )


@st.composite
def tables(draw: st.DrawFn, name: str) -> TableSpec:
    called = draw(columns_of)
    some = st.lists(st.sampled_from(called), min_size=1, max_size=3, unique=True).map(tuple)
    own = tuple(draw(columns(n)) for n in called)
    return TableSpec(
        name=name,
        columns=own,
        managed_by=draw(st.sampled_from([None, "better-auth", "legacy-system"])),
        owner=draw(
            st.one_of(
                st.just(UNSAID), st.none(), st.sampled_from([n for n in called if n.isidentifier()] or [None])
            )
        ),
        owner_place=draw(st.sampled_from([None, Place("spec", "schema.md", 1)])),
        states_policies=draw(st.booleans()),
        primary_key=draw(
            st.one_of(st.none(), st.builds(PrimaryKeySpec, columns=some, name=constraint_names))
        ),
        uniques=tuple(
            draw(
                st.lists(
                    st.builds(
                        UniqueSpec,
                        columns=some,
                        name=constraint_names,
                        nulls_not_distinct=flags,
                        deferrable=deferrable,
                    ),
                    max_size=2,
                )
            )
        ),
        foreign_keys=tuple(
            draw(
                st.lists(
                    st.builds(
                        ForeignKeySpec,
                        columns=st.just(tuple(called[:2])),
                        references=references(2),
                        name=constraint_names,
                    ),
                    max_size=1,
                )
            )
            if len(called) > 1
            else ()
        ),
        checks=tuple(
            draw(
                st.lists(
                    st.builds(
                        CheckSpec,
                        expr=st.sampled_from(["x > 0", "a IN ('b', 'c')", "length(t) BETWEEN 1 AND 9"]),
                        name=constraint_names,
                    ),
                    max_size=2,
                )
            )
        ),
        exclusions=tuple(
            draw(
                st.lists(
                    st.builds(
                        ExclusionSpec,
                        definition=st.just("EXCLUDE USING gist (r WITH &&)"),
                        name=constraint_names,
                    ),
                    max_size=1,
                )
            )
        ),
        indexes=tuple(draw(st.lists(indexes(some), max_size=3))),
        lists_indexes=draw(st.booleans()),
        lists_constraints=draw(st.booleans()),
        comment=draw(said(texts)),
        description=draw(st.sampled_from(["", "What it is for."])),
        renamed_from=draw(st.sampled_from([None, "older"])),
    )


def indexes(some: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[IndexSpec]:
    entries = st.one_of(some, some.map(lambda c: (f"{c[0]} DESC", *c[1:])), st.just(("(lower(x))",)))
    where = st.sampled_from([UNSAID, None, "a IS NULL"])
    method = st.sampled_from([UNSAID, "btree", "gin"])
    return st.builds(
        IndexSpec,
        columns=entries,
        name=constraint_names,
        unique=flags,
        method=method,
        where=where,
        include=st.sampled_from([(), ("xa",)]),
    )


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    called = draw(st.lists(names, min_size=1, max_size=3, unique_by=lambda n: n.lower().rstrip("s")))
    return Specification(
        tables=tuple(draw(tables(n)) for n in called),
        enums=tuple(
            draw(
                st.lists(
                    st.builds(
                        EnumSpec, name=st.sampled_from(["task_status", "Mood"]), values=st.just(("a", "it's"))
                    ),
                    max_size=2,
                    unique_by=lambda e: e.name,
                )
            )
        ),
        domains=tuple(
            draw(
                st.lists(
                    st.builds(
                        DomainSpec,
                        name=st.just("mail"),
                        type=st.sampled_from(["text", "varchar(9)"]),
                        nullable=flags,
                        default=said(expressions),
                        checks=st.sampled_from([(), (CheckSpec(expr="VALUE <> ''"),)]),
                    ),
                    max_size=1,
                )
            )
        ),
        sequences=tuple(
            draw(
                st.lists(
                    st.builds(
                        SequenceSpec,
                        name=st.just("numbers"),
                        type=st.sampled_from([UNSAID, "bigint"]),
                        start=st.sampled_from([UNSAID, 5]),
                        increment=st.sampled_from([UNSAID, -2]),
                    ),
                    max_size=1,
                )
            )
        ),
        extensions=tuple(draw(st.lists(st.sampled_from(["citext", "uuid-ossp"]), unique=True))),
        schemas=tuple(draw(st.lists(st.sampled_from(["audit", "app"]), unique=True))),
    )
