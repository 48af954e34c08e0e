"""Another try of holds that nothing but a try can end: a day after they began, then after 2, 4 and 7 days each.

When a hold is next due stands in its link (`documents/link.py`), so no workflow keeps a timer for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release
from xerosync.documents.ports import Links, Workflows
from xerosync.faultpoints import FaultPoint, reach

AT_A_TIME = 200
"""Holds that one sweep has tried again: with a sweep every quarter of an hour 19,200 a day."""

_AT_ONCE = 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HoldRetries:
    """Has holds tried again that are due."""

    links: Links
    workflows: Workflows
    now: Callable[[], datetime] = utc_now

    async def retry_due(self, connection: Connection) -> int:
        """Signal the documents whose hold is due for another try; return how many.

        Raises:
            RetryLaterError: the store or Temporal does not answer. What was not signalled is still due.
        """
        due = await self.links.holds_due(connection.account_id, self.now(), AT_A_TIME)
        tried = sum(await some_at_once(lambda link: self._retry(link, connection), due, _AT_ONCE))
        if due:
            log.info("holds tried again", account_id=connection.account_id, due=len(due), tried=tried)
        return tried

    async def _retry(self, link: DocumentLink, connection: Connection) -> bool:
        """Signal one document unless it is certain that its hold stands; set when it is due next."""
        hold = link.current_hold
        is_tried = hold is not None and may_be_over(hold.reason, link, connection)
        if hold and is_tried:
            # The signal first: whoever dies in between has it tried twice, which changes nothing.
            release = Release(reason=hold.reason, lane=Lane.BULK, is_retry=True)
            await self.workflows.signal(link.ref, "release", release, number=link.number)
            reach(FaultPoint.AFTER_SIGNAL)
        now = self.now()
        await self.links.change(link.ref, lambda link: link.tried_again(hold, now))
        return is_tried


def may_be_over(reason: HoldReason, link: DocumentLink, connection: Connection) -> bool:
    """Whether another try may succeed, as far as the store knows. Of a connected account."""
    match reason:
        case HoldReason.DISCONNECTED:
            return not link.is_elsewhere(connection.tenant_id)
        case HoldReason.LEDGER_ACCOUNT_MISSING:
            return connection.default_ledger_account is not None
        case _:
            return True
