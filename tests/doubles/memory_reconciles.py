"""Reconciles in memory, for tests: what `PostgresReconciles` does, without a database."""

from collections.abc import Iterable, Sequence

from xerosync.core.documents import Kind
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult

_Place = tuple[Kind, str]


class MemoryReconciles:
    """Findings of reconciles."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], dict[_Place, tuple[Finding, bool]]] = {}
        self._ended: dict[str, tuple[str, ReconcileResult]] = {}

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind, or begin it again: what the run found of it before is dropped."""
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
