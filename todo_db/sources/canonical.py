"""One text for expressions that mean the same, from PostgreSQL's planner, which folds what is constant.

`1 - 1` and `0`, `NOT (a IS NULL)` and `a IS NOT NULL`, `'x'::text` and `'x'` for a varchar column are stored
differently and mean the same. What the planner shows for a target list is compared, with the operands of AND
and OR and the members of IN lists in one order. Queries are planned on scratch and never run. What is pure
logic becomes its truth table, JSON that is built of constants a literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.domain import Domain
from todo_db.objects.index import Index
from todo_db.objects.materialized_view import MaterializedView
from todo_db.objects.policy import Policy
from todo_db.objects.view import View
from todo_db.sources.constants import literal
from todo_db.sources.truth import truth_table

if TYPE_CHECKING:
    import psycopg

    from todo_db.schema import DbObject

_PLANS = re.compile(r"\b(?:SubPlan|InitPlan|hashed)\b")
_LIST = re.compile(r"(= ANY|<> ALL) \('\{([^{}'\"\\]*)\}'::")
_STRING = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_TRUTH = re.compile(r"\(([\w.]+) IS (TRUE|FALSE)\)")
_UNKNOWN = {"expression": True, "predicate": False, "using": False, "check": False, "generated": None}
"""What NULL counts as where a condition stands: a CHECK lets it pass, an index and a policy do not."""

_NOW = re.compile(r"\bCURRENT_TIMESTAMP\b(?! *\()")


def canonical(connection: psycopg.Connection[Any], obj: DbObject) -> dict[str, object]:
    """Per fact of a rebuilt object one text for all that mean the same; a fact without one is left out.

    The object has to be there, in an open transaction, which is left as it was.
    """
    result: dict[str, object] = {}
    for fact, queries in _queries(obj):
        texts = [_folded(connection, query) for query in queries]
        if all(text is not None for text in texts):
            result[fact] = tuple(_reduced(connection, obj, fact, text) for text in texts)
    if isinstance(obj, (View, MaterializedView)):
        result["definition"] = ordered(obj.definition)
    return result


def _queries(obj: DbObject) -> Iterator[tuple[str, list[str]]]:
    """The facts of an object that are expressions, as target lists of queries."""
    if isinstance(obj, Check):
        yield "expression", [_select(obj.expression, obj.relation)]
    elif isinstance(obj, Index):
        yield "columns", [_select(column, obj.relation) for column in obj.columns]
        if obj.predicate is not None:
            yield "predicate", [_select(obj.predicate, obj.relation)]
    elif isinstance(obj, Policy):
        for fact, text in (("using", obj.using), ("check", obj.check)):
            if text is not None:
                yield fact, [_select(text, obj.relation)]
    elif isinstance(obj, Column) and obj.generated is not None:
        yield "generated", [_select(obj.generated, obj.relation)]
    elif isinstance(obj, (Column, Domain)) and obj.default is not None:
        yield "default", [f"SELECT ({obj.default})::{_without_length(obj.type)}"]


def _select(expression: str, relation: str) -> str:
    """A query for one value; it is only planned, on scratch, as a role that may do nothing."""
    return f"SELECT ({expression}) FROM {relation}"  # noqa: S608


def _reduced(connection: psycopg.Connection[Any], obj: DbObject, fact: str, text: str | None) -> object:
    """One thing for texts that the planner leaves apart although they provably mean the same."""
    if text is None:
        return None
    if fact == "default":
        return literal(connection, text) or text
    relation = getattr(obj, "relation", None)
    if relation is None or fact not in _UNKNOWN:
        return text
    table = truth_table(connection, text, relation, unknown=_UNKNOWN[fact])
    return table or (_as_condition(text) if fact == "predicate" else text)


def _as_condition(text: str | None) -> str | None:
    """Where only truth counts, 'is false' says no more than 'not'."""
    found = _TRUTH.fullmatch(text or "")
    return text if found is None else f"(NOT {found[1]})" if found[2] == "FALSE" else found[1]


def _without_length(name: str) -> str:
    """The type without length and precision, so that a cast to it cuts nothing off."""
    head, _, rest = name.partition("(")
    base = (head.rstrip() + rest.partition(")")[2]) if rest else head
    plain, brackets = base.removesuffix("[]"), "[]" * base.endswith("[]")
    # these two words mean a length of one in SQL
    exact = {"character": "pg_catalog.bpchar", "bit": 'pg_catalog."bit"'}
    return exact.get(plain, plain) + brackets


def _folded(connection: psycopg.Connection[Any], query: str) -> str | None:
    """What the planner makes of a query's one output; None where it cannot tell in one line."""
    import psycopg

    try:
        with connection.transaction():
            row = connection.execute(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {query}").fetchone()
    except psycopg.Error:
        return None
    output = _output(row[0][0]["Plan"]) if row is not None else None
    if output is None or _PLANS.search(output):
        return None
    return ordered(_NOW.sub("now()", output))


def _output(plan: dict[str, Any]) -> str | None:
    outputs = plan.get("Output") or []
    return str(outputs[0]) if len(outputs) == 1 and plan["Node Type"] in ("Result", "Seq Scan") else None


# ---- one order for what has none -----------------------------------------------------------------


def ordered(expression: str) -> str:
    """The expression with the operands of AND and OR, and the members of IN lists, sorted."""
    return _sorted_lists(_sorted_operands(expression))


def _sorted_lists(text: str) -> str:
    def members(found: re.Match[str]) -> str:
        return f"{found[1]} ('{{{','.join(sorted(set(found[2].split(','))))}}}'::"

    return _LIST.sub(members, text)


def _sorted_operands(text: str) -> str:
    """PostgreSQL puts every AND and OR with its operands into parentheses of their own."""
    pieces: list[str] = []
    position = 0
    while (opening := _next_parenthesis(text, position)) >= 0:
        closing = _closing(text, opening)
        if closing < 0:
            return text
        inside = _sorted_operands(text[opening + 1 : closing])
        for word in (" AND ", " OR "):
            operands = _split(inside, word)
            if len(operands) > 1 and "BETWEEN" not in inside:
                inside = word.join(sorted(operands))
        pieces.append(f"{text[position:opening]}({inside})")
        position = closing + 1
    return "".join(pieces) + text[position:]


def _outside_quotes(text: str) -> str:
    """The text with everything in quotes blanked out, at the same offsets."""
    return _STRING.sub(lambda m: "_" * len(m[0]), text)


def _next_parenthesis(text: str, start: int) -> int:
    return _outside_quotes(text).find("(", start)


def _closing(text: str, opening: int) -> int:
    depth = 0
    for position, mark in enumerate(_outside_quotes(text)):
        if position >= opening:
            depth += (mark == "(") - (mark == ")")
            if depth == 0:
                return position
    return -1


def _split(text: str, word: str) -> list[str]:
    """The operands of a word that stand outside parentheses and quotes."""
    bare = _outside_quotes(text)
    operands, depth, start, position = [], 0, 0, 0
    while position < len(bare):
        depth += (bare[position] == "(") - (bare[position] == ")")
        if depth == 0 and bare.startswith(word, position):
            operands.append(text[start:position])
            position = start = position + len(word)
        else:
            position += 1
    return [*operands, text[start:]]
