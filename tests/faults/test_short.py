"""The short cut of `make faults`: some faults of every group, injected for real."""

import os
import subprocess
import sys

import pytest

from registry.embedded.portal import ROOT


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_untrue_whatever_breaks() -> None:
    env = {**os.environ, "KILLS": "", "RELAY": "", "PATIENCE": "4"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--short"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    assert "lost=0 doubled=0 untrue=0" in done.stdout
