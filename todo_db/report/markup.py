"""HTML and SVG by construction: text is escaped where it enters, so that no name can break out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from todo_db.report.escape import visible

_VOID: Final = frozenset({"br", "input", "meta"})


class Markup(str):
    """Text that is markup already; anything else is escaped before it gets there."""

    __slots__ = ()


Child = str | Markup | None | Iterable["Child"]


def tag(element: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element. `class_` loses its underscore, others become hyphens; None and False are left out."""
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    if element in _VOID:
        return Markup(f"<{element}{said}>")
    return Markup(f"<{element}{said}>{join(children)}</{element}>")


def join(children: Child) -> Markup:
    """The children one after the other; plain text among them is escaped."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return text(children)
    return Markup("".join(join(child) for child in children))


def text(said: str) -> Markup:
    """Text that is text in HTML and SVG; what would act unseen (controls, direction marks) is written out."""
    return Markup(escape(visible(said)))


def anchor(*parts: str) -> str:
    """An id that stays the same from run to run and is safe in a URL, whatever the names hold."""
    return "x" + hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:12]


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(visible(str(value)))}"'
