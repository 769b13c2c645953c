"""What is encoded comes back equal, whatever kind of object, fact or finding it is."""

from __future__ import annotations

import json
import typing
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todo_db.findings import Finding, Place, Severity, Unknown
from todo_db.objects import KINDS
from todo_db.schema import DbObject, Key, Schema, covers_everything, index_by_key
from todo_db.sources.codec import UnreadableError, decode, encode
from todo_db.sources.coverage import ModelCoverage, SpecCoverage
from todo_db.spec.document import UNSAID, ColumnSpec, Specification, TableSpec

SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**63), 2**63),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    NoneType: st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, UnionType):
        return st.one_of(*map(values, arguments))
    if origin is tuple and arguments[-1:] == (Ellipsis,):
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    return SCALARS[hint]


def objects(cls: type[DbObject]) -> st.SearchStrategy[DbObject]:
    hints = {n: h for n, h in typing.get_type_hints(cls).items() if typing.get_origin(h) is not ClassVar}
    return st.builds(cls, **{f.name: values(hints[f.name]) for f in fields(cls)})


def round_trip(value: object) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.kind)
def test_every_kind_of_object(cls: type[DbObject]) -> None:
    @settings(max_examples=15, deadline=None)
    @given(st.lists(objects(cls), max_size=3, unique_by=lambda o: o.key))
    def check(found: list[DbObject]) -> None:
        schema = Schema(side="x", objects=index_by_key(found))
        again = round_trip(schema)
        assert again == schema
        assert list(again.objects) == list(schema.objects)
        assert all(type(o) is cls for o in again.objects.values())

    check()


def test_everything_else_that_a_schema_holds() -> None:
    key = Key("table", 'public."T"')
    place = Place("spec", "schema.md", 3)
    for covers in (
        covers_everything,
        ModelCoverage(frozenset({"public"})),
        SpecCoverage(frozenset({"public"}), columns=frozenset({key})),
    ):
        schema = Schema(
            side="spec",
            places={(key, ""): place},
            accepts={(key, "type"): None, (key, "default"): frozenset({"a", "b"})},
            covers=covers,
            external=frozenset({key}),
            states_externals=False,
            unknown=(Unknown("spec", "x", "why", None),),
            notes={(key, "default"): "note"},
            depends={key: frozenset({Key("column", "c")})},
            numbered=frozenset({key}),
            server=180006,
            revisions=("abc",),
        )
        again = round_trip(schema)
        assert again == schema
        assert isinstance(next(iter(again.external)), Key)
        assert again.covers == covers


def test_documents_and_findings() -> None:
    finding = Finding(
        "TD1", "r", Severity.ERROR, "k", "o", "m", sides={"a": None}, places=(Place("s", "p", 1),)
    )
    column = ColumnSpec(name="é", places={"type": Place("s", "p", 2)}, server_default=None)
    spec = Specification(tables=(TableSpec(name="t", columns=(column,)),), findings=(finding,))
    again = round_trip(spec)
    assert again == spec
    assert again.tables[0].columns[0].type is UNSAID
    assert again.findings[0].severity is Severity.ERROR


def test_every_field_of_a_schema_is_kept() -> None:
    kept = encode(Schema(side="x"))["schema"]
    assert {*kept["rest"], *kept} - {"rows", "rest"} | {"objects"} == {f.name for f in fields(Schema)}


class Stranger:
    pass


@pytest.mark.parametrize("value", [Stranger(), {1: object()}, b"bytes"])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize(
    "data",
    [
        {"c": ["os:system", "true"]},
        {"c": ["todo_db.findings:register", "true"]},
        {"c": ["todo_db.objects.nothing:Table"]},
        {"c": ["todo_db.findings:Place", 1]},
        {"?": 1},
        {"k": ["only one"], "s": []},
        {"e": ["todo_db.findings:Severity", "NONE"]},
        {"n": "open"},
        {"schema": {"rows": {"todo_db.objects.table:Table": [["public"]]}}},
    ],
)
def test_what_was_not_encoded_here_is_unreadable(data: object) -> None:
    with pytest.raises(UnreadableError):
        decode(data)
