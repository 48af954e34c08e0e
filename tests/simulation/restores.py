"""A store that is restored to a backup while both companies moved on, and the reconcile that is to be done then."""

import asyncio
from collections.abc import Callable

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.simulation.scheduler import SeededLoop
from tests.simulation.server import Server
from tests.simulation.witness import Witness
from xerosync.core.temporal import RECONCILE
from xerosync.reconcile.messages import ReconcileInput


class Restores:
    """Restores the store of one account, and lets the witness know what that forgot and what a reconcile names."""

    def __init__(self, loop: SeededLoop, server: Server, store: MemoryStore, witness: Witness, account_id: str) -> None:
        self._loop, self._server, self._store, self._witness = loop, server, store, witness
        self._account_id = account_id
        self._reconciling: asyncio.Task[None] | None = None
        self.reconciles = MemoryReconciles()

    def back_up(self, until: float, start_anew: Callable[[], None]) -> None:
        """Keep what the store has now, and restore it so many seconds later; the worker then starts anew."""
        backup = self._store.backup()

        def restore() -> None:
            self._witness.forgotten = self._store.restore(backup)
            start_anew()
            self._reconciling = self._loop.create_task(self.reconcile(fix=True))

        self._loop.call_later(until, restore)

    async def reconcile(self, *, fix: bool = False) -> None:
        """Reconcile both sides, and wait for its end."""
        workflow_id = f"reconcile/{self._account_id}"
        self._server.start(workflow_id, RECONCILE, ReconcileInput(account_id=self._account_id, fix=fix))
        while workflow_id in self._server.open:
            await asyncio.sleep(1)
        if last := await self.reconciles.last(self._account_id):
            findings = await self.reconciles.findings(self._account_id, last[0])
            self._witness.named = frozenset(each.document_id for each in findings)
