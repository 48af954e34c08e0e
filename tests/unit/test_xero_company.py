"""How small the batches get after failures."""

from tests.unit.budget_conformance import SteppedClock
from xerosync.xero.calls.batch_sizes import BatchSizes

KEYS = [str(number) for number in range(50)]


def test_a_refusal_parts_a_batch_down_to_one_in_two_steps():
    company = BatchSizes()
    company.part(KEYS, widely=True)
    assert company.most("3", 50) == 7
    company.part(KEYS[:7], widely=True)
    assert company.most("3", 50) == 1
    assert company.most("9", 50) == 7


def test_what_may_be_the_network_halves():
    company = BatchSizes()
    company.part(KEYS, widely=False)
    assert company.most("3", 50) == 25


def test_others_travel_as_before_and_so_does_who_got_through():
    company = BatchSizes()
    company.part(KEYS, widely=True)
    company.welcome("3")
    assert company.most("3", 50) == company.most("new", 50) == 50


def test_an_hour_later_all_is_forgotten():
    clock = SteppedClock()
    company = BatchSizes(clock=lambda: clock().timestamp())
    company.part(KEYS, widely=True)
    clock.advance(hours=1, seconds=1)
    assert company.most("3", 50) == 50
