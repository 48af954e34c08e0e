"""An import whose worker dies by SIGKILL: another takes over, and no contact becomes two customers."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from demo.connect_standins import People, people_of
from tests.integration.contacts import due, mixed, put_in_xero
from tests.integration.program import run, running
from tests.patience import until

SETTINGS = {"XEROSYNC_XERO_TIMEOUT": "PT2S"}
"""With short calls it is soon certain whether a customer was created by a worker that died."""


async def customers(people: People) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await people.sequence.get("/api/customers", params={"limit": "100", **cursor})
        page = answer.raise_for_status().json()
        found += page["items"]
        if not page["pagination"].get("after"):
            return found
        cursor = {"after": page["pagination"]["after"]}


async def kill_worker(folder: Path, people: People, *, at: int) -> None:
    """Kill the worker once so many customers were created."""

    async def reached() -> bool:
        counts = (await people.sequence.get("/_sandbox/journal/counts", params={"method": "POST"})).json()
        return counts["total"] >= at

    await until(reached)
    os.kill(int((folder / "worker.lock").read_text()), signal.SIGKILL)


@pytest.mark.slow
async def test_an_import_whose_worker_is_killed_doubles_no_customer(tmp_path: Path):
    folder = tmp_path / ".xerosync" / "up"
    made = mixed(280)
    wanted = due(made)
    suppliers = wanted.pop("supplier")
    async with running("up", "--json", folder=tmp_path, settings=SETTINGS) as stack:
        assert stack.process.stdout
        await stack.process.stdout.readuntil(b"}\n")
        settings = dotenv_values(folder / "running.env")
        sequence, xero = str(settings["XEROSYNC_SEQUENCE_API_URL"]), str(settings["XEROSYNC_XERO_API_URL"])
        async with people_of(sequence.removesuffix("/api"), xero) as people:
            await put_in_xero(people.xero, made)
            ahead = await run("import-customers", "--preview", "--json", folder=tmp_path)
            assert ahead.code == 0, ahead.err
            seen = {name: count for name, count in ahead.data["counts"].items() if count}
            assert seen == {"ready": wanted["imported"], "invalid": wanted["invalid"]}
            assert await customers(people) == []
            # Else the push of a customer that was created right before the kill may link it before the import does.
            without_pushes = await run("settings", "--no-push-new-customers", folder=tmp_path)
            assert without_pushes.code == 0, without_pushes.err
            async with running("import-customers", "--all", "--json", folder=tmp_path) as importing:
                await kill_worker(folder, people, at=90)
                done = await importing.end()
            assert done.code == 0, done.err
            counts = {name: count for name, count in done.data["counts"].items() if count}
            assert counts == {"imported": wanted["imported"], "invalid": wanted["invalid"]}
            assert done.data["pages"] == 1
            there = await customers(people)
            names = Counter(customer["legalName"] for customer in there)
            assert names == Counter(each.payload["Name"] for each in made if each.due == "valid")
            links = {each["customer_id"]: each["contact_id"] for each in done.data["report"] if each["customer_id"]}
            assert links == {each["id"]: each["integrationIds"][0]["id"] for each in there}
            assert len(done.data["report"]) == len(made) - suppliers
