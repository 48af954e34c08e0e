"""Temporal as hints reach it, recorded."""

from collections import Counter

from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError
from xerosync.core.temporal import TemporalUnavailableError


class RecordedSignals:
    """Temporal, which may be down. The document `poison` breaks whatever signals it."""

    def __init__(self) -> None:
        self.is_down = False
        self.given: Counter[tuple[str, str]] = Counter()
        self.numbers: dict[str, str | None] = {}

    async def document(self, ref: DocumentRef, signal: str, number: str | None) -> None:
        self.numbers[ref.document_id] = number
        if ref.document_id == "poison":
            raise ValueError("poison")
        self._take(ref.document_id, signal)

    async def customer(self, account_id: str, customer_id: str) -> None:
        self._take(f"{account_id} {customer_id}", "customer")

    async def sweep(self, account_id: str) -> None:
        if account_id == "unswept":
            raise MisconfiguredError
        self._take(account_id, "sweep")

    async def sweep_announced(self, account_id: str) -> None:
        self._take(account_id, "urgent sweep")

    def _take(self, subject: str, what: str) -> None:
        if self.is_down:
            raise TemporalUnavailableError
        self.given[subject, what] += 1
