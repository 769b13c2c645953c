"""The checklist shows everything that a spec states, and every finding exactly once, where it belongs."""

from __future__ import annotations

from todo_db.errors import Exit
from todo_db.findings import Finding, Place, Report, Severity
from todo_db.report import render
from todo_db.report.checklist import checklist
from todo_db.spec.read import read_markdown

SPEC = """### tasks

| Column | Type | Constraints |
|---|---|---|
| id | uuid | PRIMARY KEY |
| user_id | text | NOT NULL, FK → users.id ON DELETE CASCADE |
| title | varchar(200) | |

#### Indexes

- `INDEX idx_tasks_user (user_id)`

### users (managed by Better Auth)

| Column | Type | Constraints |
|---|---|---|
| id | text | PRIMARY KEY |
"""


def finding(name: str, severity: Severity = Severity.ERROR, kind: str = "column") -> Finding:
    return Finding(
        code="TD203",
        rule="column-type",
        severity=severity,
        kind=kind,
        object=name,
        message=f"{kind} {name}: it differs",
        sides={"spec": "text", "models": None},
        places=(Place("spec", "schema.md", 7), Place("models", "models.py", 3)),
    )


FOUND = [
    finding("public.tasks.user_id"),
    finding("public.tasks.idx_tasks_user", Severity.INFO, "index"),
    finding("public.tasks", Severity.WARNING, "table"),
    finding("public.tasks.extra"),
    finding("public.others", kind="table"),
]


def test_each_finding_stands_once_at_what_it_is_about() -> None:
    spec = read_markdown(SPEC, "schema.md")
    questions = [f for f in spec.findings if f.question]
    parts = checklist(spec, [*questions, *FOUND])
    tasks, users, rest = ({e["text"]: e["state"] for e in p["entries"]} for p in parts)
    assert tasks == {
        "id: uuid, PK, NOT NULL": "ok",
        "user_id: text, NOT NULL, FK → users.id, ON DELETE CASCADE": "wrong",
        "title: varchar(200), NULL or not?": "open",
        "index idx_tasks_user (user_id)": "ok",
        "the table": "wrong",
        "column extra": "wrong",
    }
    assert users == {"id: text, PK, NOT NULL": "ok"}
    assert parts[1]["managed_by"] == "better-auth"
    assert rest == {"table public.others": "wrong"}
    said = [s for p in parts for e in p["entries"] for s in e["said"]]
    assert len(said) == len(questions) + len(FOUND)
    assert all("[schema.md:7" in s for s in said)


def test_it_takes_the_place_of_the_findings_in_text_and_markdown() -> None:
    spec = read_markdown(SPEC, "schema.md")
    report = Report("check-spec", tuple(FOUND), extra={"checklist": checklist(spec, FOUND)})
    text = render("text", report, Exit.FINDINGS)
    assert "  ✓ id: uuid, PK, NOT NULL\n" in text
    assert "  ✗ user_id: text, NOT NULL" in text
    assert text.count("TD203") == len(FOUND)
    markdown = render("markdown", report, Exit.FINDINGS)
    assert "- ✓ `id: uuid, PK, NOT NULL`\n" in markdown
    assert markdown.count("TD203") == len(FOUND)
    assert "### users \\(managed by better-auth\\)" in markdown
