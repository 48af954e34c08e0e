"""What a month of sweeps costs while Xero's webhook announces changes: calls are counted, not seconds."""

from datetime import timedelta

from tests.unit.test_sweep_rests import INVOICES, TICK, House, a_house
from xerosync.core.documents import Kind
from xerosync.documents.ports import Echoes

TICKS = int(timedelta(days=30) / TICK)
OFFICE_HOURS = range(9, 17)
SATURDAY = 5


async def a_month(house: House, *, announces: bool, writes_for: int = TICKS) -> int:
    """Let people mark something in Xero in each hour of their work; return how often a kind was asked for.

    For so many ticks other documents become due and are written meanwhile.
    """
    for tick in range(TICKS):
        await house.sweep()
        if house.now.weekday() < SATURDAY and house.now.hour in OFFICE_HOURS and house.now.minute == 0:
            house.spacings.echoed = Echoes(5 if tick < writes_for else 0, 0)
            house.books.unstamped.discard("inv-1")
            house.books.set("inv-1", sent=not house.books.documents["inv-1"].sent, updated_at=house.now)
            if announces:
                house.spacings.tell("x-inv-1")
                await house.sweep(timedelta(0))
    return house.books.asked + len(house.books.looked_up)


async def test_a_month_of_sweeps_costs_a_tenth_of_what_it_does_without_a_webhook():
    assert 10 * await a_month(await a_house(), announces=True) <= TICKS


async def test_a_month_in_which_people_alone_do_something_costs_no_more_than_one_with_writes_of_ours():
    with_writes = await a_month(await a_house(), announces=True)
    assert await a_month(await a_house(), announces=True, writes_for=2 * 96) <= 1.1 * with_writes


async def test_a_kind_that_nobody_touches_costs_six_calls_a_day_while_people_work_on_the_other():
    alone, both = await a_house(), await a_house(INVOICES | {"note-1": Kind.CREDIT_NOTE})
    notes = await a_month(both, announces=True) - await a_month(alone, announces=True)
    assert notes <= 6 * 30


async def test_where_no_webhook_announces_what_people_do_sweeps_are_as_often_as_without_one():
    assert await a_month(await a_house(), announces=False) >= TICKS
