"""How far the comparison of what waits with Sequence has come."""

from pydantic import AwareDatetime

from xerosync.core.base import Message


class SequenceCursor(Message):
    """When an account's last comparison began, `at`, and `since` when its documents are this product's matter (UTC).

    What was issued before `since` is a backfill's matter: nobody connected the account then. `asked_at` is when (UTC)
    another one was asked for, as Sequence had not called us for a while; of a cursor to move to, the one that is done.
    """

    since: AwareDatetime
    at: AwareDatetime
    asked_at: AwareDatetime | None = None
