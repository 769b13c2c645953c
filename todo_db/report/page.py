"""One HTML page: self-contained, with no script, and forbidden to load anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files

from todo_db.report.diagram import MOST, Marks, draw, near
from todo_db.report.markup import Child, Markup, tag
from todo_db.report.outline import TableOutline


def page(title: str, *content: Child) -> str:
    """The whole document. Nothing but its own style sheet applies, whatever the content holds."""
    style = files("todo_db.report").joinpath("page.css").read_text(encoding="utf-8")
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    body = tag("body", tag("a", "Skip to the content", class_="skip", href="#content"), content)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en', dir='ltr')}\n"


def contents(sections: Iterable[tuple[str, str]]) -> Markup:
    """Links to the page's sections: (id, text)."""
    links = [tag("li", tag("a", text, href=f"#{to}")) for to, text in sections]
    return tag("nav", tag("ul", links), aria_label="On this page")


def section(id_: str, title: str, *content: Child) -> Markup:
    """A part of the page under a heading of its own."""
    return tag("section", tag("h2", title, id=id_), content, aria_labelledby=id_)


def name(text: str) -> Markup:
    """A name or a value from a database or a document: set apart, its direction not mixed with ours."""
    return tag("code", tag("bdi", text))


def table(
    head: Sequence[Child], rows: Iterable[Sequence[Child]], *, caption: str, class_: str = ""
) -> Markup:
    """A table whose first column names the rows; it scrolls by itself where the screen is narrow."""
    body = [tag("tr", tag("th", first, scope="row"), [tag("td", c) for c in cells]) for first, *cells in rows]
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", [tag("th", cell, scope="col") for cell in head])),
        tag("tbody", body),
        class_=class_ or None,
    )
    return tag("div", whole, class_="scroll", role="region", aria_label=caption, tabindex=0)


_LEGEND = (
    "A line leads from a column to the table that it refers to; at the column a crow's foot stands for many "
    "rows, a bar for one at most. “?” after a type: may be NULL. A dashed frame: somebody else manages it."
)
_MARKED = " ≠: something differs; –: a side lacks it. Both lead to what was found."
_CROWDED = 60  # from so many tables on, what differs is first drawn by itself


def diagram(tables: Sequence[TableOutline], marks: Marks, *, id_: str, label: str) -> Markup:
    """The drawing with its legend. Of many tables those that differ come first, with their neighbours."""
    odd = near(tables, marks.tables) if len(tables) > _CROWDED else []
    legend = tag("p", _LEGEND + (_MARKED if marks.tables else ""), class_="soft")
    pictures: list[Markup] = []
    if 0 < len(odd) < len(tables):
        shown = f"The {len(odd[:MOST]):,} tables that differ or stand next to one that does."
        pictures += [tag("p", shown), _picture(odd[:MOST], marks, f"{id_}-odd", label)]
    if len(tables) > MOST:
        pictures.append(tag("p", f"All {len(tables):,} tables are too many for one drawing."))
    elif pictures:
        whole = _picture(tables, marks, id_, label)
        pictures.append(tag("details", tag("summary", f"All {len(tables):,} tables"), whole))
    else:
        pictures.append(_picture(tables, marks, id_, label))
    return tag("div", pictures, legend)


def _picture(tables: Sequence[TableOutline], marks: Marks, id_: str, label: str) -> Markup:
    drawing = draw(tables, marks, label=label)
    return tag(
        "div",
        [tag("p", note) for note in drawing.notes],
        tag("input", type="checkbox", class_="fit", id=f"{id_}-fit"),
        tag("label", " fit the drawing to the page", for_=f"{id_}-fit"),
        tag("div", drawing.svg, class_="picture", role="region", aria_label=label, tabindex=0),
    )
