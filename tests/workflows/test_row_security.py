"""Owners that the spec states become policies: written by migrate new, held by drift, proven by isolation."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.support.histories import Project
from todo_db.errors import Exit
from todo_db.findings import Report
from todo_db.workflows.check_spec import check as check_spec
from todo_db.workflows.drift import drift
from todo_db.workflows.isolation import isolation
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_new import new

ROLE = "letters_only"
SPEC = """# Database

### users
**Managed by**: Better Auth

| Column | Type | Constraints |
| --- | --- | --- |
| id | uuid | PRIMARY KEY |

### letters
**Owner**: `user_id`

| Column | Type | Constraints |
| --- | --- | --- |
| id | integer | PRIMARY KEY, AUTOINCREMENT |
| user_id | uuid | NOT NULL, FK → users(id), ON DELETE CASCADE, INDEX |
| body | text | NOT NULL |

### stamps
**Owner**: `letter_id`

| Column | Type | Constraints |
| --- | --- | --- |
| id | integer | PRIMARY KEY, AUTOINCREMENT |
| letter_id | integer | NOT NULL, FK → letters(id), ON DELETE CASCADE, INDEX |
"""
MODELS = """
    from uuid import UUID
    from sqlalchemy import Text
    from sqlmodel import Field, SQLModel

    class User(SQLModel, table=True):
        __tablename__ = "users"
        __table_args__ = {"info": {"external": True}}
        id: UUID = Field(primary_key=True)

    class Letter(SQLModel, table=True):
        __tablename__ = "letters"
        id: int | None = Field(default=None, primary_key=True)
        user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
        body: str = Field(sa_type=Text)

    class Stamp(SQLModel, table=True):
        __tablename__ = "stamps"
        id: int | None = Field(default=None, primary_key=True)
        letter_id: int = Field(foreign_key="letters.id", ondelete="CASCADE", index=True)
"""
A, B = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"


@pytest.fixture
def owned(project: Project) -> Project:
    project.settings(spec="schema.md", models="models", app_role=ROLE)
    project.write({"schema.md": SPEC, "models.py": MODELS})
    project.live.execute("CREATE TABLE users (id uuid PRIMARY KEY)")
    return project


def written(project: Project) -> str:
    return "".join(p.read_text() for p in sorted(project.versions.glob("*.py")))


def found(report: Report) -> set[tuple[str, str]]:
    return {(f.rule, f.object) for f in report.findings}


def test_from_the_spec_to_the_database_and_back(owned: Project) -> None:
    assert [f for f in check_spec(owned.open()).findings if f.severity == "error"] == []
    new(owned.open(), "Letters")
    text = written(owned)
    assert "FORCE ROW LEVEL SECURITY" in text
    assert f"GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.letters TO {ROLE}" in text
    assert f"GRANT USAGE ON SEQUENCE public.letters_id_seq TO {ROLE}" in text
    assert "(user_id = (SELECT (NULLIF(current_setting('app.user_id', true), ''))::uuid" in text
    assert new(owned.open(), "Nothing").text.startswith("nothing to do")

    proof = isolation(owned.open())
    assert (proof.findings, proof.unknown) == ((), ())
    assert {r["object"] for r in proof.extra["matrix"]} == {"users", "letters", "stamps"}

    migrate(owned.open())
    assert drift(owned.open()).exit_code() is Exit.CLEAN

    _users_see_their_own(owned)
    _and_drift_sees_each_change(owned)


def _users_see_their_own(owned: Project) -> None:
    owned.live.execute(f"INSERT INTO users VALUES ('{A}'), ('{B}')")
    with owned.live.transaction(force_rollback=True):
        owned.live.execute(f"SET LOCAL ROLE {ROLE}")
        for user in (A, B):
            owned.live.execute("SELECT set_config('app.user_id', %s, true)", (user,))
            owned.live.execute("INSERT INTO letters (user_id, body) VALUES (%s, 'x')", (user,))
            assert owned.live.execute("SELECT user_id::text FROM letters").fetchall() == [(user,)]
        owned.live.execute("SELECT set_config('app.user_id', '', true)")
        assert owned.live.execute("SELECT * FROM letters").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege), owned.live.transaction():
            owned.live.execute("INSERT INTO letters (user_id, body) VALUES (%s, 'x')", (A,))


CHANGES: dict[str, tuple[str, str]] = {
    "DROP POLICY letters_owner_delete ON letters": ("policy-missing", "public.letters.letters_owner_delete"),
    "ALTER TABLE letters NO FORCE ROW LEVEL SECURITY": ("table-force-row-security", "public.letters"),
    "ALTER TABLE stamps DISABLE ROW LEVEL SECURITY": ("table-row-security", "public.stamps"),
    "ALTER POLICY letters_owner_select ON letters USING (true)": (
        "policy-using",
        "public.letters.letters_owner_select",
    ),
    f"GRANT TRUNCATE ON letters TO {ROLE}": ("grant-privileges", f"table public.letters to {ROLE}"),
    f"REVOKE ALL ON stamps FROM {ROLE}": ("grant-missing", f"table public.stamps to {ROLE}"),
}


def _and_drift_sees_each_change(owned: Project) -> None:
    """With the line of the owner, in one go: each is a change of its own."""
    for statement in CHANGES:
        owned.live.execute(statement)
    report = drift(owned.open())
    assert found(report) == set(CHANGES.values())
    lines = {SPEC.splitlines().index(line) + 1 for line in ("**Owner**: `user_id`", "**Owner**: `letter_id`")}
    for finding in report.findings:
        assert finding.verdict == "changed-in-live"
        assert {p.line for p in finding.places if p.side == "spec"} <= lines, finding
        assert any(p.side == "spec" for p in finding.places), finding


def schema(owned: Project, text: str, **settings: Any) -> set[str]:
    owned.settings(spec="schema.md", **settings)
    owned.write({"schema.md": text})
    return {f"{k.kind} {k.name}" for k in owned.open().side("spec").objects if k.kind in ("policy", "grant")}


def test_where_no_policies_follow(owned: Project) -> None:
    assert len(schema(owned, SPEC, app_role=ROLE)) == 10
    without_role = owned.open().side("spec") if schema(owned, SPEC) else None
    assert without_role is not None
    assert {getattr(o, "roles", ()) for o in without_role.of("policy")} == {("public",)}
    assert without_role.of("grant") == []
    assert schema(owned, SPEC, row_level_security=False) == set()
    guessed = SPEC.replace("**Owner**: `user_id`", "Each letter belongs to one user via `user_id`.")
    assert schema(owned, guessed.partition("### stamps")[0]) == set()
    own = SPEC + "\n```sql\nCREATE POLICY mine ON stamps USING (true);\n```\n"
    assert {n.split(".")[1] for n in schema(owned, own)} == {"letters"}
    shared = SPEC.partition("### stamps")[0].replace("`user_id`\n", "none\n")
    assert schema(owned, shared, app_role=ROLE) == {f"grant table public.letters to {ROLE}"}


@pytest.mark.parametrize(
    ("owner", "said"),
    [("usr_id", "no column 'usr_id'"), ("organization: org_id, user_id", "no column 'org_id'")],
)
def test_an_owner_that_leads_nowhere_is_no_silence(owned: Project, owner: str, said: str) -> None:
    owned.write({"schema.md": SPEC.replace("`user_id`\n", f"`{owner}`\n")})
    report = check_spec(owned.open())
    wrong = [f for f in report.findings if f.rule == "spec-owner-invalid"]
    assert said in wrong[0].message
    assert wrong[0].places[0].line == SPEC.splitlines().index("**Owner**: `user_id`") + 1
    assert {f.object for f in wrong} == {"public.letters", "public.stamps"}


TENANTS = """
### members
**Owner**: `membership: org_id, user_id`

| Column | Type | Constraints |
| --- | --- | --- |
| org_id | integer | PRIMARY KEY |
| user_id | text | PRIMARY KEY |

### papers
**Owner**: `organization: org_id, author_id`

| Column | Type | Constraints |
| --- | --- | --- |
| id | integer | PRIMARY KEY, AUTOINCREMENT |
| org_id | integer | NOT NULL, INDEX |
| author_id | text | NOT NULL |

### plans
**Owner**: `organization: org_id`

| Column | Type | Constraints |
| --- | --- | --- |
| id | integer | PRIMARY KEY, AUTOINCREMENT |
| org_id | integer | NOT NULL, INDEX |
"""


def test_organizations(project: Project) -> None:
    project.settings(spec="schema.md", app_role=ROLE)
    project.write({"schema.md": TENANTS})
    new(project.open(), "Tenants")
    proof = isolation(project.open())
    assert [f for f in proof.findings if f.severity == "error"] == []
    assert proof.unknown == ()
    states = {r["object"]: r["sides"] for r in proof.extra["matrix"]}
    assert {states["papers"][o] for o in ("select", "insert", "update", "delete")} == {"proven"}
    assert states["members"]["select"] == "proven"
    assert states["members"]["insert"] == "n/a"
