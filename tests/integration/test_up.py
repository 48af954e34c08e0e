"""`starter.py up`: a stack that is left running, stopped in order, and found again."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import psutil

from demo.connect_standins import people_of
from demo.people import Bookkeeper
from tests.integration.program import STARTER, Program, run, running
from tests.patience import PATIENCE, until
from xerosync.core.documents import Kind

CUSTOMER = {
    "legalName": "Ada Analytics Ltd",
    "address": {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"},
    "taxStatus": "TAXED",
    "contacts": [{"name": "Ann", "email": "ann@customer.example", "billingPreference": "PRIMARY"}],
}
CUT = "Launch \ud83d party"
"""Half of a surrogate pair, which JSON may carry as an escape and UTF-8 can't hold."""


async def addresses(up: Program) -> dict[str, Any]:
    """Read what `up --json` prints once everything answers."""
    text = ""
    while line := await up.line():
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError((await up.end()).err)


def children_of(up: Program) -> list[psutil.Process]:
    return psutil.Process(up.process.pid).children(recursive=True)


async def test_what_runs_is_stopped_in_order_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / ".xerosync" / "up"
    async with running("up", "--json", folder=tmp_path, script=STARTER) as up:
        first = await addresses(up)
        bought = await billed(first)
        # Nobody signals: the webhooks bring the customer, then the invoice, to Xero.
        await until(lambda: is_in(tmp_path, "pushed"), every=0.5)
        await mark_as_sent_in_xero(first, "INV-1")
        await until(lambda: is_in(tmp_path, "sent"), every=0.5)

        again = await run("up", folder=tmp_path)
        assert again.code == 1
        assert again.err == f"the data folder {folder} is in use by process {up.process.pid}: stop that one first\n"

        children = children_of(up)
        assert len(children) >= 3
        ended = await up.stop()
    assert (ended.code, ended.err) == (0, "")
    assert not [child for child in children if child.is_running()]
    assert not (folder / "running.env").exists()

    async with running("up", "--json", folder=tmp_path, script=STARTER) as up:
        found = await addresses(up)
        # A link signs in once: each start prints another
        assert found.pop("sign_in") != first.pop("sign_in")
        assert found == first
        async with httpx.AsyncClient(
            base_url=first["sequence"], headers={"sequence-version": "2024-07-30"}, timeout=PATIENCE
        ) as people:
            kept = await people.get(f"/invoices/{bought}", auth=("xerosync-dev", "xerosync-dev-secret"))
            assert (kept.json()["status"], kept.json()["memo"]) == ("SENT", CUT)
        assert (await up.stop()).code == 0


async def test_whatever_part_is_killed_is_started_again_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / ".xerosync" / "up"
    parts = {
        "PostgreSQL": folder / "postgres" / "data" / "postmaster.pid",
        "Temporal": folder / "temporal" / "lock",
        "The worker": folder / "worker.lock",
        "The edge": folder / "edge.lock",
    }
    async with running("up", "--json", folder=tmp_path, script=STARTER) as up:
        stack, said = await addresses(up), ""
        for name, file in parts.items():
            os.kill(int(file.read_text().split("\n", 1)[0]), signal.SIGKILL)
            said += await up.errors_until(name)
            # What needs a server ends with a sentence where that does not answer yet.
            await until(lambda: answers(tmp_path), every=0.5)
            await until(lambda: listens(stack["temporal"]))
        await billed(stack)
        await until(lambda: is_in(tmp_path, "pushed"), every=0.5)
        ended = await up.stop()
    assert (ended.code, ended.err) == (0, "")
    assert said.splitlines() == [f"{name} was killed (signal 9). It is started again." for name in parts]


async def answers(folder: Path) -> bool:
    """Whether the database answers a command."""
    return (await run("status", folder=folder)).code == 0


async def listens(address: str) -> bool:
    """Whether a server takes connections."""
    try:
        _, writer = await asyncio.open_connection(*address.split(":"))
    except OSError:
        return False
    writer.close()
    return True


async def test_commands_pass_over_what_a_killed_stack_left_behind(tmp_path: Path) -> None:
    async with running("up", "--json", folder=tmp_path, script=STARTER) as up:
        await addresses(up)
        children = children_of(up)
        up.process.kill()
        await up.end()
        psutil.wait_procs(children, timeout=PATIENCE)
        assert (tmp_path / ".xerosync" / "up" / "running.env").exists()
        ended = await run("status", folder=tmp_path)
    assert ended.code == 2
    assert ended.err.startswith("XEROSYNC_DATABASE_URL is not set")


async def billed(stack: dict[str, Any]) -> str:
    """Finalize an invoice in Sequence; return its id."""
    key = httpx.BasicAuth("xerosync-dev", "xerosync-dev-secret")
    headers = {"sequence-version": "2024-07-30"}
    async with httpx.AsyncClient(base_url=stack["sequence"], auth=key, headers=headers, timeout=PATIENCE) as people:
        customer = (await people.post("/customers", json=CUSTOMER)).json()
        asked = {"customerId": customer["id"], "currency": "GBP", "memo": CUT}
        draft = (await people.post("/invoices", content=json.dumps(asked))).json()
        line = {"title": "Seats", "quantity": "1", "rate": "10", "taxRate": "0.2", "externalIds": []}
        await people.post(f"/invoices/{draft['id']}/line-items", json=line)
        (await people.post(f"/invoices/{draft['id']}/finalize")).raise_for_status()
        return draft["id"]


async def documents(folder: Path) -> list[dict[str, Any]]:
    """List what another terminal sees."""
    ended = await run("status", "--json", folder=folder)
    assert ended.code == 0, ended.err
    return ended.data["documents"]


async def is_in(folder: Path, state: str) -> bool:
    return [each["state"] for each in await documents(folder)] == [state]


async def mark_as_sent_in_xero(stack: dict[str, Any], number: str) -> None:
    """Press "mark as sent" on the page of Xero's stand-in."""
    async with people_of(stack["sequence"].removesuffix("/api"), stack["xero"]) as people:
        bookkeeper = Bookkeeper(people.xero)
        [invoice] = await bookkeeper.documents(Kind.INVOICE)
        assert invoice["InvoiceNumber"] == number
        await bookkeeper.mark_sent(Kind.INVOICE, invoice["InvoiceID"])
