"""On a terminal: colours, its width, and questions; without one none of the three."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

PROBE = """
import fcntl, termios
import typer
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # this is our terminal: Ctrl-C is for us
from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Finding, Report, Severity
from todo_db.report.escape import cells
app = typer.Typer(**GROUP)

@app.command("probe")
@command
def probe(run: Run, ask: bool = False) -> Report:
    "Probe."
    if ask:
        run.say("yes" if run.confirm("Drop the table?", instead="--yes") else "no")
        return Report("probe")
    sides = {"spec": "word " * 40, "live": "語" * 60}
    return Report("probe", (Finding("TD203", "r", Severity.ERROR, "column", "t.c", "m", sides),))

app(prog_name="todo-db probe")
"""


def on_terminal(
    *arguments: str, answer: bytes = b"", columns: int = 60, env: dict[str, str] | None = None
) -> str:
    """What a terminal of that width shows of the probe; `answer` is typed into it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROBE, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", **(env or {})},
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while select.select([ours], [], [], 30)[0] and (data := os.read(ours, 65536)):
            shown += data
            if b"[y/N]" in shown and answer:
                os.write(ours, answer)
                answer = b""
    except OSError:  # Linux says EIO where the other end is closed
        pass
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_colours_and_width() -> None:
    shown = on_terminal()
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert plain[0] == "column t.c"
    assert max(len(line) + sum(char == "語" for char in line) for line in plain) <= 60


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_none_are_wanted(env: dict[str, str]) -> None:
    assert "\x1b" not in on_terminal(env=env)


def test_color_never() -> None:
    assert "\x1b" not in on_terminal("--color", "never")


@pytest.mark.parametrize(
    ("answer", "said"), [(b"y\n", "yes"), (b"YES\n", "yes"), (b"n\n", "no"), (b"\n", "no"), (b"\x04", "no")]
)
def test_a_question_is_asked(answer: bytes, said: str) -> None:
    shown = on_terminal("--ask", answer=answer)
    assert "Drop the table?" in shown
    assert shown.endswith(f"{said}\n\x1b[1;32mprobe: no findings\x1b[0m\n")


def test_ctrl_c_at_a_question() -> None:
    assert "todo-db probe: interrupted" in on_terminal("--ask", answer=b"\x03")
