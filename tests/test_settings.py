"""Settings: what is read from pyproject.toml, and what is said about it when it is wrong."""

import datetime as dt
import re

import pytest

from todo_db.errors import Exit, UsageError
from todo_db.findings import Severity
from todo_db.settings import Settings, Waiver, load


def write(folder, text):
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return load(folder)


def test_a_project_without_settings_has_the_defaults(tmp_path):
    assert load(tmp_path) == Settings(root=tmp_path.resolve())
    assert write(tmp_path, "[project]\nname = 'x'").models == ()


def test_settings_are_found_from_a_folder_below(tmp_path):
    write(tmp_path, "[tool.todo-db]\nspec = 'docs/schema.md'\nmodels = ['a.b', 'c']\nmigrations = 'alembic'")
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    settings = load(below)
    assert settings.spec == (tmp_path.resolve() / "docs/schema.md",)
    assert settings.models == ("a.b", "c")
    assert settings.migrations_dir == tmp_path.resolve() / "alembic"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.todo-db]\nmodel = 'x'", "no setting 'model'"),
        ("[tool.todo-db]\nmodels = 3", "models must be a string or a list of strings"),
        ("[tool.todo-db]\nmigrations = ['x']", "migrations must be a string"),
        ("[tool.todo-db]\nignore = 'x'", "must be a list of tables"),
        ("[[tool.todo-db.ignore]]\nrule = 'TD203'", "needs a reason"),
        ("[[tool.todo-db.ignore]]\nreason = 'x'\nobjects = 'y'", "unknown key 'objects'"),
        ("[[tool.todo-db.ignore]]\nreason = 'x'\nuntil = 'soon'", "until must be a date"),
        ("[tool]\ntodo-db = 3", "must be a table"),
        ("[tool.todo-db]\nrules = 'TD301'", "rules must be a table"),
        ("[tool.todo-db.rules]\noff = ['TD301']", "unknown key 'off'"),
        ("[tool.todo-db.rules]\ndisable = 'TD301'", "disable must be a list"),
        ("[tool.todo-db.rules]\nseverity = 'error'", "severity must be a table"),
        ("[tool.todo-db.rules.severity]\nTD301 = 'fatal'", "a severity is error, warning or info"),
        ("[tool.todo-db]\ncompare_also = ['row-order']", "compare_also must be a list"),
        ("[tool.todo-db", "cannot read the settings"),
    ],
)
def test_wrong_settings_name_the_file_and_the_setting(tmp_path, text, said):
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        write(tmp_path, text)
    assert said in caught.value.what
    assert "pyproject.toml" in (caught.value.where or "")
    assert caught.value.exit_code == Exit.USAGE


def test_a_setting_may_be_written_with_either_dash(tmp_path):
    assert write(tmp_path, "[tool.todo-db]\nlock_timeout = '7s'").lock_timeout == "7s"
    assert write(tmp_path, "[tool.todo-db]\nlock-timeout = '7s'").lock_timeout == "7s"


def test_what_is_compared_only_where_asked_for(tmp_path):
    assert write(tmp_path, "[tool.todo-db]").compare_also == ()
    found = write(tmp_path, "[tool.todo-db]\ncompare_also = ['column-order', 'populated']")
    assert found.compare_also == ("column_order", "populated")


def test_ignore_entries(tmp_path):
    settings = write(
        tmp_path, "[[tool.todo-db.ignore]]\nreason = 'legacy'\nobject = 'public.old_*'\nuntil = 2027-01-31"
    )
    (waiver,) = settings.ignore
    assert waiver == Waiver(reason="legacy", object="public.old_*", until=dt.date(2027, 1, 31))
    assert waiver.covers("TD201", "column-missing", "column", "public.old_users.x", dt.date(2027, 1, 31))
    assert not waiver.covers("TD201", "column-missing", "column", "public.users.x", dt.date(2027, 1, 31))
    assert not waiver.covers("TD201", "column-missing", "column", "public.old_users.x", dt.date(2027, 2, 1))


def test_paths_are_shown_relative_to_the_project(tmp_path):
    settings = load(tmp_path)
    assert settings.relative(tmp_path / "schema" / "schema.md") == "schema/schema.md"
    assert settings.relative("/etc/hosts") == "/etc/hosts"


def test_rules_are_switched_off_and_weighed_by_code_name_or_pattern(tmp_path):
    text = "disable = ['TD315', 'plural-*']\nstrict = ['TD13*']\nseverity = {TD131 = 'info'}"
    rules = write(tmp_path, "[tool.todo-db.rules]\n" + text).rules
    assert rules.disabled("TD315", "x")
    assert rules.disabled("TD999", "plural-names")
    assert not rules.disabled("TD130", "spec-nullability-unsaid")
    assert rules.weight("TD130", "x", Severity.WARNING) is Severity.ERROR
    assert rules.weight("TD131", "x", Severity.WARNING) is Severity.INFO
    assert rules.weight("TD301", "x", Severity.WARNING) is Severity.WARNING
