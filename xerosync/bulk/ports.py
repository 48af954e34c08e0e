"""What a bulk act needs of others."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from xerosync.bulk.messages import BulkOutcome, BulkRecord, BulkResult, FrozenDocument


class BulkStore(Protocol):
    """Where bulk acts are kept. Raises RetryLaterError while the database is down."""

    async def settled(self, account_id: str, bulk_id: str) -> BulkRecord | None:
        """Return a bulk act once nobody is confirming it at this moment; None where there is none."""
        ...

    async def begin(self, bulk_id: str, limit: int) -> Sequence[FrozenDocument]:
        """Mark the next documents as begun, those that fail last; return them as they were before."""
        ...

    async def conclude(self, bulk_id: str, place: int, result: BulkResult) -> None:
        """Keep what became of a document that was begun; what came first counts."""
        ...

    async def put_off(self, bulk_id: str, place: int, words: str) -> None:
        """Keep that a document failed and is to be tried again after the others."""
        ...

    async def outcomes(self, bulk_id: str) -> Mapping[BulkOutcome, int]:
        """Count the documents by outcome."""
        ...

    async def end(self, bulk_id: str) -> None:
        """Keep that the act is over; what had not its turn was stopped."""
        ...


class DocumentActs(Protocol):
    """Does one act to one document, under the name of whoever confirmed it."""

    async def perform(self, record: BulkRecord, frozen: FrozenDocument) -> BulkResult:
        """Do it, unless the document does not stand any more as it did when the list was frozen.

        Raises:
            RetryLaterError: somebody does not answer: it may be tried again.
        """
        ...
