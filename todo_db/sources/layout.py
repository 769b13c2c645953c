"""Where a project keeps its Alembic history, by `[tool.todo-db]`, alembic.ini or `[tool.alembic]`."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from todo_db.errors import UsageError
from todo_db.schema import Key, display
from todo_db.settings import Settings

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder with env.py, the folders with revision files, and the options that Alembic reads.

    version_table and version_table_schema are what env.py says in so many words, else Alembic's default;
    of a target that is one schema, the version table lies in that.
    """

    folder: Path
    versions: tuple[Path, ...]
    recursive: bool = False
    ini: Path | None = None
    toml: Path | None = None
    version_table: str = "alembic_version"
    version_table_schema: str | None = None

    @property
    def env(self) -> Path:
        return self.folder / "env.py"

    @property
    def sums(self) -> Path:
        """The file that remembers what each revision's code was."""
        return self.folder / "versions.sum"

    @property
    def version_key(self) -> Key:
        """The version table, which is no part of what the history builds."""
        return Key("table", display(self.version_table_schema or "public", self.version_table))

    @property
    def exists(self) -> bool:
        """Whether there is a history at all, be it empty."""
        return self.env.is_file() or any(v.is_dir() for v in self.versions)


def find(settings: Settings) -> Layout:
    """The layout of the project's migrations; nothing is imported or run.

    Raises UsageError, with the file, for an alembic.ini that does not parse.
    """
    ini, toml = settings.root / "alembic.ini", settings.root / "pyproject.toml"
    options = {**_toml_options(toml), **_ini_options(ini)}
    named = _path(options.get("script_location"), settings.root)
    folder = settings.migrations or named or settings.root / "migrations"
    if named is None or named.resolve() != folder.resolve():
        options = {}  # they are about another history
    table, schema = _version_table(folder / "env.py")
    return Layout(
        folder=folder,
        versions=_locations(options, settings.root) or (folder / "versions",),
        recursive=options.get("recursive_version_locations") in (True, "true"),
        ini=ini if ini.is_file() else None,
        toml=toml if toml.is_file() else None,
        version_table=table,
        version_table_schema=settings.tenant or schema,
    )


def _ini_options(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    parser = configparser.ConfigParser({"here": path.parent.as_posix()})
    try:
        parser.read(path, encoding="utf-8")
        section = parser["alembic"] if parser.has_section("alembic") else {}
        wanted = ("script_location", "version_locations", "recursive_version_locations")
        options: dict[str, Any] = {name: section[name] for name in wanted if name in section}
        separator = section.get("path_separator", section.get("version_path_separator", ""))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the file: {error}", where=str(path)) from error
    if text := options.get("version_locations"):
        split = text.split(_SEPARATORS[separator]) if separator in _SEPARATORS else re.split(r", *| +", text)
        options["version_locations"] = [part.strip() for part in split if part.strip()]
    return options


def _toml_options(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    # That it parses was checked when the settings were read.
    tool = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("tool", {})
    options = tool.get("alembic", {}) if isinstance(tool, Mapping) else {}
    here = {"here": path.parent.as_posix()}

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(v) for v in value]
        return value % here if isinstance(value, str) else value

    return {name: filled(value) for name, value in options.items()} if isinstance(options, Mapping) else {}


def is_named_in_toml(path: Path) -> bool:
    """Whether `[tool.alembic]` says where the history is."""
    return "script_location" in _toml_options(path)


def _locations(options: Mapping[str, Any], root: Path) -> tuple[Path, ...]:
    found = options.get("version_locations") or ()
    return tuple(p for item in found if (p := _path(item, root)) is not None)


def _path(text: Any, root: Path) -> Path | None:
    """A folder as Alembic names it: a path, or `package:folder`."""
    if not isinstance(text, str) or not text:
        return None
    if ":" in text and not Path(text).is_absolute():
        package, *rest = text.split(":")
        spec = importlib.util.find_spec(package)
        base = Path(next(iter(spec.submodule_search_locations or ()), "")) if spec else root / package
        return base.joinpath(*rest)
    return root / text


def _version_table(env: Path) -> tuple[str, str | None]:
    """The literal `version_table=` and `version_table_schema=` of env.py's calls."""
    found: dict[str, str] = {}
    try:
        tree = ast.parse(env.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return "alembic_version", None
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("version_table", "version_table_schema"):
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[node.arg] = value.value
    return found.get("version_table", "alembic_version"), found.get("version_table_schema")
