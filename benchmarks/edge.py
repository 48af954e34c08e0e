"""How soon a webhook is answered at 200 deliveries a second, by two copies of the edge on this machine."""

import asyncio
import tempfile
from pathlib import Path

import psutil

from benchmarks.figures import Figure
from tests.flood.__main__ import flood
from tests.flood.plan import Plan

TITLE = "Webhooks at 200 a second"


async def measure(deliveries: int = 6_000, per_second: float = 200.0) -> list[Figure]:
    """Send so many deliveries, a tenth of them Xero's, at an even pace; nothing is killed, nothing is away."""
    plan = Plan(
        seed=1,
        deliveries=deliveries,
        kills=0,
        forged_share=0.05,
        has_outages=False,
        per_second=per_second,
    )
    with tempfile.TemporaryDirectory(prefix="xerosync-edge-") as folder:
        await asyncio.to_thread(Path(folder).chmod, 0o711)
        came = await flood(plan, Path(folder))
    note = f"load {psutil.getloadavg()[0]:.1f}; senders, PostgreSQL and Temporal are on the same machine"
    return [
        Figure("deliveries", came.sent, note=f"{came.sent / came.seconds:.0f} a second came about"),
        Figure("median of an answer", came.p50_ms, "ms", note=note),
        Figure("99 of 100 answers within", came.p99_ms, "ms", at_most=50, note=note),
        Figure("processor time of both copies a delivery", came.processor_ms, "ms", note="to Temporal, too"),
        Figure("acknowledged and lost", len(came.lost), at_most=0),
        Figure("forged and accepted", len(came.forged_accepted), at_most=0),
    ]
