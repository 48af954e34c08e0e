"""A fault point does nothing unless it is armed, and kills once when it is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xerosync.faultpoints import VARIABLE, FaultPoint, reach

ROOT = Path(__file__).parents[2]
PASS_TWO = (
    "from xerosync.faultpoints import FaultPoint, reach; reach(FaultPoint.AFTER_SEND); reach(FaultPoint.AFTER_MARK)"
)


def run(armed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, VARIABLE: armed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PASS_TWO]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("point", FaultPoint)
def test_a_process_lives_where_nothing_is_armed(point: FaultPoint):
    reach(point)


def test_an_armed_process_dies_there_once(tmp_path: Path):
    marker = tmp_path / "died"
    armed = f"{FaultPoint.AFTER_MARK}:{marker}"
    assert run(armed).returncode == -signal.SIGKILL
    assert marker.exists()
    assert run(armed).returncode == 0


def test_a_process_passes_other_points_than_the_armed_one(tmp_path: Path):
    assert run(f"{FaultPoint.BEFORE_INTENT}:{tmp_path / 'died'}").returncode == 0


def test_a_point_that_is_not_there_is_told_at_start(tmp_path: Path):
    ended = run(f"nowhere:{tmp_path / 'died'}")
    assert ended.returncode == 1
    assert "nowhere" in ended.stderr
