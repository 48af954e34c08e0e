"""Whether both companies call us for an account, when they last did, and a delivery of ours to try the way."""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from json import dumps

import httpx
from pydantic import SecretStr

from xerosync.connection.connection import Connection
from xerosync.core.base import Message
from xerosync.core.errors import RetryLaterError
from xerosync.core.hints import TEST_TYPE, Provider
from xerosync.documents.sweep_spacing import spacing_words
from xerosync.operations.sequence_hook import HookState, sequence_hook, sequence_url
from xerosync.postgres import HookActivity
from xerosync.services import Services

KEYS_SET, NO_KEY = "keys set", "no key"
"""How Xero's webhook stands, as far as we can know."""

ARRIVED = "arrived"
"""What came of a test delivery that was taken."""

_TEST_SECONDS = 10
_REFUSALS = {
    401: "the secret is not the edge's: run `starter.py webhooks --renew`",
    413: "a proxy takes no bodies of that size",
    421: "the edge does not go by that name: it needs the same XEROSYNC_PUBLIC_URL",
    429: "the edge is flooded: try again",
    503: "neither the edge's database nor Temporal answers",
}


class WebhookState(Message):
    """Whether one company calls us for an account. `last_at` is UTC; `pending` hints wait for Temporal.

    `sweeps` says of Xero how often it is asked for changes besides, and why.
    """

    account_id: str
    provider: Provider
    url: str
    state: str
    last_at: datetime | None = None
    deliveries: int = 0
    pending: int = 0
    test: str | None = None
    sweeps: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether the company calls us, as far as is known, and a test, if one was sent, arrived."""
        return self.state in (HookState.REGISTERED, KEYS_SET) and self.test in (None, ARRIVED)


async def webhook_states(
    services: Services, connections: Sequence[Connection], public_url: str, *, has_xero_keys: bool, test: bool = False
) -> Sequence[WebhookState]:
    """Return the states of both companies' webhooks; with `test` a delivery of ours is sent to the public address.

    Raises:
        RetryLaterError: Sequence, the database or our own public address does not answer.
    """
    activity = {(each.account_id, each.provider): each for each in await services.inbox.activity()}
    states: list[WebhookState] = []
    for each in connections:
        states += await _states(services, each.account_id, public_url, activity, has_xero_keys=has_xero_keys, test=test)
    return states


async def _states(
    services: Services,
    account_id: str,
    public_url: str,
    activity: Mapping[tuple[str, Provider], HookActivity],
    *,
    has_xero_keys: bool,
    test: bool,
) -> Sequence[WebhookState]:
    hook = await sequence_hook(services, account_id, public_url)
    secrets = list((await services.webhook_secrets.of(account_id)).values())
    tried = await _try(sequence_url(public_url, account_id), account_id, secrets) if test else None
    spacing = (await services.spacings.get(account_id)).spacing
    return [
        _state(account_id, Provider.SEQUENCE, hook.url, hook.state, activity, test=tried),
        _state(
            account_id,
            Provider.XERO,
            f"{public_url}/webhooks/xero",
            KEYS_SET if has_xero_keys else NO_KEY,
            activity,
            sweeps=spacing_words(spacing),
        ),
    ]


def _state(
    account_id: str,
    provider: Provider,
    url: str,
    state: str,
    activity: Mapping[tuple[str, Provider], HookActivity],
    *,
    test: str | None = None,
    sweeps: str | None = None,
) -> WebhookState:
    seen = activity.get((account_id, provider))
    return WebhookState(
        account_id=account_id,
        provider=provider,
        url=url,
        state=state,
        last_at=seen.last_at if seen else None,
        deliveries=seen.deliveries if seen else 0,
        pending=seen.pending if seen else 0,
        test=test,
        sweeps=sweeps,
    )


async def _try(url: str, account_id: str, secrets: Sequence[SecretStr]) -> str:
    """Send a delivery that asks for nothing to our own address; return what came of it."""
    if not secrets:
        return "no secret: run `starter.py webhooks --renew`"
    body = dumps(
        {
            "notificationType": TEST_TYPE,
            "sequenceAccountId": account_id,
            "resourceType": TEST_TYPE,
            "resourceId": "test",
            "resource": {},
        }
    ).encode()
    stamp = str(int(time.time() * 1000))
    key = secrets[0].get_secret_value().encode()
    signature = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"Sequence-Signature": f"t={stamp},s={signature}", "Content-Type": "application/json"}
    try:
        async with httpx.AsyncClient(timeout=_TEST_SECONDS) as client:
            answer = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise RetryLaterError(
            f"{url} does not answer ({type(error).__name__}): is `starter.py serve` running?"
        ) from None
    if answer.status_code == HTTPStatus.OK:
        return ARRIVED
    why = _REFUSALS.get(answer.status_code, "is that address the edge's?")
    return f"answered {answer.status_code}: {why}"
