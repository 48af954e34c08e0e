"""`/_sandbox/…` of the Sequence stand-in: accounts, bulk loading, limits, webhooks, reset, snapshot, load.

These calls need no key. `account` in a query names one by id, client id or name; the default one without it.
The journal, clock and faults are those of both stand-ins and stand beside these.
"""

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
    """GET the disorder and the latest deliveries, or POST `{duplicate?, reorder?, lose?, forge?, seed?}`."""
    kept = sequence_of(request).webhooks
    if request.method == "POST":
        fields = await fields_of(request)
        try:
            kept.disorder.change({name: fields.raw(name) for name in fields.names()})
        except ValueError as error:
            raise Invalid(str(error)) from error
    return ExactJSONResponse(kept.disorder.as_json() | {"deliveries": [each.as_json() for each in kept.deliveries]})


async def emit_webhook(request: Request) -> Response:
    """POST `{notificationType, resourceType, resourceId, resource?}`: delivered to every policy, unknown types too."""
    fields = await fields_of(request)
    sequence_of(request).webhooks.emit(
        sequence_of(request).account(request.query_params.get("account")),
        fields.full("notificationType"),
        fields.full("resourceType"),
        fields.full("resourceId"),
        lambda: fields.raw("resource") or {},
        of_any_type=True,
    )
    return Response(status_code=204)


async def flush_webhooks(request: Request) -> Response:
    """POST: answers once each delivery that is due was tried."""
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


routes = [
    Route("/_sandbox/accounts", list_accounts, methods=["GET"]),
    Route("/_sandbox/accounts", add_account, methods=["POST"]),
    Route("/_sandbox/documents/load", load_many, methods=["POST"]),
    Route("/_sandbox/limits", limits, methods=["GET", "POST"]),
    Route("/_sandbox/webhooks", webhooks, methods=["GET", "POST"]),
    Route("/_sandbox/webhooks/emit", emit_webhook, methods=["POST"]),
    Route("/_sandbox/webhooks/flush", flush_webhooks, methods=["POST"]),
    Route("/_sandbox/reset", reset, methods=["POST"]),
    Route("/_sandbox/snapshot", take_snapshot, methods=["GET"]),
    Route("/_sandbox/load", load_snapshot, methods=["POST"]),
]
