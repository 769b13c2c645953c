"""Kept results: given again while nothing has changed, and never when something has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.conftest import Project, write
from todo_db.schema import Key, Schema
from todo_db.sources import cache, evidence, models
from todo_db.sources.workspace import Workspace

MODELS = """
    import os
    from pathlib import Path
    import sqlalchemy as sa
    from helpers.names import NAME

    HERE = Path(__file__).parent
    metadata = sa.MetaData()
    length = int(os.environ.get("TITLE_LENGTH", "10"))
    extra = (HERE / "columns.txt").read_text().split()
    more = sorted(p.stem for p in (HERE / "plugins").glob("*.txt"))
    if (HERE / "comments.flag").exists():
        extra.append("flagged")
    try:
        import local_settings
    except ImportError:
        local_settings = None
    names = ["id", *extra, *more, *(local_settings.NAMES if local_settings else ())]
    sa.Table(NAME, metadata, *(sa.Column(n, sa.String(length)) for n in names))
"""
FILES = {
    "models.py": MODELS,
    "helpers/__init__.py": "",
    "helpers/names.py": 'NAME = "t"\n',
    "columns.txt": "a b\n",
    "plugins/c.txt": "",
}


TABLE = "import sqlalchemy as sa\nm = sa.MetaData()\nsa.Table('t', m, sa.Column({}, sa.Text))\n"


class Imports:
    """Counts how often models are really imported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = models._start

        def start(ws: Workspace) -> object:
            self.count += 1
            return real(ws)

        monkeypatch.setattr(models, "_start", start)


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> Imports:
    return Imports(monkeypatch)


def columns(side: Schema) -> dict[str, str]:
    return {k.name: str(getattr(o, "type", "")) for k, o in side.objects.items() if k.kind == "column"}


def read(project: Project, **environ: str) -> dict[str, str]:
    return columns(project(FILES_NOW, models="models", cache=True, environ=environ).side("models"))


FILES_NOW: dict[str, str] = {}


def test_what_the_key_of_models_covers(project: Project, imports: Imports, tmp_path: Path) -> None:
    """One change after the other; each is seen at once, and without a change nothing is imported."""
    root = tmp_path / "project"
    write(root, FILES)

    def seen(what: str, *, environ: dict[str, str] | None = None) -> dict[str, str]:
        before = imports.count
        found = read(project, **(environ or {}))
        assert imports.count == before + 1, what
        assert read(project, **(environ or {})) == found
        assert imports.count == before + 1, f"{what}: read a second time"
        return found

    assert seen("the first time") == dict.fromkeys(
        ("public.t.id", "public.t.a", "public.t.b", "public.t.c"), "character varying(10)"
    )
    write(root, {"helpers/names.py": 'NAME = "u"\n'})
    assert "public.u.id" in seen("a helper module that was edited, as long as before")
    write(root, {"columns.txt": "a x\n"})
    assert "public.u.x" in seen("a data file that was edited, as long as before")
    write(root, {"plugins/d.txt": ""})
    assert "public.u.d" in seen("a file more in a folder that is listed")
    write(root, {"comments.flag": ""})
    assert "public.u.flagged" in seen("a file that is asked for and was not there")
    write(root, {"local_settings.py": "NAMES = ['own']\n"})
    assert "public.u.own" in seen("a module that could not be imported before")
    environ = {"TITLE_LENGTH": "99"}
    assert set(seen("an environment variable that is read", environ=environ).values()) == {
        "character varying(99)"
    }
    before = imports.count
    assert read(project, TITLE_LENGTH="99", UNRELATED="1")
    assert imports.count == before, "a variable that nobody reads"


def test_a_module_that_hides_an_installed_one_is_seen(
    project: Project, imports: Imports, tmp_path: Path
) -> None:
    name = "getattr(colorsys, 'NAME', 'a')"
    write(tmp_path / "project", {"models.py": f"import colorsys\n{TABLE.format(name)}"})
    assert "public.t.a" in read(project)
    write(tmp_path / "project", {"colorsys.py": "NAME = 'b'\n"})
    assert "public.t.b" in read(project)


def test_the_path_that_python_searches_is_part_of_the_key(
    project: Project, imports: Imports, tmp_path: Path
) -> None:
    write(tmp_path / "project", {"models.py": "import naming\n" + TABLE.format("naming.NAME")})
    for name in ("one", "two"):
        write(tmp_path / name, {"naming.py": f"NAME = {name!r}\n"})
        assert f"public.t.{name}" in read(
            project, PYTHONPATH=f"{os.environ.get('PYTHONPATH', '')}:{tmp_path / name}"
        )


def test_what_runs_programs_is_not_kept(project: Project, imports: Imports, tmp_path: Path) -> None:
    source = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])\n"
    write(tmp_path / "project", {"models.py": source + TABLE.format("'a'")})
    assert read(project) == read(project)
    assert imports.count == 2


def test_settings_are_part_of_the_key(project: Project, imports: Imports) -> None:
    table = "import sqlalchemy as sa\nm = sa.MetaData()\nsa.Table('{}', m, sa.Column('a', sa.Text))\n"
    files = {"one.py": table.format("one"), "two.py": table.format("two")}
    first = project(files, models="one", cache=True).side("models")
    second = project(files, models="two", cache=True).side("models")
    assert columns(first).keys() == {"public.one.a"}
    assert columns(second).keys() == {"public.two.a"}


def test_own_code_python_and_server_are_part_of_the_key(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = project(cache=True)

    def path() -> Path | None:
        return cache._entry(ws, "models", (cache.scratch_key(ws),))

    first = path()
    assert first == path()
    with monkeypatch.context() as patch:
        patch.setattr(cache, "own_code", lambda: "another")
        assert path() != first
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0")
        assert path() != first
    with monkeypatch.context() as patch:
        patch.setattr(cache, "scratch_key", lambda _: "PostgreSQL 99")
        assert path() != first
    assert path() == first


def test_our_own_code_is_named_by_every_source_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x", "deep/b.sql": "y", "deep/c.txt": "z"})
    before = sorted(cache._files(str(tmp_path)))
    assert [Path(p).name for p, _, _ in before] == ["a.py", "b.sql"]
    write(tmp_path, {"deep/b.sql": "longer"})
    assert sorted(cache._files(str(tmp_path))) != before


def test_what_is_installed_is_evidence(tmp_path: Path) -> None:
    """Distributions stand in their folder with their version; installed modules have size and time."""
    packages = tmp_path / "site-packages"
    write(packages, {"sqlmodel-0.0.49.dist-info/RECORD": "", "sqlmodel/__init__.py": "old"})
    found: evidence.Evidence = {
        "installed": evidence.take("installed", [str(packages)], {}),
        "stamp": evidence.take("stamp", [str(packages / "sqlmodel/__init__.py")], {}),
    }
    assert evidence.holds(found, {})
    (packages / "sqlmodel-0.0.49.dist-info").rename(packages / "sqlmodel-0.0.50.dist-info")
    assert not evidence.holds(found, {})
    (packages / "sqlmodel-0.0.50.dist-info").rename(packages / "sqlmodel-0.0.49.dist-info")
    assert evidence.holds(found, {})
    write(packages, {"more.pth": "/somewhere\n"})
    with_path = {"installed": evidence.take("installed", [str(packages)], {})}
    write(packages, {"more.pth": "/elsewhere\n"})
    assert not evidence.holds(with_path, {})
    (packages / "more.pth").unlink()
    assert evidence.holds(found, {})
    write(packages, {"sqlmodel/__init__.py": "newer"})
    assert not evidence.holds(found, {})


def test_the_evidence_of_models_names_what_is_installed(project: Project, tmp_path: Path) -> None:
    write(tmp_path / "project", FILES)
    read(project)
    (entry,) = (tmp_path / "cache/todo-db/results").glob("models-*.json")
    found = json.loads(entry.read_text())["evidence"]
    import sqlalchemy

    assert str(Path(sqlalchemy.__file__).parent.parent) in found["installed"]
    assert sqlalchemy.__file__ in found["stamp"]
    assert {Path(p).name for p in found["content"]} >= {"models.py", "names.py", "columns.txt"}
    assert "TITLE_LENGTH" in found["variable"]


def test_a_change_of_all_variables_counts_where_all_are_read() -> None:
    everything = {"variable": evidence.take("variable", ["*"], {"A": "1", "SHLVL": "1"})}
    assert evidence.holds(everything, {"A": "1", "SHLVL": "2"})
    assert not evidence.holds(everything, {"A": "2", "SHLVL": "1"})
    assert not evidence.holds(everything, {"A": "1", "B": "1", "SHLVL": "1"})


def test_no_value_of_a_variable_is_kept(project: Project, tmp_path: Path) -> None:
    source = "import os\nsecret = os.environ['SECRET']\n" + TABLE.format("'a'")
    write(tmp_path / "project", {"models.py": source})
    read(project, **{"SECRET": "hunter2-hunter2"})
    for entry in (tmp_path / "cache/todo-db/results").iterdir():
        assert "hunter2" not in entry.read_text()


# ---- the spec ------------------------------------------------------------------------------------------

SPEC = """## tasks

| Column | Type | Constraints |
|---|---|---|
| id | integer | PRIMARY KEY |
| {} | text | NULL |
"""


def test_an_edited_spec_is_read_again(project: Project) -> None:
    def found(text: str) -> set[str]:
        return set(columns(project({"spec/schema.md": text}, spec="spec", cache=True).side("spec")))

    first = found(SPEC.format("one"))
    assert first == found(SPEC.format("one")) == {"public.tasks.id", "public.tasks.one"}
    assert found(SPEC.format("two")) == {"public.tasks.id", "public.tasks.two"}


def test_a_file_more_in_the_folder_of_the_spec_is_read(project: Project) -> None:
    one = project({"spec/a.md": SPEC.format("one")}, spec="spec", cache=True).side("spec")
    more = {"spec/deep/b.md": SPEC.format("one").replace("tasks", "labels")}
    two = project(more, spec="spec", cache=True).side("spec")
    assert {k.name for k in two.objects if k.kind == "table"} == {"public.tasks", "public.labels"}
    assert {k.name for k in one.objects if k.kind == "table"} == {"public.tasks"}


def test_what_is_kept_is_what_was_read(project: Project) -> None:
    def side() -> Schema:
        ws = project(
            {"schema.md": SPEC.format("x").replace("integer", "strange")}, spec="schema.md", cache=True
        )
        found = ws.side("spec")
        assert [f.code for f in (*ws.specification.findings, *ws.spec_findings)].count("TD132") == 1
        return found

    first, second = side(), side()
    assert first == second
    assert first is not second


# ---- the folder ----------------------------------------------------------------------------------------


def keep_and_recall(ws: Workspace) -> object:
    cache.keep(ws, "test", ("k",), frozenset({"v"}), {})
    return cache.recall(ws, "test", ("k",))


def test_kept_and_given_again(project: Project) -> None:
    assert keep_and_recall(project(cache=True)) == (frozenset({"v"}),)


@pytest.mark.parametrize("off", ["0", "off", "false"])
def test_it_can_be_switched_off(project: Project, off: str, tmp_path: Path) -> None:
    assert keep_and_recall(project(cache=True, environ={"TODO_DB_CACHE": off})) is None
    assert not (tmp_path / "cache").exists()


def test_the_folder_is_the_users_own(project: Project, tmp_path: Path) -> None:
    keep_and_recall(project(cache=True))
    folder = tmp_path / "cache/todo-db/results"
    assert folder.stat().st_mode & 0o777 == 0o700
    (entry,) = folder.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("part", ["todo-db", "todo-db/results"])
def test_a_folder_that_others_may_write_is_not_used(project: Project, tmp_path: Path, part: str) -> None:
    ws = project(cache=True)
    assert keep_and_recall(ws) is not None
    (tmp_path / "cache" / part).chmod(0o777)
    assert cache.recall(ws, "test", ("k",)) is None


def test_a_link_in_place_of_the_folder_is_not_followed(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache/todo-db").mkdir(parents=True)
    (tmp_path / "cache/todo-db/results").symlink_to(tmp_path / "elsewhere")
    assert keep_and_recall(project(cache=True)) is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


def _tear(text: str) -> str:
    return text[: len(text) // 2]


def _other_fields(text: str) -> str:
    return text.replace('"value":', '"valye":')


def _unknown_mark(text: str) -> str:
    return text.replace('{"s":', '{"?":')


def _unknown_probe(text: str) -> str:
    return text.replace('"evidence":{}', '"evidence":{"moon":{"full":"yes"}}')


@pytest.mark.parametrize(
    "spoil", [_tear, _other_fields, _unknown_mark, _unknown_probe, lambda _: "[]", lambda _: ""]
)
def test_a_spoilt_entry_is_made_anew(project: Project, tmp_path: Path, spoil: Callable[[str], str]) -> None:
    ws = project(cache=True)
    assert keep_and_recall(ws) is not None
    (entry,) = (tmp_path / "cache/todo-db/results").iterdir()
    text = entry.read_text()
    entry.write_text(spoil(text))
    assert spoil(text) != text
    assert cache.recall(ws, "test", ("k",)) is None
    assert cache.remember(ws, "test", ("k",), lambda: (frozenset({"new"}), {})) == {"new"}
    assert cache.recall(ws, "test", ("k",)) == (frozenset({"new"}),)


def test_a_folder_that_cannot_be_written_is_no_failure(project: Project, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert keep_and_recall(project(cache=True)) is None


def test_the_folder_stays_small(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = project(cache=True)
    monkeypatch.setattr(cache, "MOST_ENTRIES", 5)
    for number in range(12):
        cache.keep(ws, "test", (str(number),), "x", {})
    assert len(list((tmp_path / "cache/todo-db/results").iterdir())) == 5
    assert cache.recall(ws, "test", ("11",)) == ("x",)
    monkeypatch.setattr(cache, "LARGEST_FOLDER", 0)
    cache.keep(ws, "test", ("big",), "x", {})
    assert list((tmp_path / "cache/todo-db/results").iterdir()) == []
    monkeypatch.setattr(cache, "LARGEST_ENTRY", 10)
    cache.keep(ws, "test", ("12",), "x" * 100, {})
    assert list((tmp_path / "cache/todo-db/results").iterdir()) == []


# ---- what a warm run does not touch ----------------------------------------------------------------------


WARM = """
import sys
from pathlib import Path
from todo_db.settings import load
from todo_db.sources.workspace import Workspace
from todo_db.workflows.check_spec import check

with Workspace(load(Path(sys.argv[1]))) as ws:
    report = check(ws)
    loaded = {m.partition(".")[0] for m in sys.modules}
    heavy = loaded & {"sqlmodel", "sqlalchemy", "psycopg", "alembic", "pydantic", "markdown_it", "yaml"}
    print(report.exit_code().name, "scratch" in vars(ws), *sorted(heavy))
"""


def test_a_warm_check_needs_no_library_and_no_server(project: Project, tmp_path: Path) -> None:
    case = Path(__file__).parents[1] / "cases/specs/integer_ids"
    files = {name: (case / name).read_text() for name in ("schema.md", "models.py")}
    ws = project(files, models="models", spec="schema.md", waived=["TD3*", "TD4*"])
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environ.pop("TODO_DB_CACHE", None)

    def run() -> str:
        command = [sys.executable, "-c", WARM, str(ws.settings.root)]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    assert run().startswith("CLEAN True")
    assert run() == "CLEAN False"
    side = project(cache=True).settings
    assert side.root == ws.settings.root


def test_a_warm_side_is_the_same_as_a_cold_one(project: Project, imports: Imports) -> None:
    case = Path(__file__).parents[1] / "cases/specs/uuid_soft_delete"
    files = {name: (case / name).read_text() for name in ("schema.md", "models.py")}

    def sides() -> tuple[Schema, Schema]:
        ws = project(files, models="models", spec="schema.md", cache=True)
        return ws.side("spec"), ws.side("models")

    cold, warm = sides(), sides()
    assert cold == warm
    assert imports.count == 1
    assert Key("table", "public.tasks") in warm[1].objects
