"""A worker that spends a budget as fast as it may, as a process of its own: `python -m tests.store.budget_worker`."""

import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from xerosync.core.rate_limits import Lane, Limits, Share, Wait
from xerosync.postgres import PostgresBudget, open_database

TENANT = "tenant-1"

QUICK = Limits(
    minute=20,
    window=timedelta(seconds=2),
    lapse=timedelta(seconds=1),
    look_again=timedelta(milliseconds=20),
    shares={
        Lane.LIVE: Share(at_once=5, minute=20, day_left=0),
        Lane.SWEEP: Share(at_once=4, minute=18, day_left=50),
        Lane.BULK: Share(at_once=3, minute=15, day_left=300),
    },
)
"""Xero's limits in small: 20 calls in 2 seconds."""


@dataclass(frozen=True)
class Made:
    """A call that was made, in seconds of the machine's clock. Xero counted it at `counted`, somewhere within."""

    lane: Lane
    began: float
    counted: float
    ended: float


async def hammer(url: str, calls: int, seed: int, tasks: int = 3) -> list[Made]:
    """Make so many calls in each lane, as fast as the budget allows, over a pool of its own.

    A call that a busy machine delays beyond its reservation is made, too, but proves nothing and is not returned.
    """
    chance = random.Random(seed)
    made: list[Made] = []
    left = dict.fromkeys(Lane, calls)

    async def work(lane: Lane) -> None:
        while left[lane] > 0:
            granted = await budget.reserve(TENANT, lane)
            if isinstance(granted, Wait):
                await asyncio.sleep(granted.delay.total_seconds())
                continue
            began = time.time()
            await asyncio.sleep(chance.uniform(0, 0.05))
            ended = time.time()
            if ended < granted.expires_at.timestamp():
                made.append(Made(lane, began, chance.uniform(began, ended), ended))
                left[lane] -= 1
            await budget.release(granted)

    async with open_database(SecretStr(url), connections=4) as database:
        budget = PostgresBudget(database, QUICK)
        await asyncio.gather(*(work(lane) for lane in list(Lane) * tasks))
    return made


async def hold(url: str, calls: int, at: datetime) -> None:
    """Begin so many calls at a moment, say so, and never end them."""
    async with open_database(SecretStr(url)) as database:
        budget = PostgresBudget(database, QUICK, clock=lambda: at)
        for _ in range(calls):
            await budget.reserve(TENANT, Lane.LIVE)
        print("holding", flush=True)  # noqa: T201 - the parent waits for it
        await asyncio.Event().wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["hammer", url, calls, seed]:
            print(json.dumps([asdict(it) for it in asyncio.run(hammer(url, int(calls), int(seed)))]))  # noqa: T201
        case ["hold", url, calls, at]:
            asyncio.run(hold(url, int(calls), datetime.fromisoformat(at)))
        case _:
            sys.exit("hammer URL CALLS SEED, or hold URL CALLS MOMENT")
