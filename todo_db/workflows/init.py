"""init: make an existing SQLModel project one that todo-db works on; nothing that is there is overwritten."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from todo_db.errors import UsageError
from todo_db.findings import Report
from todo_db.masking import mask
from todo_db.revisions import environment
from todo_db.settings import Settings, load
from todo_db.sources import layout as layouts
from todo_db.sources.layout import Layout
from todo_db.workflows import init_ci
from todo_db.workflows.init_found import DEFAULT_NAMES, Found, find, one_history
from todo_db.workflows.init_settings import Values, with_table
from todo_db.workflows.outcome import Outcome

COMMAND = "init"
_OURS = "todo_db.apply.environment"


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is made, or that lines are put into."""

    path: Path
    before: str | None
    after: str

    def diff(self, shown: str) -> str:
        return patch(self.before, self.after, shown)


def patch(before: str | None, after: str, shown: str) -> str:
    """The change as a unified diff, without the passwords that the files may hold."""
    was = "/dev/null" if before is None else f"a/{shown}"
    lines = difflib.unified_diff(
        (before or "").splitlines(keepends=True), after.splitlines(keepends=True), was, f"b/{shown}"
    )
    ended = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return mask("".join(ended))


@dataclass(frozen=True, slots=True)
class Answers:
    """What is decided beforehand, and how the rest is asked: None where nobody is there to answer.

    choose: gets a question and what there is to choose from. confirm: is asked before anything is written.
    """

    models: tuple[str, ...] = ()
    migrations: Path | None = None
    ci: bool = True
    choose: Callable[[str, Sequence[str]], str | None] | None = None
    confirm: Callable[[str], bool] = field(default=lambda _: True)


@dataclass(slots=True)
class _Start:
    """One run of init."""

    settings: Settings
    found: Found
    models: tuple[str, ...]
    layout: Layout
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def shown(self, path: Path) -> str:
        """Relative to the project, also where it lies above it."""
        name = self.settings.relative(path)
        return os.path.relpath(path, self.settings.root) if Path(name).is_absolute() else name


def init(
    settings: Settings, answers: Answers, say: Callable[[str], None], *, dry_run: bool = False
) -> Outcome:
    """Find out what the project has and write what it lacks: settings, an Alembic environment, a CI workflow.

    dry_run: write nothing; the diff is the outcome. `say` gets the diff before anything is written.
    Raises UsageError where there is neither a model nor a spec, and where there is a choice that nobody made.
    """
    found = find(settings)
    run = _Start(
        settings, found, _models(settings, found, answers), one_history(found, settings, answers.migrations)
    )
    _plan_settings(run)
    _plan_environment(run)
    _plan_ci(run, wanted=answers.ci)
    diffs = [c.diff(run.shown(c.path)) for c in run.changes]
    done = False
    if run.changes and not dry_run:
        for line in "".join(diffs).splitlines():
            say(line)
        names = ", ".join(run.shown(c.path) for c in run.changes)
        done = answers.confirm(f"Write this ({names})?")
        if done:
            _write(run)
    return _told(run, diffs, done=done, dry_run=dry_run)


# ---- what to work with ----------------------------------------------------------------------------------


def _models(settings: Settings, found: Found, answers: Answers) -> tuple[str, ...]:
    """The modules that define the tables. Raises UsageError."""
    if answers.models or settings.models:
        return answers.models or settings.models
    if (inner := found.inner(settings.root)) is not None:
        name = settings.relative(inner)
        raise UsageError(
            f"the models are in {name}/, which is a project by itself",
            where=str(settings.root),
            hint=f"todo-db init --project {shlex.quote(name)}",
        )
    groups = found.groups
    if not groups:
        if found.spec:
            return ()
        raise UsageError(
            "no SQLModel class with table=True was found, and no spec",
            where=str(settings.root),
            hint="run it in the project's folder (--project DIR), or name the module: --models MODULE",
        )
    if len(groups) == 1:
        return next(iter(groups.values()))
    choices = {", ".join(modules): modules for modules in groups.values()}
    if answers.choose is not None:
        every = "all of them"
        chosen = answers.choose("Which of these are the models of this database?", [*choices, every])
        if chosen == every:
            return tuple(m for modules in groups.values() for m in modules)
        if chosen in choices:
            return choices[chosen]
    options = " ".join(f"--models {m}" for m in next(iter(groups.values())))
    raise UsageError(
        f"there are tables in several packages: {'; '.join(choices)}",
        where=str(settings.root),
        hint=f"say which belong to this database, for example: todo-db init {options}",
    )


# ---- what is to be written ------------------------------------------------------------------------------


def _plan_settings(run: _Start) -> None:
    """`[tool.todo-db]`, and `[tool.alembic]` where plain Alembic would not find the history."""
    settings, path = run.settings, run.settings.root / "pyproject.toml"
    before = _read(path) if path.is_file() else None
    text = before or ""
    tables: list[tuple[tuple[str, ...], Values]] = [(("tool", "todo-db"), _values(run))]
    if run.layout.ini is None and not layouts.is_named_in_toml(path) and not run.found.histories:
        folder = settings.relative(run.layout.folder)
        tables.append((("tool", "alembic"), {"script_location": f"%(here)s/{folder}"}))
    for table, values in tables:
        after = with_table(text, table, values)
        if after is None:
            lines = [f"{k} = {v!r}" for k, v in values.items()]
            run.notes.append(
                f"{path.name} says [{'.'.join(table)}] in a way that lines cannot be put into; write into it "
                f"{'; '.join(lines)}"
            )
        else:
            text = after
    if text != (before or ""):
        run.changes.append(Change(path, before, text))


def _values(run: _Start) -> dict[str, str | Sequence[str]]:
    """The settings that are not the defaults; a spec per feature is found by itself, also the next one."""
    settings, values = run.settings, dict[str, str | Sequence[str]]()
    spec = [settings.relative(p) for p in run.found.spec]
    if spec and not any(_is_of_a_feature(name) for name in spec):
        values["spec"] = spec
    if run.models:
        values["models"] = run.models[0] if len(run.models) == 1 else list(run.models)
    values["migrations"] = settings.relative(run.layout.folder)
    names = (run.found.url_name, run.found.direct_name)
    for key, name, default in zip(("database-url", "direct-url"), names, DEFAULT_NAMES, strict=True):
        if name != default:
            values[key] = name
    told = {f.replace("_", "-") for f in _told_already(settings)}
    return {k: v for k, v in values.items() if k not in told}


def _told_already(settings: Settings) -> Iterator[str]:
    """What the settings say already, however the key is spelled."""
    blank = Settings(root=settings.root)
    for name in ("spec", "models", "migrations", "database_url", "direct_url"):
        if getattr(settings, name) != getattr(blank, name):
            yield name


def _is_of_a_feature(name: str) -> bool:
    return (name.startswith("specs/") and not name.startswith("specs/database/")) or name.startswith(
        ".specify/"
    )


def _plan_environment(run: _Start) -> None:
    """env.py and script.py.mako where there is no env.py; one that is there is only looked at."""
    layout = run.layout
    for path, text in environment.missing(layout).items():
        run.changes.append(Change(path, None, text))
    if not layout.env.is_file():
        return
    text = _read(layout.env)
    if _OURS not in text:
        shown = run.shown(layout.env)
        ours = (environment.TEMPLATES / "env.py.txt").read_text(encoding="utf-8")
        run.notes.append(
            f"{shown} stays as it is, and `todo-db migrate` works with it. Only plain `alembic upgrade` then "
            "takes no lock and leaves no line in the ledger; to have both, it would become:\n"
            + patch(text, ours, shown).rstrip("\n")
        )


def _plan_ci(run: _Start, *, wanted: bool) -> None:
    path = init_ci.path(run.settings.root)
    if not wanted or path.exists():
        return
    top = init_ci.repository(run.settings.root) or run.settings.root
    if (top / ".gitlab-ci.yml").is_file() and not (top / ".github").is_dir():
        run.notes.append(
            "no CI workflow was written, since this is GitLab's; its job runs: "
            "todo-db check-spec; todo-db diff models migrations; todo-db migrate test"
        )
        return
    text = init_ci.text(
        run.settings, spec=bool(run.found.spec), models=bool(run.models), url_name=run.found.url_name
    )
    run.changes.append(Change(path, None, text))


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as stream:  # line ends stay as they are
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the file cannot be read", where=str(path)) from error


# ---- writing --------------------------------------------------------------------------------------------


def _write(run: _Start) -> None:
    """All files or none. Raises UsageError where one cannot be written."""
    made: list[Change] = []
    try:
        for change in run.changes:
            if change.before is None and change.path.exists():
                raise FileExistsError(17, "somebody made it meanwhile")
            change.path.parent.mkdir(parents=True, exist_ok=True)
            made.append(change)
            _put(change.path, change.after)
        if not run.layout.versions[0].is_dir():
            run.layout.versions[0].mkdir(parents=True)
        load(run.settings.root)  # what was written is understood
    except OSError as error:
        for change in reversed(made):
            with suppress(OSError):
                _put(change.path, change.before) if change.before is not None else change.path.unlink()
        raise UsageError(
            f"the file cannot be written: {error.strerror or error}; nothing was changed",
            where=str(change.path),
            hint="let it be written by you, or see with --dry-run what to put where",
        ) from error


def _put(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)


# ---- what is said ---------------------------------------------------------------------------------------


def _told(run: _Start, diffs: Sequence[str], *, done: bool, dry_run: bool) -> Outcome:
    found, steps = dict(_found(run)), list(_next(run))
    width = max(map(len, found)) + 2
    lines = ["found:", *(f"  {name:<{width}}{text}" for name, text in found.items())]
    names = [run.shown(c.path) for c in run.changes]
    if not names:
        lines.append("nothing to do: all of it is there")
    elif dry_run:
        lines += ["would write:", *(f"  {n}" for n in names), "", *(d.rstrip("\n") for d in diffs), ""]
    else:
        lines += ["wrote:", *(f"  {n}" for n in names)] if done else ["nothing was written"]
    lines += [f"note: {note}" for note in run.notes]
    lines += ["next:", *(f"  {step}" for step in steps)]
    changes: list[dict[str, Any]] = [
        {"path": name, "new": c.before is None, "written": done, "diff": diff}
        for name, c, diff in zip(names, run.changes, diffs, strict=True)
    ]
    report = Report(
        COMMAND, notes=tuple(run.notes), extra={"found": found, "changes": changes, "next": steps}
    )
    return Outcome(report, "\n".join(lines))


def _found(run: _Start) -> Iterator[tuple[str, str]]:
    settings, found = run.settings, run.found
    inside = [
        t for t in found.tables if any(t.module == m or t.module.startswith(f"{m}.") for m in run.models)
    ]
    tables = ", ".join(t.table for t in inside[:6]) + (" …" if len(inside) > 6 else "")
    counted = f" ({len(inside)} table{'s' * (len(inside) > 1)}: {tables})" if inside else ""
    yield "models", (", ".join(run.models) + counted) if run.models else "none"
    yield "spec", ", ".join(settings.relative(p) for p in found.spec[:5]) or "none"
    yield "migrations", run.shown(run.layout.folder) if run.layout.exists else "none"
    listed = [f"{n.name} ({', '.join(n.places[:2])})" for n in found.names[:4]]
    yield "database", ", ".join(listed) or "no variable that is called like a URL; DATABASE_URL is used"
    calls = [f"{settings.relative(path)}:{line}" for path, line in found.calls[:4]]
    if calls:
        yield "create_all", ", ".join(calls)


def _next(run: _Start) -> Iterator[str]:
    """The commands to go on with, each with its reason."""
    found = run.found
    if found.spec and run.models:
        yield "todo-db check-spec              # is the spec complete, and are the models what it says?"
    if not run.models:
        yield "todo-db models                  # the spec as SQLModel classes"
        return
    revisions = run.layout.exists and any(
        p for v in run.layout.versions if v.is_dir() for p in v.glob("*.py")
    )
    if revisions:
        yield "todo-db adopt                   # which revision the database is, and is its stamp right?"
        yield "todo-db drift                   # spec, models, migrations and live, side by side"
        return
    if found.calls or found.names:
        yield "todo-db adopt                   # where the database has tables: the first revision from it"
    message = shlex.quote("Create the first tables")
    yield f"todo-db migrate new -m {message}   # where it is empty: the first revision from the models"
    yield "todo-db migrate                 # apply it; `todo-db drift` then shows that all sides agree"
    if found.calls:
        path, line = found.calls[0]
        place = f"{run.settings.relative(path)}:{line}"
        yield f"{place}: call todo_db.assert_schema(engine) there instead of create_all"
