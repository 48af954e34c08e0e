"""A page of a bulk act: the next documents, some at once, each with a result of its own.

A document is marked as begun before it is touched. So whoever goes on after a kill knows which ones may have been
done already, and no document of a page is passed over. What fails because somebody does not answer is tried again
after all others, for an hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from xerosync.bulk.messages import BulkInput, BulkOutcome, BulkProgress, BulkRecord, BulkResult, FrozenDocument
from xerosync.bulk.ports import BulkStore, DocumentActs
from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError, UnexpectedError, XerosyncError
from xerosync.core.gathering import some_at_once

_PAGE = 100
_AT_ONCE = 10

GIVEN_UP_AFTER = timedelta(hours=1)
"""How long a document may fail before that is its result."""


@dataclass(frozen=True)
class BulkPages:
    """Performs bulk acts page by page."""

    store: BulkStore
    acts: DocumentActs
    now: Callable[[], datetime] = utc_now

    async def perform(self, page: BulkInput) -> BulkProgress:
        """Do the next documents; return how far the act is. What nobody confirmed is over at once.

        Raises:
            RetryLaterError: none of the documents whose turn it was could be done now, or the store does not answer.
        """
        record = await self.store.settled(page.account_id, page.bulk_id)
        if record is None or record.confirmed_at is None:
            return BulkProgress(is_over=True)
        begun = [] if record.stopped_at else await self.store.begin(record.bulk_id, _PAGE)
        failures = [each for each in await some_at_once(lambda one: self._one(record, one), begun, _AT_ONCE) if each]
        if begun and len(failures) == len(begun):
            raise failures[0]
        if not begun:
            await self.store.end(record.bulk_id)
        return BulkProgress(counts=await self.store.outcomes(record.bulk_id), is_over=not begun)

    async def _one(self, record: BulkRecord, frozen: FrozenDocument) -> RetryLaterError | None:
        """Do one document, and keep its result; return why it has to be tried again, if it has."""
        try:
            result = await self.acts.perform(record, frozen)
        except RetryLaterError as error:
            if not error.is_storable:
                raise
            since = frozen.failing_since
            if since is None or self.now() - since < GIVEN_UP_AFTER:
                await self.store.put_off(record.bulk_id, frozen.place, error.in_full)
                return error
            result = BulkResult(outcome=BulkOutcome.FAILED, words=error.in_full)
        except XerosyncError as error:
            result = BulkResult(outcome=BulkOutcome.REFUSED, words=error.in_full)
        except Exception as error:  # noqa: BLE001 - a fault of ours at one document does not end the act
            result = BulkResult(outcome=BulkOutcome.FAILED, words=UnexpectedError(error).in_full)
        await self.store.conclude(record.bulk_id, frozen.place, result)
        return None
