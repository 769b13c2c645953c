"""The promises of `--format json` and of exit codes, on every checking command and a real database."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done
from tests.conftest import Connection
from todo_db.findings import Severity
from todo_db.report import FORMATS

ROOT = Path(__file__).parents[2]
CHECKING = {
    "check-spec": ("check-spec",),
    "drift": ("drift",),
    "diff": ("diff", "models", "live"),
    "doctor": ("doctor",),
    "status": ("migrate", "status"),
}
FINDING = {
    "code": str,
    "rule": str,
    "severity": str,
    "kind": str,
    "object": str,
    "message": str,
    "sides": dict,
    "places": list,
    "verdict": (str, type(None)),
    "hint": (str, type(None)),
}
SUMMARY = ("objects", "facts", "unknown", "errors", "warnings", "questions")


@pytest.fixture
def url(db: Connection) -> str:
    """An altered database, reached as a URL says it."""
    db.execute('CREATE TABLE tasks (id serial PRIMARY KEY, title varchar(300), "Odd 🙂\x1b[31m" text)')
    return f"postgresql://{db.info.user}@/{db.info.dbname}?host={db.info.host}&port={db.info.port}"


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Done:
    """`todo-db` on the project that this repository is."""
    done = subprocess.run(
        [sys.executable, "-m", "todo_db", *map(str, arguments), "--project", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def check_shape(got: dict[str, Any]) -> None:
    assert got["version"] == 1
    assert isinstance(got["command"], str)
    assert isinstance(got["exit_code"], int)
    assert {k: type(got["summary"][k]) for k in SUMMARY} == dict.fromkeys(SUMMARY, int)
    for finding in got["findings"]:
        for key, kinds in FINDING.items():
            assert isinstance(finding[key], kinds), (key, finding)
        assert re.fullmatch(r"TD\d{3}", finding["code"])
        assert re.fullmatch(r"[a-z0-9-]+", finding["rule"])
        assert finding["severity"] in set(Severity)
        for side, value in finding["sides"].items():
            assert isinstance(side, str)
            assert value is None or isinstance(value, str)
        for place in finding["places"]:
            assert {k: type(v) for k, v in place.items()} == {"side": str, "path": str, "line": int}
            assert place["line"] >= 1


@pytest.mark.parametrize("name", CHECKING)
def test_json(name: str, url: str) -> None:
    done = run(*CHECKING[name], "--url", url, "--format", "json")
    got = done.json
    check_shape(got)
    assert got["exit_code"] == done.code
    assert got["command"] == " ".join(w for w in CHECKING[name] if w not in ("models", "live"))
    weights = [f["severity"] for f in got["findings"]]
    assert got["summary"]["errors"] == weights.count("error")
    assert (done.code == 1) == any(w != "info" for w in weights)


@pytest.mark.parametrize("form", FORMATS)
def test_an_altered_database_is_told_in_every_format(form: str, url: str) -> None:
    done = run("diff", "models", "live", "--url", url, "--format", form)
    assert done.code == 1
    told = json.dumps(done.json, ensure_ascii=False) if done.out.startswith("{") else done.out
    assert "Odd 🙂" in told
    assert "\x1b" not in done.out + done.err


def test_exit_zero_and_fail_on(url: str) -> None:
    arguments = ("diff", "models", "live", "--url", url, "--format", "json")
    assert run(*arguments, "--exit-zero").json["exit_code"] == 0
    assert run(*arguments, "--fail-on", "error").code == 1


def test_diff_names_its_sides_a_and_b(url: str) -> None:
    got = run("diff", "models", "live", "--url", url, "--format", "json").json
    assert {side for f in got["findings"] for side in f["sides"]} == {"a", "b"}
    assert {p["side"] for f in got["findings"] for p in f["places"]} <= {"a", "b"}


@pytest.mark.parametrize("name", ["drift", "diff", "doctor", "status"])
def test_unreachable_is_3(name: str) -> None:
    done = run(*CHECKING[name], "--url", "postgresql://u@/db?host=/nowhere", "--format", "json")
    assert done.code == 3, done
    assert done.json["exit_code"] == 3
    if name != "doctor":  # which tells what else it found
        assert done.json["error"]["what"]
        assert done.json["findings"] == []


def test_two_of_a_kind_differ_in_nothing(url: str) -> None:
    """The first law, from the outside."""
    done = run("diff", "live", url, "--url", url, "--format", "json")
    assert (done.code, done.json["findings"]) == (0, [])
    assert done.json["summary"]["objects"] > 0


def test_output_stays_valid_when_many_write_to_the_same_file(url: str, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    command = [sys.executable, "-m", "todo_db", "explain", "--format", "json", "--output", str(target)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [p.wait() for p in processes] == [0] * 4
    json.loads(target.read_text())
    assert list(tmp_path.iterdir()) == [target]
