"""What a month of sweeps costs while Xero's webhook announces changes: calls are counted, not seconds."""

from datetime import timedelta

from tests.unit.test_sweep_rests import TICK, House, a_house
from xerosync.documents.ports import Echoes

TICKS = int(timedelta(days=30) / TICK)
OFFICE_HOURS = range(9, 17)
SATURDAY = 5

DOCUMENTS = 10_000
WRITES = 1_246
"""Calls that create so many documents and bring their dates: counted by `python -m benchmarks life`."""

REREADS = 326
"""Calls of the daily re-reads of all that is open, and of the look-ups beside them: counted there, too."""


async def a_month(house: House, *, announces: bool) -> int:
    """Let people mark something in Xero in each hour of their work; return how often a kind was asked for."""
    for _ in range(TICKS):
        await house.sweep()
        if house.now.weekday() < SATURDAY and house.now.hour in OFFICE_HOURS and house.now.minute == 0:
            # Other documents become due and are written meanwhile.
            house.spacings.echoed = Echoes(5, 0)
            house.books.unstamped.discard("inv-1")
            house.books.set("inv-1", sent=not house.books.documents["inv-1"].sent, updated_at=house.now)
            if announces:
                house.spacings.tell("x-inv-1")
                await house.sweep(timedelta(0))
    return house.books.asked + len(house.books.looked_up)


async def test_a_month_costs_no_more_than_0_22_calls_a_document():
    asked = await a_month(await a_house(), announces=True)
    # One kind is open here; where both are, each is asked.
    assert (2 * asked + WRITES + REREADS) / DOCUMENTS <= 0.22


async def test_where_no_webhook_announces_what_people_do_sweeps_are_as_often_as_without_one():
    assert await a_month(await a_house(), announces=False) >= TICKS
