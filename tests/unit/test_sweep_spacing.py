"""How far apart sweeps are: the decision alone, over every history that it may meet."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosync.documents.sweep_spacing import (
    LONGEST,
    NO_SPREADING,
    TRUSTED_FOR,
    Spacing,
    SpacingReason,
    SweepEvidence,
    next_spacing,
    spacing_words,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
USUAL = timedelta(minutes=15)
WELL = SweepEvidence(echoes=3, sent_announced=True)
FIRST = Spacing.first(USUAL, NOON)


def after(*sweeps: tuple[SweepEvidence, timedelta]) -> tuple[Spacing, datetime]:
    """Return the spacing after sweeps of which each began so long after the one before, and when that is."""
    spacing, now = FIRST, NOON
    for seen, later in sweeps:
        now += later
        spacing = next_spacing(spacing, seen, now)
    return spacing, now


def spread() -> tuple[Spacing, datetime]:
    """Return the widest spacing."""
    return after(*[(WELL, timedelta(hours=7))] * 8)


def test_while_echoes_arrive_sweeps_are_twice_as_far_apart_each_time_up_to_six_hours():
    spacing, now, seen = FIRST, NOON, list[float]()
    for _ in range(9):
        now += spacing.interval
        spacing = next_spacing(spacing, WELL, now)
        seen.append(spacing.interval / timedelta(minutes=1))
    assert seen == [30, 60, 120, 240, 360, 360, 360, 360, 360]
    assert spacing_words(spacing) == (
        "Xero is asked every 6 hours for changes: Xero's webhook announces our writes and what people mark as sent."
    )


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (SweepEvidence(), SpacingReason.NEVER_ECHOED),
        (SweepEvidence(announced=1, sent_announced=True), SpacingReason.NEVER_ECHOED),
        (SweepEvidence(echoes=1), SpacingReason.SENT_NEVER_ANNOUNCED),
    ],
)
def test_nothing_is_spread_before_echoes_came_and_a_marking_as_sent_was_announced(
    seen: SweepEvidence, reason: SpacingReason
):
    spacing, _ = after(*[(seen, timedelta(hours=1))] * 20)
    assert (spacing.doublings, spacing.reason) == (0, reason)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (SweepEvidence(gaps=1), SpacingReason.GAP),
        (SweepEvidence(echoes=5, silent=1), SpacingReason.SILENT),
        (SweepEvidence(echoes=5, unannounced=1), SpacingReason.UNANNOUNCED),
        (SweepEvidence(echoes=5, unannounced=1, sent_unannounced=True), SpacingReason.UNANNOUNCED),
    ],
)
def test_what_shows_that_the_webhook_missed_something_brings_back_the_usual_interval(
    seen: SweepEvidence, reason: SpacingReason
):
    spacing, now = spread()
    assert spacing.interval == LONGEST
    back = next_spacing(spacing, seen, now + LONGEST)
    assert (back.interval, back.reason) == (USUAL, reason)
    assert back.rests_until(now) <= now


def test_after_what_was_not_announced_nothing_is_spread_for_a_week():
    spacing, began = spread()
    spacing = next_spacing(spacing, SweepEvidence(unannounced=1), began)
    now = began
    while now + USUAL < began + NO_SPREADING:
        now += USUAL
        spacing = next_spacing(spacing, WELL, now)
        assert (spacing.doublings, spacing.reason) == (0, SpacingReason.UNANNOUNCED)
    for _ in range(3):
        now += USUAL
        spacing = next_spacing(spacing, WELL, now)
    assert spacing.doublings


def test_a_marking_as_sent_that_was_not_announced_must_be_made_up_for_by_one_that_is():
    spacing, now = spread()
    spacing = next_spacing(spacing, SweepEvidence(unannounced=1, sent_unannounced=True), now)
    now += NO_SPREADING
    for _ in range(10):
        now += timedelta(hours=1)
        spacing = next_spacing(spacing, SweepEvidence(echoes=1), now)
    assert (spacing.doublings, spacing.reason) == (0, SpacingReason.SENT_NEVER_ANNOUNCED)


def test_what_people_do_shows_that_the_webhook_works_as_our_own_writes_do():
    spacing, now = after(*[(WELL, timedelta(hours=1))] * 2)
    for _ in range(30):
        now += timedelta(days=1)
        spacing = next_spacing(spacing, SweepEvidence(announced=1), now)
    assert (spacing.interval, spacing.reason) == (LONGEST, SpacingReason.ANNOUNCED)


def test_a_webhook_that_had_nothing_to_tell_for_days_is_not_trusted_any_more():
    spacing, now = spread()
    spacing = next_spacing(spacing, SweepEvidence(), now + TRUSTED_FOR)
    assert spacing.doublings
    spacing = next_spacing(spacing, SweepEvidence(), now + TRUSTED_FOR + timedelta(seconds=1))
    assert (spacing.doublings, spacing.reason) == (0, SpacingReason.QUIET)


evidence = st.builds(
    SweepEvidence,
    echoes=st.integers(0, 2),
    silent=st.sampled_from([0, 0, 0, 1]),
    announced=st.integers(0, 2),
    gaps=st.sampled_from([0, 0, 0, 1]),
    unannounced=st.sampled_from([0, 0, 0, 1]),
    sent_announced=st.booleans(),
    sent_unannounced=st.sampled_from([False, False, False, True]),
)
histories = st.lists(st.tuples(evidence, st.timedeltas(timedelta(minutes=1), timedelta(hours=30))), max_size=40)


@given(histories, st.sampled_from([timedelta(minutes=1), USUAL, timedelta(hours=1), timedelta(days=1)]))
def test_whatever_happens_the_spacing_keeps_its_promises(
    history: list[tuple[SweepEvidence, timedelta]], usual: timedelta
):
    spacing, now, sent_is_known = Spacing.first(usual, NOON), NOON, False
    for seen, later in history:
        now += later
        before, spacing = spacing, next_spacing(spacing, seen, now)
        sent_is_known = not seen.sent_unannounced and (sent_is_known or seen.sent_announced)
        assert usual <= spacing.interval <= max(usual, LONGEST)
        assert spacing.doublings <= before.doublings + 1
        if seen.gaps or seen.silent or seen.unannounced or not sent_is_known:
            assert spacing.interval == usual
        if spacing.doublings > before.doublings:
            assert now - before.since >= before.interval
            assert spacing.echoed_at
            assert spacing.heard_at
            assert now - spacing.heard_at <= TRUSTED_FOR
        assert spacing.rests_until(now) - now <= max(usual, LONGEST)
        assert spacing_words(spacing).startswith("Xero is asked every ")
