"""atheris looks for documents that crash the reader or hold it up, beginning with our own cases."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "tests" / "cases" / "spec_reading"


@pytest.mark.long
@pytest.mark.parametrize(
    ("reader", "seeds"), [("markdown", "*.md"), ("yaml", "*.yaml"), ("sql", "*.md"), ("answers", "*.yaml")]
)
def test_nothing_crashes_or_holds_up_the_reader(reader: str, seeds: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="pip install atheris, where there is a wheel for this Python")
    for seed in SEEDS.glob(seeds):
        shutil.copy(seed, tmp_path)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.spec.fuzz_target", reader),
            *("-max_total_time=120", "-max_len=4000", "-timeout=20", f"-artifact_prefix={tmp_path}/"),
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
