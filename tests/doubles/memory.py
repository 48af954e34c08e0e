"""The store in memory, for tests and for moving time: what `PostgresStore` does, without a database."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.doubles.document_index import DocumentIndex
from tests.doubles.memory_connections import MemoryConnections
from tests.doubles.memory_owed import MemoryOwed
from tests.doubles.memory_timelines import MemoryTimelines
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.customers.customer import CustomerLink
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.documents.timeline import Timeline, TimelineEntry, entries
from xerosync.postgres.document_rows import row_of, storable
from xerosync.postgres.errors import XeroDocumentTakenError
from xerosync.postgres.records import Count

_BACKED_UP = (
    "_owed",
    "_connections",
    "_customers",
    "_documents",
    "_cursors",
    "_sequence_cursors",
    "_earlier",
    "_charts",
)

_Claim = tuple[str, Kind, str]
"""Account, kind and Xero id: of these a document has at most one, and no two documents the same."""


class MemoryStore(MemoryOwed, MemoryConnections):
    """Connections, links of customers and documents, cursors of sweeps, as `PostgresStore` keeps them.

    No method gives way to another task half-way, so each is one transaction. `now` stamps changes (UTC).
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__()
        self._now = now
        self._customers: dict[tuple[str, str], CustomerLink] = {}
        self._documents: dict[DocumentRef, DocumentLink] = {}
        self._index = DocumentIndex()
        self._claims: dict[_Claim, DocumentRef] = {}
        self._cursors: dict[tuple[str, Kind], datetime] = {}
        self._sequence_cursors: dict[str, SequenceCursor] = {}
        self._earlier: dict[tuple[str, Kind, str], DocumentStatus] = {}
        self._timelines = MemoryTimelines(now)

    async def contact_of(self, account_id: str, customer_id: str) -> str | None:
        """Return the ContactID a customer is linked to."""
        link = self._customers.get((account_id, customer_id))
        return link.contact_id if link else None

    async def link_customer(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> None:
        """Link a customer to a contact, in place of the one it had. A name of None keeps the one that is there."""
        before = self._customers.get((account_id, customer_id))
        if customer_name is None and before:
            customer_name = before.customer_name
        self._customers[account_id, customer_id] = CustomerLink(
            account_id=account_id,
            customer_id=customer_id,
            contact_id=contact_id,
            customer_name=customer_name,
            linked_at=self._now(),
        )

    async def unlink_customer(self, account_id: str, customer_id: str, contact_id: str | None = None) -> None:
        """Forget a customer's link, if it has one; where a contact is named, the link to that one alone."""
        known = self._customers.get((account_id, customer_id))
        if known and contact_id in (None, known.contact_id):
            del self._customers[account_id, customer_id]

    async def customer_links(self, account_id: str | None = None) -> Sequence[CustomerLink]:
        """Return the links of customers by account and customer id: of one account or of all."""
        return [link for key, link in sorted(self._customers.items()) if account_id in (None, key[0])]

    def backup(self) -> Mapping[str, Any]:
        """Return all that is kept now, but for timelines."""
        return {name: dict(getattr(self, name)) for name in _BACKED_UP}

    def restore(self, backup: Mapping[str, Any]) -> frozenset[DocumentRef]:
        """Be again as a backup was; return the documents that changed since."""
        before = self._documents
        for name, kept in backup.items():
            setattr(self, name, dict(kept))
        self._index, self._claims = DocumentIndex(), {}
        for ref, link in self._documents.items():
            self._index.put(link)
            if claimed := _claim(link):
                self._claims[claimed] = ref
        return frozenset(ref for ref, link in before.items() if self._documents.get(ref) != link)

    async def document(self, ref: DocumentRef) -> DocumentLink:
        """Return what is known of a document; an empty link where nothing is."""
        return self.kept(ref)

    async def documents_of(self, refs: Sequence[DocumentRef]) -> Sequence[DocumentLink]:
        """Return what is known of each of these documents, in their order; an empty link where nothing is."""
        return [self.kept(ref) for ref in refs]

    def kept(self, ref: DocumentRef) -> DocumentLink:
        """Return the same at once."""
        return self._documents.get(ref) or DocumentLink(ref=ref)

    async def change(
        self,
        ref: DocumentRef,
        change: Callable[[DocumentLink], DocumentLink],
        *,
        if_unchanged: TimelineEntry | None = None,
    ) -> DocumentLink:
        """Apply a pure change to a document's link and return the link after it.

        What it tells is added to the document's timeline with it; of one that changes nothing, `if_unchanged`.

        Raises:
            XeroDocumentTakenError: the link would claim a Xero document that another one has; nothing is changed.
        """
        before = self.kept(ref)
        after = storable(change(before))
        if after == before:
            self._timelines.add(ref, [if_unchanged] if if_unchanged else [])
            return after
        row_of(after)
        claimed, claimed_before = _claim(after), _claim(before)
        if claimed and self._claims.get(claimed, ref) != ref:
            raise XeroDocumentTakenError
        if claimed_before:
            del self._claims[claimed_before]
        if claimed:
            self._claims[claimed] = ref
        self._documents[ref] = after.model_copy(update={"updated_at": self._now()})
        self._index.put(self._documents[ref])
        self._timelines.add(ref, entries(before, after))
        return self._documents[ref]

    async def add_entry(self, ref: DocumentRef, entry: TimelineEntry) -> None:
        """Add to a document's timeline what changes nothing by itself: an attempt, or what a person asked for."""
        self._timelines.add(ref, [entry])

    async def timeline(self, ref: DocumentRef, limit: int = 50) -> Timeline:
        """Return the last entries of a document's timeline."""
        return self._timelines.timeline(ref, limit)

    def written(self, account_id: str, since: datetime, until: datetime) -> Iterable[tuple[str, datetime]]:
        """Yield, by Xero id, when we last wrote a document in Xero within a time (UTC), as the timelines tell it."""
        for link in self._of_account(account_id):
            if link.xero and link.updated_at and link.updated_at >= since:
                wrote = self._timelines.written(link.ref, since, until)
                if wrote:
                    yield link.xero.xero_id, wrote

    async def documents(
        self,
        account_id: str | None = None,
        state: SyncState | None = None,
        hold: HoldReason | None = None,
        customer_id: str | None = None,
        *,
        ignored: bool | None = None,
        drifting: bool = False,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[DocumentLink]:
        """Return links, alarms first, then the last changed.

        `hold` is the reason of the hold in force. With `drifting` only those whose totals differ.
        """
        links = [
            link
            for link in sorted(self._of_account(account_id), key=_by_place, reverse=True)
            if state in (None, link.state)
            and hold in (None, _held_by(link))
            and customer_id in (None, link.customer_id)
            and ignored in (None, link.ignored is not None)
            and (link.drift is not None or not drifting)
        ]
        return links[offset : offset + limit]

    async def documents_by_number(self, number: str, account_id: str | None = None) -> Sequence[DocumentLink]:
        """Return the links of documents with that number, whatever its case, by account: in one account or in all."""
        found = [link for link in self._of_account(account_id) if link.number and link.number.lower() == number.lower()]
        return sorted(found, key=lambda link: _place(link.ref))

    async def documents_by_id(self, kind: Kind, document_id: str) -> Sequence[DocumentLink]:
        """Return the links of a document that is named without its account, by account: one, hardly ever several."""
        wanted = (kind, document_id)
        links = (link for ref, link in self._documents.items() if (ref.kind, ref.document_id) == wanted)
        return sorted(links, key=lambda link: link.ref.account_id)

    async def held_by(
        self, account_id: str, reason: HoldReason, customer_id: str | None = None
    ) -> Sequence[DocumentRef]:
        """Name the documents that a hold keeps, the oldest first: those of one customer or of all."""
        return [
            link.ref
            for link, why in self._index.held(account_id)
            if why is reason and customer_id in (None, link.customer_id)
        ]

    async def held_page(
        self,
        reason: HoldReason,
        account_id: str | None = None,
        customer_id: str | None = None,
        *,
        after: DocumentRef | None = None,
        limit: int = 500,
    ) -> Sequence[DocumentRef]:
        """Name some of the documents that a hold keeps, by account, kind and id: those behind `after`."""
        held = sorted(
            (
                link.ref
                for link in self._of_account(account_id)
                if _held_by(link) is reason and customer_id in (None, link.customer_id)
            ),
            key=_place,
        )
        return [ref for ref in held if after is None or _place(ref) > _place(after)][:limit]

    async def counts(self, account_id: str | None = None) -> Sequence[Count]:
        """Count documents by state and hold in force, of one account or of all; what has none is left out."""
        links = list(self._of_account(account_id))
        counts = Counter(_counted(link) for link in links)
        alarms = Counter(_counted(link) for link in links if link.is_alarm(utc_now()))
        drifting = Counter(_counted(link) for link in links if link.drift)
        return [
            Count(
                state=state,
                hold=HoldReason(hold) if hold else None,
                ignored=ignored,
                documents=documents,
                alarms=alarms[state, hold, ignored],
                drifting=drifting[state, hold, ignored],
            )
            for (state, hold, ignored), documents in sorted(counts.items())
        ]

    async def documents_bound(self, account_id: str, tenant_id: str) -> int:
        """Count the account's documents that are, or may be, in the books of an organisation."""
        return sum(
            link.tenant_id == tenant_id and bool(link.xero or link.intent) for link in self._of_account(account_id)
        )

    async def document_links(
        self, account_id: str, kind: Kind, document_ids: Sequence[str]
    ) -> Mapping[str, DocumentLink]:
        """Return what is known of some documents, by id; an empty link where nothing is."""
        refs = (DocumentRef(account_id=account_id, kind=kind, document_id=each) for each in document_ids)
        return {ref.document_id: await self.document(ref) for ref in refs}

    async def claims(self, tenant_id: str, kind: Kind, xero_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return, by Xero id, the account and the document whose link names a document of an organisation."""
        accounts = [each.account_id for each in await self.connections() if each.tenant_id == tenant_id]
        return {
            link.xero.xero_id: (link.ref.account_id, link.ref.document_id)
            for account_id in accounts
            for link in self._of_account(account_id)
            if link.xero and link.ref.kind is kind and link.xero.xero_id in xero_ids
        }

    async def contacts_of(self, account_id: str, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by customer id, the ContactIDs that some customers are linked to."""
        links = await self.customer_links(account_id)
        return {link.customer_id: link.contact_id for link in links if link.customer_id in customer_ids}

    async def open_kinds(self, account_id: str) -> Sequence[Kind]:
        """Return the kinds of which a document is in the account's organisation and neither settled nor voided."""
        return [kind for kind in Kind if any(link.ref.kind is kind for link in self._open_here(account_id))]

    async def in_xero(self, account_id: str, xero_ids: Sequence[str]) -> Sequence[DocumentLink]:
        """Return the links of those ids of the account's organisation that are not voided, settled ones among them."""
        refs = (self._claims.get((account_id, kind, xero_id)) for kind in Kind for xero_id in xero_ids)
        links = [self._documents[ref] for ref in refs if ref]
        return [link for link in self._here(account_id, links) if link.state is not SyncState.VOIDED]

    async def origins_owed(self, account_id: str, at_most: int) -> Sequence[DocumentLink]:
        """Return the links of credit notes in the account's organisation whose way back is owed, the oldest first."""
        owed = self._here(account_id, self._index.origin_owed(account_id))
        return [link for link in owed if link.state is not SyncState.VOIDED][:at_most]

    async def waiting(self, account_id: str, kind: Kind, *, after: str, limit: int) -> Sequence[DocumentLink]:
        """Return links of a kind that are neither settled nor voided, by id (code points): those behind an id."""
        waiting = (link for link in self._waiting(account_id, kind) if link.ref.document_id > after)
        return sorted(waiting, key=lambda link: link.ref.document_id)[:limit]

    async def waiting_by_status(self, account_id: str, kind: Kind) -> Mapping[DocumentStatus, int]:
        """Count the links of a kind that are neither settled nor voided, by their status in Sequence."""
        return Counter(link.sequence.status for link in self._waiting(account_id, kind) if link.sequence)

    async def holds_due(self, account_id: str, now: datetime, limit: int) -> Sequence[DocumentLink]:
        """Return links whose hold is due for another try at an instant (UTC), the longest due first."""
        due = (
            (link.next_try_at, _place(link.ref), link)
            for link, _ in self._index.held(account_id)
            if link.next_try_at and link.next_try_at <= now
        )
        return [link for *_, link in sorted(due, key=lambda each: each[:2])[:limit]]

    async def sequence_cursor(self, account_id: str) -> SequenceCursor | None:
        """Return how far the comparison with Sequence has come; None: it was never made."""
        return self._sequence_cursors.get(account_id)

    async def move_sequence_cursor(self, account_id: str, to: SequenceCursor) -> None:
        """Remember how far it has come; `since` stays as it was first. What was asked for until `asked_at` is done."""
        before = self._sequence_cursors.get(account_id)
        asked_at = before.asked_at if before else None
        is_done = asked_at is None or (to.asked_at is not None and asked_at <= to.asked_at)
        since = before.since if before else to.since
        self._sequence_cursors[account_id] = SequenceCursor(
            since=since, at=to.at, asked_at=None if is_done else asked_at
        )

    async def ask_comparison(self, account_id: str) -> None:
        """Have the next sweep compare with Sequence, however late the last comparison was made."""
        if before := self._sequence_cursors.get(account_id):
            self._sequence_cursors[account_id] = before.model_copy(update={"asked_at": utc_now()})

    async def keep_earlier(self, account_id: str, kind: Kind, documents: Mapping[str, DocumentStatus]) -> None:
        """Keep which documents of Sequence were issued before the connection; what was kept of one before stays."""
        for document_id, status in documents.items():
            self._earlier.setdefault((account_id, kind, document_id), status)

    async def earlier(self, account_id: str, kind: Kind, document_ids: Sequence[str]) -> Mapping[str, DocumentStatus]:
        """Return those of some documents that were issued before the connection, with their status at that time."""
        kept = {each: self._earlier.get((account_id, kind, each)) for each in document_ids}
        return {each: status for each, status in kept.items() if status}

    async def sweep_cursor(self, account_id: str, kind: Kind) -> datetime | None:
        """Return up to when Xero's changes of that kind were read (UTC)."""
        return self._cursors.get((account_id, kind))

    async def move_sweep_cursor(self, account_id: str, kind: Kind, to: datetime) -> None:
        """Remember up to when Xero's changes of that kind were read (UTC)."""
        self._cursors[account_id, kind] = to

    def _waiting(self, account_id: str, kind: Kind) -> Iterable[DocumentLink]:
        return (link for link in self._index.waiting(account_id) if link.ref.kind is kind)

    def _open_here(self, account_id: str) -> Iterable[DocumentLink]:
        return (link for link in self._here(account_id, self._index.waiting(account_id)) if link.xero)

    def _here(self, account_id: str, links: Iterable[DocumentLink]) -> Iterable[DocumentLink]:
        connection = self._connections.get(account_id)
        here = (None, connection.tenant_id if connection else None)
        return (link for link in links if link.tenant_id in here)

    def _of_account(self, account_id: str | None) -> Iterable[DocumentLink]:
        return (link for ref, link in self._documents.items() if account_id in (None, ref.account_id))


def _claim(link: DocumentLink) -> _Claim | None:
    return (link.ref.account_id, link.ref.kind, link.xero.xero_id) if link.xero else None


def _place(ref: DocumentRef) -> tuple[str, str, str]:
    return ref.account_id, ref.kind, ref.document_id


def _counted(link: DocumentLink) -> tuple[SyncState, str, bool]:
    return link.state, _held_by(link) or "", link.ignored is not None


def _by_place(link: DocumentLink) -> tuple[bool, datetime]:
    assert link.updated_at is not None, "stamped on every change"
    return link.is_sent_but_3000, link.updated_at


def _held_by(link: DocumentLink) -> HoldReason | None:
    hold = link.current_hold
    return hold.reason if hold else None
