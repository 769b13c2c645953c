"""What holds for all rules: discovery, settings, what is exempt, and that nothing is imported or run."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

from todo_db.errors import UsageError
from todo_db.findings import RULES, Place, Severity
from todo_db.rules import check_models, check_specification, model_checks, spec_checks, weighed
from todo_db.rules.house import HouseRule, discover
from todo_db.settings import RuleSettings, Settings
from todo_db.spec.document import ColumnSpec, IndexSpec, ReferenceSpec, Specification, TableSpec

HERE = Place("spec", "schema.md", 3)
NAIVE = """
from datetime import datetime
from sqlmodel import Field, SQLModel

class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(default_factory=datetime.utcnow)
"""


def table(name: str, *columns: ColumnSpec, **more: object) -> TableSpec:
    return TableSpec(name=name, columns=columns, place=HERE, **more)  # type: ignore[arg-type]


def column(name: str, **facts: object) -> ColumnSpec:
    return ColumnSpec(name=name, place=HERE, **facts)  # type: ignore[arg-type]


def spec(*tables: TableSpec) -> Specification:
    return Specification(tables=tables)


LOOSE = spec(table("Task", column("id", primary_key=True), column("due", type="timestamp")))


def project(root: Path, **files: str) -> Settings:
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    return Settings(root=root, models=("models",))


def test_codes_and_names_are_unique_and_say_what_they_are_about() -> None:
    rules = [c.rule for c in (*spec_checks(), *model_checks())]
    assert len({r.code for r in rules}) == len({r.name for r in rules}) == len(rules)
    assert all(c.rule.code.startswith("TD3") for c in spec_checks())
    assert all(c.rule.code.startswith("TD4") for c in model_checks())
    assert all(RULES[r.code].title == r.title for r in rules)


def test_a_file_is_named_like_its_rule() -> None:
    for checks in (spec_checks(), model_checks()):
        for check in checks:
            assert check.run.__module__.rpartition(".")[2] == check.rule.name.replace("-", "_")


def test_a_code_that_is_given_twice_fails() -> None:
    with pytest.raises(ValueError, match="TD301 stands for both primary-key and other"):
        HouseRule(
            code="TD301", name="other", severity=Severity.INFO, title="t", reason="because", example="`x`"
        )


def test_a_new_file_is_a_new_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = """
from todo_db.findings import Severity
from todo_db.rules.house import HouseRule

RULE = HouseRule(code="TD399", name="mine", severity=Severity.INFO, title="t", reason="r", example="e")

def check(tables):
    yield RULE.finding("table", "public.x", "said", [None], side="spec")
"""
    (tmp_path / "house_of_mine").mkdir()
    (tmp_path / "house_of_mine" / "__init__.py").write_text("")
    (tmp_path / "house_of_mine" / "mine.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(RULES, "TD399", raising=False)
    try:
        package: types.ModuleType = __import__("house_of_mine")
        (check,) = discover(package)
        assert [f.code for f in check.run(None)] == ["TD399"]
    finally:
        RULES.pop("TD399", None)
        sys.modules.pop("house_of_mine", None)
        sys.modules.pop("house_of_mine.mine", None)


def test_rules_are_switched_off_by_code_name_or_pattern(tmp_path: Path) -> None:
    def codes(*disable: str) -> set[str]:
        settings = Settings(root=tmp_path, rules=RuleSettings(disable=disable))
        return {f.code for f in check_specification(LOOSE, settings)}

    assert codes() == {"TD302", "TD303", "TD313"}
    assert codes("TD303", "row-*") == {"TD313"}
    assert codes("TD3*") == set()


def test_a_rule_of_models_is_switched_off(tmp_path: Path) -> None:
    settings = project(tmp_path, models=NAIVE)
    assert "TD410" in {f.code for f in check_models(settings)}
    off = Settings(root=tmp_path, models=("models",), rules=RuleSettings(disable=("naive-now",)))
    assert "TD410" not in {f.code for f in check_models(off)}


def test_severities_are_changed(tmp_path: Path) -> None:
    rules = RuleSettings(strict=("TD3*",), severity=(("snake-case", Severity.INFO),))
    settings = Settings(root=tmp_path, rules=rules)
    found = {f.code: f.severity for f in check_specification(LOOSE, settings)}
    assert found == {"TD302": Severity.ERROR, "TD303": Severity.ERROR, "TD313": Severity.INFO}
    once = check_specification(LOOSE, settings)
    assert weighed(once, settings) == once


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (RuleSettings(disable=("snake-cas",)), "no rule is called 'snake-cas'"),
        (RuleSettings(strict=("TD999",)), "no rule is called 'TD999'"),
        (RuleSettings(severity=(("nothing-*", Severity.INFO),)), "no rule is called 'nothing-"),
        (RuleSettings(disable=("TD201",)), "TD201 is no house rule"),
        (RuleSettings(disable=("spec-nullability-unsaid",)), "is no house rule"),
    ],
)
def test_what_no_rule_answers_to_is_refused(tmp_path: Path, rules: RuleSettings, said: str) -> None:
    settings = Settings(root=tmp_path, rules=rules)
    for check in (lambda: check_specification(LOOSE, settings), lambda: check_models(settings)):
        with pytest.raises(UsageError, match=said):
            check()


def test_tables_that_others_manage_are_exempt(tmp_path: Path) -> None:
    columns = [column("id", primary_key=False), column("emailVerified", type="timestamp", nullable=True)]
    theirs = table(
        "user",
        *columns,
        managed_by="better-auth",
        indexes=(IndexSpec(columns=("id",)), IndexSpec(columns=("id",))),
    )
    assert check_specification(spec(theirs), Settings(root=tmp_path)) == []


def test_what_is_unsaid_is_asked_or_left_alone(tmp_path: Path) -> None:
    """Nothing is claimed of a table of which nothing but names is said."""
    users = table("users", column("id"), column("created_at"), column("updated_at"))
    tasks = table(
        "tasks",
        column("id"),
        column("user_id", references=ReferenceSpec(table="users")),
        column("created_at"),
        column("updated_at"),
    )
    found = check_specification(spec(users, tasks), Settings(root=tmp_path))
    assert {f.code for f in found} == {"TD306", "TD309"}
    assert all(f.question for f in found)


def test_findings_name_the_object_as_every_other_check_does(tmp_path: Path) -> None:
    found = check_specification(
        spec(table("audit.logs", column("id"), column("at", type="timestamp"))), Settings(root=tmp_path)
    )
    assert {f.object for f in found if f.code == "TD303"} == {"audit.logs.at"}


def test_nothing_is_imported_or_run(tmp_path: Path) -> None:
    """A check of models needs neither sqlmodel nor sqlalchemy, and runs none of the project's code."""
    marker = tmp_path / "ran"
    project(tmp_path, models=f"open({str(marker)!r}, 'w').close()\n" + NAIVE)
    program = (
        "import sys; from pathlib import Path; from todo_db.rules import check_models;"
        "from todo_db.settings import Settings;"
        f"found = check_models(Settings(root=Path({str(tmp_path)!r}), models=('models',)));"
        "assert any(f.code == 'TD410' for f in found), found;"
        "heavy = {'sqlmodel', 'sqlalchemy', 'pydantic', 'yaml', 'rich', 'psycopg'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not marker.exists()


def test_without_models_there_is_nothing_to_find(tmp_path: Path) -> None:
    assert check_models(Settings(root=tmp_path)) == []
    assert check_models(Settings(root=tmp_path, models=("elsewhere.models", "not a name"))) == []


def test_a_relationship_is_not_joined_to_the_other_side_of_another_one(tmp_path: Path) -> None:
    case = Path(__file__).parents[1] / "cases" / "rules" / "back-populates-missing" / "bad-one-way.py"
    (tmp_path / "models.py").write_text(case.read_text())
    found = check_models(Settings(root=tmp_path, models=("models",)))
    (missing,) = (f for f in found if f.code == "TD402")
    assert "checker has no other side in User" in missing.message
