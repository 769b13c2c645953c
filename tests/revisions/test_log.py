"""The log of migrations: added to, never rewritten; what has no entry is told."""

from __future__ import annotations

from pathlib import Path

from tests.support.histories import Project
from todo_db.revisions import log
from todo_db.sources import history as histories
from todo_db.workflows.migrate_new import new
from todo_db.workflows.migrate_status import status

ENTRY = log.Entry(
    id="b2", down="a1", message="Add  notes", path="m/b.py", day="2026-01-02", what=("x",), impact="data"
)


def test_an_entry_is_added_once_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "log.md"
    assert log.add(path, [ENTRY]) is None
    ours = path.read_text().replace("**Why**: Add notes", "**Why**: because I say so") + "\n## Notes of mine"
    path.write_text(ours)
    assert log.add(path, [ENTRY]) is None
    assert path.read_text() == ours
    assert (
        log.add(path, [log.Entry(id="c3", down="b2", message="", path="", day="", what=(), impact="")])
        is None
    )
    assert path.read_text().startswith(ours)
    assert "`todo-db migrate down b2`; nothing is lost" in path.read_text()


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert "could not be written" in (log.add(tmp_path, [ENTRY]) or "")


def test_missing_entries(project: Project) -> None:
    project.history(("a1", None, ""), ("b2", "a1", ""), ("c3", "b2", ""))
    history = histories.read(project.open().settings)
    path = project.root / "log.md"
    assert log.missing(None, history) == []
    assert [r.id for r in log.missing(path, history)] == ["c3"]
    log.add(path, [ENTRY])
    assert [r.id for r in log.missing(path, history)] == ["c3"]  # what is older than the log is left alone


ENV = """
    import asyncio
    from alembic import context
    from sqlalchemy.ext.asyncio import create_async_engine

    def migrate(connection):
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()

    async def main():
        engine = create_async_engine(context.config.get_main_option("sqlalchemy.url"))
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    asyncio.run(main())
"""
MODELS = """
    from sqlmodel import Field, SQLModel

    class Task(SQLModel, table=True):
        __tablename__ = "tasks"
        id: int | None = Field(default=None, primary_key=True)
        title: str
"""


def test_new_keeps_the_log_with_an_async_env_of_the_users_own(project: Project) -> None:
    """`[tool.alembic]` names the folder; env.py is async and knows nothing of this program."""
    project.write(
        {
            "pyproject.toml": """
                [tool.todo-db]
                models = "models"
                log = "specs/database/migrations.md"
                [tool.alembic]
                script_location = "%(here)s/db/revisions"
            """,
            "db/revisions/env.py": ENV,
            "models.py": MODELS,
        }
    )
    (project.root / "db/revisions/versions").mkdir()
    made = new(project.open(), "Tasks").report
    assert made.extra["path"].startswith("db/revisions/versions/")
    text = (project.root / "specs/database/migrations.md").read_text()
    assert f"## {made.extra['revision']} (" in text
    assert "- **Impact**: additive\n- **Hazards**: none\n- **Rollback**: `todo-db migrate down base`" in text
    assert "throws away what is in table tasks" in text
    project.write({"models.py": MODELS + "        note: str | None = None\n"})
    second = new(project.open(), "Notes").report.extra["revision"]
    assert (project.root / "specs/database/migrations.md").read_text().startswith(text)
    log_file = project.root / "specs/database/migrations.md"
    log_file.write_text(text)
    assert ("TD515", second) in [(f.code, f.object) for f in status(project.open()).report.findings]
