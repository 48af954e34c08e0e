"""`/_sandbox/…` of the Sequence stand-in: accounts, bulk loading, limits, webhooks, reset, snapshot, load.

These calls need no key. `account` in a query names one by id, client id or name; the default one without it.
The journal, clock and faults are those of both stand-ins and stand beside these.
"""

from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse, body_json
from standins.sequence import accounts, snapshot
from standins.sequence.errors import Invalid
from standins.sequence.loading import load_documents
from standins.sequence.reading import Fields, fields_of
from standins.sequence.state import sequence_of


async def list_accounts(request: Request) -> Response:
    """GET all accounts with their client ids."""
    found = [accounts.show(each) | {"clientId": each.client_id} for each in sequence_of(request).accounts]
    return ExactJSONResponse(found)


async def add_account(request: Request) -> Response:
    """POST `{name, clientId, clientSecret}`: one more account, 201."""
    fields = await fields_of(request)
    account = sequence_of(request).add_account(
        fields.full("name"), fields.full("clientId"), fields.full("clientSecret")
    )
    return ExactJSONResponse(accounts.show(account) | {"clientId": account.client_id}, 201)


async def load_many(request: Request) -> Response:
    """POST `{customers, invoices, creditNotes}`: loaded at once, 201."""
    fields = await fields_of(request)
    account = sequence_of(request).account(request.query_params.get("account"))
    return ExactJSONResponse(load_documents(account, fields), 201)


async def limits(request: Request) -> Response:
    """GET, or POST `{enabled?, per_minute?}`."""
    kept = sequence_of(request).limits
    if request.method == "POST":
        fields = await fields_of(request)
        enabled, per_minute = _flag(fields, "enabled"), fields.whole("per_minute")
        kept.reset_counts()
        kept.enabled = kept.enabled if enabled is None else enabled
        kept.per_minute = kept.per_minute if per_minute is None else per_minute
    return ExactJSONResponse({"enabled": kept.enabled, "per_minute": kept.per_minute})


async def webhooks(request: Request) -> Response:
    """GET the settings and latest deliveries, or POST `{duplicate?, reorder?, seed?, attempts?, retry_seconds?}`."""
    kept = sequence_of(request).webhooks
    if request.method == "POST":
        fields = await fields_of(request)
        duplicate, reorder = _share(fields, "duplicate"), _share(fields, "reorder")
        seed, attempts = fields.whole("seed"), fields.whole("attempts")
        pause = fields.number("retry_seconds") if fields.given("retry_seconds") else None
        kept.duplicate = kept.duplicate if duplicate is None else duplicate
        kept.reorder = kept.reorder if reorder is None else reorder
        kept.attempts = kept.attempts if attempts is None else attempts
        kept.retry_seconds = kept.retry_seconds if pause is None else float(pause)
        if seed is not None:
            kept.seed(seed)
    return ExactJSONResponse(
        {
            "duplicate": Decimal(str(kept.duplicate)),
            "reorder": Decimal(str(kept.reorder)),
            "attempts": kept.attempts,
            "retry_seconds": Decimal(str(kept.retry_seconds)),
            "deliveries": [each.as_json() for each in kept.deliveries],
        }
    )


async def flush_webhooks(request: Request) -> Response:
    """POST: answers once nothing waits for delivery."""
    await sequence_of(request).webhooks.flush()
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    """POST: one empty default account again."""
    sequence_of(request).reset()
    return Response(status_code=204)


async def take_snapshot(request: Request) -> Response:
    """GET the whole state."""
    return ExactJSONResponse(snapshot.take(sequence_of(request)))


async def load_snapshot(request: Request) -> Response:
    """POST a snapshot: it becomes the state."""
    snapshot.restore(sequence_of(request), await body_json(request))
    return Response(status_code=204)


def _flag(fields: Fields, name: str) -> bool | None:
    value = fields.raw(name)
    if value is not None and not isinstance(value, bool):
        raise Invalid(f"{fields.path(name)} must be true or false")
    return value


def _share(fields: Fields, name: str) -> float | None:
    if not fields.given(name):
        return None
    value = fields.number(name)
    if not 0 <= value <= 1:
        raise Invalid(f"{fields.path(name)} must be a probability from 0 to 1")
    return float(value)


routes = [
    Route("/_sandbox/accounts", list_accounts, methods=["GET"]),
    Route("/_sandbox/accounts", add_account, methods=["POST"]),
    Route("/_sandbox/documents/load", load_many, methods=["POST"]),
    Route("/_sandbox/limits", limits, methods=["GET", "POST"]),
    Route("/_sandbox/webhooks", webhooks, methods=["GET", "POST"]),
    Route("/_sandbox/webhooks/flush", flush_webhooks, methods=["POST"]),
    Route("/_sandbox/reset", reset, methods=["POST"]),
    Route("/_sandbox/snapshot", take_snapshot, methods=["GET"]),
    Route("/_sandbox/load", load_snapshot, methods=["POST"]),
]
