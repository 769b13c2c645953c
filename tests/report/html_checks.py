"""What every page has to keep, read with a parser and not with patterns."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

VOID = {"br", "input", "meta"}
# The elements that pages are made of; anything else got in by a name.
OWN = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "h1", "h2", "h3"),
    *("a", "p", "ul", "li", "div", "span", "strong", "code", "bdi", "br", "pre", "table", "caption"),
    *(
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "input",
        "label",
        "svg",
        "g",
        "rect",
        "path",
        "text",
    ),
}
ALLOWED = {
    *("aria-label", "aria-labelledby", "charset", "class", "content", "d", "dir", "for", "height", "href"),
    *("http-equiv", "id", "lang", "name", "open", "role", "rx", "scope", "tabindex", "text-anchor"),
    *("transform", "type", "viewbox", "width", "x", "xmlns", "y"),
}


class Page(HTMLParser):
    """A parsed page; making one fails where an element is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "title"):
            self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.elements if "id" in attrs]

    @property
    def words(self) -> str:
        return "".join(self.text)


def check(text: str) -> Page:
    """Well-formed, of its own elements only, every link leads somewhere on the page, nothing is loaded."""
    page = Page(text)
    strange = {name for name, _ in page.elements} - OWN
    assert not strange, strange
    unknown = {key for _, attrs in page.elements for key in attrs} - ALLOWED
    assert not unknown, unknown
    assert len(page.ids) == len(set(page.ids))
    links = [a["href"] for a in page.named("a") if "href" in a]
    assert all(link.startswith("#") and link[1:] in page.ids for link in links)
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in next(
        m["content"] for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert all(th.get("scope") in ("row", "col") for th in page.named("th"))
    return page


def svg(text: str) -> ET.Element:
    """The first drawing as XML."""
    start = text.index("<svg")
    return ET.fromstring(text[start : text.index("</svg>") + 6])  # noqa: S314 (our own)
