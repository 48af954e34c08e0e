"""The product's worker with limits a thousand times as wide, where the product itself is to be measured, not they.

Calls and requests are counted in PostgreSQL all the same, each at its usual cost. It runs until a signal stops it.
"""

import asyncio
import signal

from benchmarks.stage import WIDE
from worker import worker_of
from xerosync.core.rate_limits import SEQUENCE_KEY, Lane, Limits, Rate, RateShare, Share
from xerosync.logs import configure_logging
from xerosync.postgres import PostgresBudget, PostgresRates, open_database
from xerosync.services import open_services
from xerosync.settings import Settings

_LIMITS = Limits(
    minute=Limits().minute * WIDE,
    shares={lane: Share(at_once=5, minute=Limits().minute * WIDE, day_left=0) for lane in Lane},
)
_WIDE = RateShare(minute=SEQUENCE_KEY.minute * WIDE, two_seconds=SEQUENCE_KEY.minute * WIDE)
_RATE = Rate(SEQUENCE_KEY.minute * WIDE, dict.fromkeys(Lane, _WIDE))


async def _work() -> None:
    settings = Settings.load(env_file=None)
    configure_logging(settings.log_format, settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        open_database(settings.database_url) as database,
        open_services(
            settings, budget=PostgresBudget(database, _LIMITS), requests=PostgresRates(database, _RATE)
        ) as services,
        worker_of(services, settings.xero_timeout, settings.sweep_interval, cached_workflows=settings.cached_workflows),
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_work())
