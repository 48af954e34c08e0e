"""The activity of a bulk act."""

from dataclasses import dataclass

from temporalio import activity

from xerosync.bulk.messages import BulkInput, BulkProgress
from xerosync.bulk.performing import BulkPages


@dataclass(frozen=True)
class BulkActivities:
    """Activities of a bulk act."""

    pages: BulkPages

    @activity.defn
    async def perform_page(self, page: BulkInput) -> BulkProgress:
        """Do the next documents of a bulk act."""
        return await self.pages.perform(page)
