"""Counters of this process. They add up over processes; whoever adds to one says what happened, not where.

Labels are few and closed: an operation is a method and the fixed words of a path, without any id.
"""

import re
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Histogram

from xerosync.core.hints import Provider

REGISTRY = CollectorRegistry()
"""Ours alone. The library's default one would add figures of the interpreter to it."""


class System(StrEnum):
    """Who is called."""

    XERO = "xero"
    IDENTITY = "xero_identity"
    SEQUENCE = "sequence"


class CallResult(StrEnum):
    """How a call to another system ended."""

    OK = "ok"
    REFUSED = "refused"
    MISSING = "missing"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    LIMIT = "limit"
    DAY_LIMIT = "day_limit"
    ERROR = "error"
    LOST = "lost"
    UNREACHABLE = "unreachable"


class DeliveryOutcome(StrEnum):
    """What the edge did with a delivery of a webhook.

    With its intent to receive Xero sends a right signature, and wrong ones on purpose, INTENT_REFUSED. Where none was
    right our key is wrong, or somebody else sent them. The right one is INTENT, besides what was done with its sweeps.
    """

    KEPT = "kept"
    SIGNALLED = "signalled"
    INTENT = "intent"
    INTENT_REFUSED = "intent_refused"
    REFUSED = "refused"
    TOO_OLD = "too_old"
    NOT_UNDERSTOOD = "not_understood"
    TOO_MANY = "too_many"
    NOT_TAKEN = "not_taken"


class StoreTrouble(StrEnum):
    """Why the database did not do what was asked, as far as it or the network says."""

    AWAY = "away"
    FULL = "full"
    READ_ONLY = "read_only"
    CONNECTIONS = "connections"
    SLOW = "slow"


_CALLS = Counter(
    "xerosync_calls",
    "Calls to Xero, its identity service and Sequence, by how they ended.",
    ["system", "operation", "outcome"],
    registry=REGISTRY,
)
_SECONDS = Histogram(
    "xerosync_call_seconds",
    "How long calls took that were answered.",
    ["system"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
_UNREADABLE = Counter(
    "xerosync_unreadable_answers",
    "Answers of success whose body is not what the company publishes.",
    ["system"],
    registry=REGISTRY,
)
_BATCHES = Histogram(
    "xerosync_batch_items",
    "Items that share one call to Xero.",
    ["operation"],
    buckets=(1, 2, 5, 10, 20, 35, 50),
    registry=REGISTRY,
)
_ACTIVITIES = Counter(
    "xerosync_activities",
    "Attempts of activities, by the class of the error that ended them; `ok` is none, and `Held` a hold.",
    ["activity", "outcome"],
    registry=REGISTRY,
)
_DELIVERIES = Counter(
    "xerosync_deliveries",
    "Deliveries of webhooks, by what the edge did with them.",
    ["provider", "outcome"],
    registry=REGISTRY,
)
_GAPS = Counter(
    "xerosync_delivery_gaps",
    "Gaps in the numbers of a provider's events: deliveries that were lost, or come late.",
    ["provider"],
    registry=REGISTRY,
)

_STORE_TROUBLE = Counter(
    "xerosync_database_failures",
    "What was asked of the database and did not happen: it is away, full, read only, slow, or out of connections.",
    ["why"],
    registry=REGISTRY,
)
_LOST_LINES = Counter(
    "xerosync_log_lines_lost",
    "Lines of the log that could not be written: most often a disk is full.",
    registry=REGISTRY,
)
# From 0 on: a rule sees the first one as a step only where there was a figure before.
for _why in StoreTrouble:
    _STORE_TROUBLE.labels(_why)
for _system in System:
    _UNREADABLE.labels(_system)
for _provider in Provider:
    for _outcome in (DeliveryOutcome.REFUSED, DeliveryOutcome.TOO_OLD, DeliveryOutcome.NOT_TAKEN):
        _DELIVERIES.labels(_provider, _outcome)
# Only Xero numbers its events, and asks for the intent to receive.
_GAPS.labels(Provider.XERO)
for _outcome in (DeliveryOutcome.INTENT, DeliveryOutcome.INTENT_REFUSED):
    _DELIVERIES.labels(Provider.XERO, _outcome)

_FIRST_WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
_PARTS = frozenset(
    {"History", "Allocations", "aliases", "by-alias", "finalize", "finalize-and-send", "line-items", "mark-as-sent"}
    | {"payment-status", "policies", "revocation", "send", "token", "void"}
)
"""Words of paths behind the first one. All else there may be an id, or a name."""

_STATUSES = {
    401: CallResult.UNAUTHORIZED,
    403: CallResult.FORBIDDEN,
    404: CallResult.MISSING,
    429: CallResult.LIMIT,
}
_FIRST_REFUSAL, _FIRST_ERROR = 400, 500


def operation_of(method: str, path: str) -> str:
    """Return `GET Invoices` for a call, `PUT Invoices/History` for one on a part; ids are left out."""
    first, *others = path.strip("/").split("/")
    words = [first if _FIRST_WORD.fullmatch(first) else "other", *(word for word in others if word in _PARTS)]
    return f"{method} {'/'.join(words)}"


def count_answer(system: System, operation: str, status: int, seconds: float, *, is_day_limit: bool = False) -> None:
    """Count a call that was answered with an HTTP status."""
    outcome = _STATUSES.get(status)
    if outcome is None:
        outcome = (
            CallResult.ERROR
            if status >= _FIRST_ERROR
            else CallResult.REFUSED
            if status >= _FIRST_REFUSAL
            else CallResult.OK
        )
    elif is_day_limit:
        outcome = CallResult.DAY_LIMIT
    _CALLS.labels(system, operation, outcome).inc()
    _SECONDS.labels(system).observe(seconds)


def count_no_answer(system: System, operation: str, outcome: CallResult) -> None:
    """Count a call without an answer: LOST, it may have happened; UNREACHABLE, it was never sent."""
    _CALLS.labels(system, operation, outcome).inc()


def count_unreadable(system: System) -> None:
    """Count an answer of success that could not be read."""
    _UNREADABLE.labels(system).inc()


def count_batch(operation: str, items: int) -> None:
    """Count a call that carries so many items."""
    _BATCHES.labels(operation).observe(items)


def count_activity(activity: str, outcome: str) -> None:
    """Count an attempt of an activity that ended."""
    _ACTIVITIES.labels(activity, outcome).inc()


def count_delivery(provider: str, outcome: DeliveryOutcome) -> None:
    """Count a delivery of a webhook."""
    _DELIVERIES.labels(provider, outcome).inc()


def count_store_trouble(why: StoreTrouble) -> None:
    """Count what was asked of the database and did not happen."""
    _STORE_TROUBLE.labels(why).inc()


def count_lost_line() -> None:
    """Count a line of the log that could not be written."""
    _LOST_LINES.inc()


def count_gap(provider: str) -> None:
    """Count a gap in the numbers of a provider's events."""
    _GAPS.labels(provider).inc()
