"""What a reconcile needs of the world outside, as small Protocols."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentPage, DocumentRef, Kind
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import XeroView
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult


class Lists(Protocol):
    """Sequence. Raises RetryLaterError while it does not answer."""

    async def page(self, kind: Kind, account_id: str, after: str | None = None) -> DocumentPage:
        """Return a page of all documents of a kind, the oldest first, from a page's `after` on."""
        ...

    async def document(self, ref: DocumentRef) -> Document:
        """Return a document without its lines. Raises MissingError where there is none."""
        ...


class Ledger(Protocol):
    """Xero. Raises RetryLaterError while it does not answer, HoldError where it does not let us in."""

    def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        """Return pages of the documents that Xero stamped since; all of them without."""
        ...

    async def find(self, connection: Connection, kind: Kind, number: str) -> XeroDocument | None:
        """Look a document up by its number, many to a call."""
        ...

    async def get(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        """Return a document by its id. Raises MissingError where there is none."""
        ...

    def origin(self, found: XeroDocument) -> str | None:
        """Return the id of the document in Sequence that a document's address leads to."""
        ...


class Connections(Protocol):
    """What the store knows of connections."""

    async def connection(self, account_id: str) -> Connection | None:
        """Return the account's connection."""
        ...

    async def mark_disconnected(self, account_id: str, *, since: datetime) -> None:
        """Note that Xero did not let the account in, unless somebody connected it again since (UTC)."""
        ...


class Findings(Protocol):
    """Where findings are kept, and links read many at a time."""

    async def links(self, account_id: str, kind: Kind, document_ids: Sequence[str]) -> Mapping[str, DocumentLink]:
        """Return what is known of some documents, by id; an empty link where nothing is."""
        ...

    async def contacts(self, account_id: str, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by customer id, the ContactIDs that some customers are linked to."""
        ...

    async def claims(self, tenant_id: str, kind: Kind, xero_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Tell, by Xero id, which account and document claim some of an organisation's documents."""
        ...

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind: what the run found of it before is dropped."""
        ...

    async def keep(self, account_id: str, run_id: str, findings: Iterable[Finding], *, doubtful: bool) -> None:
        """Write findings; `doubtful` ones are to be looked at again."""
        ...

    async def replace(
        self, account_id: str, run_id: str, before: Finding, after: Finding | None, *, doubtful: bool = False
    ) -> None:
        """Write what came of a finding; None: there is none any more."""
        ...

    async def findings(self, account_id: str, run_id: str, *, doubtful: bool = False) -> Sequence[Finding]:
        """Return what a run found: all of it, or what is to be looked at again."""
        ...

    async def end(self, account_id: str, run_id: str, result: ReconcileResult) -> None:
        """Make this the account's last run."""
        ...


class ReconcileSignals(Protocol):
    """The document workflows."""

    async def signal(self, ref: DocumentRef, name: str, payload: XeroView | None = None) -> None:
        """Signal a document's workflow, starting it where none runs."""
        ...
