"""What was there before the connection, and so is a backfill's matter; all else that nobody signalled is new.

Sequence tells of invoices when they were created, of credit notes not even that, and of neither when it became final.
So the first comparison of an account keeps which documents were final or sent before anybody could have signalled
them. A later one that is not among them, or was final then and is sent now, came since.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from xerosync.core.documents import ISSUED, Document, DocumentFilter, DocumentStatus, Kind
from xerosync.documents.ports import Links


@dataclass(frozen=True, slots=True)
class EarlierDocuments:
    """The documents of an account that were issued before `since` (UTC), when it was connected first.

    `is_first`: the account was never compared, so they are kept now.
    """

    links: Links
    account_id: str
    since: datetime
    is_first: bool

    async def new_among(
        self, kind: Kind, unknown: Sequence[Document], unreadable: Sequence[str], only: DocumentFilter
    ) -> Collection[str]:
        """Return the ids of those documents on a page of a list that came since; the store knows none of them."""
        issued = {each.id: each for each in unknown if each.status in ISSUED}
        new = {each.id for each in issued.values() if self._is_surely_new(each, only)}
        if not (only.status is DocumentStatus.FINAL or only.sent_after):
            return new  # of what is sent and not paid the first comparison does not read all
        doubtful = {each: issued[each].status for each in issued.keys() - new}
        earlier = await self.links.earlier(self.account_id, kind, [*doubtful])
        if self.is_first:
            kept = {each: status for each, status in doubtful.items() if each not in earlier}
            # One that can't be read now may be readable on another day, and is no newer for that.
            kept |= dict.fromkeys(unreadable, only.status or DocumentStatus.SENT)
            await self.links.keep_earlier(self.account_id, kind, kept)
            earlier = {**kept, **earlier}
        return new | {each for each, status in doubtful.items() if earlier.get(each) is not status}

    async def are_all(self, kind: Kind, documents: Sequence[Document]) -> bool:
        """Whether all these were there before the connection."""
        return len(await self.links.earlier(self.account_id, kind, [each.id for each in documents])) == len(documents)

    def _is_surely_new(self, document: Document, only: DocumentFilter) -> bool:
        """Whether it was created or issued since, or is on a list of what was sent since."""
        if only.sent_after and only.sent_after > self.since.date():
            return True
        is_created_since = document.created_at is not None and document.created_at >= self.since
        return is_created_since or (document.issue_date is not None and document.issue_date >= self.since.date())
