"""Gauges of the store: every process shows the same, so rules take the `max` over processes."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from xerosync.core.holds import HoldReason
from xerosync.postgres import Standing


def store_gauges(standing: Standing, default_sweep_interval: float) -> Iterable[Metric]:
    """Return the gauges; `default_sweep_interval`, in seconds, is that of connections without one of their own.

    A hold that keeps nothing is 0, not absent: so a rule can tell how many it keeps more than before.
    """
    by_account = ["account"]
    yield _gauge(
        "xerosync_documents",
        "Documents by state; settled and voided ones are not counted.",
        [*by_account, "state"],
        [((each.account_id, each.state), each.documents) for each in standing.documents],
    )
    holds = {(each.account_id, each.reason): (each.a_day, each.a_week, each.longer) for each in standing.holds}
    yield _gauge(
        "xerosync_documents_held",
        "Documents that wait for a person, by reason and by how long they do.",
        [*by_account, "reason", "age"],
        [
            ((each.account_id, reason, age), held)
            for each in standing.connections
            for reason in HoldReason
            for age, held in zip(_HOLD_AGES, holds.get((each.account_id, reason), (0, 0, 0)), strict=True)
        ],
    )
    yield _gauge(
        "xerosync_documents_sent_but_3000",
        "Documents sent in Sequence that stand in Xero dated 3000.",
        by_account,
        [((each.account_id,), each.sent_but_3000) for each in standing.ages],
    )
    yield _gauge(
        "xerosync_oldest_on_its_way_seconds",
        "Age of the oldest document that Xero should have and has not; 0 where there is none.",
        by_account,
        [((each.account_id,), each.oldest_on_its_way) for each in standing.ages],
    )
    connections = standing.connections
    yield _gauge(
        "xerosync_connected",
        "1 while the account is connected to its organisation.",
        by_account,
        [((each.account_id,), float(each.is_connected)) for each in connections],
    )
    yield _gauge(
        "xerosync_sweep_age_seconds",
        "How long ago the last sweep read; absent where no document is open.",
        by_account,
        [((each.account_id,), each.sweep_age) for each in connections],
    )
    yield _gauge(
        "xerosync_sweep_interval_seconds",
        "How often the account is to be swept.",
        by_account,
        [((each.account_id,), each.sweep_interval or default_sweep_interval) for each in connections],
    )
    yield _gauge(
        "xerosync_consent_left_seconds",
        "Until when the consent ends if nobody uses it.",
        by_account,
        [((each.account_id,), each.consent_left) for each in connections],
    )
    yield _gauge(
        "xerosync_token_left_seconds",
        "Until when the access token is good; it is refreshed when it is next needed.",
        by_account,
        [((each.account_id,), each.token_left) for each in connections],
    )
    budgets = standing.budgets
    yield _gauge(
        "xerosync_calls_left_of_minute",
        "Calls to Xero that the organisation has left of its minute.",
        by_account,
        [((each.account_id,), each.minute_left) for each in budgets],
    )
    yield _gauge(
        "xerosync_calls_left_of_day",
        "Calls to Xero that the organisation has left of its day, as Xero last said.",
        by_account,
        [((each.account_id,), each.day_left) for each in budgets],
    )
    queues = standing.queues
    waiting = (("hints", queues.hints, queues.oldest_hint), ("owed", queues.owed, queues.oldest_owed))
    yield _gauge(
        "xerosync_waiting",
        "What waits: hints of webhooks for Temporal, acts that are owed.",
        ["queue"],
        [((name,), count) for name, count, _ in waiting],
    )
    yield _gauge(
        "xerosync_waiting_oldest_seconds",
        "Age of the oldest of it.",
        ["queue"],
        [((name,), age) for name, _, age in waiting],
    )


_HOLD_AGES = ("day", "week", "longer")


def _gauge(
    name: str, words: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float | None]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for of, value in values:
        if value is not None:
            family.add_metric(of, value)
    return family
