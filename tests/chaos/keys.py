"""Documents that live while the keys of their accounts are renewed three times, among kills and faults.

In each quarter of the run some documents are issued and some of those that are open are sent. While those of a quarter
are on their way, every account gets a new key and all workers are killed, so that nobody goes on with the one before.
In the end a stranger looks into Temporal's database, everything that is encrypted is decrypted, and the keys of one
account are deleted.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from temporalio.client import Client

from standins.xero import Limits
from tests.chaos.city import ADDRESS, CONTACT, City, a_city
from tests.chaos.havoc import Findings, Plan, kill, strike, sweep_on, tally, workers_of
from tests.chaos.parts import live_in_parts
from tests.chaos.people import LINE
from tests.chaos.witness import books, compare
from tests.chaos.workers import Watched
from tests.raw_temporal import found_in, histories, payloads_of
from xerosync.core.payload_codec import ENCODING, AccountCodec, KeyCache, UnreadablePayloadError, account_of, key_id_of

RENEWALS = 3

WORDS_OF_OURS = ("Bring it into Xero", '"xero_id"', '"issue_date"', '"document_id"')
"""What payloads of documents say where they are not encrypted."""


@dataclass
class Kept:
    """What Temporal kept: how many payloads, by how many keys of each account, and what was wrong with them."""

    findings: Findings
    payloads: int = 0
    keys: dict[str, int] = field(default_factory=dict[str, int])
    not_encrypted: list[str] = field(default_factory=list[str])
    """Of which workflow, and what it says."""
    undecodable: int = 0
    in_the_database: list[str] = field(default_factory=list[str])
    """Texts, ids and amounts of ours that a stranger found."""
    planted_and_found: list[str] = field(default_factory=list[str])
    """Of what was written there in plain words afterwards: the search must see it."""
    read_after_deletion: int = 0
    """Payloads of the account whose keys were deleted that can still be read."""
    unreadable_after_deletion: int = 0
    others_unreadable: int = 0
    """Payloads of other accounts that can't be read since."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, and nothing could be read by whoever has no key."""
        return (
            self.findings.is_clean
            and not (self.not_encrypted or self.undecodable or self.in_the_database)
            and len(self.planted_and_found) == 2
            and not (self.read_after_deletion or self.others_unreadable)
            and self.unreadable_after_deletion > 0
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it as data."""
        return {**asdict(self), "is_clean": self.is_clean}

    def counts(self) -> dict[str, int]:
        """Return the counts, as they are printed."""
        return {
            "payloads in Temporal": self.payloads,
            "keys that encrypted them": sum(self.keys.values()),
            "payloads that are not encrypted": len(self.not_encrypted),
            "payloads that can't be decrypted": self.undecodable,
            "plaintext in Temporal's database": len(self.in_the_database),
            "planted texts found, of 2": len(self.planted_and_found),
            "of the account without keys: unreadable": self.unreadable_after_deletion,
            "of the account without keys: read": self.read_after_deletion,
            "of other accounts: unreadable since": self.others_unreadable,
        }


async def renew_keys(plan: Plan, folder: Path) -> Kept:
    """Run a plan on a stack of its own, with encryption, and return what Temporal kept."""
    dice, limits = random.Random(plan.seed), Limits.real() if plan.has_limits else None
    kept = Kept(Findings(plan))
    async with (
        a_city(folder, plan.branches, call_timeout=plan.call_timeout, limits=limits, encrypts=True) as city,
        workers_of(city, plan.workers) as workers,
    ):
        city.stack.sequence.limits.enabled = plan.has_limits
        began, struck = time.monotonic(), strike(city, plan)
        async with asyncio.timeout(plan.patience_seconds), asyncio.TaskGroup() as going:
            always = [
                going.create_task(sweep_on(city)),
                *[going.create_task(kill(each, plan, dice)) for each in workers],
            ]
            await live_in_parts(city, plan, dice, [lambda: _renew(city, workers)] * RENEWALS)
            for task in always:
                task.cancel()
        for faults in (city.stack.xero.faults, city.stack.sequence.faults):
            faults.clear()
        kept.findings.seconds = round(time.monotonic() - began, 1)
        await tally(city, workers, struck, kept.findings)
        kept.findings.problems = await compare(city)
        await _read(city, kept)
        await _search(city, kept)
        await _forget_one(city, kept)
    return kept


async def _renew(city: City, workers: Sequence[Watched]) -> None:
    for branch in city.branches:
        await city.payload_keys.make(branch.account_id)
    city.forget_keys()
    for worker in workers:
        worker.kill()


async def _read(city: City, kept: Kept) -> None:
    """Decrypt everything."""
    codec, used = _codec(city), defaultdict[str, set[str]](set)
    async for workflow_id, history in histories(city.stack.temporal_address, "default"):
        for payload in payloads_of(history.events):
            if not payload.data:  # a Schedule hands on the result of its last run, of which there is none at first
                continue
            kept.payloads += 1
            if payload.metadata.get("encoding") != ENCODING:
                kept.not_encrypted.append(f"{workflow_id}: {payload.data.decode(errors='replace')}")
                continue
            try:
                await codec.decoded(payload)
            except UnreadablePayloadError:
                kept.undecodable += 1
            used[account_of(workflow_id)].add(key_id_of(payload))
    kept.keys = {account_id: len(keys) for account_id, keys in used.items()}


async def _search(city: City, kept: Kept) -> None:
    """Look for what is ours in the files of Temporal's database; then write there in plain words, and look again."""
    database = city.stack.data_dir / "temporal" / "temporal.db"
    names = [name for branch in city.branches for name in branch.names]
    texts = (*names, CONTACT["email"], ADDRESS["line1"], LINE, *WORDS_OF_OURS)
    ids, amounts = set[str](), set[str]()
    for branch in city.branches:
        ids.update(each.contact_id for each in branch.customers)
        async for billed, booked, _ in books(branch):
            ids.update(str(row.get("InvoiceID") or row.get("CreditNoteID")) for row in booked)
            amounts.update(row["grossTotal"] for row in billed.values() if len(row["grossTotal"]) > len("999.99"))
    kept.in_the_database = found_in(database, texts=texts, ids=ids, amounts=amounts)
    assert ids
    planted = (names[0], max(amounts))
    stranger = await Client.connect(city.stack.temporal_address)
    await stranger.start_workflow("Planted", f"{planted[0]} owes {planted[1]}", id="planted", task_queue="nobody's")
    kept.planted_and_found = [
        each for each in found_in(database, texts=texts, ids=ids, amounts=amounts) if each in planted
    ]


async def _forget_one(city: City, kept: Kept) -> None:
    """Delete the keys of one account, for good, and look what can be read then."""
    gone = city.branches[0].account_id
    await city.payload_keys.delete(gone)
    codec, outcomes = _codec(city), Counter[tuple[bool, bool]]()
    async for workflow_id, history in histories(city.stack.temporal_address, "default"):
        for payload in payloads_of(history.events):
            if payload.metadata.get("encoding") == ENCODING:
                try:
                    await codec.decoded(payload)
                except UnreadablePayloadError:
                    is_read = False
                else:
                    is_read = True
                outcomes[account_of(workflow_id) == gone, is_read] += 1
    kept.read_after_deletion = outcomes[True, True]
    kept.unreadable_after_deletion = outcomes[True, False]
    kept.others_unreadable = outcomes[False, False]


def _codec(city: City) -> AccountCodec:
    """Return a codec that remembers no key, as that of a process just started."""
    return AccountCodec(KeyCache(city.payload_keys), encrypts=True)
