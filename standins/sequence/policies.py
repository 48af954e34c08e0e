"""`/notifications/policies`: who is notified of what. A webhook policy without a secret is given one.

Recipients of the channel EMAIL are kept and never written to. No types, or none left, means all types.
"""

from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import rendering
from standins.sequence.errors import Invalid, NotFound
from standins.sequence.paging import Page, respond
from standins.sequence.reading import Fields, fields_of
from standins.sequence.records import Policy
from standins.sequence.state import account_of, new_id
from standins.sequence.webhooks import TYPES

CHANNELS = ("WEBHOOK", "EMAIL")


async def create(request: Request) -> Response:
    """POST: a new policy, 201."""
    fields = await fields_of(request)
    account = account_of(request)
    channel = fields.need("channel", fields.choice("channel", CHANNELS))
    given = fields.text("webhookSecret") or f"whsec_{token_urlsafe(24)}"
    if not _has_bytes(given):
        raise Invalid("webhookSecret must be a text that UTF-8 can hold")
    secret = given if channel == "WEBHOOK" else None
    policy = Policy(
        id=new_id(),
        name=fields.full("name"),
        channel=channel,
        recipients=_recipients(fields, channel),
        types=_types(fields),
        secret=secret,
        created_at=account.stamp(),
    )
    account.policies[policy.id] = policy
    return ExactJSONResponse(rendering.policy(account, policy), 201)


async def listing(request: Request) -> Response:
    """GET a page, newest first, of one `notificationType` if asked."""
    account = account_of(request)
    wanted = request.query_params.get("notificationType")
    page = Page.asked(request, is_sortable=False)
    by_place = dict(enumerate(account.policies.values()))
    found = [
        place for place, policy in by_place.items() if wanted is None or policy.types is None or wanted in policy.types
    ]
    return respond(page, found, lambda place: rendering.policy(account, by_place[place]))


async def read(request: Request) -> Response:
    """GET one."""
    return _answer(request, _named(request))


async def delete(request: Request) -> Response:
    """DELETE one; answers what it was. What was emitted before is still delivered."""
    policy = _named(request)
    del account_of(request).policies[policy.id]
    return _answer(request, policy)


async def add_recipients(request: Request) -> Response:
    """POST more recipients."""
    fields = await fields_of(request)
    policy = _named(request)
    added = _recipients(fields, policy.channel)
    policy.recipients += tuple(each for each in added if each not in policy.recipients)
    return _answer(request, policy)


async def remove_recipient(request: Request) -> Response:
    """DELETE a recipient, its address percent-encoded in the path."""
    policy = _named(request)
    unwanted = request.path_params["recipient"]
    if unwanted not in policy.recipients:
        raise NotFound(f"The policy {policy.id} has no recipient {unwanted}")
    policy.recipients = tuple(each for each in policy.recipients if each != unwanted)
    return _answer(request, policy)


async def add_types(request: Request) -> Response:
    """POST more notification types."""
    fields = await fields_of(request)
    policy = _named(request)
    added = fields.need("notificationTypes", _types(fields))
    policy.types = tuple(dict.fromkeys((*(policy.types or ()), *added)))
    return _answer(request, policy)


async def remove_type(request: Request) -> Response:
    """DELETE a notification type."""
    policy = _named(request)
    unwanted = request.path_params["type"]
    if policy.types is None or unwanted not in policy.types:
        raise NotFound(f"The policy {policy.id} does not name {unwanted}")
    policy.types = tuple(each for each in policy.types if each != unwanted) or None
    return _answer(request, policy)


def _named(request: Request) -> Policy:
    policy = account_of(request).policies.get(request.path_params["id"])
    if policy is None:
        raise NotFound(f"There is no notification policy {request.path_params['id']}")
    return policy


def _answer(request: Request, policy: Policy) -> Response:
    return ExactJSONResponse(rendering.policy(account_of(request), policy))


def _recipients(fields: Fields, channel: str) -> tuple[str, ...]:
    recipients = fields.need("recipients", fields.texts("recipients"))
    begins = ("http://", "https://")
    if not recipients or (channel == "WEBHOOK" and not all(each.startswith(begins) for each in recipients)):
        raise Invalid(f"{fields.path('recipients')} must be the addresses to write to, URLs for webhooks")
    if not all(map(_has_bytes, recipients)):
        raise Invalid(f"{fields.path('recipients')} must be addresses that UTF-8 can hold")
    return recipients


def _has_bytes(text: str) -> bool:
    """Whether a text can be signed with and called: half of a surrogate pair, which JSON may carry, can't."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _types(fields: Fields) -> tuple[str, ...] | None:
    types = fields.texts("notificationTypes")
    if types is not None and not set(types) <= TYPES:
        raise Invalid(f"{fields.path('notificationTypes')} must be of {', '.join(sorted(TYPES))}")
    return types or None


routes = [
    Route("/notifications/policies", create, methods=["POST"]),
    Route("/notifications/policies", listing, methods=["GET"]),
    Route("/notifications/policies/{id}", read, methods=["GET"]),
    Route("/notifications/policies/{id}", delete, methods=["DELETE"]),
    Route("/notifications/policies/{id}/recipients", add_recipients, methods=["POST"]),
    Route("/notifications/policies/{id}/recipients/{recipient:path}", remove_recipient, methods=["DELETE"]),
    Route("/notifications/policies/{id}/notification-types", add_types, methods=["POST"]),
    Route("/notifications/policies/{id}/notification-types/{type}", remove_type, methods=["DELETE"]),
]
