"""Files and folders become one specification; conflicts between files are contradictions."""

from __future__ import annotations

from pathlib import Path

import pytest

from todo_db.errors import UsageError
from todo_db.spec.locate import discover
from todo_db.spec.read import missing, read_markdown, read_specification

USERS = "# S\n\n## users\n\n- id: uuid (primary key)\n- email: text (not null)\n"
TASKS = "# S\n\n## tasks\n\n- id: uuid (primary key)\n- user_id: uuid (not null, fk → users.id)\n"


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_several_files_make_one_specification(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md=USERS, b_dot_md=TASKS)
    spec = read_specification([Path("a.md"), Path("b.md")], root=tmp_path)
    assert [t.name for t in spec.tables] == ["users", "tasks"]
    assert spec.findings == ()
    assert spec.paths == ("a.md", "b.md")


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    write(tmp_path, schema__a_dot_md=USERS, schema__sub__b_dot_md=TASKS, schema__notes_dot_txt="no")
    assert len(read_specification([Path("schema")], root=tmp_path).tables) == 2


def test_files_that_disagree_are_named_both(tmp_path: Path) -> None:
    yaml = "tables:\n  users:\n    columns: [{name: id, primary_key: true}, {name: email, nullable: true}]\n"
    write(tmp_path, a_dot_md=USERS, b_dot_yaml=yaml)
    spec = read_specification([Path("a.md"), Path("b.yaml")], root=tmp_path)
    (finding,) = [f for f in spec.findings if not f.question]
    assert finding.code == "TD113"
    assert [str(p) for p in finding.places] == ["b.yaml:3", "a.md:6"]
    assert spec.tables[0].columns[1].nullable is True


def test_a_path_that_does_not_exist_is_an_error_of_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        read_specification([Path("none.md")], root=tmp_path)
    assert error.value.where == "none.md"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "TD102"), (b" \n\n", "TD102"), (b"\xff\xfe\x00bad\x81", "TD151")]
)
def test_a_file_without_content_is_said_plainly(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "s.md").write_bytes(content)
    spec = read_specification([Path("s.md")], root=tmp_path)
    assert [f.code for f in spec.findings] == [code]


def test_a_document_that_states_no_table_says_so() -> None:
    spec = read_markdown("# Database\n\nTables and relationships.\n", "s.md")
    assert [f.code for f in spec.findings] == ["TD101"]
    assert not spec.findings[0].question


def test_a_document_that_only_names_tables_says_which() -> None:
    listed = (
        "| Entity | Table | Module |\n|---|---|---|\n| Boat | boats | Harbour |\n| Pier | piers | Harbour |\n"
    )
    (finding,) = read_markdown(f"# Harbour\n\n{listed}", "s.md").findings
    assert finding.code == "TD101"
    assert finding.message == "No table is stated in s.md: it names boats, piers without their columns."
    assert [p.line for p in finding.places] == [5, 6]


def test_specifications_are_found_at_the_usual_places(tmp_path: Path) -> None:
    write(
        tmp_path,
        schema__schema_dot_md=USERS,
        schema__README_dot_md="no",
        specs__database__schema_dot_md=TASKS,
        specs__feature__database__schema_dot_md=TASKS,
        src__schema_dot_md="no",
    )
    found = [p.relative_to(tmp_path).as_posix() for p in discover(tmp_path)]
    assert found == ["schema/schema.md", "specs/database/schema.md", "specs/feature/database/schema.md"]
    assert missing().code == "TD103"


def test_places_outside_the_project_keep_their_path(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md=USERS)
    spec = read_specification([tmp_path / "a.md"], root=tmp_path / "elsewhere")
    assert spec.paths == ((tmp_path / "a.md").as_posix(),)
