"""A bulk act on 100,000 documents, as the console asks for it and a worker performs it, without what each one costs.

Memory is Python's own, at its highest while all pages were performed.
"""

import time
import tracemalloc
from datetime import datetime

import asyncpg

from benchmarks.figures import Figure
from xerosync.bulk.messages import BulkAct, BulkInput, BulkOutcome, BulkRecord, BulkResult, FrozenDocument
from xerosync.bulk.performing import BulkPages
from xerosync.documents.selection import Selection
from xerosync.postgres import Database, PostgresBulkActs

_SECONDS, _MS, _MEBIBYTES = 20, 150, 32
_MEBIBYTE = 2**20


class _Nothing:
    """Acts on no document."""

    async def perform(self, record: BulkRecord, frozen: FrozenDocument) -> BulkResult:
        del record, frozen
        return BulkResult(outcome=BulkOutcome.DONE)


async def bulk_figures(account_id: str, database: Database, watcher: asyncpg.Connection) -> list[Figure]:
    """Freeze all documents of an account, and perform an act on them that does nothing."""
    acts = PostgresBulkActs(database)
    began = time.perf_counter()
    record = await acts.freeze(account_id, Selection(), BulkAct.RESYNC, "", "Ada")
    frozen = time.perf_counter() - began
    async with acts.confirming(account_id, record.bulk_id, "Ada"):
        pass
    await watcher.execute("ANALYZE bulk_documents")
    pages, asked = BulkPages(acts, _Nothing()), BulkInput(account_id=account_id, bulk_id=record.bulk_id)
    tracemalloc.start()
    began = time.perf_counter()
    while not (await pages.perform(asked)).is_over:
        pass
    performed = time.perf_counter() - began
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.perf_counter()
    await acts.documents(account_id, record.bulk_id, outcome=BulkOutcome.DONE, after=record.documents // 2, limit=101)
    counts = await acts.outcomes(record.bulk_id)
    page = time.perf_counter() - began
    ended: datetime | None = (await acts.get(account_id, record.bulk_id)).ended_at
    assert ended
    assert counts == {BulkOutcome.DONE: record.documents}
    return [
        Figure(f"freeze {record.documents:,} documents", frozen, "s", at_most=_SECONDS),
        Figure("a document of a bulk act, besides the act itself", 1000 * performed / record.documents, "ms"),
        Figure("a page of its results, with the counts", 1000 * page, "ms", at_most=_MS),
        Figure("memory while it is performed", most / _MEBIBYTE, "MiB", at_most=_MEBIBYTES),
    ]
