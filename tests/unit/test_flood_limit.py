"""The limit of a flood: by key, and in memory that does not grow."""

from hypothesis import given
from hypothesis import strategies as st

from xerosync.web.flood import MOST_KEYS, FloodLimit


def test_whoever_asks_too_often_waits_and_nobody_else_does():
    now = 0.0
    limit = FloodLimit(2, 10, clock=lambda: now)
    assert [limit.admits("a") for _ in range(12)] == [True] * 10 + [False] * 2
    assert limit.admits("b")
    now = 1.0
    assert [limit.admits("a") for _ in range(3)] == [True, True, False]


def test_so_many_senders_as_come_take_no_more_memory():
    limit = FloodLimit(1, 1, clock=lambda: 0.0)
    for number in range(3 * MOST_KEYS):
        assert limit.admits(f"sender {number}")
    assert len(limit._buckets) == MOST_KEYS
    # Those that came last are known, the others begin anew.
    assert not limit.admits(f"sender {3 * MOST_KEYS - 1}")
    assert limit.admits("sender 0")


@given(st.lists(st.floats(min_value=0, max_value=10), max_size=200))
def test_in_the_long_run_nobody_gets_more_than_the_burst_and_the_pace(pauses: list[float]):
    now = 0.0
    limit = FloodLimit(1, 5, clock=lambda: now)
    admitted = 0
    for pause in pauses:
        now += pause
        admitted += limit.admits("a")
    assert admitted <= 5 + now + 1e-6
