"""Several files make one specification: conflicts name both, and what no file states is pointed out."""

from __future__ import annotations

from pathlib import Path

import pytest

from todo_db.spec.document import Specification
from todo_db.spec.locate import discover
from todo_db.spec.read import read_specification

BASE = """### tasks

| Column | Type | Constraints |
|---|---|---|
| id | integer | PRIMARY KEY |
| title | varchar(200) | NOT NULL |
"""


def read(root: Path, **files: str) -> Specification:
    paths = []
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        paths.append(path)
    return read_specification(paths, root=root)


def test_a_conflict_between_files_names_both_places(tmp_path: Path) -> None:
    other = BASE.replace("varchar(200)", "text")
    spec = read(tmp_path, base_DOT_md=BASE, feature_DOT_md=other)
    (found,) = (f for f in spec.findings if f.code == "TD111")
    assert [str(p) for p in found.places] == ["base.md:6", "feature.md:6"]
    assert "varchar(200) in base.md:6" in found.message
    assert "text in feature.md:6" in found.message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Sorted by `tasks.priority`.\n", [("tasks.priority", 3)]),
        ("- `tasks.titel` is shown\n", [("tasks.titel", 3)]),
        ("## Queries\n\n```sql\nSELECT *\nFROM projects JOIN tasks ON true;\n```\n", [("projects", 7)]),
        ("Sorted by `tasks.title`, see `tasks.py`; `other.column` is elsewhere.\n", []),
        ("`task.user`, `tasks.tags` are relationships.\n\n### tags\n\n- id: integer, PK\n", []),
        ("## Future\n\n```sql\nSELECT * FROM projects;\n```\n", []),
        ("```sql\nWITH recent AS (SELECT 1) SELECT EXTRACT(day FROM id) FROM recent, tasks;\n```\n", []),
        ("```sql\nCREATE TRIGGER t BEFORE UPDATE ON tasks EXECUTE FUNCTION f();\n```\n", []),
        ("```sql\nALTER TABLE tasks ADD FOREIGN KEY (id) REFERENCES tasks ON UPDATE CASCADE;\n```\n", []),
    ],
)
def test_a_feature_that_names_what_no_file_states_is_pointed_out(
    tmp_path: Path, text: str, named: list[tuple[str, int]]
) -> None:
    spec = read(tmp_path, base_DOT_md=BASE, feature_DOT_md=f"# Feature\n\n{text}")
    found = [f for f in spec.findings if f.code == "TD153"]
    assert [(f.object.removeprefix("public."), f.places[0].line) for f in found] == named
    assert all(f.places[0].path == "feature.md" and not f.question for f in found)
    if named and named[0][0] == "tasks.titel":
        assert found[0].hint == "Did you mean tasks.title?"


def test_columns_of_tables_that_others_manage_are_not_judged(tmp_path: Path) -> None:
    users = "### users (managed by Better Auth)\n\n- id: text, primary key\n\nSee `users.emailVerified`"
    spec = read(tmp_path, base_DOT_md=users + " and `users.image`.\n")
    assert not [f for f in spec.findings if f.code == "TD153"]


def test_a_file_of_sql_is_a_part_of_the_spec(tmp_path: Path) -> None:
    sql = "CREATE TABLE tags (\n  id integer PRIMARY KEY,\n  task_id integer REFERENCES tasks(id)\n);\n"
    spec = read(tmp_path, base_DOT_md=BASE, tags_DOT_sql=sql)
    assert [t.name for t in spec.tables] == ["tasks", "tags"]
    tags = spec.table("tags")
    assert tags is not None
    assert [str(c.place) for c in tags.columns] == ["tags.sql:2", "tags.sql:3"]


def test_the_usual_places_are_found(tmp_path: Path) -> None:
    usual = [
        "schema/schema.md",
        "schema/more.sql",
        "specs/database/schema.md",
        "specs/tags/database/schema.md",
        "specs/002-tags/data-model.md",
    ]
    for name in [*usual, "schema/README.md", "specs/tags/plan.md", "docs/schema.md"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(BASE)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in discover(tmp_path)) == sorted(usual)


def test_a_file_that_is_far_too_large_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    spec = read(tmp_path, base_DOT_md=BASE, dump_DOT_md="word " * 3_300_000)
    (found,) = (f for f in spec.findings if f.code == "TD164")
    assert "dump.md was refused: it is larger than 16 MB" in found.message
    assert [t.name for t in spec.tables] == ["tasks"]
