"""What a reconcile keeps in the store. Sequence, Xero and links come through the ports of `documents`."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from xerosync.core.documents import Kind
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult
from xerosync.reconcile.pairs import XeroSummary


class Findings(Protocol):
    """Findings by run. Raises RetryLaterError while the database is down."""

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind: what the run found of it before is dropped."""
        ...

    async def keep(self, account_id: str, run_id: str, findings: Iterable[Finding], *, uncertain: bool) -> None:
        """Write findings; `uncertain` ones must be checked again."""
        ...

    async def replace(
        self, account_id: str, run_id: str, before: Finding, after: Finding | None, *, uncertain: bool = False
    ) -> None:
        """Write a finding in place of another; None: drop it."""
        ...

    async def findings(self, account_id: str, run_id: str, *, uncertain: bool = False) -> Sequence[Finding]:
        """Return the findings of a run: all, or only the uncertain ones."""
        ...

    async def end(self, account_id: str, run_id: str, result: ReconcileResult) -> None:
        """Make this the account's last run."""
        ...


class Listing(NamedTuple):
    """One reading of all that Xero lists of a kind, by one attempt of a run; `listing_id` is unique."""

    account_id: str
    run_id: str
    listing_id: str


class ListedInXero(Protocol):
    """What Xero listed, until a document of Sequence takes it. Raises RetryLaterError while the database is down."""

    async def keep_listed(self, listing: Listing, found: Collection[XeroSummary]) -> None:
        """Keep what was listed; of a document that is listed twice the last one counts."""
        ...

    async def count_listed(self, listing: Listing) -> int:
        """Count what is there."""
        ...

    async def listed(
        self, listing: Listing, xero_ids: Collection[str], document_ids: Collection[str], numbers: Collection[str]
    ) -> Sequence[XeroSummary]:
        """Return what may be any of some documents of Sequence.

        That has one of these ids in Xero, is claimed by a link of these documents or leads to them, or has one of these
        numbers, in any case, while no link claims it.
        """
        ...

    async def take_listed(self, listing: Listing, xero_ids: Collection[str]) -> None:
        """Drop what a document of Sequence took."""
        ...

    async def rest_listed(self, listing: Listing, after: str, limit: int) -> Sequence[XeroSummary]:
        """Return a page of what is left, by Xero's id, behind one of these."""
        ...

    async def forget_listed(self, account_id: str) -> None:
        """Drop all that an account's runs left."""
        ...


class ReconcileStore(Findings, ListedInXero, Protocol):
    """All that a reconcile keeps."""
