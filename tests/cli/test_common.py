"""What every command does around its workflow: exit codes, formats, files, errors, masking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.errors import ApplyError, Exit, UndeterminedError, UsageError
from todo_db.findings import Finding, Place, Report, Severity, Unknown
from todo_db.report import Document

URL = "postgresql://ann:hunter22@db.example/app"
runner = CliRunner()


def finding(severity: Severity = Severity.ERROR) -> Finding:
    places = (Place("spec", "schema.md", 3),)
    return Finding("TD203", "column-type", severity, "column", "t.c", "m", {"spec": "text"}, places)


def call(work: Callable[[Run], Result], *arguments: str, env: dict[str, str] | None = None) -> Any:
    """Run a command whose body is `work`, in this process."""
    app = typer.Typer(**GROUP)

    @app.command("probe")
    @command
    def probe(run: Run) -> Result:
        return work(run)

    clean = dict.fromkeys(("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TODO_DB_DEBUG", "FORCE_COLOR"))
    return runner.invoke(app, arguments, env={**clean, **(env or {})}, prog_name="todo-db probe")


def raising(error: BaseException) -> Callable[[Run], Result]:
    def work(run: Run) -> Result:
        raise error

    return work


@pytest.mark.parametrize(
    ("report", "arguments", "code"),
    [
        (Report("probe"), (), 0),
        (Report("probe", (finding(),)), (), 1),
        (Report("probe", (finding(),)), ("--exit-zero",), 0),
        (Report("probe", (finding(Severity.WARNING),)), (), 1),
        (Report("probe", (finding(Severity.WARNING),)), ("--fail-on", "error"), 0),
        (Report("probe", (finding(Severity.INFO),)), (), 0),
        (Report("probe", unknown=(Unknown("live", "t", "no"),)), (), 3),
        (Report("probe", unknown=(Unknown("live", "t", "no"),)), ("--exit-zero",), 3),
        (Report("probe", (finding(),), unknown=(Unknown("live", "t", "no"),)), (), 1),
    ],
)
def test_exit_codes_of_reports(report: Report, arguments: tuple[str, ...], code: int) -> None:
    done = call(lambda _: report, *arguments, "--format", "json")
    assert done.exit_code == code
    assert json.loads(done.stdout)["exit_code"] == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("w", where="there", hint="h"), 2),
        (UndeterminedError("w", where="there", hint="h"), 3),
        (ApplyError("w", where="there", hint="h"), 4),
    ],
)
def test_errors_say_what_where_and_what_to_do(error: Exception, code: int) -> None:
    done = call(raising(error), "--format", "json")
    assert done.exit_code == code
    assert done.stderr == "todo-db probe: w\n  at there\n  hint: h\n"
    shown = json.loads(done.stdout)
    assert shown["error"] == {"what": "w", "where": "there", "hint": "h"}
    assert (shown["version"], shown["exit_code"], shown["findings"]) == (1, code, [])


def test_a_failure_prints_nothing_on_stdout_for_people() -> None:
    assert call(raising(UndeterminedError("w"))).stdout == ""


def test_a_bug_is_70_without_a_traceback() -> None:
    done = call(raising(KeyError("x")))
    assert done.exit_code == Exit.BUG
    assert "Traceback" not in done.output
    assert "KeyError" in done.stderr
    assert "TODO_DB_DEBUG=1" in done.stderr


def test_the_system_refusing_is_no_bug() -> None:
    done = call(raising(PermissionError(13, "Permission denied", "/x/y")))
    assert (done.exit_code, done.stderr) == (
        3,
        "todo-db probe: the system refused: Permission denied\n  at /x/y\n",
    )


def test_the_server_going_away_is_no_bug() -> None:
    import psycopg

    assert call(raising(psycopg.OperationalError("server closed the connection"))).exit_code == 3
    assert call(raising(psycopg.errors.SyntaxError("our own mistake"))).exit_code == 70


def test_interrupted() -> None:
    done = call(raising(KeyboardInterrupt()))
    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "todo-db probe: interrupted\n")


def leaking(run: Run) -> Result:
    try:
        raise ValueError(f"could not connect to {run.options.url}: password hunter22 rejected")
    except ValueError as cause:
        raise RuntimeError(f"password=hunter22 for {URL}") from cause


@pytest.mark.parametrize("env", [{}, {"TODO_DB_DEBUG": "1"}])
@pytest.mark.parametrize("given", [("--url", URL), ()])
def test_no_password_in_errors_and_tracebacks(env: dict[str, str], given: tuple[str, ...]) -> None:
    done = call(leaking, *given, "--format", "json", env={**env, "DATABASE_URL": URL})
    assert "hunter22" not in done.output
    assert ("Traceback" in done.stderr) == bool(env)
    assert "ann:***@db.example" in done.stderr


def test_no_password_in_what_is_said_on_the_way() -> None:
    def work(run: Run) -> Result:
        run.say(f"connecting to {URL} with hunter22")
        return None

    assert "hunter22" not in call(work, "--url", URL).output


@pytest.mark.parametrize("form", ["text", "json", "github", "markdown"])
def test_no_password_in_reports(form: str) -> None:
    odd = Finding(
        "TD205", "column-default", Severity.ERROR, "column", URL, f"is {URL}", {URL: URL}, (), "differs", URL
    )
    report = Report(
        "probe", (odd,), unknown=(Unknown(URL, URL, URL, URL),), notes=(URL,), extra={"x": [{"y": URL}]}
    )
    done = call(lambda _: report, "--format", form, env={"GITHUB_ACTIONS": "true"})
    assert "hunter22" not in done.output


def test_the_password_of_dotenv_is_known(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f'DATABASE_URL="{URL}"\n')
    done = call(raising(ValueError("rejected: hunter22")), "--project", str(tmp_path))
    assert "hunter22" not in done.output


# ---- output -------------------------------------------------------------------------------------


def test_output_is_written_at_once(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)

    def work(run: Run) -> Result:
        assert target.read_text() == "old"
        return Report("probe", (finding(),))

    done = call(work, "--format", "json", "--output", str(target))
    assert (done.exit_code, done.stdout) == (1, "")
    assert json.loads(target.read_text())["exit_code"] == 1
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_run_leaves_no_old_result(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    call(raising(UndeterminedError("gone")), "--format", "json", "--output", str(target))
    assert json.loads(target.read_text())["error"]["what"] == "gone"


@pytest.mark.parametrize("name", ["", "missing/report.txt"])
def test_output_that_cannot_be_written_is_said_before_the_work(tmp_path: Path, name: str) -> None:
    def work(run: Run) -> Result:
        raise AssertionError("the work was done")

    assert call(work, "--output", str(tmp_path / name)).exit_code == 2


def test_output_through_a_link_replaces_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    call(lambda _: Document("new"), "--output", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new\n"


def test_no_colour_in_a_pipe_and_colour_on_demand() -> None:
    report = Report("probe", (finding(),))
    assert "\x1b" not in call(lambda _: report).stdout
    assert "\x1b" in call(lambda _: report, "--color", "always").stdout
    assert "\x1b" in call(lambda _: report, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b" not in call(lambda _: report, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout


def test_quiet_and_verbose() -> None:
    def work(run: Run) -> Result:
        run.say("progress")
        run.detail("detail")
        return Report("probe")

    assert call(work).stderr == "progress\n"
    assert call(work, "-q").stderr == ""
    assert call(work, "-v").stderr.startswith("progress\ndetail\n")


def test_a_name_cannot_act_on_the_terminal() -> None:
    done = call(raising(UsageError("bad \x1b[2Jname", where="\x1b]0;title\x07", hint="\x9b1m")))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.output)


def test_nobody_is_asked_without_a_terminal() -> None:
    def work(run: Run) -> Result:
        run.confirm("Drop it?", instead="--yes")
        return None

    done = call(work)
    assert done.exit_code == 2
    assert "--yes" in done.stderr


# ---- GitHub Actions -----------------------------------------------------------------------------


def test_github_gets_annotations_and_a_summary_beside_the_text(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = call(lambda _: Report("probe", (finding(),)), env=env)
    assert done.stdout.startswith("column t.c\n")
    assert done.stderr.startswith("::error file=schema.md,line=3,")
    assert summary.read_text().startswith("before\n## todo-db probe")


def test_github_gets_json_alone_on_stdout() -> None:
    report = Report("probe", (finding(),))
    done = call(lambda _: report, "--format", "json", env={"GITHUB_ACTIONS": "true"})
    assert json.loads(done.stdout)["exit_code"] == 1
    assert done.stderr.startswith("::error ")


def test_github_format_is_not_said_twice() -> None:
    report = Report("probe", (finding(),))
    done = call(lambda _: report, "--format", "github", env={"GITHUB_ACTIONS": "true"})
    assert done.output.count("::error") == 1


def test_github_hears_of_a_failure() -> None:
    done = call(raising(UndeterminedError("gone\nreally")), env={"GITHUB_ACTIONS": "true"})
    assert "::error::gone%0Areally\n" in done.stderr


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "pyproject.toml").touch()
    done = call(
        lambda _: Report("probe", (finding(),)),
        *("--format", "github", "--project", str(tmp_path / "backend")),
        env={"GITHUB_WORKSPACE": str(tmp_path)},
    )
    assert "file=backend/schema.md" in done.stdout


# ---- declaring commands -------------------------------------------------------------------------


def test_own_parameters_take_the_place_of_shared_ones() -> None:
    app = typer.Typer(**GROUP)
    seen = []

    @app.command("probe")
    @command
    def probe(run: Run, name: str, format: str = "yaml") -> Document:
        """Help of the probe."""
        seen.append((name, format, run.options.format))
        return Document("text")

    done = runner.invoke(app, ["x"])
    assert (done.exit_code, done.stdout, seen) == (0, "text\n", [("x", "yaml", "yaml")])
    text = runner.invoke(app, ["--help"]).stdout
    assert "Help of the probe." in text
    assert "--fail-on" not in text  # a document has no findings


def test_the_name_is_that_of_the_whole_command() -> None:
    outer, inner = typer.Typer(**GROUP), typer.Typer(**GROUP)
    outer.add_typer(inner, name="migrate")

    @outer.callback()
    def group() -> None: ...

    @inner.command("status")
    @command
    def status(run: Run) -> Result:
        raise UsageError(run.name)

    @inner.command("other")
    @command
    def other(run: Run) -> Result: ...

    assert runner.invoke(outer, ["migrate", "status"], prog_name="todo-db").stderr == (
        "todo-db migrate status: migrate status\n"
    )
