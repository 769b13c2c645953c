"""Where the boxes of an entity diagram stand and how its lines run: layers from left to right.

Referenced tables stand left of those that refer to them. All lines to one table share one trunk, so that a
table with forty references has one tree of lines and not forty. What the libraries for layered layouts that
need no other program lack is just that, and lines that end at a row of a box.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

BOX_GAP = 22  # between boxes of one column
WIRE_GAP = 10  # beside a line that passes through a column
TRACK = 9  # between trunks
CHANNEL = 34  # between columns, before trunks are counted
ASPECT = 1.5  # a drawing's width to its height, as far as the references let it
_SWEEPS = 12
_STRAIGHT = 25.0  # boxes that it takes to bend a line


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Link:
    """From a row of a box to another box; y: from the boxes' tops."""

    source: str
    source_y: int
    target: str
    target_y: int


class Point(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """places: each box's upper left corner. routes: for each link its corners, from target to source."""

    places: Mapping[str, Point]
    routes: Mapping[Link, tuple[Point, ...]]
    width: float
    height: float


def lay_out(boxes: Sequence[Box], links: Iterable[Link]) -> Layout:
    """Place boxes so that no two overlap, and route the links between different boxes."""
    drawn = sorted({link for link in links if link.source != link.target}, key=_link_key)
    parts = [_Component(*part).lay_out() for part in _components(boxes, drawn)]
    return _packed(parts)


def _link_key(link: Link) -> tuple[str, int, str]:
    return (link.source, link.source_y, link.target)


# ---- parts that have nothing to do with one another ---------------------------------------------


def _components(boxes: Sequence[Box], links: Sequence[Link]) -> list[tuple[list[Box], list[Link]]]:
    leader = {box.name: box.name for box in boxes}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for link in links:
        leader[find(link.source)] = find(link.target)
    parts: dict[str, tuple[list[Box], list[Link]]] = {}
    for box in boxes:
        parts.setdefault(find(box.name), ([], []))[0].append(box)
    for link in links:
        parts[find(link.source)][1].append(link)
    return list(parts.values())


def _packed(parts: Sequence[Layout]) -> Layout:
    """The parts in rows, tall ones first."""
    area = sum((p.width + CHANNEL) * (p.height + BOX_GAP) for p in parts)
    limit = max([sqrt(area * ASPECT), *(p.width for p in parts)])
    places: dict[str, Point] = {}
    routes: dict[Link, tuple[Point, ...]] = {}
    x = y = row = right = 0.0
    for part in sorted(parts, key=lambda p: (-p.height, -p.width, min(p.places))):
        if x and x + part.width > limit:
            x, y, row = 0.0, y + row + BOX_GAP, 0.0
        places |= {name: Point(at.x + x, at.y + y) for name, at in part.places.items()}
        routes |= {k: tuple(Point(p.x + x, p.y + y) for p in line) for k, line in part.routes.items()}
        right, row = max(right, x + part.width), max(row, part.height)
        x += part.width + CHANNEL
    return Layout(places, routes, right, y + row)


# ---- one part -----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Node:
    """A box, or the place where a line passes through a column."""

    height: int
    layer: int
    box: Box | None = None
    y: float = 0.0
    # (the other node, where the line meets this one, where it meets the other)
    left: list[tuple[_Node, int, int]] = field(default_factory=list)
    right: list[tuple[_Node, int, int]] = field(default_factory=list)

    @property
    def gap(self) -> int:
        return BOX_GAP if self.box else WIRE_GAP


class _Wire(NamedTuple):
    """Lines that share a trunk leave one node at one height: the node and height on the left."""

    node: _Node
    y: int
    trunk: object


class _Component:
    def __init__(self, boxes: Sequence[Box], links: Sequence[Link]) -> None:
        self.links = links
        self.depth = _depths(boxes, links)
        layers = _layers(boxes, links, self.depth)
        self.nodes = {b.name: _Node(b.height, layers[b.name], b) for b in boxes}
        self.columns: list[list[_Node]] = [[] for _ in range(max(layers.values()) + 1)]
        for node in self.nodes.values():
            self.columns[node.layer].append(node)
        self.paths: dict[Link, list[tuple[_Wire, _Node, int]]] = {}
        self.passing: dict[tuple[object, int], _Node] = {}
        for link in links:
            self._connect(link)

    def lay_out(self) -> Layout:
        self._order()
        self._straighten()
        return self._drawn()

    def _connect(self, link: Link) -> None:
        """A link's way from left to right, column by column; links to one box share theirs."""
        source, target = self.nodes[link.source], self.nodes[link.target]
        forward = target.layer < source.layer
        begin, at = (target, link.target_y) if forward else (source, link.source_y)
        end, end_y = (source, link.source_y) if forward else (target, link.target_y)
        trunk: object = (link.target,) if forward else link
        steps: list[tuple[_Wire, _Node, int]] = []
        for layer in range(begin.layer + 1, end.layer + 1):
            last = layer == end.layer
            node, y = (end, end_y) if last else (self._pass(trunk, layer), 0)
            steps.append((_Wire(begin, at, trunk), node, y))
            if (node, at, y) not in begin.right:
                begin.right.append((node, at, y))
                node.left.append((begin, y, at))
            begin, at = node, y
        self.paths[link] = steps

    def _pass(self, trunk: object, layer: int) -> _Node:
        if (trunk, layer) not in self.passing:
            node = _Node(0, layer)
            self.passing[trunk, layer] = node
            self.columns[layer].append(node)
        return self.passing[trunk, layer]

    # -- order within the columns: as few crossings as sweeping finds --

    def _order(self) -> None:
        best = [list(c) for c in self.columns]
        fewest = self._crossings()
        for sweep in range(_SWEEPS):
            rightwards = sweep % 2 == 0
            for column in self.columns if rightwards else self.columns[::-1]:
                self._sort(column, rightwards=rightwards)
            crossings = self._crossings()
            if crossings < fewest:
                fewest, best = crossings, [list(c) for c in self.columns]
        self.columns = best

    def _sort(self, column: list[_Node], *, rightwards: bool) -> None:
        rank = {id(n): i for c in self.columns for i, n in enumerate(c)}
        middle: dict[int, float] = {}
        for i, node in enumerate(column):
            near = node.left if rightwards else node.right
            ranks = [rank[id(o)] + there / (o.height + 1) for o, _, there in near]
            middle[id(node)] = sum(ranks) / len(ranks) if ranks else float(i)
        column.sort(key=lambda n: middle[id(n)])

    def _crossings(self) -> int:
        total = 0
        for column, following in zip(self.columns, self.columns[1:], strict=False):
            rank = {id(n): i for i, n in enumerate(following)}
            ends: list[tuple[int, int]] = []
            for node in column:
                mine = sorted((rank[id(o)], there) for o, _, there in node.right)
                total += sum(len(ends) - bisect_left(ends, (e[0], e[1] + 1)) for e in mine)
                for end in mine:
                    insort(ends, end)
        return total

    # -- heights: each node as near as possible to what it is connected with --

    def _straighten(self) -> None:
        for column in self.columns:
            _stack(column, [0.0] * len(column))
        for sweep in range(_SWEEPS):
            rightwards = sweep % 2 == 0
            for column in self.columns if rightwards else self.columns[::-1]:
                _stack(column, [_wanted(n, rightwards=rightwards) for n in column])

    def _drawn(self) -> Layout:
        top = min(n.y for c in self.columns for n in c)
        tracks = [self._tracks(layer) for layer in range(len(self.columns))]
        lefts, x = [], 0.0
        for column, trunks in zip(self.columns, tracks, strict=True):
            lefts.append(x)
            wide = max([n.box.width for n in column if n.box] or [0])
            x += wide + CHANNEL + TRACK * max(trunks.values(), default=0)
        places = {b: Point(lefts[n.layer], n.y - top) for b, n in self.nodes.items()}
        routes = {link: self._route(link, lefts, tracks, top) for link in self.links}
        width = max(lefts[n.layer] + n.box.width for n in self.nodes.values() if n.box)
        below = [n.y + n.height - top for c in self.columns for n in c]
        return Layout(places, routes, width, max(below))

    def _tracks(self, layer: int) -> dict[object, int]:
        """Trunk → its number, from the right, in the channel that follows a column."""
        spans: dict[object, list[float]] = defaultdict(list)
        for path in self.paths.values():
            for wire, node, y in path:
                if wire.node.layer == layer:
                    spans[wire.trunk] += [wire.node.y + wire.y, node.y + y]
        taken: list[list[tuple[float, float]]] = []
        result: dict[object, int] = {}
        for trunk, ys in sorted(spans.items(), key=lambda item: (min(item[1]), max(item[1]))):
            low, high = min(ys) - TRACK, max(ys) + TRACK
            free = (i for i, spots in enumerate(taken) if all(high < a or b < low for a, b in spots))
            number = next(free, len(taken))
            if number == len(taken):
                taken.append([])
            taken[number].append((low, high))
            result[trunk] = number
        return result

    def _route(
        self, link: Link, lefts: Sequence[float], tracks: Sequence[Mapping[object, int]], top: float
    ) -> tuple[Point, ...]:
        points: list[Point] = []
        for wire, node, y in self.paths[link]:
            begin = wire.node
            y0, y1 = begin.y + wire.y - top, node.y + y - top
            x0 = lefts[begin.layer] + (begin.box.width if begin.box else 0)
            trunk = lefts[node.layer] - CHANNEL / 2 - TRACK * tracks[begin.layer][wire.trunk]
            points += [Point(x0, y0), Point(trunk, y0), Point(trunk, y1), Point(lefts[node.layer], y1)]
        forward = self.nodes[link.target].layer < self.nodes[link.source].layer
        return tuple(points if forward else points[::-1])


# ---- columns ------------------------------------------------------------------------------------


def _depths(boxes: Sequence[Box], links: Iterable[Link]) -> dict[str, int]:
    """How long a chain of references begins at each box; a reference that closes a circle does not count."""
    targets: dict[str, list[str]] = {b.name: [] for b in boxes}
    for link in links:
        targets[link.source].append(link.target)
    depth: dict[str, int] = {}
    open_: set[str] = set()
    for first in targets:
        stack = [first]
        while stack:
            name = stack[-1]
            left = [t for t in targets[name] if t not in depth and t not in open_]
            if name in depth or not left:
                stack.pop()
                open_.discard(name)
                closed = [depth[t] for t in targets[name] if t in depth]
                depth.setdefault(name, 1 + max(closed, default=-1))
            else:
                open_.add(name)
                stack.append(left[0])
    return depth


def _layers(boxes: Sequence[Box], links: Sequence[Link], depth: Mapping[str, int]) -> dict[str, int]:
    """Each box's column: right of what it refers to, and no column much taller than the drawing is to be."""
    area = sum((b.width + 2 * CHANNEL) * (b.height + BOX_GAP) for b in boxes)
    limit = max([sqrt(area / ASPECT), *(b.height + BOX_GAP for b in boxes)])
    targets: dict[str, set[str]] = defaultdict(set)
    sources: dict[str, set[str]] = defaultdict(set)
    for link in links:
        if depth[link.target] < depth[link.source]:
            targets[link.source].add(link.target)
            sources[link.target].add(link.source)
    full: dict[int, float] = defaultdict(float)
    layer: dict[str, int] = {}
    for box in sorted(boxes, key=lambda b: (depth[b.name], -len(sources[b.name]), b.name)):
        at = max((layer[t] for t in targets[box.name]), default=-1) + 1
        while full[at] and full[at] + box.height > limit:
            at += 1
        layer[box.name] = at
        full[at] += box.height + BOX_GAP
    for box in sorted(boxes, key=lambda b: (-depth[b.name], b.name)):  # nearer to what refers to it
        at = min((layer[s] for s in sources[box.name]), default=0) - 1
        while at > layer[box.name] and full[at] + box.height > limit:
            at -= 1
        if at > layer[box.name] and len(sources[box.name]) > len(targets[box.name]):
            full[layer[box.name]] -= box.height + BOX_GAP
            full[at] += box.height + BOX_GAP
            layer[box.name] = at
    used = {old: new for new, old in enumerate(sorted({*layer.values()}))}
    return {name: used[at] for name, at in layer.items()}


def _wanted(node: _Node, *, rightwards: bool) -> float:
    near = (node.left or node.right) if rightwards else (node.right or node.left)
    return sum(o.y + there - here for o, here, there in near) / len(near) if near else node.y


def _stack(column: Sequence[_Node], wanted: Sequence[float]) -> None:
    """Put the nodes as near as possible to where they want to be, in their order and without overlap.

    Least squares under that condition: pooling adjacent violators. Lines that pass through weigh more than
    boxes, so that they stay straight.
    """
    offset = 0.0
    blocks: list[tuple[float, float, int]] = []  # mean of wanted places less offset, weight, number of nodes
    offsets = []
    for i, (node, want) in enumerate(zip(column, wanted, strict=True)):
        if i:
            above = column[i - 1]
            offset += above.height + max(above.gap, node.gap)
        offsets.append(offset)
        mean, weight, count = want - offset, 1.0 if node.box else _STRAIGHT, 1
        while blocks and blocks[-1][0] > mean:
            before, other, many = blocks.pop()
            mean = (before * other + mean * weight) / (other + weight)
            weight, count = other + weight, many + count
        blocks.append((mean, weight, count))
    means = (mean for mean, _, count in blocks for _ in range(count))
    for node, mean, own in zip(column, means, offsets, strict=True):
        node.y = mean + own
