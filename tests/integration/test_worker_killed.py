"""The worker of a demo dies by SIGKILL, time and again: another takes over, and the end is the same."""

import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest
from dotenv import dotenv_values

from tests.integration.program import Program, running
from tests.patience import PATIENCE, until
from xerosync.faultpoints import VARIABLE, FaultPoint

SETTINGS = {"XEROSYNC_XERO_TIMEOUT": "PT3S"}
"""With short calls it is soon certain what became of a create whose worker died."""

ARMED = FaultPoint.BEFORE_CHANGE
"""The store knows that a document was sent in Sequence, and Xero does not: it must not pass for sent meanwhile."""


class Victims:
    """The workers of the demo in a folder, killed one after the other."""

    def __init__(self, folder: Path) -> None:
        self._lock = folder / "worker.lock"
        self.killed: list[int] = []

    async def kill(self) -> None:
        """Kill the worker that runs now; after one that was killed, wait until another is there."""
        await until(self._is_another)
        worker = self._newest()
        os.kill(worker, signal.SIGKILL)
        self.killed.append(worker)

    async def _is_another(self) -> bool:
        return self._newest() not in {0, *self.killed} and psutil.pid_exists(self._newest())

    def _newest(self) -> int:
        return int(self._lock.read_text() or 0)


@pytest.mark.slow
async def test_a_demo_whose_worker_is_killed_again_and_again_ends_as_any_other(tmp_path: Path) -> None:
    folder = tmp_path / ".xerosync" / "demo"
    workers = Victims(folder)
    marker = tmp_path / ARMED
    armed = {VARIABLE: f"{ARMED}:{marker}"}
    async with running("demo", folder=tmp_path, settings={**SETTINGS, **armed}) as demo:
        await until_it_says(demo, "2. ")
        xero = dotenv_values(folder / "running.env")["XEROSYNC_XERO_API_URL"]
        async with httpx.AsyncClient(base_url=xero or "", timeout=PATIENCE) as people:
            # Some documents are in Xero, some on their way, some not yet read.
            await until(lambda: was_asked(people, "PUT"))
            await workers.kill()
            # The one that took over, as soon as it is there.
            await workers.kill()
            await until_it_says(demo, "4. ")
            await until(lambda: was_asked(people, "POST"))
            await workers.kill()
        ended = await demo.end()
    assert len(set(workers.killed)) == 3
    assert marker.exists()
    assert ended.code == 0, ended.err
    # The demo looked into both companies for every document, and would tell of one that is in Xero twice.
    rows = [line.split() for line in ended.out.splitlines() if line.lstrip().startswith(("INV-", "CN-"))]
    assert len({row[0] for row in rows}) == len(rows) == 36
    assert "31 settled, 4 pushed, 1 voided" in ended.out
    assert "Every document is as it should be." in ended.out


async def until_it_says(demo: Program, words: str) -> None:
    assert demo.process.stderr
    while line := (await demo.process.stderr.readline()).decode():
        if line.startswith(words):
            return
    pytest.fail(f"the demo ended before it said {words!r}")


async def was_asked(people: httpx.AsyncClient, method: str) -> bool:
    """Whether Xero was asked to create invoices (PUT), or to change some (POST)."""
    answer = await people.get("/_sandbox/journal/counts", params={"method": method, "path": "/api.xro/2.0/Invoices"})
    return answer.json()["total"] > 0
