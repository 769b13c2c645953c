"""The commands as a whole: found by name, loaded when called, and well-behaved as a process."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

import pytest
import typer

from tests.cli.conftest import PASSWORD, Cli
from tests.support.refuser import refusing
from todo_db.cli.app import COMMANDS

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlmodel", "sqlalchemy", "alembic", "psycopg", "rich", "yaml", "pydantic", "sqlglot", "markdown_it")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_has_help(name: str, cli: Cli) -> None:
    assert isinstance(import_module(COMMANDS[name][0]).app, typer.Typer)
    done = cli(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: todo-db {name}")


def test_help_lists_all_commands_and_loads_none() -> None:
    script = (
        "import sys; sys.argv = ['todo-db', '--help']\n"
        "from todo_db.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    listed = re.findall(r"^  ([a-z-]+)  ", done.stdout.split("Commands:")[1], re.MULTILINE)
    assert listed == list(COMMANDS)


def test_the_readme_lists_every_command() -> None:
    told = set(re.findall(r"`todo-db ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert set(COMMANDS) <= told


def test_entry_points_are_the_same(cli: Cli) -> None:
    script = Path(sys.executable).with_name("todo-db")
    if not script.exists():
        pytest.skip("todo-db is not installed")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout == cli("--help").out


def test_version(cli: Cli) -> None:
    done = cli("--version")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"todo-db \d+\.\d+\.\d+\n", done.out)


def test_without_a_command_help_goes_to_stderr(cli: Cli) -> None:
    done = cli()
    assert (done.code, done.out) == (2, "")
    assert "Commands:" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("dirft",),
        ("drift", "--nope"),
        ("drift", "--format", "xml"),
        ("drift", "extra"),
        ("diff", "spec"),
        ("--nope",),
    ],
)
def test_wrong_usage_is_2_in_two_lines(arguments: tuple[str, ...], cli: Cli) -> None:
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert first.startswith("todo-db")
    assert second.startswith("  hint: ")


def test_wrong_usage_in_json(cli: Cli) -> None:
    done = cli("drift", "--nope", "--format", "json")
    assert (done.json["exit_code"], done.json["command"], done.json["findings"]) == (2, "drift", [])
    assert "--nope" in done.json["error"]["what"]


def test_a_typo_is_understood(cli: Cli) -> None:
    assert "'drift'" in cli("dirft").err


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("debug", ["", "1"])
def test_no_command_shows_a_password(name: str, debug: str, cli: Cli) -> None:
    """The server refuses and repeats the password; so does nobody else."""
    with refusing(f'no entry for "ann" with {PASSWORD} or {quote(PASSWORD, safe="")}') as port:
        url = f"postgresql://ann:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/app"
        sides = {"diff": ("live", url), "inspect": (url,), "migrate": ("status",)}.get(name, ())
        given = () if name == "explain" else ("--url", url)
        shown = []
        for arguments in ((name, *sides, *given), (name, *sides, *given, "--nope")):
            done = cli(*arguments, env={"DATABASE_URL": url, "TODO_DB_DEBUG": debug})
            for secret in (PASSWORD, quote(PASSWORD, safe=""), "s3cr"):
                assert secret not in done.out + done.err
            assert done.code in (0, 1, 2, 3), done.err
            shown.append(done.err)
    if name in ("drift", "diff", "inspect"):
        assert "***" in shown[0]  # the refusal was reached, and told


# ---- as a process -------------------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    command = (
        f"{sys.executable} -m todo_db explain 2>err | head -n 1; echo ${{PIPESTATUS[0]}}; cat err; rm err"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    first, code = done.stdout.splitlines()
    assert first.startswith("TD")
    assert code == "0"


def test_a_terminal_of_another_encoding_gets_escapes(project: Path, cli: Cli) -> None:
    done = cli("--project", "x", env={"PYTHONIOENCODING": "ascii"})
    assert done.code == 2
    done = cli("drift", "--project", "/nicht/dä", env={"PYTHONIOENCODING": "ascii"})
    assert done.code == 2
    assert r"d\xe4" in done.err


def test_ctrl_c_is_130_and_quiet(project: Path, environment: dict[str, str]) -> None:
    """A signal while the command waits for a server that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/db?sslmode=disable"
        process = subprocess.Popen(
            [sys.executable, "-m", "todo_db", "inspect", url, "--format", "json"],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        silent.settimeout(20)
        connection, _ = silent.accept()  # it is connected, and waits
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        connection.close()
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "todo-db inspect: interrupted"
    assert "Traceback" not in err


def test_json_is_ascii_and_parses_whatever_the_terminal(cli: Cli) -> None:
    done = cli("explain", "--format", "json", env={"PYTHONIOENCODING": "ascii"})
    assert done.code == 0
    assert {r["code"] for r in json.loads(done.out)["rules"]} >= {"TD201", "TD203"}
