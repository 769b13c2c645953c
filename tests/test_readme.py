"""README and .ci/run say the same, and what README promises is there."""

from __future__ import annotations

import re
from pathlib import Path

from todo_db.errors import Exit
from todo_db.report import FORMATS
from todo_db.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The two commands: the shell blocks of the section of that name, one line each."""
    section = README.split("## Two commands")[1].split("\n## ")[0]
    return [block.strip() for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)]


def test_there_are_two_commands_of_one_line() -> None:
    first, second = commands()
    assert "\n" not in first + second
    assert "todo_db drift" in first
    assert "pytest" in second


def test_ci_runs_the_second_one_literally() -> None:
    assert commands()[1] in CI.splitlines()


def test_ci_stops_at_the_first_failure_and_can_be_run() -> None:
    assert "set -euo pipefail" in CI
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_every_exit_code_is_listed() -> None:
    listed = {int(n) for n in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert listed == {int(code) for code in Exit}


def test_every_format_is_listed() -> None:
    assert "|".join(FORMATS) in README.replace("\n", "")


def test_the_settings_shown_are_settings() -> None:
    toml = README.split("```toml")[1].split("```")[0]
    shown = set(re.findall(r"^([\w-]+) = ", toml.split("[[")[0], re.MULTILINE))
    assert shown <= {name.replace("_", "-") for name in Settings.__dataclass_fields__} | set(
        Settings.__dataclass_fields__
    )


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
