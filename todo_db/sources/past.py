"""The project as it was: a commit's files in a folder of their own, opened like any other project."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from todo_db.errors import UndeterminedError, UsageError
from todo_db.settings import Settings, load

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the project's repository, and when it was made."""

    id: str
    date: str

    def __str__(self) -> str:
        return f"commit {self.id[:12]} of {self.date}"


def commit_of(ws: Workspace, name: str) -> Commit | None:
    """The commit that a revision of the migrations, a date, or any name that git knows stands for.

    A revision stands for the commit that brought its file, a date (2026-11-01, or with a time; UTC where it
    says nothing else) for the last commit before it: None where there is none yet.
    Raises UsageError for what is none of these, and where the project is not in a git repository.
    """
    root = ws.settings.root
    if _git(root, "rev-parse", "--show-toplevel") is None:
        raise UsageError(
            "--since needs the project's git history",
            where=str(root),
            hint="or give an earlier report: todo-db drift --format json --output drift.json, "
            "later --since drift.json",
        )
    if (moment := _moment(name)) is not None:
        before = f"--before={moment.isoformat()}"
        return _described(root, _git(root, "rev-list", "-1", "--first-parent", before, "HEAD"))
    if (path := _revision_file(ws, name)) is not None:
        added = _git(root, "log", "--diff-filter=A", "--format=%H", "--", str(path))
        if not added:
            raise UsageError(f"the revision {name} is not committed yet", where=str(path))
        return _described(root, added.splitlines()[-1])
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if not found:
        shallow = _git(root, "rev-parse", "--is-shallow-repository") == "true"
        raise UsageError(
            f"--since {name}: neither a revision of the migrations, nor a date, nor a commit, nor a report",
            where=str(root),
            hint="this clone has only the newest commits: fetch all (actions/checkout: fetch-depth: 0)"
            if shallow
            else "a date is written 2026-11-01; a report is a .json file of `todo-db drift --format json`",
        )
    return _described(root, found)


def _moment(text: str) -> dt.datetime | None:
    with suppress(ValueError):
        moment = dt.datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return None


def _revision_file(ws: Workspace, name: str) -> Path | None:
    from todo_db.sources import history

    with suppress(UsageError):
        found = history.read(ws.settings)
        revision = found.resolve(name)
        return found.revisions[revision].path if revision is not None else None
    return None


def _described(root: Path, commit: str | None) -> Commit | None:
    if not commit:
        if _git(root, "rev-parse", "--is-shallow-repository") == "true":
            raise UndeterminedError(
                "this clone does not reach back that far",
                where=str(root),
                hint="fetch all commits (actions/checkout: fetch-depth: 0)",
            )
        return None
    return Commit(commit, _git(root, "show", "-s", "--format=%cs", commit) or "")


def _git(root: Path, *arguments: str, index: Path | None = None) -> str | None:
    """What git says, without the newline at its end; None where it fails or is not there."""
    environ = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    if index is not None:
        environ["GIT_INDEX_FILE"] = str(index)
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(root), *_FILTERLESS, *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            env=environ,
            stdin=subprocess.DEVNULL,
        )
    except OSError:
        return None
    return done.stdout.decode(errors="surrogateescape").strip() if done.returncode == 0 else None


_FILTERLESS = ("-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false")  # nothing is fetched


@contextmanager
def opened(ws: Workspace, commit: Commit) -> Iterator[Workspace]:
    """The project at that commit, with the scratch server of `ws`; the files are gone afterwards.

    Its own settings apply; where it had none yet, today's. Raises UndeterminedError where git fails.
    """
    from todo_db.sources.workspace import Workspace as Opened

    prefix = _git(ws.settings.root, "rev-parse", "--show-prefix") or ""
    top = Path(_git(ws.settings.root, "rev-parse", "--show-toplevel") or ws.settings.root)
    with tempfile.TemporaryDirectory(prefix="todo-db-past-") as folder:
        tree, index = Path(folder, "tree"), Path(folder, "index")
        tree.mkdir()
        written = _git(top, "read-tree", commit.id, index=index) is not None
        if not written or _git(top, "checkout-index", "-a", f"--prefix={tree}/", index=index) is None:
            raise UndeterminedError(f"git could not write out {commit}", where=str(top))
        environ = {**ws.environ, "TODO_DB_CACHE": "0"}  # the folder has another name each time
        with Opened(_settings(ws.settings, tree / prefix), environ=environ, say=ws.say) as past:
            past.__dict__["scratch"] = ws.scratch  # which `ws` ends
            yield past


def _settings(now: Settings, root: Path) -> Settings:
    root.mkdir(parents=True, exist_ok=True)  # the project may not have been there
    if (root / "pyproject.toml").is_file():
        with suppress(UsageError):  # written for another version of ours
            then = load(root)
            if then != Settings(root=then.root, file=then.file):
                return then
    migrations = _moved(now, root, now.migrations) if now.migrations else None
    spec, answers = (tuple(_moved(now, root, p) for p in paths) for paths in (now.spec, now.answers))
    return replace(now, root=root, file=None, migrations=migrations, spec=spec, answers=answers)


def _moved(now: Settings, root: Path, path: Path) -> Path:
    return root / path.relative_to(now.root) if path.is_relative_to(now.root) else path
