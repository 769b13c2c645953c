"""The diagram: everything is in it once, what is left out is said, and marks lead to findings."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.report.html_checks import svg
from tests.report.tables import column, table, tables
from todo_db.report.diagram import ALL_COLUMNS, Mark, Marks, draw, near, shorten
from todo_db.report.escape import cells
from todo_db.report.outline import TableOutline

NS = "{http://www.w3.org/2000/svg}"


def texts(root: ET.Element, class_: str) -> list[str]:
    return [t.text or "" for t in root.iter(f"{NS}text") if t.get("class") == class_]


def many(number: int) -> list[TableOutline]:
    return [table(f"t{n}", [f"t{n - 1}"] if n else [], more=["note", "extra"]) for n in range(number)]


def test_a_small_schema_is_shown_whole() -> None:
    drawing = draw(tables({"user": [], "tasks": ["user"], "comments": ["tasks", "user"]}), label="x")
    root = svg(drawing.svg)
    assert sorted(texts(root, "name")) == ["comments", "tasks", "user"]
    assert sorted(texts(root, "column")) == ["id", "id", "id", "tasks_id", "user_id", "user_id"]
    assert len([g for g in root.iter(f"{NS}g") if g.get("class") == "wire"]) == 3
    assert drawing.notes == ()


def test_of_many_tables_only_keys_are_shown_and_that_is_said() -> None:
    drawing = draw(many(ALL_COLUMNS + 1), label="x")
    root = svg(drawing.svg)
    assert "note" not in texts(root, "column")
    assert texts(root, "more") == ["2 more columns"] * (ALL_COLUMNS + 1)
    assert any("keys" in note for note in drawing.notes)


def test_a_marked_column_is_always_shown_and_leads_to_its_finding() -> None:
    mark = Mark("≠", "type is text in spec", "error", "f1")
    drawing = draw(many(40), Marks(columns={"public.t7.note": mark}), label="x")
    root = svg(drawing.svg)
    assert texts(root, "column").count("note") == 1
    [link] = list(root.iter(f"{NS}a"))
    assert (link.get("href"), link.get("aria-label")) == ("#f1", "note: integer; type is text in spec")


def test_a_marked_reference_is_marked_on_its_line() -> None:
    mark = Mark("≠", "on delete is cascade in spec", "warning", "f2")
    drawn = tables({"user": [], "tasks": ["user"]})
    root = svg(draw(drawn, Marks(references={"public.tasks.tasks_user_fkey": mark}), label="x").svg)
    assert [g.get("class") for g in root.iter(f"{NS}g") if (g.get("class") or "").startswith("wire")] == [
        "wire odd warning"
    ]
    assert [a.get("href") for a in root.iter(f"{NS}a")] == ["#f2"]


def test_no_lines_to_a_table_that_most_refer_to() -> None:
    said = {"hub": [], **{f"t{n}": ["hub"] for n in range(30)}}
    drawing = draw(tables(said), label="x")
    root = svg(drawing.svg)
    assert not [g for g in root.iter(f"{NS}g") if g.get("class") == "wire"]
    assert any("hub (30)" in note for note in drawing.notes)
    assert texts(root, "type").count("→ hub ?") == 30


def test_a_reference_to_itself_and_to_nothing_known() -> None:
    root = svg(draw(tables({"tree": ["tree", "elsewhere"]}), label="x").svg)
    assert "→ itself ?" in texts(root, "type")
    assert len([g for g in root.iter(f"{NS}g") if g.get("class") == "wire"]) == 1


def test_names_cannot_break_out() -> None:
    evil = '</text><script>alert("x")</script>\x00\u202e'
    odd = table(evil, [evil], more=[evil])
    odd["columns"].append(column(evil, "z", evil))
    root = svg(draw([odd], label=evil).svg)
    assert {e.tag.removeprefix(NS) for e in root.iter()} <= {"svg", "g", "a", "title", "rect", "path", "text"}


def test_a_long_name_keeps_both_ends() -> None:
    assert shorten("short", 30) == "short"
    cut = shorten("a_really_quite_exceptionally_long_table_name_2026", 30)
    assert cells(cut) == 30
    assert cut.startswith("a_really")
    assert cut.endswith("2026")
    assert "…" in cut
    assert cells(shorten("表" * 40, 20)) <= 20


def test_near_takes_neighbours_of_both_directions() -> None:
    said = tables({"a": [], "b": ["a"], "c": ["b"], "d": ["c"], "e": []})
    assert [t["object"] for t in near(said, ["public.b"])] == ["public.a", "public.b", "public.c"]


def test_nothing_to_draw() -> None:
    assert draw([], label="x").svg == ""
