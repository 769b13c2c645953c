"""The recorded example in the README; `python -m tests.support.recording` makes it anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
STEPS = (
    "todo-db check-spec",
    "todo-db migrate",
    "todo-db drift",
    "# somebody alters the database by hand: ALTER TABLE tasks ALTER title TYPE varchar(300)",
    "todo-db drift",
    "todo-db diff live migrations --sql",
)
_PARTS = ("schema", "migrations", "todo_db", "pyproject.toml", "alembic.ini")
_BLOCK = re.compile(r"(<!-- recorded[^\n]*-->\n```console\n)(.*?)(```)", re.DOTALL)
_ALTER = """
import sys
from pathlib import Path
import psycopg
from todo_db.postgres.target import resolve
target = resolve(None, project=Path.cwd(), purpose="migrate")
with psycopg.connect(target.conninfo, autocommit=True) as connection:
    connection.execute(sys.argv[1])
"""


def recorded() -> str:
    """The example as the README has it."""
    found = _BLOCK.search(README.read_text(encoding="utf-8"))
    assert found, "the README has no recorded example"
    return found[2]


def record(folder: Path) -> str:
    """What the steps print on a copy of the project in `folder`, with the embedded server."""
    project = folder / "project"
    project.mkdir()
    for part in filter(lambda p: (ROOT / p).exists(), _PARTS):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, project / part)
    return "".join(_step(project, step) for step in STEPS)


def _step(project: Path, step: str) -> str:
    sql = step.partition(": ")[2]
    command = ["-c", _ALTER, sql] if sql else ["-m", "todo_db", *step.split()[1:]]
    left_out = ("DATABASE_URL", "DATABASE_URL_UNPOOLED", "GITHUB_ACTIONS", "COLUMNS", "FORCE_COLOR")
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env={k: v for k, v in os.environ.items() if k not in left_out} | {"PYTHONPATH": str(project)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return f"{step if sql else '$ ' + step}\n{done.stdout}{'' if sql else chr(10)}"


def comparable(text: str) -> str:
    """Without what differs from run to run: durations."""
    return re.sub(r"\d+\.\d+ s\b", "… s", text)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        new = record(Path(folder)).rstrip("\n") + "\n"
    text = README.read_text(encoding="utf-8")
    README.write_text(_BLOCK.sub(lambda m: m[1] + new + m[3], text), encoding="utf-8")


if __name__ == "__main__":
    main()
