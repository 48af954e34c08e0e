"""The activities of a document over doubles, both lanes alike. What a test leaves out does nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from activities.documents import DocumentActivities
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.chart_check import Charts
from xerosync.documents.ports import Billing, Books
from xerosync.documents.steps import LaneClients


class NoPushes:
    """Pushes no customer."""

    async def changed(self, account_id: str, customer_id: str) -> None:
        """Do nothing."""


class NoLinksInSequence:
    """A Sequence that shows no link of any customer."""

    async def take_over(self, connection: Connection, customer_id: str) -> str | None:
        """Return None."""
        del connection, customer_id


class UnreadChart:
    """An organisation whose chart of accounts can't be read: it is Xero that takes or refuses a ledger account."""

    async def chart(self, connection: Connection) -> Any:
        """Raise."""
        raise RetryLaterError(f"Xero does not show the chart of accounts of {connection.account_id}.")


def unread_charts(store: MemoryStore) -> Charts:
    """Return a check that leaves ledger accounts and currencies to Xero."""
    organisations: Any = UnreadChart()
    return Charts(organisations, store)


def document_activities(
    billing: Billing,
    books: Books,
    store: MemoryStore,
    *,
    charts: Charts | None = None,
    now: Callable[[], datetime] = utc_now,
) -> DocumentActivities:
    """Return the activities of documents."""
    clients = LaneClients(billing, books, NoLinksInSequence())
    return DocumentActivities(
        live=clients,
        bulk=clients,
        links=store,
        charts=charts or unread_charts(store),
        new_customers=NewCustomers(MemoryImports(store), NoPushes(), now),
        now=now,
    )
