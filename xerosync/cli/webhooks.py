"""`webhooks`: whether both companies call us, when they last did, and a delivery of ours to try the way."""

from collections.abc import Sequence

from xerosync.cli.app import Account, Flag, Json, WithoutTemporal, WithSettings
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.errors import MisconfiguredError
from xerosync.operations.sequence_hook import HookState
from xerosync.operations.sequence_hook import renew as renew_hook
from xerosync.operations.webhooks import ARRIVED, NO_KEY, WebhookState, webhook_states


async def webhooks(
    *,
    account: Account = None,
    renew: Flag = False,
    test: Flag = False,
    json: Json = False,
    services: WithoutTemporal,
    settings: WithSettings,
) -> int:
    """Show whether both companies call us, and when they last did; the exit code is 1 where one does not.

    Args:
        renew: make Sequence call us, with a new secret, and look at once for what it did not tell
        test: send a delivery that asks for nothing to our own public address; exit code 1 if it does not arrive

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
            await renew_hook(services, each.account_id, public_url)
        if not json:
            console.print("Sequence calls us anew. A sweep looks now for what it did not tell meanwhile.")
    states = await webhook_states(
        services, connections, public_url, has_xero_keys=bool(settings.xero_webhook_keys), test=test
    )
    if json:
        print_json([state.model_dump(mode="json") for state in states])
    else:
        _show(states, settings.keep_deliveries.days)
    return 0 if all(state.is_well for state in states) else 1


def _outcome(test: str | None) -> str:
    return "" if test is None else "arrived" if test == ARRIVED else "not taken"


def _show(states: Sequence[WebhookState], days: int) -> None:
    print_table(
        "Webhooks",
        ("Account", "From", "State", "Last (UTC)", f"In {days} days", "Pending", "Test"),
        [
            (
                state.account_id,
                state.provider.value.capitalize(),
                state.state,
                f"{state.last_at:%Y-%m-%d %H:%M}" if state.last_at else "never",
                f"{state.deliveries:,}",
                f"{state.pending:,}",
                _outcome(state.test),
            )
            for state in states
        ],
    )
    for state in states:
        console.print(f"{state.provider.value.capitalize()} calls {state.url}", markup=False)
    for state in states:
        if state.sweeps:
            console.print(f"Account {state.account_id}: {state.sweeps}", markup=False)
    for state in states:
        if state.test not in (None, ARRIVED):
            console.print(f"The test at {state.url}: {state.test}.", markup=False)
    if any(state.test for state in states):
        console.print(f"Last and In {days} days count what the companies sent, without tests of ours.", markup=False)
    if any(state.state in (HookState.MISSING, HookState.INCOMPLETE) for state in states):
        console.print("`starter.py webhooks --renew` makes Sequence call us.", markup=False)
    if any(state.state == NO_KEY for state in states):
        console.print(
            "Xero's webhook is set up at developer.xero.com: give it the address above for contacts, invoices and "
            "credit notes, and its webhook key to XEROSYNC_XERO_WEBHOOK_KEYS.",
            markup=False,
        )
