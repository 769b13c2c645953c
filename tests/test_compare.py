"""The comparison: pairing of objects, unsaid facts, external tables, names and spelling."""

from dataclasses import replace

import pytest

from todo_db.compare import COLUMN_ORDER, EXISTENCE, base_type, compare
from todo_db.objects import Check, Column, ForeignKey, Index, Table, Unique
from todo_db.postgres.catalog import read
from todo_db.schema import KIND, NAME, DbObject, Key, Schema, index_by_key

TASKS = Table(schema="public", name="tasks")
USERS = Table(schema="public", name="users")


def column(name="title", table="tasks", **facts):
    return Column(
        **{"schema": "public", "table": table, "name": name, "position": 1, "type": "text", "nullable": False}
        | facts
    )


def unique(name, *columns):
    return Unique(schema="public", table="tasks", name=name, columns=columns)


def check(name, expression):
    return Check(schema="public", table="tasks", name=name, expression=expression)


def side(name, *objects: DbObject, **more):
    return Schema(name, index_by_key(objects), **more)


def said(comparison):
    return [(d.key.name, d.fact, dict(d.values)) for d in comparison]


def test_a_schema_does_not_differ_from_itself():
    schema = side("a", TASKS, column(), unique("uq", "title"), check("ck", "title <> ''"))
    assert not compare([schema, schema.with_side("b")])


def test_a_changed_fact_is_one_difference_with_the_value_of_each_side():
    result = compare([side("spec", TASKS, column()), side("models", TASKS, column(type="integer"))])
    assert said(result) == [("public.tasks.title", "type", {"spec": "text", "models": "integer"})]


def test_every_fact_of_every_kind_is_compared():
    before, after = column(), column(nullable=True, default="'x'::text", collation="C", comment="c")
    result = compare([side("a", TASKS, before), side("b", TASKS, after)])
    assert [d.fact for d in result] == ["collation", "comment", "default", "nullable"]


def test_a_missing_table_is_one_difference_not_one_for_each_of_its_columns():
    result = compare([side("a", TASKS, column(), unique("uq", "title")), side("b")])
    assert [(d.key, d.fact) for d in result] == [(Key("table", "public.tasks"), EXISTENCE)]


def test_what_a_side_leaves_unsaid_never_differs():
    spec = side("spec", TASKS, column(nullable=True), accepts={(column().key, "nullable"): None})
    assert not compare([spec, side("models", TASKS, column())])


def test_silence_of_two_sides_does_not_hide_the_other_two():
    spec = side("spec", TASKS, column(nullable=True), accepts={(column().key, "nullable"): None})
    result = compare([spec, side("models", TASKS, column()), side("live", TASKS, column(nullable=True))])
    assert said(result) == [("public.tasks.title", "nullable", {"models": False, "live": True})]


@pytest.mark.parametrize(
    ("models", "live", "differs"),
    [
        ("text", "text", False),
        ("character varying(200)", "character varying(200)", False),
        ("character varying(200)", "character varying(255)", True),
        ("integer", "integer", True),
    ],
)
def test_a_family_of_types_is_loose_for_its_own_side_only(models, live, differs):
    family = frozenset({"text", "character varying"})
    spec = side("spec", TASKS, column(), accepts={(column().key, "type"): family})
    others = [side("models", TASKS, column(type=models)), side("live", TASKS, column(type=live))]
    assert bool(compare([spec, *others])) is differs


def test_a_side_is_silent_about_what_it_does_not_cover():
    spec = side("spec", TASKS, covers=lambda obj: obj.kind != "index")
    index = Index(schema="public", table="tasks", name="ix", columns=("title",), unique=False)
    assert not compare([spec, side("models", TASKS, index)])
    assert compare([replace(spec, covers=lambda obj: True), side("models", TASKS, index)])


def test_an_unnamed_constraint_is_paired_by_what_it_is():
    auto = unique("tasks_title_key", "title")
    spec = side("spec", TASKS, auto, accepts={(auto.key, NAME): None})
    assert not compare([spec, side("models", TASKS, unique("uq_tasks_title", "title"))])
    assert len(compare([spec, side("models", TASKS, unique("uq_tasks_user", "user_id"))])) == 2


def test_unnamed_on_every_side():
    one, two = unique("tasks_title_key", "title"), unique("tasks_title_key1", "title")
    sides = [side(n, TASKS, o, accepts={(o.key, NAME): None}) for n, o in (("spec", one), ("models", two))]
    assert not compare([*sides, side("live", TASKS, unique("chosen", "title"))])


def test_an_automatic_name_that_somebody_chose_for_something_else_is_not_a_pair():
    auto, chosen = check("tasks_check", "a > 0"), check("tasks_check", "b > 0")
    spec = side("spec", TASKS, auto, accepts={(auto.key, NAME): None})
    result = compare([spec, side("models", TASKS, chosen, check("other", "a > 0"))])
    assert [(d.key.name, d.fact, list(d.values.values())) for d in result] == [
        ("public.tasks.tasks_check", EXISTENCE, [None, "b > 0"])
    ]


def test_uniqueness_asked_for_by_any_means_is_served_by_a_unique_index():
    auto = unique("tasks_title_key", "title")
    spec = side("spec", TASKS, auto, accepts={(auto.key, NAME): None, (auto.key, KIND): None})
    index = Index(schema="public", table="tasks", name="ix", columns=("title",), unique=True)
    assert not compare([spec, side("models", TASKS, index)])
    assert compare([spec, side("models", TASKS, replace(index, unique=False))])


def test_a_named_constraint_under_another_name_is_one_difference():
    result = compare([side("a", TASKS, unique("one", "title")), side("b", TASKS, unique("two", "title"))])
    assert said(result) == [("public.tasks.one", "name", {"a": "one", "b": "two"})]


class TestExternal:
    spec = side(
        "spec",
        USERS,
        column("id", "users"),
        external=frozenset({USERS.key}),
        covers=lambda obj: obj.kind != "index",
    )

    def test_more_columns_and_tables_of_its_owner_are_welcome(self):
        live = side("live", USERS, column("id", "users"), column("image", "users"))
        assert not compare([self.spec, live])

    def test_what_we_rely_on_must_be_there(self):
        assert [d.key.name for d in compare([self.spec, side("live")])] == ["public.users"]
        assert [d.key.name for d in compare([self.spec, side("live", USERS)])] == ["public.users.id"]

    def test_the_owner_chooses_within_a_family_of_types(self):
        assert not compare(
            [self.spec, side("live", USERS, column("id", "users", type="character varying(36)"))]
        )
        assert compare([self.spec, side("live", USERS, column("id", "users", type="uuid"))])

    def test_the_stand_in_of_a_replay_states_nothing(self):
        replay = side("migrations", USERS, column("id", "users", type="uuid"), states_externals=False)
        assert not compare([self.spec, replay])
        assert not compare([self.spec, side("migrations", states_externals=False)])


def test_spelling_is_asked_once_and_only_for_what_differs():
    asked = []

    def respell(schema, keys):
        asked.append((schema.side, keys))
        return {k: replace(schema.objects[k], expression="same") for k in keys}

    a = side("a", TASKS, check("ck", "status IN ('x')"), check("equal", "1 = 1"))
    b = side("b", TASKS, check("ck", "status = ANY (ARRAY['x'])"), check("equal", "1 = 1"))
    assert not compare([a, b], respell=respell)
    key = Key("check", "public.tasks.ck")
    assert asked == [("a", {key}), ("b", {key})]


def test_nothing_is_asked_when_spelling_cannot_be_the_reason():
    def respell(schema, keys):
        raise AssertionError("not needed")

    assert compare([side("a", TASKS, column()), side("b", TASKS, column(nullable=True))], respell=respell)


def test_the_target_of_a_foreign_key_is_a_fact():
    key = ForeignKey(
        schema="public", table="tasks", name="fk", columns=("user_id",),
        target_schema="public", target_table="users", target_columns=("id",),
    )  # fmt: skip
    result = compare([side("a", TASKS, key), side("b", TASKS, replace(key, on_delete="cascade"))])
    assert said(result) == [("public.tasks.fk", "on_delete", {"a": "no action", "b": "cascade"})]


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("character varying(20)", "character varying"),
        ("timestamp(3) without time zone", "timestamp without time zone"),
        ("numeric(10,2)[]", "numeric[]"),
        ("text", "text"),
    ],
)
def test_base_type(text, base):
    assert base_type(text) == base


def test_the_order_of_columns_is_compared_where_it_is_asked_for(make_db) -> None:
    """Among the columns that every side has: what is missing is a finding of its own."""
    sides = []
    for name, sql in (
        ("one", "a int, b int, c int"),
        ("two", "c int, a int, d int, b int"),
        ("three", "a int"),
    ):
        connection = make_db(name)
        connection.execute(f"CREATE TABLE t ({sql}); CREATE TABLE u (a int, b int)")
        sides.append(read(connection, side=name))
    assert {d.key.kind for d in compare(sides[:2])} == {"column"}
    found = [d for d in compare(sides[:2], also=[COLUMN_ORDER]) if d.fact == COLUMN_ORDER]
    assert [(d.key, d.values) for d in found] == [
        (Key("table", "public.t"), {"one": ("a", "b", "c"), "two": ("c", "a", "b")})
    ]
    assert not [d for d in compare(sides, also=[COLUMN_ORDER]) if d.fact == COLUMN_ORDER]


def test_whether_a_materialized_view_is_filled_is_compared_where_it_is_asked_for(make_db) -> None:
    sides = []
    for name, how in (("one", ""), ("two", "WITH NO DATA")):
        connection = make_db(name)
        connection.execute(f"CREATE MATERIALIZED VIEW v AS SELECT 1 AS a {how}")
        sides.append(read(connection, side=name))
    assert not compare(sides)
    assert [d.values for d in compare(sides, also=["populated"])] == [{"one": True, "two": False}]
