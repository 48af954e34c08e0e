"""The activities of a backfill, and of its preview."""

from dataclasses import dataclass

from temporalio import activity

from xerosync.backfill.messages import (
    BackfillPage,
    BackfillPageInput,
    BackfillStartInput,
    PreviewPage,
    PreviewPageInput,
)
from xerosync.backfill.pages import BackfillPages
from xerosync.backfill.previewing import BackfillPreview


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


@dataclass(frozen=True)
class BackfillPreviewActivities:
    """Activities of a preview of a backfill."""

    preview: BackfillPreview

    @activity.defn
    async def preview_page(self, asked: PreviewPageInput) -> PreviewPage:
        """Read a page of Sequence's documents, and keep what would become of each."""
        return await self.preview.page(asked)
