"""The GitHub Actions workflow that `todo-db init` writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from todo_db.settings import Settings

NAME = "todo-db.yml"

_HEAD = """\
# Written by `todo-db init`; change it as you like, it is not written again.
name: todo-db
on:
  pull_request:
  push:
    branches: [main, master]
permissions:
  contents: read
jobs:
  schema:
    runs-on: ubuntu-latest
"""
_DRIFT = """\
      # the live database, read only; without the secret this step does nothing
      - name: drift
        if: env.{name} != ''
        run: {prefix}todo-db drift
"""


def repository(root: Path) -> Path | None:
    """The repository's root, where the project lies in one."""
    return next((f for f in (root, *root.parents) if (f / ".git").exists()), None)


def path(root: Path) -> Path:
    """Where the workflow goes: a second project of a repository has one of its own."""
    top = repository(root) or root
    usual = top / ".github" / "workflows" / NAME
    folder = root.resolve().relative_to(top.resolve()).as_posix()
    if folder == "." or not usual.exists() or json.dumps(folder) in usual.read_text("utf-8", "replace"):
        return usual
    return usual.with_name(f"todo-db-{re.sub(r'[^A-Za-z0-9]+', '-', folder)}.yml")


def text(settings: Settings, *, spec: bool, models: bool, url_name: str) -> str:
    """The workflow: spec, models, history, and drift where there is a secret."""
    root = settings.root
    top = repository(root) or root
    folder = root.resolve().relative_to(top.resolve()).as_posix()
    prefix, install = _installing(root)
    lines = [_HEAD.rstrip("\n")]
    if folder != ".":
        lines += ["    defaults:", "      run:", f"        working-directory: {json.dumps(folder)}"]
    lines += [
        "    env:",
        f"      {url_name}: ${{{{ secrets.{url_name} }}}}",
        "    steps:",
        "      - uses: actions/checkout@v4",
        "      - uses: actions/setup-python@v5",
        '        with: {python-version: "3.13"}',
        f"      - run: {install}",
    ]
    if spec:
        lines.append(f"      - run: {prefix}todo-db check-spec")
    if models:
        lines.append(f"      - run: {prefix}todo-db diff models migrations  # is a revision missing?")
    lines += [
        f"      - run: {prefix}todo-db migrate test  # every revision up, down and up again",
        _DRIFT.format(name=url_name, prefix=prefix).rstrip("\n"),
    ]
    return "\n".join(lines) + "\n"


def _installing(root: Path) -> tuple[str, str]:
    """What goes before a command, and how project and todo-db are installed, by the lock file."""
    ours = "'todo-db[local]'"
    if (root / "uv.lock").is_file():
        return "uv run --with 'todo-db[local]' ", "pip install uv && uv sync"
    if (root / "poetry.lock").is_file():
        return "poetry run ", f"pip install poetry && poetry install && poetry run pip install {ours}"
    for name in ("requirements.txt", "requirements/base.txt"):
        if (root / name).is_file():
            return "", f"pip install -r {name} {ours}"
    project = root / "pyproject.toml"
    own = project.is_file() and b"[project]" in project.read_bytes()
    return "", f"pip install {'. ' if own else ''}{ours}"
