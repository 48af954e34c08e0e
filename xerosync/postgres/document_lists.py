"""Lists of an account's documents, by filter. The console reads them; nothing decides by them."""

from collections.abc import Sequence

from xerosync.documents.link import DocumentLink
from xerosync.documents.selection import ListPlace, Selection
from xerosync.postgres.database import QUERIES, Database
from xerosync.postgres.document_rows import link_of
from xerosync.postgres.records import Count


class PostgresDocumentLists:
    """Reads pages of documents. Every method raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, account_id: str, selection: Selection, *, after: ListPlace | None = None, limit: int = 50
    ) -> Sequence[DocumentLink]:
        """Return the first links behind a place, alarms first, then the last changed."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(
                QUERIES.documents.chosen,
                account_id=account_id,
                **_filters(selection),
                after_alarm=after.is_alarm if after else None,
                after_changed=after.changed_at if after else None,
                after_kind=after.kind.value if after else None,
                after_document=after.document_id if after else None,
                limit=limit,
            )
        return [link_of(row) for row in rows]

    async def count(self, account_id: str, selection: Selection, at_most: int) -> int:
        """Count the documents of a selection, `at_most` of them."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            counted: int = await session.value(
                QUERIES.documents.chosen_count, account_id=account_id, **_filters(selection), at_most=at_most
            )
            return counted

    async def counts_of_customer(self, account_id: str, customer_id: str) -> Sequence[Count]:
        """Count the documents of a customer by state and hold in force; what has none is left out."""
        rows = await self._database.rows(QUERIES.customers.documents, account_id=account_id, customer_id=customer_id)
        return [Count(**row) for row in rows]


def _filters(selection: Selection) -> dict[str, object]:
    """Return the filters as the queries take them. Words hold letters and digits alone, so they are safe to join."""
    return {
        "state": selection.state,
        "hold": selection.hold,
        "kind": selection.kind,
        "customer_id": selection.customer_id,
        "search": " & ".join(f"{word}:*" for word in selection.words) or None,
        "alarm": selection.alarm,
        "drift": selection.drift,
        "ignored": selection.ignored,
    }
