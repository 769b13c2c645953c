"""`todo-db isolation`, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from todo_db.postgres.scratch import Scratch

ROOT = Path(__file__).parents[2]
SPEC = """
# Database

## Tables

### user
**Managed by**: Better Auth

| Column | Type | Constraints |
| --- | --- | --- |
| id | text | PRIMARY KEY |

### letters
{owner}

| Column | Type | Constraints |
| --- | --- | --- |
| id | integer | PRIMARY KEY |
| user_id | text | NOT NULL, FK → user(id), ON DELETE CASCADE |
| body | text | NOT NULL |

#### Indexes
- `INDEX idx_letters_user (user_id)`
"""


def run(folder: Path, *arguments: str, owner: str = "**Owner**: `user_id`") -> tuple[int, Any, str]:
    (folder / "schema").mkdir(exist_ok=True)
    (folder / "schema" / "schema.md").write_text(SPEC.format(owner=owner))
    (folder / "pyproject.toml").write_text("[tool.todo-db]\n")
    done = subprocess.run(
        [sys.executable, "-m", "todo_db", "isolation", "--format", "json", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def test_the_spec_with_its_policies_is_proven(tmp_path: Path) -> None:
    code, report, said = run(tmp_path)
    assert code == 0, said
    (row,) = [r for r in report["matrix"] if r["object"] == "letters"]
    assert {row["sides"][o] for o in ("select", "insert", "update", "delete")} == {"proven"}
    assert any("the spec was built" in n for n in report["notes"])


def test_without_an_owner_there_is_nothing_to_prove(tmp_path: Path) -> None:
    code, _, said = run(tmp_path, owner="")
    assert code == 2
    assert "names no owner" in said


@pytest.fixture
def live(server: Scratch, make_db: Any) -> Any:
    """A database whose role `letters_app` is not held by any policy."""
    connection = make_db("live")
    server.ensure_roles(["letters_app"])
    connection.execute(
        'CREATE TABLE "user" (id text PRIMARY KEY);'
        "CREATE TABLE letters (id integer PRIMARY KEY, body text NOT NULL,"
        'user_id text NOT NULL REFERENCES "user");'
        "GRANT SELECT, INSERT, UPDATE, DELETE ON letters TO letters_app;"
        "GRANT USAGE ON SCHEMA public TO letters_app"
    )
    return connection


def url(connection: Any, user: str) -> str:
    return f"postgresql://{user}@/{connection.info.dbname}?host={connection.info.host}&port={connection.info.port}"


def test_live_is_attacked_and_left_as_it_was(tmp_path: Path, server: Scratch, live: Any) -> None:
    superuser = server.superuser_connection(live)
    code, report, said = run(
        tmp_path, "--live", "--role", "letters_app", "--url", url(superuser, superuser.info.user)
    )
    superuser.close()
    assert code == 1, said
    opened = {f["message"].partition(":")[0] for f in report["findings"] if f["code"] == "TD801"}
    assert opened == {"select", "insert", "update", "delete"}
    assert all(
        "WHERE" in f["sides"]["statement"] or "INSERT" in f["sides"]["statement"]
        for f in report["findings"]
        if f["code"] == "TD801"
    )
    assert live.execute("SELECT count(*) FROM letters").fetchone() == (0,)


def test_live_needs_a_role_that_can_make_rows(tmp_path: Path, server: Scratch, live: Any) -> None:
    with server.superuser_connection(live) as admin:
        admin.execute("CREATE ROLE letters_held LOGIN")
    code, _, said = run(tmp_path, "--live", "--role", "letters_app", "--url", url(live, "letters_held"))
    assert code == 3
    assert "BYPASSRLS" in said


def test_a_superuser_as_the_applications_role(tmp_path: Path, server: Scratch, live: Any) -> None:
    superuser = server.superuser_connection(live)
    name = superuser.info.user
    code, report, _ = run(tmp_path, "--live", "--role", name, "--url", url(superuser, name))
    superuser.close()
    assert code == 1
    (finding,) = [f for f in report["findings"] if f["kind"] == "role"]
    assert finding["code"] == "TD802"
    assert "neondb_owner" in finding["hint"]
    assert report["matrix"] == []
