"""initdb looks its user up by name; a user id without one works all the same, or is told."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from todo_db.errors import UndeterminedError
from todo_db.postgres import accounts, binaries, cluster

NAMELESS = 54321
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
    # the child comes from a test process that may have threads; it does little and leaves by _exit
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the nameless user owns and can reach."""
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NAMELESS, NAMELESS)
        yield Path(folder)


def said_as_nameless(work: Callable[[], str]) -> str:
    """What `work` gives in a process of a user that /etc/passwd does not name."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NAMELESS)
            os.setuid(NAMELESS)
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE, as after an exec
            said = work()
        except UndeterminedError as error:
            said = f"{error.what}: {error.hint}"
        except BaseException as error:
            said = repr(error)
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as stream:  # noqa: PTH123
        said = stream.read()
    os.waitpid(child, 0)
    return said


def _environ(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(home), "TMPDIR": str(home)}


def test_a_user_without_a_name_gets_a_data_folder_of_its_own(home: Path) -> None:
    programs = accounts.reachable_programs(binaries.find(os.environ))

    said = said_as_nameless(lambda: str(cluster.template(programs, _environ(home)).stat().st_uid))
    if "needs a user name" in said:
        pytest.skip("this system does not let users make user namespaces")
    assert said == str(NAMELESS)


def test_where_no_name_can_be_had_the_error_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = accounts.reachable_programs(binaries.find(os.environ))
    monkeypatch.setattr(accounts, "_NAMED", NAMELESS)

    said = said_as_nameless(lambda: str(cluster.template(programs, _environ(home))))
    assert f"initdb needs a user name, and the user id {NAMELESS} has none here" in said
    assert "TODO_DB_SCRATCH_URL" in said
