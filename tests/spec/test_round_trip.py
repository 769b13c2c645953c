"""A specification survives being written as YAML or as Markdown: nothing is lost, nothing is added."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from hypothesis import HealthCheck, given, settings

from tests.spec.strategies import specifications
from todo_db.spec.document import Specification, TableSpec
from todo_db.spec.read import read_markdown, read_yaml_text
from todo_db.spec.write import to_markdown, to_yaml

_ABOUT_THE_READING = ("place", "places", "owner_place", "findings", "passed_over", "paths")
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def content(value: object) -> object:
    """What a specification states, without where it stood."""
    if is_dataclass(value):
        found = {
            f.name: content(getattr(value, f.name)) for f in fields(value) if f.name not in _ABOUT_THE_READING
        }
        if isinstance(value, TableSpec):  # where it stands is about the reading, that it is stated is not
            found["owner is stated"] = value.owner_place is not None
        return found
    if isinstance(value, tuple):
        return [content(v) for v in value]
    return value


def settled(spec: Specification) -> Specification:
    """The specification as reading it leaves it: every constraint once, a key's columns not null."""
    return read_yaml_text(to_yaml(spec), "schema.yaml")


@given(specifications())
@quick
def test_yaml_keeps_everything(spec: Specification) -> None:
    first = settled(spec)
    assert content(settled(first)) == content(first)


@given(specifications())
@quick
def test_markdown_keeps_everything(spec: Specification) -> None:
    first = settled(spec)
    text = to_markdown(first)
    again = read_markdown(text, "schema.md")
    assert content(again) == content(first), text


@given(specifications())
@quick
def test_the_tidy_form_is_its_own_tidy_form(spec: Specification) -> None:
    text = to_markdown(settled(spec))
    assert (
        to_markdown(read_markdown(text, "schema.md")).partition("## Open questions")[0]
        == text.partition("## Open questions")[0]
    )
