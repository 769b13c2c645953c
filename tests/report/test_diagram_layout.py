"""The layout: no boxes overlap, lines run at right angles and end at their rows, circles are no trouble."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo_db.report.diagram_layout import BOX_GAP, Box, Layout, Link, lay_out

NAMES = [f"t{n}" for n in range(12)]
boxes_of = st.lists(st.tuples(st.integers(60, 300), st.integers(24, 300)), min_size=1, max_size=12)
pairs_of = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25)


def drawn(sizes: list[tuple[int, int]], pairs: set[tuple[str, str]]) -> tuple[list[Box], list[Link], Layout]:
    boxes = [Box(name, *size) for name, size in zip(NAMES, sizes, strict=False)]
    known = {b.name: b for b in boxes}
    links = [
        Link(a, known[a].height - 6, b, 12) for a, b in sorted(pairs) if a in known and b in known and a != b
    ]
    return boxes, links, lay_out(boxes, links)


@given(boxes_of, pairs_of)
def test_no_two_boxes_touch(sizes: list[tuple[int, int]], pairs: set[tuple[str, str]]) -> None:
    boxes, _, layout = drawn(sizes, pairs)
    assert layout.places.keys() == {b.name for b in boxes}
    for one, other in combinations(boxes, 2):
        a, b = layout.places[one.name], layout.places[other.name]
        beside = a.x + one.width < b.x or b.x + other.width < a.x
        below = a.y + one.height + BOX_GAP <= b.y + 0.01 or b.y + other.height + BOX_GAP <= a.y + 0.01
        assert beside or below


@given(boxes_of, pairs_of)
def test_everything_is_within_the_drawing(sizes: list[tuple[int, int]], pairs: set[tuple[str, str]]) -> None:
    boxes, _, layout = drawn(sizes, pairs)
    for box in boxes:
        x, y = layout.places[box.name]
        assert x >= 0
        assert y >= -0.01
        assert x + box.width <= layout.width + 0.01
        assert y + box.height <= layout.height + 0.01
    for route in layout.routes.values():
        assert all(0 <= p.x <= layout.width and -0.01 <= p.y <= layout.height + 0.01 for p in route)


@given(boxes_of, pairs_of)
def test_lines_lead_from_box_to_box_at_right_angles(
    sizes: list[tuple[int, int]], pairs: set[tuple[str, str]]
) -> None:
    boxes, links, layout = drawn(sizes, pairs)
    known = {b.name: b for b in boxes}
    assert layout.routes.keys() == set(links)
    for link, route in layout.routes.items():
        assert all(a.x == b.x or a.y == b.y for a, b in pairwise(route))
        for name, y, end in ((link.target, link.target_y, route[0]), (link.source, link.source_y, route[-1])):
            box, at = known[name], layout.places[name]
            assert end.x in (at.x, at.x + box.width)
            assert end.y == pytest.approx(at.y + y)


@given(boxes_of, pairs_of)
def test_the_same_twice(sizes: list[tuple[int, int]], pairs: set[tuple[str, str]]) -> None:
    assert drawn(sizes, pairs)[2] == drawn(sizes, pairs)[2]


def test_no_line_runs_through_a_box_that_is_not_its_own() -> None:
    """In a layered layout lines pass a column only where a place is kept for them."""
    chain = {("t3", "t2"), ("t2", "t1"), ("t1", "t0"), ("t3", "t0"), ("t4", "t0"), ("t5", "t0"), ("t6", "t3")}
    boxes, _, layout = drawn([(120, 60)] * 7, chain)
    for route in layout.routes.values():
        for a, b in pairwise(route):
            for box in boxes:
                x, y = layout.places[box.name]
                low_x, high_x = sorted((a.x, b.x))
                low_y, high_y = sorted((a.y, b.y))
                inside = low_x < x + box.width and high_x > x and low_y < y + box.height and high_y > y
                assert not inside


def test_lines_to_one_box_share_their_trunk() -> None:
    boxes = [Box(name, 100, 40) for name in NAMES]
    links = [Link(name, 30, "t0", 12) for name in NAMES[1:6]]
    layout = lay_out(boxes, links)
    assert len({route[1].x for route in layout.routes.values()}) == 1


def test_many_references_to_one_table_do_not_make_a_tower() -> None:
    boxes = [Box(f"n{n}", 200, 80) for n in range(100)]
    layout = lay_out(boxes, [Link(f"n{n}", 60, "n0", 12) for n in range(1, 100)])
    assert layout.width > layout.height / 2
