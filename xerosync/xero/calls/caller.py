"""Single calls: what is not sent in batches, each within the organisation's budget."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from xerosync.connection.connection import Connection
from xerosync.core.rate_limits import Lane
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.lists import PAGE_SIZE, XeroPage, read_list, read_page
from xerosync.xero.calls.rate_limit import MAX_WAIT, XeroRateLimiter
from xerosync.xero.calls.transport import Call, Transport
from xerosync.xero.errors import NotSentError
from xerosync.xero.refusals import error_from


class Caller:
    """Makes calls in one lane; `max_wait` is how long one may wait for the rate limit, a minute by default."""

    def __init__(
        self, transport: Transport, limiter: XeroRateLimiter, lane: Lane, max_wait: timedelta = MAX_WAIT
    ) -> None:
        self._transport = transport
        self._limiter = limiter
        self._max_wait = max_wait
        self.lane = lane

    def has_room(self, connection: Connection) -> bool:
        """Whether so much of the organisation's minute is left that one more call delays no other."""
        return self._limiter.spacing.has_room(connection.tenant_id)

    async def call(self, connection: Connection, call: Call, *, send_before: datetime | None = None) -> Answer:
        """Return Xero's answer, of a status below 400. After `send_before` nothing is sent any more.

        Raises:
            RetryLaterError, HoldError, MissingError, MisconfiguredError: as `refusals.error_from` has it.
        """
        answer = await self._answer(connection, call, send_before)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise error_from(answer)
        return answer

    async def records(self, connection: Connection, plural: str) -> list[dict[str, Any]]:
        """Return the records of a list without pages, such as `Accounts`. Raises as `lists.read_list`."""
        return read_list(await self._answer(connection, Call("GET", f"/{plural}")), plural)

    async def page(
        self,
        connection: Connection,
        plural: str,
        params: Mapping[str, str],
        number: int = 1,
        *,
        size: int = PAGE_SIZE,
        modified_since: datetime | None = None,
    ) -> XeroPage:
        """Return page `number` (from 1) of a list. Raises as `lists.read_page`."""
        params = {**params, "page": str(number), "pageSize": str(size)}
        call = Call("GET", f"/{plural}", params, modified_since=modified_since)
        return read_page(await self._answer(connection, call), plural, number, size)

    async def _answer(self, connection: Connection, call: Call, send_before: datetime | None = None) -> Answer:
        async with self._limiter.slot(connection.tenant_id, self.lane, max_wait=self._max_wait) as slot:
            token = await self._transport.authorise(connection)
            if send_before and self._transport.clock() > send_before:
                slot.unused()
                raise NotSentError
            answer = await self._transport.exchange(connection, call, token)
            slot.record(answer)
        return answer
