"""`todo-db check-spec` as users call it: fixing, answering, and what it says where there is nothing."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli

MESSY = """# Tasks

### tasks

- id: integer, primary key
- title: varchar(200)
"""


def test_fix_shows_its_diff_and_writes_what_it_showed(cli: Cli, project: Path) -> None:
    path = project / "messy.md"
    path.write_text(MESSY)
    shown = cli("check-spec", "--diff", "messy.md")
    assert shown.code == 1
    assert "-- title: varchar(200)" in shown.out
    assert "+| title | varchar(200) |  |  |" in shown.out
    assert path.read_text() == MESSY
    written = cli("check-spec", "--fix", "messy.md")
    assert (written.code, "tidy form: tasks" in written.err) == (1, True)
    assert "TD130" in written.out
    assert "| title | varchar(200) |" in path.read_text()
    again = cli("check-spec", "--diff", "messy.md")
    assert (again.code, again.out) == (0, "")


def test_answers_are_given_in_a_file(cli: Cli, project: Path) -> None:
    (project / "messy.md").write_text(MESSY)
    (project / "answers.yaml").write_text("TD130:\n  tasks.title: NOT NULL\n")
    asked = cli("check-spec", "messy.md", "--format", "json").json["findings"]
    answered = cli("check-spec", "messy.md", "--answers", "answers.yaml", "--format", "json").json["findings"]
    assert {f["code"] for f in asked} - {f["code"] for f in answered} == {"TD130"}
    missing = cli("check-spec", "messy.md", "--answers", "nowhere.yaml")
    assert (missing.code, "no file of answers at nowhere.yaml" in missing.err) == (2, True)


def test_the_questions_are_written_as_a_file_of_answers(cli: Cli, project: Path) -> None:
    (project / "messy.md").write_text(MESSY)
    listed = cli("inspect", "messy.md", "--format", "answers")
    assert (listed.code, "  tasks.title:  # May" in listed.out) == (0, True)


def test_the_json_schema_of_specs_is_printed(cli: Cli) -> None:
    printed = cli("inspect", "schema-of-spec")
    assert printed.code == 0
    assert {"tables", "enums"} <= printed.json["properties"].keys()
    assert cli("inspect", "json-schema").out == printed.out
