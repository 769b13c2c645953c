"""The entity diagram as SVG: tables, their keys, what refers to what, and marks on what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from todo_db.report.diagram_layout import Box, Layout, Link, Point, lay_out
from todo_db.report.escape import cells, visible
from todo_db.report.markup import Markup, join, tag
from todo_db.report.outline import ColumnOutline, TableOutline

MOST = 300  # tables in one drawing; nobody finds anything in a larger one
ALL_COLUMNS = 20  # up to so many tables each shows all of its columns, above only keys and what is marked
_HUB = 8  # so many references, and a drawing of more than ALL_COLUMNS tables, and no lines are drawn
_CELL = 7.25  # the width of a character of 12 px in the monospaced fonts in use
_ROW, _HEAD, _PAD, _GUTTER = 18, 24, 8, 18
_NARROWEST = 126  # room for '12 more columns'
_NAME, _TYPE = 30, 20  # longest texts, in characters
_ROUND = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """That something differs: a sign, words for it, how heavy it is, and the id of where it is told."""

    sign: str
    said: str
    severity: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Marks:
    """By the names that findings use: marks on columns, on references, and on tables as a whole.

    anchors: where a page tells more about a table.
    """

    columns: Mapping[str, Mark] = field(default_factory=dict)
    references: Mapping[str, Mark] = field(default_factory=dict)
    tables: Mapping[str, Mark] = field(default_factory=dict)
    anchors: Mapping[str, str] = field(default_factory=dict)


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Drawing:
    """svg is empty where there is nothing to draw; notes say what the drawing leaves out."""

    svg: Markup
    notes: tuple[str, ...] = ()


def draw(tables: Sequence[TableOutline], marks: Marks = NO_MARKS, *, label: str) -> Drawing:
    """A diagram of these tables; label: what it shows, for those who do not see it."""
    if not tables:
        return Drawing(Markup(""))
    known = {t["object"] for t in tables}
    hubs = hubs_of(tables)
    whole = len(tables) <= ALL_COLUMNS
    cards = {t["object"]: _Card(t, marks, whole=whole, referrers=hubs.get(t["object"], 0)) for t in tables}
    links = {
        link: reference
        for card in cards.values()
        for link, reference in card.links()
        if link.target in known and link.target not in hubs
    }
    layout = lay_out([card.box for card in cards.values()], links)
    wires = _wires(layout, {link: (_mark_of(n, marks), single) for link, (n, single) in links.items()})
    shown = (card.svg(layout.places[name]) for name, card in cards.items())
    wide, high = round(layout.width) + 24, round(layout.height) + 24
    svg = tag(
        "svg",
        Markup(f'<g transform="translate(12 12)">{join(wires)}{join(shown)}</g>'),
        xmlns="http://www.w3.org/2000/svg",
        class_="diagram",
        width=wide,
        height=high,
        viewBox=f"0 0 {wide} {high}",
        role="group",
        aria_label=label,
    )
    return Drawing(svg, tuple(_notes(tables, hubs)))


def near(tables: Sequence[TableOutline], chosen: Iterable[str]) -> list[TableOutline]:
    """The chosen tables, and those that they refer to or that refer to them, hubs left aside."""
    wanted = set(chosen)
    hubs = hubs_of(tables)
    reached = set(wanted)
    for table in tables:
        for reference in table["references"]:
            if table["object"] in wanted:
                reached.add(reference["target"])
            if reference["target"] in wanted and reference["target"] not in hubs:
                reached.add(table["object"])
    return [t for t in tables if t["object"] in reached]


def hubs_of(tables: Sequence[TableOutline]) -> dict[str, int]:
    """Tables that so many others refer to that lines would hide the rest: name → number of references."""
    if len(tables) <= ALL_COLUMNS:
        return {}
    pairs = {(t["object"], r["target"]) for t in tables for r in t["references"]}
    counted = Counter(target for source, target in pairs if source != target)
    return {name: count for name, count in counted.items() if count > _HUB}


def _notes(tables: Sequence[TableOutline], hubs: Mapping[str, int]) -> Iterator[str]:
    if len(tables) > ALL_COLUMNS:
        yield "Each table shows its keys and what is marked; the other columns are counted."
    labels = {t["object"]: t["label"] for t in tables}
    known = [f"{labels[name]} ({count})" for name, count in sorted(hubs.items()) if name in labels]
    if known:
        yield f"No lines lead to what most others refer to: {', '.join(known)}. The columns name it."


def _mark_of(names: Iterable[str], marks: Marks) -> Mark | None:
    return next((marks.references[n] for n in names if n in marks.references), None)


# ---- a table ------------------------------------------------------------------------------------


class _Card:
    """A table as a box: a head, and a row for each column that is shown."""

    def __init__(self, table: TableOutline, marks: Marks, *, whole: bool, referrers: int = 0) -> None:
        self.table, self.marks = table, marks
        self.targets = {c: r for r in reversed(table["references"]) for c in r["columns"]}
        self.rows = [c for c in table["columns"] if whole or self._matters(c)]
        self.hidden = len(table["columns"]) - len(self.rows)
        self.mark = marks.tables.get(table["object"])
        self.head = shorten(table["label"], _NAME + _TYPE)
        signs = [f"←{referrers}"] if referrers else []
        self.sign = " ".join([*signs, *([self.mark.sign] if self.mark else [])])
        self.told = [(self._key(c), shorten(c["name"], _NAME), self._right(c)) for c in self.rows]
        lines = len(self.rows) + bool(self.hidden)
        self.box = Box(table["object"], self._width(), _HEAD + lines * _ROW + (4 if lines else 0))

    def _matters(self, column: ColumnOutline) -> bool:
        return column["primary"] or column["name"] in self.targets or column["object"] in self.marks.columns

    def _width(self) -> int:
        keys = max((cells(k) for k, _, _ in self.told), default=0)
        names = max((cells(n) for _, n, _ in self.told), default=0)
        rights = max((cells(t) for _, _, t in self.told), default=0)
        self.name_x = _GUTTER + (keys + 1) * _CELL if keys else _GUTTER
        rows = self.name_x + (names + 2 + rights) * _CELL
        head = (cells(self.head) + cells(self.sign) + 3) * _CELL * 1.05
        return round(max(rows, head, _NARROWEST) + _PAD)

    def _key(self, column: ColumnOutline) -> str:
        words = ["PK"] * column["primary"] + ["FK"] * (column["name"] in self.targets)
        return " ".join(words)

    def _right(self, column: ColumnOutline) -> str:
        """The type; of a reference its target, which stays to be read where no line is drawn."""
        optional = " ?" if column["nullable"] else ""
        reference = self.targets.get(column["name"])
        if reference is None:
            return shorten(column["type"], _TYPE) + optional
        own = reference["target"] == self.table["object"]
        said = "itself" if own else reference["target"].removeprefix("public.")
        return f"→ {shorten(said, _TYPE)}{optional}"

    def links(self) -> Iterator[tuple[Link, tuple[list[str], bool]]]:
        """The references as links, each with its names and whether one row at most refers to a target."""
        at = {c["name"]: _HEAD + n * _ROW + _ROW // 2 for n, c in enumerate(self.rows)}
        for reference in self.table["references"]:
            y = next((at[c] for c in reference["columns"] if c in at), _HEAD // 2)
            link = Link(self.table["object"], y, reference["target"], _HEAD // 2)
            yield link, (reference["names"], reference["single"])

    def svg(self, place: Point) -> Markup:
        return tag(
            "g",
            tag("rect", class_="box", width=self.box.width, height=self.box.height, rx=5),
            self._head(),
            [self._row(n) for n in range(len(self.rows))],
            self._more(),
            transform=f"translate({_n(place.x)} {_n(place.y)})",
            class_=" ".join(self._classes()),
        )

    def _classes(self) -> Iterator[str]:
        yield "table"
        if self.table["external"]:
            yield "external"
        if self.mark:
            yield f"odd {self.mark.severity}"

    def _head(self) -> Markup:
        said = f"table {self.table['object']}" + (f": {self.mark.said}" if self.mark else "")
        width = self.box.width
        parts = [
            tag("title", said),
            tag("path", class_="head", d=f"M0 {_HEAD}V5a5 5 0 0 1 5-5H{width - 5}a5 5 0 0 1 5 5V{_HEAD}Z"),
            tag("text", self.head, class_="name", x=_PAD, y=16),
        ]
        if self.sign:
            parts.append(tag("text", self.sign, class_="sign", x=width - _PAD, y=16, text_anchor="end"))
        return _linked(self.marks.anchors.get(self.table["object"]), said, parts)

    def _row(self, number: int) -> Markup:
        column = self.rows[number]
        key, name, right = self.told[number]
        mark = self.marks.columns.get(column["object"])
        y, width = _HEAD + number * _ROW, self.box.width
        said = f"{column['name']}: {column['type']}" + (f"; {mark.said}" if mark else "")
        parts = [
            tag("title", said),
            tag("rect", class_="row", x=1, y=y + 1, width=width - 2, height=_ROW),
            tag("text", key, class_="key", x=_GUTTER, y=y + 13) if key else None,
            tag("text", name, class_="column", x=_n(self.name_x), y=y + 13),
            tag("text", right, class_="type", x=width - _PAD, y=y + 13, text_anchor="end"),
        ]
        if mark is None:
            return tag("g", parts)
        sign = tag("text", mark.sign, class_="sign", x=5, y=y + 13)
        return tag("g", _linked(mark.anchor, said, [*parts, sign]), class_=f"odd {mark.severity}")

    def _more(self) -> Markup | None:
        if not self.hidden:
            return None
        y = _HEAD + len(self.rows) * _ROW + 13
        noun = "column" if self.hidden == 1 else "columns"
        more = f"{self.hidden} more {noun}" if self.rows else f"{self.hidden} {noun}"
        return tag("text", more, class_="more", x=_GUTTER, y=y)


def _linked(anchor: str | None, said: str, parts: Sequence[Markup | None]) -> Markup:
    return tag("a", parts, href=f"#{anchor}", aria_label=said) if anchor else tag("g", parts)


def shorten(text: str, most: int) -> str:
    """The text in at most so many columns; what is too much leaves its middle, since both ends tell."""
    shown = visible(text)
    if cells(shown) <= most:
        return shown
    head, tail = "", ""
    for char in shown:
        if cells(head + char) > (most - 1) * 2 // 3:
            break
        head += char
    for char in reversed(shown):
        if cells(head + char + tail) > most - 1:
            break
        tail = char + tail
    return f"{head}…{tail}"


# ---- lines --------------------------------------------------------------------------------------


def _wires(layout: Layout, links: Mapping[Link, tuple[Mark | None, bool]]) -> Iterator[Markup]:
    """The lines, those to one table together: where others cross them is a gap, where they join is none."""
    by_target: dict[str, list[Link]] = {}
    for link in links:
        by_target.setdefault(link.target, []).append(link)
    for _, group in sorted(by_target.items()):
        paths = [_path(_corners(layout, link)) for link in group]
        yield tag("path", class_="halo", d="".join(paths))
        odd = [link for link in group if links[link][0]]
        for link in [*(k for k in group if k not in odd), *odd]:
            yield _wire(link, _corners(layout, link), *links[link])


def _corners(layout: Layout, link: Link) -> Sequence[Point]:
    if link.source != link.target:
        return layout.routes[link]
    x, y = layout.places[link.source]
    head, row = y + link.target_y, y + link.source_y
    return (Point(x, head), Point(x - 9, head), Point(x - 9, row), Point(x, row))


def _wire(link: Link, points: Sequence[Point], mark: Mark | None, single: bool) -> Markup:
    """A line with its ends: a bar at the table that is referred to, a crow's foot (or a bar) at the other."""
    ends = _bar(points[0], points[1]) + (_bar if single else _foot)(points[-1], points[-2])
    said = f"{link.source} → {link.target}" + (f": {mark.said}" if mark else "")
    drawn = [tag("title", said), tag("path", class_="line", d=_path(points) + ends)]
    if mark is None:
        return tag("g", drawn, class_="wire")
    return tag("g", _linked(mark.anchor, said, drawn), class_=f"wire odd {mark.severity}")


def _bar(end: Point, before: Point) -> str:
    x = end.x + (5 if before.x > end.x else -5)
    return f"M{_n(x)} {_n(end.y - 4)}v8"


def _foot(end: Point, before: Point) -> str:
    away = 8 if before.x > end.x else -8
    return f"M{_n(end.x)} {_n(end.y - 4)}l{away} 4l{-away} 4"


def _path(points: Sequence[Point]) -> str:
    """A line with round corners."""
    corners = [points[0]]
    for point in points[1:]:
        if point != corners[-1]:
            corners.append(point)
    text = f"M{_n(corners[0].x)} {_n(corners[0].y)}"
    for before, at, after in zip(corners, corners[1:], corners[2:], strict=False):
        start, stop = _toward(at, before), _toward(at, after)
        text += f"L{_n(start.x)} {_n(start.y)}Q{_n(at.x)} {_n(at.y)} {_n(stop.x)} {_n(stop.y)}"
    return text + f"L{_n(corners[-1].x)} {_n(corners[-1].y)}"


def _toward(at: Point, other: Point) -> Point:
    """A little way from one point to another on a horizontal or vertical line."""
    dx, dy = other.x - at.x, other.y - at.y
    way = abs(dx) + abs(dy)
    part = min(_ROUND, way / 2) / way if way else 0
    return Point(at.x + dx * part, at.y + dy * part)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
