"""What a backfill would make of one document that it would start."""

from dataclasses import dataclass

from xerosync.backfill.report import BackfillRow, expected
from xerosync.core.documents import Document
from xerosync.operations.preview import look_ahead
from xerosync.services import Services


@dataclass(frozen=True)
class BackfillLookAhead:
    """Looks ahead in the bulk lane. Xero is not asked."""

    services: Services

    async def __call__(self, document: Document) -> BackfillRow:
        """Return what would become of a document that was just read. Raises like Sequence's reads."""
        ahead = await look_ahead(self.services, document, self.services.bulk_billing)
        return expected(document, [(each.reason, each.words or each.matter) for each in ahead.refusals])
