"""The places of a history, as Alembic's own options name them."""

from __future__ import annotations

import pytest

from todo_db.errors import UsageError
from todo_db.settings import load
from todo_db.sources.layout import Layout, find


def layout(root, **files: str) -> Layout:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return find(load(root))


def test_without_any_option(tmp_path):
    found = layout(tmp_path)
    assert found.folder == tmp_path / "migrations"
    assert found.versions == (tmp_path / "migrations" / "versions",)
    assert (found.ini, found.version_table, found.version_table_schema) == (None, "alembic_version", None)


def test_alembic_ini(tmp_path):
    text = "[alembic]\nscript_location = %(here)s/db\nversion_locations = db/one:db/two\npath_separator = :\n"
    found = layout(tmp_path, alembic_dot_ini=text)
    assert found.folder == tmp_path / "db"
    assert found.versions == (tmp_path / "db/one", tmp_path / "db/two")
    assert found.ini == tmp_path / "alembic.ini"


def test_pyproject(tmp_path):
    text = '[tool.alembic]\nscript_location = "%(here)s/db"\nrecursive_version_locations = true\n'
    found = layout(tmp_path, pyproject_dot_toml=text)
    assert (found.folder, found.recursive) == (tmp_path / "db", True)


def test_our_own_setting_comes_first(tmp_path):
    text = '[tool.todo-db]\nmigrations = "ours"\n[tool.alembic]\nscript_location = "db"\n'
    found = layout(tmp_path, pyproject_dot_toml=text)
    assert (found.folder, found.versions) == (tmp_path / "ours", (tmp_path / "ours" / "versions",))


def test_a_package_as_location(tmp_path):
    found = layout(tmp_path, alembic_dot_ini="[alembic]\nscript_location = todo_db:elsewhere\n")
    assert found.folder.parts[-2:] == ("todo_db", "elsewhere")


def test_the_version_table_that_env_py_names(tmp_path):
    env = "context.configure(version_table='stamps', version_table_schema='meta')"
    found = layout(tmp_path, migrations__env_dot_py=env)
    assert (found.version_table, found.version_table_schema) == ("stamps", "meta")


def test_an_unreadable_alembic_ini_is_named(tmp_path):
    with pytest.raises(UsageError) as error:
        layout(tmp_path, alembic_dot_ini="[alembic\n")
    assert (error.value.where or "").endswith("alembic.ini")
