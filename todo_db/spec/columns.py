"""One column's line, whatever the notation: from what stands in it to the facts it states."""

from __future__ import annotations

import re
from collections.abc import Iterable

from todo_db.spec import types
from todo_db.spec.defaults import quoted
from todo_db.spec.document import CheckSpec
from todo_db.spec.statements import Fact, Force
from todo_db.spec.types import TypeReading

IDENTIFIER = re.compile(r"[^\W\d]\w{0,127}\Z")
_QUOTED_LIST = re.compile(r"(['\"])([\w\- ]+)\1(?:\s*(?:,|/|\||or|and|, or)\s*(['\"])([\w\- ]+)\3)+")
_WORDY = re.compile(
    r"[=<>~]|\bin\s*\(|\b(?:i?like|between|similar\s+to)\s+\S|\bis\s+(?:not\s+)?null\b|\w\s*\(", re.IGNORECASE
)


def finish(
    column: str, reading: TypeReading | None, facts: Iterable[Fact], description: str = ""
) -> list[Fact]:
    """The facts of a column after type, constraints and description have been seen together."""
    said = list(facts)
    type_ = _type_of(reading, said)
    result = [Fact("type", type_)] if type_ else []
    if reading and reading.autoincrement:
        result.append(Fact("autoincrement", True))
    if reading and reading.nullable is not None and not any(f.name == "nullable" for f in said):
        result.append(Fact("nullable", reading.nullable))
    for fact in said:
        result += _settled(column, type_ or "", fact, description)
    if description:
        result.append(Fact("description", description))
    return result


def _type_of(reading: TypeReading | None, facts: list[Fact]) -> str | None:
    """The type; an enumeration carries its values in its spelling."""
    if reading is None or reading.type != "enum":
        return reading.type if reading else None
    listed = next((f.value for f in facts if f.name == "values" and isinstance(f.value, tuple)), ())
    values = reading.values or tuple(str(v) for v in listed)
    return enum_type(values) if values else "enum"


def enum_type(values: Iterable[str]) -> str:
    """The spelling of an enumeration that has no name."""
    return "enum(" + ", ".join(quoted(v) for v in values) + ")"


def _settled(column: str, type_: str, fact: Fact, description: str) -> list[Fact]:  # noqa: PLR0911
    """A fact whose meaning depends on the column's type, in its final form."""
    value, force = fact.value, fact.force
    if fact.name == "default_word":
        return [Fact("server_default", d, force) for d in _word_default(type_, str(value))]
    if fact.name == "server_default" and type_ == "boolean" and value in types.BITS:
        return [Fact("server_default", types.BITS[str(value)], force)]
    if fact.name == "auto_update":
        return [Fact("on_update", "now()", force)] if _is_time(column, type_) else []
    if fact.name == "max_length":
        return [] if re.match(r"(?:varchar|char)\(", type_) else [fact]
    if fact.name in ("check", "check_values", "check_range"):
        return _checks(column, fact, description)
    if fact.name == "values" and type_.startswith("enum"):
        return []
    return [fact]


def _is_time(column: str, type_: str) -> bool:
    return types.temporal(type_) if type_ else column.lower().endswith(("_at", "at", "_on", "date"))


def _word_default(type_: str, word: str) -> list[str]:
    """`default pending` on a string is the string; a bare word on a number or a time says nothing certain."""
    if re.fullmatch(r"gen_random_uuid|uuid_generate_v\d|now|uuidv[47]", word, re.IGNORECASE):
        return [word.lower() + "()"]
    if word.lower() in _EMPTY:
        array = type_.endswith("[]")
        return [quoted("{}" if array else _EMPTY[word.lower()])] if array or types.structured(type_) else []
    textual = not type_ or type_.startswith("enum") or types.textual(type_) or not types.is_known(type_)
    return [quoted(word)] if textual else []


_EMPTY = {"empty array": "[]", "empty list": "[]", "empty object": "{}", "empty dict": "{}"}


def _checks(column: str, fact: Fact, description: str) -> list[Fact]:
    if fact.name == "check" and isinstance(fact.value, CheckSpec):
        if _WORDY.search(fact.value.expr):
            return [fact]
        return _from_values(column, listed_values(fact.value.expr) or listed_values(description))
    if fact.name == "check_range" and isinstance(fact.value, tuple):
        low, high = fact.value
        return [Fact("check", CheckSpec(expr=f"{column} BETWEEN {low} AND {high}"))]
    values = fact.value if isinstance(fact.value, tuple) else ()
    return _from_values(column, values or listed_values(description))


def _from_values(column: str, values: tuple[str, ...]) -> list[Fact]:
    return [Fact("check", in_list(column, values))] if values else [Fact("check_unclear", column)]


def in_list(column: str, values: Iterable[str]) -> CheckSpec:
    """The CHECK that a column holds one of these strings."""
    return CheckSpec(expr=f"{column} IN ({', '.join(quoted(v) for v in values)})")


def listed_values(text: str) -> tuple[str, ...]:
    """The quoted strings of a list in running text: ('low', 'medium', 'high')."""
    found = _QUOTED_LIST.search(text.replace("`", "'").replace("“", '"').replace("”", '"'))
    if not found:
        return ()
    return tuple(b for _, b in re.findall(r"(['\"])([\w\- ]+)\1", found.group()))


def hints(facts: Iterable[Fact]) -> list[Fact]:
    """The same facts, said so weakly that they only fill what nothing else says."""
    return [Fact(f.name, f.value, Force.HINT) for f in facts]
