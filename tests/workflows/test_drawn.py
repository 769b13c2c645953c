"""drift and inspect as pictures: from real databases to a page and to Mermaid's text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Connection
from tests.report.html_checks import check, svg
from todo_db.errors import Exit
from todo_db.postgres.scratch import Scratch
from todo_db.report import render
from todo_db.settings import Settings
from todo_db.sources.workspace import Workspace
from todo_db.workflows.drift import drift
from todo_db.workflows.inspect import inspect

SPEC = """# Schema

## users

| Column | Type | Constraints |
|---|---|---|
| id | integer | PK |

## tasks

| Column | Type | Constraints |
|---|---|---|
| id | integer | PK |
| user_id | integer | NOT NULL, FK → users(id), ON DELETE CASCADE |
| title | varchar(200) | NOT NULL |
"""
LIVE = """
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE tasks (
  id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT, title text NOT NULL
);
CREATE TABLE stray (id integer);
"""


@pytest.fixture
def open_ws(tmp_path: Path, server: Scratch) -> Callable[[Connection], Workspace]:
    def open_(db: Connection) -> Workspace:
        spec = tmp_path / "schema.md"
        spec.write_text(SPEC, encoding="utf-8")
        environ = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        ws = Workspace(Settings(root=tmp_path, spec=(spec,)), url=server.url(db), environ=environ)
        ws.__dict__["scratch"] = server
        return ws

    return open_


def test_drift_as_a_page(db: Connection, open_ws: Callable[[Connection], Workspace]) -> None:
    db.execute(LIVE)
    with open_ws(db) as ws:
        report = drift(ws, diagram=True)
    text = render("html", report, Exit.FINDINGS)
    page = check(text)
    assert {f.kind for f in report.findings} >= {"column", "foreign key", "table"}
    assert all(f.message in page.words for f in report.findings)
    told = {a["aria-label"]: a["href"] for a in page.named("a") if "aria-label" in a}
    marked = "\n".join(told)
    assert "title: varchar(200); " in marked
    assert "public.tasks → public.users: " in marked
    assert "table public.stray: " in marked
    classes = [g.get("class") for g in svg(text).iter("{http://www.w3.org/2000/svg}g")]
    assert "wire odd error" in classes


def test_the_outline_costs_nothing_where_nobody_draws(
    db: Connection, open_ws: Callable[[Connection], Workspace]
) -> None:
    db.execute(LIVE)
    with open_ws(db) as ws:
        assert "outline" not in drift(ws).extra


def test_inspect_draws(db: Connection, open_ws: Callable[[Connection], Workspace]) -> None:
    db.execute(LIVE)
    with open_ws(db) as ws:
        live = ws.url or ""
        text = inspect(ws, live, "mermaid").text
        assert "    users ||--o{ tasks : " in text
        page = check(inspect(ws, "spec", "html").text)
        assert "varchar(200)" in page.words


def test_a_page_names_no_password(db: Connection, open_ws: Callable[[Connection], Workspace]) -> None:
    with open_ws(db) as ws:
        url = (ws.url or "").replace("postgresql://", "postgresql://", 1)
        head, _, tail = url.partition("://")
        user, at, rest = tail.partition("@")
        secret = f"{head}://{user.partition(':')[0]}:s3cret-word{at}{rest}"
        assert "s3cret-word" not in inspect(ws, secret, "html").text
