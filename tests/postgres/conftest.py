"""What tests of servers share; the helpers in this folder are made importable."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], Path]]:
    """A function that mounts a file system of so many megabytes, under a path short enough for a socket."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        place = Path(tempfile.mkdtemp(prefix="td-", dir="/tmp"))
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place]
        if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            place.rmdir()
            pytest.skip("a file system of its own can only be mounted by root")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()
