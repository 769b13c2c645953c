"""`[tool.todo-db]` in pyproject.toml: what there is to check, which rules hold, and what is waived."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from todo_db.errors import UsageError
from todo_db.findings import Severity

_TABLE = "tool.todo-db"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Findings that are accepted: `rule` is a code or a name; it, `kind` and `object` are patterns (`*`).

    Objects of the schema public may be called with it or without.
    """

    reason: str
    rule: str = "*"
    object: str = "*"
    kind: str = "*"
    until: dt.date | None = None

    def covers(self, code: str, rule: str, kind: str, name: str, today: dt.date) -> bool:
        """Whether a finding falls under this waiver today."""
        if self.until is not None and today > self.until:
            return False
        return (
            (fnmatchcase(code, self.rule) or fnmatchcase(rule, self.rule))
            and fnmatchcase(kind, self.kind)
            and any(fnmatchcase(n, self.object) for n in (name, name.removeprefix("public.")))
        )


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """`[tool.todo-db.rules]`: which rules are held and what they weigh; entries are codes, names or patterns.

    disable: house rules that this project does not follow. strict: rules whose findings and questions
    are errors here. severity: pattern → 'error', 'warning' or 'info'; it counts before `strict`.
    """

    disable: tuple[str, ...] = ()
    strict: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()

    def disabled(self, code: str, rule: str) -> bool:
        """Whether the project has switched the rule off."""
        return _any_matches(self.disable, code, rule)

    def weight(self, code: str, rule: str, default: Severity) -> Severity:
        """What a finding of the rule weighs in this project."""
        for pattern, severity in self.severity:
            if _any_matches((pattern,), code, rule):
                return severity
        return Severity.ERROR if _any_matches(self.strict, code, rule) else default


def _any_matches(patterns: Iterable[str], code: str, rule: str) -> bool:
    return any(fnmatchcase(code, p) or fnmatchcase(rule, p) for p in patterns)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project says about itself; every path is absolute."""

    root: Path
    spec: tuple[Path, ...] = ()  # empty: the usual places are searched
    answers: tuple[Path, ...] = ()  # files that answer the spec's questions
    models: tuple[str, ...] = ()  # modules to import; empty: this side does not exist
    migrations: Path | None = None  # None: `migrations`, where it exists
    database_url: str = "DATABASE_URL"  # names of environment variables, never their values
    direct_url: str = "DATABASE_URL_UNPOOLED"
    schemas: tuple[str, ...] = ()  # empty: all but the system's
    compare_also: tuple[str, ...] = ()  # of OPTIONAL, as names of facts
    log: Path | None = None  # Markdown with an entry per revision; None: none is kept
    lock_timeout: str = "2s"
    lock_patience: str = "1min"  # for how long a revision that gets no lock is tried again
    statement_timeout: str = "15min"
    app_role: str | None = None  # the role that the application connects as: policies and grants name it
    row_level_security: bool = True  # whether policies follow from the spec's `owner:`
    schema_per_target: bool = False  # whether SQL in new revisions names no schema, so that any can be meant
    ignore: tuple[Waiver, ...] = ()
    rules: RuleSettings = field(default_factory=RuleSettings)
    file: Path | None = None  # the pyproject.toml that was read
    tenant: str | None = None  # the one schema that is looked at and migrated, where a target names it
    whole: Settings | None = None  # what `of_tenant` was made from

    @property
    def migrations_dir(self) -> Path:
        return self.migrations or self.root / "migrations"

    def of_tenant(self, schema: str | None) -> Settings:
        """The same for one schema of a database, which is then all that there is; None: for the whole."""
        return replace(self, tenant=schema, schemas=(schema,), whole=self) if schema else self

    def relative(self, path: Path | str) -> str:
        """A path as findings show it: relative to the project where it lies in it."""
        resolved = Path(path)
        try:
            return resolved.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return resolved.as_posix()


def find_root(start: Path) -> Path:
    """The folder of the nearest pyproject.toml at or above `start`; `start` itself where there is none."""
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file():
            return folder
    return start


def load(start: Path | None = None) -> Settings:
    """Read the settings of the project that holds `start` (default: the working directory).

    Raises UsageError, with the file, for TOML that does not parse, unknown keys and wrong types.
    """
    root = find_root((start or Path.cwd()).resolve())
    file = root / "pyproject.toml"
    if not file.is_file():
        return Settings(root=root)
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the settings: {error}", where=str(file)) from error
    tool = document.get("tool", {})
    return _build(root, file, tool.get("todo-db", {}) if isinstance(tool, Mapping) else {})


def _build(root: Path, file: Path, table: Any) -> Settings:
    if not isinstance(table, Mapping):
        raise UsageError(f"[{_TABLE}] must be a table", where=str(file))
    known = {f.name.replace("_", "-"): f.name for f in fields(Settings)} | {"ignore": "ignore"}
    for hidden in ("root", "file", "tenant", "whole"):
        known.pop(hidden)
    values: dict[str, Any] = {}
    for key, value in table.items():
        key = key.replace("_", "-")  # both are written  # noqa: PLW2901
        if key not in known:
            close = get_close_matches(key, known, 1)
            raise UsageError(
                f"[{_TABLE}] has no setting {key!r}",
                where=str(file),
                hint=f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(sorted(known)),
            )
        values[known[key]] = _convert(root, file, key, value)
    return Settings(root=root, file=file, **values)


def _convert(root: Path, file: Path, key: str, value: Any) -> Any:
    def wrong(expected: str) -> UsageError:
        return UsageError(f"[{_TABLE}] {key} must be {expected}", where=str(file))

    if key == "ignore":
        return _waivers(file, value)
    if key == "rules":
        return _rules(file, value)
    if key in ("row-level-security", "schema-per-target"):
        if not isinstance(value, bool):
            raise wrong("true or false")
        return value
    if key == "compare-also":
        return _optional(file, value)
    if key in ("spec", "answers", "models", "schemas"):
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(i, str) and i for i in items):
            raise wrong("a string or a list of strings")
        return tuple(root / i for i in items) if key in ("spec", "answers") else tuple(items)
    if not isinstance(value, str) or not value:
        raise wrong("a string")
    return root / value if key in ("migrations", "log") else value


OPTIONAL = ("column-order", "populated")
"""What is compared only where `compare_also` names it: the order of a table's columns, and whether a
materialized view was ever filled."""


def _optional(file: Path, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(item in OPTIONAL for item in value):
        raise UsageError(
            f"[{_TABLE}] compare_also must be a list", where=str(file), hint="known: " + ", ".join(OPTIONAL)
        )
    return tuple(item.replace("-", "_") for item in value)


def _rules(file: Path, value: Any) -> RuleSettings:
    where = f"{file}: [{_TABLE}.rules]"
    if not isinstance(value, Mapping):
        raise UsageError(f"[{_TABLE}] rules must be a table", where=str(file))
    if unknown := sorted(set(value) - {"disable", "strict", "severity"}):
        raise UsageError(f"unknown key {unknown[0]!r}", where=where, hint="known: disable, severity, strict")
    names: dict[str, tuple[str, ...]] = {}
    for key in ("disable", "strict"):
        items = value.get(key, [])
        if not isinstance(items, list) or not all(isinstance(i, str) and i for i in items):
            raise UsageError(f"{key} must be a list of codes or names of rules", where=where)
        names[key] = tuple(items)
    return RuleSettings(**names, severity=_severities(where, value.get("severity", {})))


def _severities(where: str, value: Any) -> tuple[tuple[str, Severity], ...]:
    if not isinstance(value, Mapping):
        raise UsageError(
            "severity must be a table of rules", where=where, hint='severity = { TD312 = "info" }'
        )
    try:
        return tuple((str(pattern), Severity(severity)) for pattern, severity in value.items())
    except ValueError as error:
        raise UsageError("a severity is error, warning or info", where=where) from error


def _waivers(file: Path, value: Any) -> tuple[Waiver, ...]:
    if not isinstance(value, list):
        raise UsageError(f"[[{_TABLE}.ignore]] must be a list of tables", where=str(file))
    known = {f.name for f in fields(Waiver)}
    result = []
    for number, entry in enumerate(value, 1):
        where = f"{file}: ignore no. {number}"
        if not isinstance(entry, Mapping) or not str(entry.get("reason", "")).strip():
            raise UsageError("what is ignored needs a reason", where=where, hint='add reason = "…"')
        if unknown := sorted(set(entry) - known):
            raise UsageError(
                f"unknown key {unknown[0]!r}", where=where, hint="known: " + ", ".join(sorted(known))
            )
        until = entry.get("until")
        if until is not None and (not isinstance(until, dt.date) or isinstance(until, dt.datetime)):
            raise UsageError("until must be a date (until = 2027-01-31)", where=where)
        if wrong := [k for k, v in entry.items() if k != "until" and not isinstance(v, str)]:
            raise UsageError(f"{wrong[0]} must be a string", where=where)
        result.append(Waiver(**entry))
    return tuple(result)
