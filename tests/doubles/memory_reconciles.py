"""Reconciles in memory, for tests: what `PostgresReconciles` does, without a database."""

from collections.abc import Collection, Iterable, Sequence

from xerosync.core.documents import Kind
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult
from xerosync.reconcile.pairs import XeroSummary
from xerosync.reconcile.ports import Listing

_Place = tuple[Kind, str]


class MemoryReconciles:
    """Findings and listings of reconciles."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], dict[_Place, tuple[Finding, bool]]] = {}
        self._ended: dict[str, tuple[str, ReconcileResult]] = {}
        self._listed: dict[Listing, dict[str, XeroSummary]] = {}

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind, or begin it again: what the run found of it before is dropped."""
        await self.forget_listed(account_id, but=run_id)
        ended = self._ended.get(account_id)
        kept = {(account_id, run_id), (account_id, ended[0] if ended else run_id)}
        self._runs = {run: rows for run, rows in self._runs.items() if run[0] != account_id or run in kept}
        rows = self._runs.setdefault((account_id, run_id), {})
        self._runs[account_id, run_id] = {place: row for place, row in rows.items() if place[0] is not kind}

    async def keep(self, account_id: str, run_id: str, findings: Iterable[Finding], *, uncertain: bool) -> None:
        """Write findings in place of those about the same; `uncertain` ones must be checked again."""
        self._runs[account_id, run_id].update({(each.kind, each.subject): (each, uncertain) for each in findings})

    async def replace(
        self, account_id: str, run_id: str, before: Finding, after: Finding | None, *, uncertain: bool = False
    ) -> None:
        """Write a finding in place of another; None: drop it."""
        self._runs[account_id, run_id].pop((before.kind, before.subject), None)
        if after:
            await self.keep(account_id, run_id, [after], uncertain=uncertain)

    async def findings(self, account_id: str, run_id: str, *, uncertain: bool = False) -> Sequence[Finding]:
        """Return the findings of a run: all, or only the uncertain ones."""
        rows = self._runs.get((account_id, run_id), {})
        return [rows[place][0] for place in sorted(rows) if rows[place][1] or not uncertain]

    async def end(self, account_id: str, run_id: str, result: ReconcileResult) -> None:
        """Make this the account's last run; those before it are dropped."""
        self._ended[account_id] = (run_id, result)
        self._runs = {run: rows for run, rows in self._runs.items() if run[0] != account_id or run[1] == run_id}

    async def last(self, account_id: str) -> tuple[str, ReconcileResult] | None:
        """Return the id and the counts of the run that ended last."""
        return self._ended.get(account_id)

    async def keep_listed(self, listing: Listing, found: Collection[XeroSummary]) -> None:
        """Keep what was listed; of a document that is listed twice the last one counts."""
        self._listed.setdefault(listing, {}).update({each.xero_id: each for each in found})

    async def count_listed(self, listing: Listing) -> int:
        """Count what is there."""
        return len(self._listed.get(listing, ()))

    async def listed(
        self, listing: Listing, xero_ids: Collection[str], document_ids: Collection[str], numbers: Collection[str]
    ) -> Sequence[XeroSummary]:
        """Return what may be any of some documents of Sequence: by Xero's id, by link, by address or by number."""
        keys = {each.casefold() for each in numbers}

        def may_be(each: XeroSummary) -> bool:
            is_numbered = each.document_id is None and each.number.casefold() in keys
            return each.xero_id in xero_ids or bool({each.document_id, each.origin} & {*document_ids}) or is_numbered

        return [each for each in self._listed.get(listing, {}).values() if may_be(each)]

    async def take_listed(self, listing: Listing, xero_ids: Collection[str]) -> None:
        """Drop what a document of Sequence took."""
        for each in xero_ids:
            self._listed.get(listing, {}).pop(each, None)

    async def rest_listed(self, listing: Listing, after: str, limit: int) -> Sequence[XeroSummary]:
        """Return a page of what is left, by Xero's id, behind one of these."""
        left = self._listed.get(listing, {})
        return [left[each] for each in sorted(left) if each > after][:limit]

    async def forget_listed(self, account_id: str, *, but: str = "") -> None:
        """Drop all that an account's runs left, but what one run did."""
        self._listed = {it: left for it, left in self._listed.items() if it[0] != account_id or it[1] == but}
