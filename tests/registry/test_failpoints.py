"""Failpoints: nothing without the environment; with it a real process dies, stops, waits or fails where it is told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry.lib.failpoints import FailpointError, reach

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "from registry.lib.failpoints import reach\nfor i in range(3): reach('here'); print(i, flush=True)"


def run(plan: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "FAILPOINTS": plan, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True)


def test_nothing_happens_without_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAILPOINTS", raising=False)
    reach("here")
    monkeypatch.setenv("FAILPOINTS", "elsewhere=raise")
    reach("here")


def test_a_process_dies_at_the_turn_that_is_named() -> None:
    process = run("here@2=kill")
    assert process.communicate()[0] == "0\n"
    assert process.returncode == -signal.SIGKILL


def test_a_process_ends_as_python_ends() -> None:
    process = run("here@2=exit")
    assert process.communicate()[0] == "0\n"
    assert process.returncode == 1


def test_a_stopped_process_goes_on_when_it_is_told_to() -> None:
    process = run("here@1=stop")
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    assert process.communicate()[0] == "0\n1\n2\n"


def test_only_the_first_process_that_makes_the_file_dies(tmp_path: Path) -> None:
    first, second = run(f"here=kill/once:{tmp_path}/made"), run(f"here=kill/once:{tmp_path}/made")
    first.communicate()
    second.communicate()
    assert sorted([first.returncode, second.returncode]) == [-signal.SIGKILL, 0]


def test_waiting_and_failing_are_said_in_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILPOINTS", "slow=wait:0.05, broken=raise")
    began = time.monotonic()
    reach("slow")
    assert time.monotonic() - began >= 0.05
    with pytest.raises(FailpointError, match="broken"):
        reach("broken")


def test_a_plan_that_is_not_understood_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILPOINTS", "here=explode")
    with pytest.raises(ValueError, match="explode"):
        reach("here")
