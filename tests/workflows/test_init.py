"""init: what a project has is found without running it, and only what it lacks is written."""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from todo_db.errors import UsageError
from todo_db.settings import load
from todo_db.workflows.init import Answers, init
from todo_db.workflows.init_settings import with_table
from todo_db.workflows.outcome import Outcome

TABLE = "raise SystemExit('imported')\nclass {0}(SQLModel, table=True):\n    id: int\n"
PASSWORD = "hunter2secret"  # noqa: S105


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")


def start(root: Path, said: list[str] | None = None, dry_run: bool = False, **answers: object) -> Outcome:
    heard = said if said is not None else []
    return init(load(root), Answers(**answers), heard.append, dry_run=dry_run)  # type: ignore[arg-type]


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


SHOP = {
    "pyproject.toml": '# mine\n[project]\nname   = "shop"\n',
    "app/__init__.py": "",
    "app/models/__init__.py": "from .hero import Hero\nfrom app.models import team\n",
    "app/models/hero.py": TABLE.format("Hero"),
    "app/models/team.py": TABLE.format("Team"),
    "app/db.py": "import os\nURL = os.environ['POSTGRES_URL']\ndef start(m, e):\n    m.create_all(e)\n",
    "schema/schema.md": "### heroes\n",
    "tests/models.py": TABLE.format("OnlyInTests"),
    ".env": f"POSTGRES_URL=postgresql://u:{PASSWORD}@h/d\nREDIS_URL=redis://x\n",
}


def test_a_project_is_found_written_and_then_left_alone(root: Path) -> None:
    write(root, **SHOP)
    said: list[str] = []
    outcome = start(root, said)
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["todo-db"]

    assert settings == {
        "spec": ["schema/schema.md"],
        "models": "app.models",
        "migrations": "migrations",
        "database-url": "POSTGRES_URL",
    }
    assert (root / "pyproject.toml").read_text().startswith(SHOP["pyproject.toml"])
    assert "app/db.py:4: call todo_db.assert_schema(engine)" in outcome.text
    assert "2 tables: hero, team" in outcome.text
    assert '+models = "app.models"' in said
    assert PASSWORD not in outcome.text + "".join(said)
    assert (root / "migrations" / "env.py").is_file()
    steps = yaml.safe_load((root / ".github/workflows/todo-db.yml").read_text())["jobs"]["schema"]["steps"]
    assert [s["run"] for s in steps if "todo-db" in s.get("run", "")][1:] == [
        "todo-db check-spec",
        "todo-db diff models migrations",
        "todo-db migrate test",
        "todo-db drift",
    ]
    before = contents(root)
    assert "nothing to do" in start(root, confirm=None).text
    assert contents(root) == before


def test_a_dry_run_and_a_no_write_nothing(root: Path) -> None:
    write(root, **SHOP)
    before = contents(root)
    shown = start(root, dry_run=True, confirm=None).text
    refused = start(root, confirm=lambda _: False).text

    assert "would write:" in shown
    assert "+++ b/migrations/env.py" in shown
    assert "nothing was written" in refused
    assert contents(root) == before


def test_what_is_there_is_not_overwritten(root: Path) -> None:
    write(
        root,
        **{
            "pyproject.toml": "[tool.todo-db]  # ours\nlock-timeout = '1s'\n[tool.x]\na = 1\n",
            "src/shop/models.py": TABLE.format("Hero"),
            "db/alembic.ini": "[alembic]\nscript_location = %(here)s/history\n",
            "db/history/env.py": f"from alembic import context\nURL = 'postgresql://u:{PASSWORD}@h/d'\n",
            "db/history/versions/1.py": "revision = '1'\ndown_revision = None\n",
            ".github/workflows/todo-db.yml": "mine",
        },
    )
    before = contents(root)
    outcome = start(root)
    after = contents(root)

    assert {n for n in after if after[n] != before.get(n)} == {"pyproject.toml"}
    assert after["pyproject.toml"].decode() == (
        '[tool.todo-db]  # ours\nmodels = "shop.models"\nmigrations = "db/history"\n'
        "lock-timeout = '1s'\n[tool.x]\na = 1\n"
    )
    assert "db/history/env.py stays as it is" in outcome.text
    assert "+from todo_db.apply.environment import run" in outcome.text
    assert PASSWORD not in outcome.text


def test_a_project_within_a_repository_has_its_workflow_at_the_top(root: Path) -> None:
    write(root, **{"back end/pyproject.toml": "", "back end/models.py": TABLE.format("Hero")})
    start(root / "back end")
    workflow = yaml.safe_load((root / ".github/workflows/todo-db.yml").read_text())

    assert workflow["jobs"]["schema"]["defaults"]["run"]["working-directory"] == "back end"


def test_several_packages_are_a_choice(root: Path) -> None:
    write(root, **{"shop/models.py": TABLE.format("A"), "blog/a.py": TABLE.format("B")})
    with pytest.raises(UsageError, match=r"several packages: blog\.a; shop\.models") as failure:
        start(root)
    assert failure.value.hint is not None
    assert "--models blog.a" in failure.value.hint
    assert "pyproject.toml" not in contents(root)

    start(root, choose=lambda _, options: options[1])
    assert load(root).models == ("shop.models",)


def test_modules_that_no_package_gathers_are_all_named(root: Path) -> None:
    write(root, **{"app/a/models.py": TABLE.format("A"), "app/b/models.py": TABLE.format("B")})
    start(root, ci=False)

    assert load(root).models == ("app.a.models", "app.b.models")
    assert not (root / ".github").exists()


def test_a_folder_without_anything_is_refused(root: Path) -> None:
    write(root, **{"app.py": "class Hero(table=False): pass\n", "broken.py": "class A(table=True:\n"})
    with pytest.raises(UsageError, match="no SQLModel class"):
        start(root)


def test_several_histories_are_a_choice(root: Path) -> None:
    for name in ("a", "b"):
        write(root, **{f"{name}/env.py": "from alembic import context\n", f"{name}/versions/x.txt": ""})
    write(root, **{"models.py": TABLE.format("Hero")})
    with pytest.raises(UsageError, match="several Alembic histories: a, b"):
        start(root)
    start(root, migrations=Path("b"))

    assert load(root).migrations == root / "b"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", '[tool.todo-db]\nmodels = "m"\n'),
        ("a = 1", 'a = 1\n\n[tool.todo-db]\nmodels = "m"\n'),
        ("a = 1\r\n", 'a = 1\r\n\r\n[tool.todo-db]\r\nmodels = "m"\r\n'),
        ("[tool.'todo-db']", "[tool.'todo-db']\nmodels = \"m\"\n"),
        (
            "[[tool.todo-db.ignore]]\nreason = 'x'\n",
            "[[tool.todo-db.ignore]]\nreason = 'x'\n\n[tool.todo-db]\nmodels = \"m\"\n",
        ),
        ("[tool.todo-db]\nmodels = 'n'\n", "[tool.todo-db]\nmodels = 'n'\n"),
        ("tool = {x = 1}\n", None),
        ("[tool]\ntodo-db.migrations = 'x'\n", None),
        ('x = """\n[tool.todo-db]\n"""\n[tool.todo-db]\n', None),
        ("[tool.todo-db]\nmodels = []", "[tool.todo-db]\nmodels = []"),
    ],
)
def test_lines_are_put_in_or_nothing_is(text: str, after: str | None) -> None:
    assert with_table(text, ("tool", "todo-db"), {"models": "m"}) == after


def test_the_backend_of_a_monorepo_is_a_project_by_itself(root: Path) -> None:
    write(root, **{"backend/requirements.txt": "sqlmodel", "backend/app/models.py": TABLE.format("Hero")})
    with pytest.raises(
        UsageError, match="the models are in backend/, which is a project by itself"
    ) as failure:
        start(root)
    assert failure.value.hint == "todo-db init --project backend"
    assert not (root / "pyproject.toml").exists()


def test_each_project_of_a_repository_has_its_workflow(root: Path) -> None:
    for name in ("a", "b"):
        write(root, **{f"{name}/pyproject.toml": "", f"{name}/models.py": TABLE.format("Hero")})
        start(root / name)
    found = {p.name: p.read_text() for p in (root / ".github/workflows").iterdir()}

    assert sorted(found) == ["todo-db-b.yml", "todo-db.yml"]
    assert 'working-directory: "b"' in found["todo-db-b.yml"]
    before = contents(root)
    assert "nothing to do" in start(root / "b").text
    assert contents(root) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "DATABASE_URL=x\nPOSTGRES_URL=x\nPOSTGRES_URL_NON_POOLING=x\n",
            ("DATABASE_URL", "DATABASE_URL_UNPOOLED"),
        ),
        ("POSTGRES_URL=x\nPOSTGRES_URL_NON_POOLING=x\n", ("POSTGRES_URL", "POSTGRES_URL_NON_POOLING")),
        ("DATABASE_URL=x\nDIRECT_DATABASE_URL=x\n", ("DATABASE_URL", "DIRECT_DATABASE_URL")),
        (
            "TEST_DATABASE_URL=x\nASYNC_DATABASE_URL=x\nREDIS_URL=x\n",
            ("ASYNC_DATABASE_URL", "DATABASE_URL_UNPOOLED"),
        ),
    ],
)
def test_which_variables_name_the_database(root: Path, text: str, expected: tuple[str, str]) -> None:
    write(root, **{"models.py": TABLE.format("Hero"), ".env": text})
    start(root)
    settings = load(root)

    assert (settings.database_url, settings.direct_url) == expected
