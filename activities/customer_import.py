"""The activities of an import of customers."""

from dataclasses import dataclass

from temporalio import activity

from xerosync.customers.importing import CustomerImport
from xerosync.customers.messages import ImportOpenInput, ImportOpenResult, ImportPageInput, ImportPageResult


@dataclass(frozen=True)
class ImportActivities:
    """Activities of an import."""

    importing: CustomerImport

    @activity.defn
    async def open_import(self, opened: ImportOpenInput) -> ImportOpenResult:
        """Store which customers Sequence has, to compare contacts with."""
        return await self.importing.open(opened)

    @activity.defn
    async def import_page(self, page: ImportPageInput) -> ImportPageResult:
        """Import a page of contacts, or chosen ones; a preview only judges them."""
        return await self.importing.page(page)
