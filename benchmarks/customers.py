"""Xero calls for customers that are pushed all at once, with Xero's real limits."""

import asyncio
import time

from benchmarks import people
from benchmarks.figures import Figure
from benchmarks.stage import stage
from xerosync.customers.messages import PushOutcome

TITLE = "New customers, pushed at once"

_CALLS_ALONE = 3
"""Of a customer that is pushed by itself: a look for its number, one for its name, the create."""


async def measure(count: int = 500) -> list[Figure]:
    """Push so many new customers at once, and count what Xero was asked until the last has its contact."""
    async with stage() as running:
        ids = await people.new_customers(running.sequence, count)
        workflows = running.services.customer_workflows
        began = time.perf_counter()
        await asyncio.gather(*(workflows.push(running.account_id, customer_id) for customer_id in ids))
        pushed = await asyncio.gather(
            *(workflows.pushing(running.account_id, customer_id).result() for customer_id in ids)
        )
        seconds = time.perf_counter() - began
        counted = await people.calls(running.xero)
    assert all(result.outcome is PushOutcome.CREATED for result in pushed), "customers are held"
    calls, by_kind = people.spent(counted), ", ".join(f"{times} {name}" for name, times in sorted(counted.items()))
    return [
        Figure(f"{count:,} customers: Xero calls", calls, note=by_kind),
        Figure(f"{count:,} customers: Xero calls a customer", calls / count, note=f"{_CALLS_ALONE} for one alone"),
        Figure(f"{count:,} customers: refused with 429", people.spent(counted, status=429), at_most=0),
        Figure(f"{count:,} customers: customers a second", count / seconds, "/s"),
    ]
