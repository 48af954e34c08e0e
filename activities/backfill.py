"""The activities of a backfill."""

from dataclasses import dataclass

from temporalio import activity

from xerosync.backfill.messages import BackfillPage, BackfillPageInput, BackfillStartInput
from xerosync.backfill.pages import BackfillPages


@dataclass(frozen=True)
class BackfillActivities:
    """Activities of a backfill."""

    pages: BackfillPages

    @activity.defn
    async def read_page(self, asked: BackfillPageInput) -> BackfillPage:
        """Read a page of Sequence's documents and decide on each."""
        return await self.pages.read(asked)

    @activity.defn
    async def start_syncs(self, found: BackfillStartInput) -> None:
        """Make sure that each of these documents has a workflow."""
        await self.pages.start(found)
