"""Notification policies of Sequence: which addresses it calls, and for what. Whoever makes one chooses its name."""

from collections.abc import Sequence

from pydantic import SecretStr

from xerosync.core.base import ApiModel
from xerosync.core.errors import MissingError
from xerosync.sequence.accounts import SequenceAccounts
from xerosync.sequence.client import Item, segment
from xerosync.sequence.reading import read

_PATH = "/notifications/policies"
_WEBHOOK = "WEBHOOK"


class NotificationPolicy(ApiModel):
    """A policy. No types means all of them. Its secret is not read back."""

    id: str
    name: str
    channel: str
    recipients: tuple[str, ...] = ()
    notification_types: tuple[str, ...] | None = None


class SequenceNotifications:
    """The policies of all accounts whose keys are known. Raises RetryLaterError while Sequence does not answer."""

    def __init__(self, accounts: SequenceAccounts) -> None:
        self._accounts = accounts

    async def webhooks(self, account_id: str) -> Sequence[NotificationPolicy]:
        """Return the policies that call webhooks."""
        client = await self._accounts.client(account_id)
        found = await client.everything("list the notification policies", _PATH)
        return [policy for policy in map(_read, found) if policy.channel == _WEBHOOK]

    async def create(
        self, account_id: str, *, name: str, recipient: str, types: Sequence[str], secret: SecretStr
    ) -> NotificationPolicy:
        """Have an address called for some types, signed with a secret. Raises SequenceRefusedError."""
        client = await self._accounts.client(account_id)
        body = {
            "name": name,
            "channel": _WEBHOOK,
            "recipients": [recipient],
            "notificationTypes": list(types),
            "webhookSecret": secret.get_secret_value(),
        }
        return _read(await client.post("create a notification policy", _PATH, body))

    async def delete(self, account_id: str, policy_id: str) -> None:
        """Delete a policy; one that is gone already is no fault."""
        client = await self._accounts.client(account_id)
        try:
            await client.delete("delete a notification policy", f"{_PATH}/{segment(policy_id)}")
        except MissingError:
            return


def _read(item: Item) -> NotificationPolicy:
    return read(f"notification policy {item.get('id')}", NotificationPolicy.model_validate, item)
