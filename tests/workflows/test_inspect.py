"""inspect: what is written reads back to the same, and what cannot be written is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Connection
from todo_db.postgres.scratch import Scratch
from todo_db.schema import Key
from todo_db.settings import Settings
from todo_db.sources.workspace import Workspace
from todo_db.workflows.inspect import inspect
from todo_db.workflows.sides import hold

RICH = """
CREATE SCHEMA audit;
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy | sad', '`');
CREATE DOMAIN positive AS integer NOT NULL DEFAULT 1 CONSTRAINT pos CHECK (VALUE > 0);
CREATE SEQUENCE ticket START 100 INCREMENT 5;
CREATE TABLE users (id text PRIMARY KEY, email text UNIQUE, "emailVerified" boolean NOT NULL DEFAULT false);
CREATE TABLE tasks (
  id serial PRIMARY KEY,
  user_id text NOT NULL CONSTRAINT tasks_user_fk REFERENCES users ON DELETE CASCADE,
  title varchar(200) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'pending' CONSTRAINT chk CHECK (status IN ('pending', 'complete')),
  mood mood DEFAULT 'it''s ok',
  amount numeric(10,2) DEFAULT 0.00,
  score positive,
  tags text[] NOT NULL DEFAULT '{}',
  meta jsonb DEFAULT '{"a|b": "c`d"}',
  code char(3) COLLATE "C",
  created_at timestamptz NOT NULL DEFAULT now(),
  naive timestamp(3)[],
  loud text GENERATED ALWAYS AS (upper(title)) STORED,
  parent integer REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
  no integer DEFAULT nextval('ticket'),
  CONSTRAINT uq UNIQUE (user_id, title)
);
COMMENT ON TABLE tasks IS 'What is to be done | quickly';
COMMENT ON COLUMN tasks.title IS 'a `title`';
CREATE INDEX idx_task_user_status ON tasks (user_id, status);
CREATE INDEX idx_lower ON tasks (lower(title) DESC NULLS LAST, created_at DESC);
CREATE UNIQUE INDEX idx_part ON tasks (title) INCLUDE (status) WHERE status <> 'complete';
CREATE INDEX idx_gin ON tasks USING gin (meta);
CREATE TABLE links (a integer, b integer, at tstzrange, EXCLUDE USING gist (at WITH &&));
"""
ODD = """
CREATE TABLE "Odd Näme 🙂" (
  "my col" bigint GENERATED ALWAYS AS IDENTITY, "a.b" text, "q""t" text, "select" text, "b|a r" text,
  CONSTRAINT "Odd pk" PRIMARY KEY ("my col", "a.b")
);
CREATE INDEX "odd ix" ON "Odd Näme 🙂" ("a.b" DESC, "q""t");
CREATE TABLE "from" (
  x text, y bigint, FOREIGN KEY (x, y) REFERENCES "Odd Näme 🙂" ("a.b", "my col") ON UPDATE CASCADE
);
"""
SUFFIX = {"markdown": "md"}


@pytest.fixture
def ws(tmp_path: Path, server: Scratch, environ: dict[str, str]) -> Iterator[Workspace]:
    with Workspace(Settings(root=tmp_path), environ=environ) as workspace:
        workspace.__dict__["scratch"] = server  # one server for all tests of this process
        yield workspace


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.mark.parametrize("sql", [RICH, ODD], ids=["rich", "odd"])
@pytest.mark.parametrize("form", ["yaml", "markdown", "sql"])
def test_what_is_written_reads_back_to_the_same(
    sql: str, form: str, ws: Workspace, db: Connection, server: Scratch
) -> None:
    db.execute(sql)
    url = server.url(db)
    written = inspect(ws, url, form)
    assert written.exit_code == 0
    assert not [
        n for n in written.notes if not re.search(r": \d+ × owner\Z", n)
    ]  # who owns it is no spec's business
    file = ws.settings.root / f"back.{SUFFIX.get(form, form)}"
    file.write_text(written.text, encoding="utf-8")
    back = ws.side(str(file))
    assert back.unknown == ()
    comparison, unknown = hold(ws, [ws.side(url), back])
    assert [(d.key, d.fact, dict(d.values)) for d in comparison] == []
    assert unknown == ()
    lost = ws.side(url).objects.keys() - back.objects.keys()
    assert lost <= {Key("schema", "public"), Key("sequence", "public.tasks_id_seq")}  # given; brought along


def test_json_has_places_for_what_is_unsaid(ws: Workspace, tmp_path: Path) -> None:
    spec = tmp_path / "schema.md"
    spec.write_text(
        "## tasks\n\n| Column | Type | Constraints |\n|---|---|---|\n"
        "| id | INTEGER | PK |\n| title | TEXT | |\n"
    )
    got = json.loads(inspect(ws, str(spec), "json").text)
    title = got["tables"]["tasks"]["columns"][1]
    assert (title["name"], title["type"].lower(), title["nullable"]) == ("title", "text", None)
    assert "questions" in got


def test_a_spec_is_written_from_the_document(ws: Workspace, tmp_path: Path) -> None:
    """What it leaves unsaid stays unsaid: nothing was built and read back."""
    spec = tmp_path / "schema.md"
    spec.write_text("## tasks\n\n- `id`: integer, primary key\n- `title`: string\n")
    text = inspect(ws, str(spec), "yaml").text
    assert "nullable" not in text.split("title")[1]


def test_what_has_no_words_is_counted(ws: Workspace, db: Connection, server: Scratch) -> None:
    db.execute("CREATE TABLE t (a text, b text)")
    db.execute("ALTER TABLE t ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL")
    db.execute("CREATE INDEX i ON t (a text_pattern_ops) WITH (fillfactor = 70)")
    notes = inspect(ws, server.url(db), "yaml").notes
    (note,) = notes
    assert note.startswith("left out, since yaml has no words for it: ")
    for what in ("2 × column: storage", "1 × index: opclasses", "1 × index: options"):
        assert what in note
    assert inspect(ws, server.url(db), "sql").notes == ()


def test_a_serial_column_is_one_thing_and_a_special_one_is_not(
    ws: Workspace, db: Connection, server: Scratch
) -> None:
    db.execute("CREATE TABLE t (a serial, b bigserial)")
    assert "nextval" not in inspect(ws, server.url(db), "yaml").text
    other = "ALTER SEQUENCE t_a_seq INCREMENT 2"
    db.execute(other)
    fresh = Workspace(ws.settings, environ=ws.environ)
    fresh.__dict__["scratch"] = server
    text = inspect(fresh, server.url(db), "yaml").text
    assert "nextval('public.t_a_seq'" in text.replace("''", "'")
    assert "t_a_seq:" in text
