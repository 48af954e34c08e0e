"""Which documents wait, are held or owe a note, kept with every change, so that no query looks at all documents."""

from collections import defaultdict
from collections.abc import Iterable

from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.documents.lifecycle import current_hold, sync_state
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState

_CLOSED = frozenset({SyncState.SETTLED, SyncState.VOIDED})

_Links = defaultdict[str, dict[DocumentRef, DocumentLink]]


class DocumentIndex:
    """Links by account; each list begins with what has been on it longest."""

    def __init__(self) -> None:
        self._waiting, self._origin_owed = _Links(dict), _Links(dict)
        self._held: defaultdict[str, dict[DocumentRef, tuple[DocumentLink, HoldReason]]] = defaultdict(dict)

    def put(self, link: DocumentLink) -> None:
        """Put a link where it belongs, in the place of what it was before."""
        known, account_id = link.known, link.ref.account_id
        hold = current_hold(known)
        if hold:
            self._held[account_id][link.ref] = link, hold.reason
        else:
            self._held[account_id].pop(link.ref, None)
        for links, belongs in (
            (self._waiting, sync_state(known) not in _CLOSED),
            (self._origin_owed, link.origin_owed and link.xero is not None),
        ):
            if belongs:
                links[account_id][link.ref] = link
            else:
                links[account_id].pop(link.ref, None)

    def waiting(self, account_id: str) -> Iterable[DocumentLink]:
        """Return what is neither settled nor voided."""
        return self._waiting[account_id].values()

    def held(self, account_id: str) -> Iterable[tuple[DocumentLink, HoldReason]]:
        """Return what a hold keeps, and why."""
        return self._held[account_id].values()

    def origin_owed(self, account_id: str) -> Iterable[DocumentLink]:
        """Return what is in Xero without the note that leads back to Sequence."""
        return self._origin_owed[account_id].values()
