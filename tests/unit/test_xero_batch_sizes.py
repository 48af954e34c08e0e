"""How small the batches get after failures."""

from tests.unit.budget_conformance import SteppedClock
from xerosync.xero.calls.batch_sizes import BatchSizes

KEYS = [str(number) for number in range(50)]


def test_a_refusal_shrinks_a_batch_to_one_in_two_steps():
    sizes = BatchSizes()
    sizes.shrink(KEYS, is_refusal=True)
    assert sizes.most("3", 50) == 7
    sizes.shrink(KEYS[:7], is_refusal=True)
    assert sizes.most("3", 50) == 1
    assert sizes.most("9", 50) == 7


def test_what_may_be_the_network_halves_a_batch():
    sizes = BatchSizes()
    sizes.shrink(KEYS, is_refusal=False)
    assert sizes.most("3", 50) == 25


def test_other_items_and_those_that_were_answered_have_full_batches():
    sizes = BatchSizes()
    sizes.shrink(KEYS, is_refusal=True)
    sizes.reset("3")
    assert sizes.most("3", 50) == sizes.most("new", 50) == 50


def test_an_hour_later_all_is_forgotten():
    clock = SteppedClock()
    sizes = BatchSizes(clock=lambda: clock().timestamp())
    sizes.shrink(KEYS, is_refusal=True)
    clock.advance(hours=1, seconds=1)
    assert sizes.most("3", 50) == 50
