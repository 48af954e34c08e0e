"""`make flood`: a million deliveries on two copies of the edge that are killed; `--json FILE` keeps the counts as data.

Ctrl-C ends it early: what was sent until then is counted.

Ends with 1 where anything acknowledged was lost or anything forged accepted.
"""

import argparse
import asyncio
import contextlib
import json
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from cryptography.fernet import Fernet
from pydantic import SecretStr

from demo.connect_standins import settings_for
from standins.embedded.ports import Ports
from standins.embedded.postgres import postgres_server, usable_postgres
from standins.embedded.temporal import temporal_server
from tests.flood.flood import Flood
from tests.flood.plan import Findings, Plan
from tests.web.signing import XERO_KEY
from xerosync.core.temporal import SEARCH_ATTRIBUTES, connect
from xerosync.postgres import migrate, open_database

NOWHERE = "http://127.0.0.1:1"


class Server:
    """One of the two servers, stopped and started again at the same place with the same data."""

    def __init__(self, open_it: Callable[[], contextlib.AbstractAsyncContextManager[Any]]) -> None:
        self._open_it = open_it
        self._held = contextlib.AsyncExitStack()

    async def mend(self) -> Any:
        return await self._held.enter_async_context(self._open_it())

    async def cut(self) -> None:
        await self._held.aclose()


async def flood(plan: Plan, folder: Path, *, is_watched: bool = False) -> Findings:
    """Start PostgreSQL and Temporal in a folder, and let the flood loose on them.

    Where a person watches, it tells how far it is, and Ctrl-C ends it early.
    """
    ports, logs = Ports(folder / "ports.json"), folder / "logs"
    programs = await usable_postgres(folder / "postgres", logs / "postgres.log")
    database = Server(lambda: postgres_server(programs, folder / "postgres", ports, logs / "postgres.log"))
    temporal = Server(lambda: temporal_server(folder / "temporal", ports, logs / "temporal.log", SEARCH_ATTRIBUTES))
    try:
        database_url: str = await database.mend()
        address: str = (await temporal.mend()).address
        async with open_database(SecretStr(database_url)) as opened:
            await migrate(opened)
        environment = settings_for(
            database_url=database_url,
            temporal_address=address,
            xero_url=NOWHERE,
            sequence_url=NOWHERE,
            token_key=Fernet.generate_key().decode(),
        ) | {"XEROSYNC_XERO_WEBHOOK_KEYS": XERO_KEY}
        client = await connect(target_host=address, namespace="default")
        running = Flood(plan, folder, environment, database_url, client, database, temporal)
        if is_watched:
            running.tell = _tell
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, running.end)
        return await running.run()
    finally:
        await database.cut()
        await temporal.cut()


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}; load {psutil.getloadavg()[0]:.1f}\n")
    sys.stdout.flush()


def main() -> int:
    """Run and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.flood", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--outage", type=float, default=60.0, help="seconds that each server is away")
    parser.add_argument("--rough", type=float, default=0.6, help="the share in which copies are killed")
    parser.add_argument("--json", type=Path, help="a file for the counts")
    asked = parser.parse_args()
    plan = Plan(
        seed=asked.seed,
        deliveries=asked.deliveries,
        kills=asked.kills,
        rough_share=asked.rough,
        outage_seconds=asked.outage,
    )
    sys.stdout.write(f"seed {plan.seed}: {plan.deliveries:,} deliveries, {plan.kills} kills\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="xerosync-flood-") as folder:
        Path(folder).chmod(0o711)
        came = asyncio.run(flood(plan, Path(folder), is_watched=True))
    told = {
        "sent, the doubled ones counted twice": came.sent,
        "acknowledged": came.acknowledged,
        "of these by Temporal, past the inbox": came.not_in_inbox,
        "forged": came.forged,
        "copies killed": came.kills,
        "seconds": round(came.seconds),
        "deliveries a second": round(came.sent / came.seconds),
        "median of an answer, ms": round(came.p50_ms, 1),
        "99 of 100 answers within, ms": round(came.p99_ms, 1),
        "memory of a copy that lives on, MB": round(came.first_mb),
        "at the end, MB": round(came.last_mb),
        "processor time of a delivery, ms": round(came.processor_ms, 2),
        "load of the machine": round(psutil.getloadavg()[0], 1),
        **{f"answers {status}": count for status, count in came.answers.items()},
        "ACKNOWLEDGED AND LOST": len(came.lost),
        "FORGED AND ACCEPTED": len(came.forged_accepted),
    }
    lines = [f"{what:38} {count:>12,}" for what, count in told.items()]
    sys.stdout.write("\n".join([*lines, *came.lost[:10], *came.forged_accepted[:10], ""]))
    if asked.json:
        asked.json.write_text(json.dumps(came.as_json(), indent=2))
    return 0 if came.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
