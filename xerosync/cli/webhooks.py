"""`webhooks`: whether both companies call us, when they last did, and a delivery of ours to try the way."""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from json import dumps

import httpx
from pydantic import SecretStr

from xerosync.cli.app import Account, Flag, Json, WithServices, WithSettings
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.base import Message
from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.core.hints import Provider
from xerosync.operations.sequence_hook import HookState, register, sequence_hook, sequence_url
from xerosync.postgres import HookActivity
from xerosync.services import Services
from xerosync.settings import Settings

_TEST_SECONDS = 10
_OK = 200


class WebhookState(Message):
    """Whether one company calls us for an account. `last_at` is UTC; `pending` hints wait for Temporal."""

    account_id: str
    provider: Provider
    url: str
    state: str
    last_at: datetime | None = None
    deliveries: int = 0
    pending: int = 0
    test: str | None = None


async def webhooks(
    *,
    account: Account = None,
    renew: Flag = False,
    test: Flag = False,
    json: Json = False,
    services: WithServices,
    settings: WithSettings,
) -> int:
    """Show whether both companies call us, and when they last did; the exit code is 1 where one does not.

    Args:
        renew: make Sequence call us, with a new secret
        test: send a delivery that asks for nothing to our own public address

    Raises:
        MisconfiguredError: XEROSYNC_PUBLIC_URL is not set, or the account is not connected.
        RetryLaterError: Sequence does not answer.
    """
    public_url = settings.public_url
    if public_url is None:
        raise MisconfiguredError("XEROSYNC_PUBLIC_URL is not set: it is where the webhooks of both companies reach us.")
    connections = [
        each
        for each in await services.store.connections()
        if each.status is ConnectionStatus.CONNECTED and account in (None, each.account_id)
    ]
    if not connections:
        raise MisconfiguredError("No such account is connected: `starter.py connect` is first.")
    if renew:
        for each in connections:
            await register(services, each.account_id, public_url, anew=True)
    activity = {(each.account_id, each.provider): each for each in await services.inbox.activity()}
    states: list[WebhookState] = []
    for each in connections:
        states += await _states(services, settings, each, public_url, activity, test=test)
    if json:
        print_json([state.model_dump(mode="json") for state in states])
    else:
        _show(states)
    return 0 if all(state.state in (HookState.REGISTERED, "keys set") for state in states) else 1


async def _states(
    services: Services,
    settings: Settings,
    connection: Connection,
    public_url: str,
    activity: Mapping[tuple[str, Provider], HookActivity],
    *,
    test: bool,
) -> Sequence[WebhookState]:
    account_id = connection.account_id
    hook = await sequence_hook(services, account_id, public_url)
    secrets = list((await services.webhook_secrets.of(account_id)).values())
    tried = await _try(sequence_url(public_url, account_id), account_id, secrets) if test else None
    return [
        _state(account_id, Provider.SEQUENCE, hook.url, hook.state, activity, test=tried),
        _state(
            account_id,
            Provider.XERO,
            f"{public_url}/webhooks/xero",
            "keys set" if settings.xero_webhook_keys else "no key",
            activity,
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
    )


async def _try(url: str, account_id: str, secrets: Sequence[SecretStr]) -> str:
    """Send a delivery that asks for nothing to our own address; return what came of it."""
    if not secrets:
        return "no secret: run `starter.py webhooks --renew`"
    body = dumps(
        {
            "notificationType": "TEST",
            "sequenceAccountId": account_id,
            "resourceType": "TEST",
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
    return "arrived" if answer.status_code == _OK else f"answered {answer.status_code}"


def _show(states: Sequence[WebhookState]) -> None:
    print_table(
        "Webhooks",
        ("Account", "From", "State", "Last (UTC)", "In 30 days", "Pending", "Test"),
        [
            (
                state.account_id,
                state.provider.value.capitalize(),
                state.state,
                f"{state.last_at:%Y-%m-%d %H:%M}" if state.last_at else "never",
                f"{state.deliveries:,}",
                f"{state.pending:,}",
                state.test or "",
            )
            for state in states
        ],
    )
    for state in states:
        console.print(f"{state.provider.value.capitalize()} calls {state.url}", markup=False)
    if any(state.state in (HookState.MISSING, HookState.INCOMPLETE) for state in states):
        console.print("`starter.py webhooks --renew` makes Sequence call us.", markup=False)
    if any(state.state == "no key" for state in states):
        console.print(
            "Xero's webhook is set up at developer.xero.com: give it the address above for contacts, invoices and "
            "credit notes, and its webhook key to XEROSYNC_XERO_WEBHOOK_KEYS.",
            markup=False,
        )
