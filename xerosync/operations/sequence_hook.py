"""Making Sequence call us: one notification policy an account, with a secret of our own.

The secret is stored before the policy is made, under the policy's name, which we choose: whoever dies in between
leaves a secret too many, never a policy whose deliveries are refused.
"""

import secrets
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import quote

from pydantic import SecretStr

from xerosync.core.base import Message
from xerosync.operations.sweeping import sweep_both_sides
from xerosync.sequence.notifications import NotificationPolicy
from xerosync.services import Services

TYPES = (
    "CUSTOMER_CREATED",
    "CUSTOMER_UPDATED",
    "CUSTOMER_ARCHIVED",
    "INVOICE_CREATED",
    "INVOICE_UPDATED",
    "INVOICE_ISSUED",
    "CREDIT_NOTE_CREATED",
    "CREDIT_NOTE_UPDATED",
    "CREDIT_NOTE_ISSUED",
)


class HookState(StrEnum):
    """Whether Sequence calls us for an account."""

    REGISTERED = "registered"
    INCOMPLETE = "incomplete"
    MISSING = "missing"


class SequenceHook(Message):
    """How Sequence calls us for an account: at `url`, by which policy."""

    account_id: str
    url: str
    state: HookState
    policy_id: str | None = None


def sequence_url(public_url: str, account_id: str) -> str:
    """Return the address that Sequence calls for an account."""
    return f"{public_url}/webhooks/sequence/{quote(account_id, safe='')}"


async def sequence_hook(services: Services, account_id: str, public_url: str) -> SequenceHook:
    """Return whether Sequence calls us for an account. Raises RetryLaterError while Sequence does not answer."""
    url = sequence_url(public_url, account_id)
    policies, known = await _policies(services, account_id, url), await services.webhook_secrets.of(account_id)
    ours = [policy for policy in policies if policy.name in known and url in policy.recipients]
    whole = [policy for policy in ours if _is_whole(policy)]
    if whole:
        return SequenceHook(account_id=account_id, url=url, state=HookState.REGISTERED, policy_id=whole[0].id)
    state = HookState.INCOMPLETE if policies else HookState.MISSING
    return SequenceHook(account_id=account_id, url=url, state=state)


async def register(services: Services, account_id: str, public_url: str, *, anew: bool = False) -> SequenceHook:
    """Have Sequence call us for an account: nothing changes where it does so rightly, unless `anew` asks for it.

    A policy that calls our address with a secret we do not know, or for too few types, is replaced. The new one is
    made before the old one goes, so that nothing is missed; its secret counts beside the old one meanwhile. What
    happened before there was one that works is for the caller to sweep.

    Raises:
        RetryLaterError: Sequence does not answer.
        SequenceRefusedError: it takes no such policy.
    """
    url = sequence_url(public_url, account_id)
    before = await sequence_hook(services, account_id, public_url)
    if before.state is HookState.REGISTERED and not anew:
        return before
    old = await _policies(services, account_id, url)
    name, secret = f"xerosync {secrets.token_hex(4)}", SecretStr(f"whsec_{secrets.token_urlsafe(32)}")
    await services.webhook_secrets.add(account_id, name, secret)
    made = await services.notifications.create(account_id, name=name, recipient=url, types=TYPES, secret=secret)
    await _remove(services, account_id, old)
    return SequenceHook(account_id=account_id, url=url, state=HookState.REGISTERED, policy_id=made.id)


async def renew(services: Services, account_id: str, public_url: str) -> SequenceHook:
    """Have Sequence call us anew, and sweep at once for what happened while it did not. Raises like `register`."""
    hook = await register(services, account_id, public_url, anew=True)
    await sweep_both_sides(services, account_id)
    return hook


async def unregister(services: Services, account_id: str, public_url: str) -> None:
    """Have Sequence call us no more for an account. Raises RetryLaterError while Sequence does not answer."""
    await _remove(services, account_id, await _policies(services, account_id, sequence_url(public_url, account_id)))


async def _policies(services: Services, account_id: str, url: str) -> Sequence[NotificationPolicy]:
    """Return the policies that call this address, and those of ours that call an address that we had before."""
    ours = await services.webhook_secrets.of(account_id)
    found = await services.notifications.webhooks(account_id)
    return [policy for policy in found if url in policy.recipients or policy.name in ours]


async def _remove(services: Services, account_id: str, policies: Sequence[NotificationPolicy]) -> None:
    for policy in policies:
        await services.notifications.delete(account_id, policy.id)
    # What was on its way when the policy went is still signed with its secret, and is a hint that a sweep makes good.
    await services.webhook_secrets.forget(account_id, [policy.name for policy in policies])


def _is_whole(policy: NotificationPolicy) -> bool:
    return policy.notification_types is None or set(TYPES) <= set(policy.notification_types)
