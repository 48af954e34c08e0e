"""The store in PostgreSQL. Every method is one transaction, and raises StoreUnavailableError while it is down."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic_core import from_json, to_json

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection, ConnectionStatus, DefaultSetting
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import MissingError
from xerosync.core.holds import HoldReason
from xerosync.customers.customer import CustomerLink
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.documents.timeline import Timeline, TimelineEntry, entries
from xerosync.postgres.database import QUERIES, Database, Row
from xerosync.postgres.document_lists import filter_of
from xerosync.postgres.document_rows import key_of, link_of, ref_of, row_of, storable
from xerosync.postgres.owed import PostgresOwed
from xerosync.postgres.records import Count
from xerosync.postgres.timeline import rows_of, timeline_of


class PostgresStore(PostgresOwed):
    """Connections, links of customers and documents, cursors of sweeps. `MemoryStore` behaves the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def connection(self, account_id: str) -> Connection | None:
        """Return an account's connection."""
        row = await self._database.row(QUERIES.connections.get, account_id=account_id)
        return _connection(row) if row else None

    async def connections(self) -> Sequence[Connection]:
        """Return all connections by account id."""
        return [_connection(row) for row in await self._database.rows(QUERIES.connections.list)]

    async def save_connection(self, connection: Connection) -> None:
        """Write an account's connection.

        With another organisation than before its sweeps start afresh, and the links of its customers, which name
        that one's contacts, are forgotten.
        """
        account_id, tenant_id = connection.account_id, connection.tenant_id
        async with self._database.transaction() as session:
            await session.run(QUERIES.cursors.forget, account_id=account_id, tenant_id=tenant_id)
            await session.run(QUERIES.sweep_spacings.forget, account_id=account_id, tenant_id=tenant_id)
            await session.run(QUERIES.customers.forget, account_id=account_id, tenant_id=tenant_id)
            await session.run(QUERIES.connections.save, **connection.model_dump())
            await session.run(QUERIES.organisations.save, tenant_id=tenant_id, name=connection.organisation_name)

    async def organisation_names(self) -> Mapping[str, str]:
        """Return the names of all organisations that an account is or was connected to, by tenant id."""
        return {row["tenant_id"]: row["name"] for row in await self._database.rows(QUERIES.organisations.list)}

    async def set_defaults(
        self,
        account_id: str,
        *,
        default_ledger_account: str | None = None,
        exempt_tax_type: str | None = None,
        sweep_interval: timedelta | None = None,
        push_new_customers: bool | None = None,
        report_payments: bool | None = None,
        allocate_credit_notes: bool | None = None,
    ) -> Connection:
        """Set what a connection assumes; None leaves it as it is. Raises MissingError without a connection."""
        row = await self._database.row(
            QUERIES.connections.set_defaults,
            account_id=account_id,
            default_ledger_account=default_ledger_account,
            exempt_tax_type=exempt_tax_type,
            sweep_interval=sweep_interval,
            push_new_customers=push_new_customers,
            report_payments=report_payments,
            allocate_credit_notes=allocate_credit_notes,
        )
        return _connection(_found(row, account_id))

    async def unset_defaults(self, account_id: str, names: Collection[DefaultSetting]) -> Connection:
        """Take back what was set for a connection. Raises MissingError without a connection."""
        row = await self._database.row(
            QUERIES.connections.unset_defaults, account_id=account_id, names=[name.value for name in names]
        )
        return _connection(_found(row, account_id))

    async def mark_connection(self, account_id: str, status: ConnectionStatus) -> Connection:
        """Note whether Xero lets the account in. Raises MissingError without a connection."""
        row = await self._database.row(QUERIES.connections.set_status, account_id=account_id, status=status.value)
        return _connection(_found(row, account_id))

    async def mark_disconnected(self, account_id: str, *, since: datetime) -> None:
        """Note that Xero did not let the account in, unless somebody connected it again since (UTC)."""
        await self._database.run(QUERIES.connections.lost, account_id=account_id, since=since)

    async def chart(self, account_id: str) -> Chart | None:
        """Return what is kept of the account's organisation."""
        row = await self._database.row(QUERIES.charts.get, account_id=account_id)
        if row is None:
            return None
        lists = {name: from_json(row[name]) for name in ("accounts", "tax_rates")}
        return Chart.model_validate({**dict(row), **lists})

    async def save_chart(self, account_id: str, chart: Chart) -> None:
        """Keep what was read of the account's organisation, in place of what was kept before."""
        lists = {name: to_json(getattr(chart, name)).decode() for name in ("accounts", "tax_rates")}
        await self._database.run(
            QUERIES.charts.save,
            account_id=account_id,
            tenant_id=chart.tenant_id,
            currencies=list(chart.currencies),
            read_at=chart.read_at,
            **lists,
        )

    async def contact_of(self, account_id: str, customer_id: str) -> str | None:
        """Return the ContactID a customer is linked to."""
        contact_id: str | None = await self._database.value(
            QUERIES.customers.contact, account_id=account_id, customer_id=customer_id
        )
        return contact_id

    async def link_customer(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> None:
        """Link a customer to a contact, in place of the one it had. A name of None keeps the one that is there."""
        await self._database.run(
            QUERIES.customers.link,
            account_id=account_id,
            customer_id=customer_id,
            contact_id=contact_id,
            customer_name=customer_name,
        )

    async def unlink_customer(self, account_id: str, customer_id: str, contact_id: str | None = None) -> None:
        """Forget a customer's link, if it has one; where a contact is named, the link to that one alone."""
        await self._database.run(
            QUERIES.customers.unlink, account_id=account_id, customer_id=customer_id, contact_id=contact_id
        )

    async def customer_links(self, account_id: str | None = None) -> Sequence[CustomerLink]:
        """Return the links of customers by account and customer id: of one account or of all."""
        rows = await self._database.rows(QUERIES.customers.list, account_id=account_id)
        return [CustomerLink(**row) for row in rows]

    async def document(self, ref: DocumentRef) -> DocumentLink:
        """Return what is known of a document; an empty link where nothing is."""
        row = await self._database.row(QUERIES.documents.get, **key_of(ref))
        return link_of(row) if row else DocumentLink(ref=ref)

    async def documents_of(self, refs: Sequence[DocumentRef]) -> Sequence[DocumentLink]:
        """Return what is known of each of these documents, in their order; an empty link where nothing is."""
        keys = [key_of(ref) for ref in refs]
        columns = {f"{name}s": [key[name] for key in keys] for name in ("account_id", "kind", "document_id")}
        known = {ref_of(row): link_of(row) for row in await self._database.rows(QUERIES.documents.of, **columns)}
        return [known.get(ref) or DocumentLink(ref=ref) for ref in refs]

    async def change(
        self,
        ref: DocumentRef,
        change: Callable[[DocumentLink], DocumentLink],
        *,
        if_unchanged: TimelineEntry | None = None,
    ) -> DocumentLink:
        """Apply a pure change to a document's link and return the link after it.

        What it means is added to the timeline of the document with it; of one that changes nothing, `if_unchanged`.
        Where somebody else changes the link meanwhile, the change is applied again, to theirs.

        Raises:
            XeroDocumentTakenError: the link would claim a Xero document that another one has; nothing is changed.
        """
        key = key_of(ref)
        while True:
            row = await self._database.row(QUERIES.documents.get, **key)
            before = link_of(row) if row else DocumentLink(ref=ref)
            after = storable(change(before))
            if after == before:
                if if_unchanged:
                    await self.add_entry(ref, if_unchanged)
                return before
            added = rows_of(entries(before, after))
            changed_at = await self._database.value(
                QUERIES.documents.write, **row_of(after), entries=added, revision=row["revision"] if row else 0
            )
            if changed_at is not None:
                return after.model_copy(update={"updated_at": changed_at})

    async def add_entry(self, ref: DocumentRef, entry: TimelineEntry) -> None:
        """Add to a document's timeline what changes nothing by itself: an attempt, or what a person asked for."""
        await self._database.run(QUERIES.timeline.add, **key_of(ref), entries=rows_of([entry]))

    async def timeline(self, ref: DocumentRef, limit: int = 50) -> Timeline:
        """Return the last entries of a document's timeline."""
        rows = await self._database.rows(QUERIES.timeline.list, **key_of(ref), limit=limit)
        purged_at = await self._database.value(QUERIES.timeline.purged_at, **key_of(ref))
        return timeline_of(rows, purged_at)

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
        chosen = Selection(state=state, hold=hold, customer_id=customer_id, drift=drifting, ignored=bool(ignored))
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(
                QUERIES.documents.list,
                account_id=account_id,
                filter=filter_of(chosen),
                is_ignored=ignored,
                limit=limit,
                offset=offset,
            )
        return [link_of(row) for row in rows]

    async def documents_by_number(self, number: str, account_id: str | None = None) -> Sequence[DocumentLink]:
        """Return the links of documents with that number, whatever its case, by account: in one account or in all."""
        rows = await self._database.rows(QUERIES.documents.numbered, number=number, account_id=account_id)
        return [link_of(row) for row in rows]

    async def documents_by_id(self, kind: Kind, document_id: str) -> Sequence[DocumentLink]:
        """Return the links of a document that is named without its account, by account: one, hardly ever several."""
        rows = await self._database.rows(QUERIES.documents.by_id, kind=kind.value, document_id=document_id)
        return [link_of(row) for row in rows]

    async def document_links(
        self, account_id: str, kind: Kind, document_ids: Sequence[str]
    ) -> Mapping[str, DocumentLink]:
        """Return what is known of some documents, by id; an empty link where nothing is."""
        rows = await self._database.rows(
            QUERIES.documents.links, account_id=account_id, kind=kind.value, document_ids=list(document_ids)
        )
        known = {row["document_id"]: link_of(row) for row in rows}
        refs = (DocumentRef(account_id=account_id, kind=kind, document_id=each) for each in document_ids)
        return {ref.document_id: known.get(ref.document_id) or DocumentLink(ref=ref) for ref in refs}

    async def claims(self, tenant_id: str, kind: Kind, xero_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return, by Xero id, the account and the document whose link names a document of an organisation."""
        rows = await self._database.rows(
            QUERIES.documents.claims, tenant_id=tenant_id, kind=kind.value, xero_ids=list(xero_ids)
        )
        return {row["xero_id"]: (row["account_id"], row["document_id"]) for row in rows}

    async def contacts_of(self, account_id: str, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by customer id, the ContactIDs that some customers are linked to."""
        rows = await self._database.rows(
            QUERIES.customers.contacts, account_id=account_id, customer_ids=list(customer_ids)
        )
        return {row["customer_id"]: row["contact_id"] for row in rows}

    async def held_by(
        self, account_id: str, reason: HoldReason, customer_id: str | None = None
    ) -> Sequence[DocumentRef]:
        """Name the documents that a hold keeps, the oldest first: those of one customer or of all."""
        rows = await self._database.rows(
            QUERIES.documents.held, account_id=account_id, reason=reason, customer_id=customer_id
        )
        return [ref_of(row) for row in rows]

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
        rows = await self._database.rows(
            QUERIES.documents.held_page,
            reason=reason,
            account_id=account_id,
            customer_id=customer_id,
            after_account=after.account_id if after else "",
            after_kind=after.kind if after else "",
            after_document=after.document_id if after else "",
            limit=limit,
        )
        return [ref_of(row) for row in rows]

    async def counts(self, account_id: str | None = None) -> Sequence[Count]:
        """Count documents by state and hold in force, of one account or of all; what has none is left out."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(QUERIES.documents.tally, account_id=account_id)
        return [Count(**row) for row in rows]

    async def documents_bound(self, account_id: str, tenant_id: str) -> int:
        """Count the account's documents that are, or may be, in the books of an organisation."""
        bound: int = await self._database.value(QUERIES.documents.bound, account_id=account_id, tenant_id=tenant_id)
        return bound

    async def open_kinds(self, account_id: str) -> Sequence[Kind]:
        """Return the kinds of which a document is in the account's organisation and neither settled nor voided."""
        rows = await self._database.rows(QUERIES.documents.open_kinds, account_id=account_id)
        return [Kind(row["kind"]) for row in rows]

    async def in_xero(self, account_id: str, xero_ids: Sequence[str]) -> Sequence[DocumentLink]:
        """Return the links of those ids of the account's organisation that are not voided, settled ones among them."""
        rows = await self._database.rows(QUERIES.documents.in_xero, account_id=account_id, xero_ids=list(xero_ids))
        return [link_of(row) for row in rows]

    async def origins_owed(self, account_id: str, at_most: int) -> Sequence[DocumentLink]:
        """Return the links of credit notes in the account's organisation whose way back is owed, the oldest first."""
        rows = await self._database.rows(QUERIES.documents.origins_owed, account_id=account_id, at_most=at_most)
        return [link_of(row) for row in rows]

    async def waiting(self, account_id: str, kind: Kind, *, after: str, limit: int) -> Sequence[DocumentLink]:
        """Return links of a kind that are neither settled nor voided, by id (code points): those behind an id."""
        rows = await self._database.rows(
            QUERIES.documents.waiting, account_id=account_id, kind=kind.value, after=after, limit=limit
        )
        return [link_of(row) for row in rows]

    async def waiting_by_status(self, account_id: str, kind: Kind) -> Mapping[DocumentStatus, int]:
        """Count the links of a kind that are neither settled nor voided, by their status in Sequence."""
        rows = await self._database.rows(QUERIES.documents.waiting_by_status, account_id=account_id, kind=kind.value)
        return {DocumentStatus(row["sequence_status"]): row["documents"] for row in rows}

    async def holds_due(self, account_id: str, now: datetime, limit: int) -> Sequence[DocumentLink]:
        """Return links whose hold is due for another try at an instant (UTC), the longest due first."""
        rows = await self._database.rows(QUERIES.documents.holds_due, account_id=account_id, now=now, limit=limit)
        return [link_of(row) for row in rows]

    async def sequence_cursor(self, account_id: str) -> SequenceCursor | None:
        """Return how far the comparison with Sequence has come; None: it was never made."""
        row = await self._database.row(QUERIES.sequence_cursors.get, account_id=account_id)
        return SequenceCursor(since=row["since"], at=row["compared_at"], asked_at=row["asked_at"]) if row else None

    async def move_sequence_cursor(self, account_id: str, to: SequenceCursor) -> None:
        """Remember how far it has come; `since` stays as it was first. What was asked for until `asked_at` is done."""
        await self._database.run(
            QUERIES.sequence_cursors.move,
            account_id=account_id,
            since=to.since,
            compared_at=to.at,
            asked_at=to.asked_at,
        )

    async def ask_comparison(self, account_id: str) -> None:
        """Have the next sweep compare with Sequence, however late the last comparison was made."""
        await self._database.run(QUERIES.sequence_cursors.ask, account_id=account_id)

    async def keep_earlier(self, account_id: str, kind: Kind, documents: Mapping[str, DocumentStatus]) -> None:
        """Keep which documents of Sequence were issued before the connection; what was kept of one before stays."""
        if documents:
            await self._database.run(
                QUERIES.earlier_documents.keep,
                account_id=account_id,
                kind=kind.value,
                document_ids=list(documents),
                statuses=[status.value for status in documents.values()],
            )

    async def earlier(self, account_id: str, kind: Kind, document_ids: Sequence[str]) -> Mapping[str, DocumentStatus]:
        """Return those of some documents that were issued before the connection, with their status at that time."""
        rows = await self._database.rows(
            QUERIES.earlier_documents.among, account_id=account_id, kind=kind.value, document_ids=list(document_ids)
        )
        return {row["document_id"]: DocumentStatus(row["status"]) for row in rows}

    async def sweep_cursor(self, account_id: str, kind: Kind) -> datetime | None:
        """Return up to when Xero's changes of that kind were read (UTC)."""
        read_until: datetime | None = await self._database.value(QUERIES.cursors.get, account_id=account_id, kind=kind)
        return read_until

    async def move_sweep_cursor(self, account_id: str, kind: Kind, to: datetime) -> None:
        """Remember up to when Xero's changes of that kind were read (UTC)."""
        await self._database.run(QUERIES.cursors.move, account_id=account_id, kind=kind, read_until=to)


def _connection(row: Row) -> Connection:
    return Connection.model_validate(dict(row))


def _found(row: Row | None, account_id: str) -> Row:
    if row is None:
        raise MissingError(f"The account {account_id} has no connection.")
    return row
