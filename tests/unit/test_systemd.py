"""The unit for workers on a host without containers: what it names is there, and no two workers share a port."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from xerosync.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "systemd" / "xerosync-worker@.service"
HOME = "/opt/xerosync/"
PORTS = {"XEROSYNC_HEALTH_PORT", "XEROSYNC_METRICS_PORT", "XEROSYNC_TEMPORAL_METRICS_PORT"}


def values(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def ports_of(instance: int) -> dict[str, int]:
    named = dict(each.replace("%i", str(instance)).split("=") for each in values("Environment"))
    return {name: int(port) for name, port in named.items() if name.endswith("_PORT")}


def test_nine_workers_and_an_edge_of_a_host_share_no_port() -> None:
    taken = [port for instance in range(1, 10) for port in ports_of(instance).values()]
    assert set(ports_of(1)) == PORTS
    assert {name.removeprefix(PREFIX).lower() for name in PORTS} <= set(Settings.model_fields)
    assert len({*taken, Settings.model_fields["serve_port"].default}) == 9 * len(PORTS) + 1


def test_it_starts_the_worker_and_leaves_it_time_to_stop() -> None:
    [command] = values("ExecStart")
    python, script = command.split()
    assert python == f"{HOME}.venv/bin/python"
    assert values("WorkingDirectory") == [HOME.rstrip("/")]
    assert (ROOT / script).is_file()
    assert values("RestartPreventExitStatus") == ["2"]
    compose = (ROOT / "docker-compose.yml").read_text()
    assert f"stop_grace_period: {values('TimeoutStopSec')[0]}s" in compose


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing: apt-get install systemd")
def test_systemd_reads_it_and_finds_little_exposed(tmp_path: Path) -> None:
    unit = tmp_path / "xerosync-worker@1.service"
    # What is of the host that it is for is not here.
    here = {"ExecStart": "ExecStart=/bin/true", "WorkingDirectory": "WorkingDirectory=/", "User": "DynamicUser=yes"}
    text = UNIT.read_text().replace("EnvironmentFile=", "EnvironmentFile=-")
    for name, line in here.items():
        text = re.sub(rf"^{name}=.*$", line, text, flags=re.MULTILINE)
    unit.write_text(text)
    assert analyzed("verify", "--man=no", unit) == ""
    [score] = re.findall(r"exposure level for \S+: ([\d.]+)", analyzed("security", "--offline=true", unit))
    assert float(score) <= 2.5


def analyzed(*arguments: str | Path) -> str:
    ended = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr
