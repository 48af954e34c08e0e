"""Imports of customers in PostgreSQL: the report, the directory of known customers, and intents to create."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.text import without_lost_characters
from xerosync.core.xero_records import XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow, alias_of
from xerosync.customers.customer import CustomerLink
from xerosync.customers.matching import Keys, KnownCustomer
from xerosync.customers.names import email_key, name_key, tax_key
from xerosync.documents.awaiting_customer import PushHeld
from xerosync.postgres.database import QUERIES, Database, Row
from xerosync.postgres.document_rows import ref_of


class PostgresImports:
    """What imports and pushes of customers keep. `MemoryImports` behaves the same.

    Every method is one transaction, and raises StoreUnavailableError while the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, account_id: str, import_id: str, *, is_whole: bool = True) -> None:
        """Begin an import, or go on with it: the directory of any other one of the account is dropped.

        So is the report, where this import is a whole one; chosen contacts alone replace their own rows.
        """
        await self._database.run(QUERIES.imports.begin, account_id=account_id, import_id=import_id, is_whole=is_whole)

    async def keep_known(self, account_id: str, import_id: str, customers: Sequence[KnownCustomer]) -> None:
        """Write customers into the directory. E-mail addresses that were read stay where none are given."""
        rows = _json([_known_row(customer) for customer in customers])
        await self._database.run(
            QUERIES.known_customers.keep, account_id=account_id, import_id=import_id, customers=rows
        )

    async def unread(self, account_id: str) -> Sequence[str]:
        """Name the customers of the directory that are not linked and whose e-mail addresses were not read."""
        return [
            row["customer_id"]
            for row in await self._database.rows(QUERIES.known_customers.unread, account_id=account_id)
        ]

    async def like(self, account_id: str, contacts: Sequence[XeroContact]) -> Sequence[KnownCustomer]:
        """Return the customers of the directory that share something with any of these contacts."""
        rows = await self._database.rows(
            QUERIES.known_customers.similar, account_id=account_id, **Keys.of(contacts)._asdict()
        )
        return [KnownCustomer(**row) for row in rows]

    async def keep(self, account_id: str, import_id: str, rows: Sequence[ImportRow]) -> None:
        """Write rows of the report, in place of those their contacts had."""
        await self._database.run(QUERIES.imports.keep, account_id=account_id, import_id=import_id, rows=_json(rows))

    async def keep_linked(self, account_id: str, import_id: str, rows: Sequence[ImportRow]) -> None:
        """Link the customers of rows to their contacts, write the rows, and forget the intents: all or nothing."""
        given = _json(rows)
        subjects = [alias_of(row.contact_id) for row in rows]
        async with self._database.transaction() as session:
            await session.run(QUERIES.imports.link, account_id=account_id, rows=given)
            await session.run(QUERIES.imports.keep, account_id=account_id, import_id=import_id, rows=given)
            await session.run(QUERIES.customer_intents.forget, account_id=account_id, subjects=subjects)

    async def rows(
        self, account_id: str, import_id: str | None = None, contact_ids: Sequence[str] | None = None
    ) -> Sequence[ImportRow]:
        """Return an account's report, or what `import_id` brought to it; by name."""
        wanted = list(contact_ids) if contact_ids is not None else None
        found = await self._database.rows(QUERIES.imports.list, account_id=account_id, contact_ids=wanted)
        return [_import_row(row) for row in found if import_id in (None, row["import_id"])]

    async def outcomes(self, account_id: str) -> Mapping[ImportOutcome, int]:
        """Count an account's report by what became of the contacts."""
        rows = await self._database.rows(QUERIES.imports.outcomes, account_id=account_id)
        return {ImportOutcome(row["outcome"]): row["contacts"] for row in rows}

    async def part(
        self, account_id: str, counts: Mapping[ImportOutcome, int], *, skip: int, limit: int
    ) -> Sequence[ImportRow]:
        """Return a part of an account's report: of the outcomes that were counted, in their order, each by name."""
        found: list[ImportRow] = []
        for outcome, count in counts.items():
            left = limit - len(found)
            if left and skip < count:
                rows = await self._database.rows(
                    QUERIES.imports.part, account_id=account_id, outcome=outcome.value, skip=skip, limit=left
                )
                found += [_import_row(row) for row in rows]
            skip = max(0, skip - count)
        return found

    async def tally(self, account_id: str, import_id: str) -> Mapping[ImportOutcome, int]:
        """Count the contacts of an import by what became of them."""
        rows = await self._database.rows(QUERIES.imports.tally, account_id=account_id, import_id=import_id)
        return {ImportOutcome(row["outcome"]): row["contacts"] for row in rows}

    async def customers_of(self, account_id: str, contact_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by ContactID, the customer that a contact is linked to; of several one."""
        rows = await self._database.rows(
            QUERIES.customers.of_contacts, account_id=account_id, contact_ids=list(contact_ids)
        )
        return {row["contact_id"]: row["customer_id"] for row in rows}

    async def link(self, account_id: str, customer_id: str) -> CustomerLink | None:
        """Return the link of a customer, if it has one."""
        row = await self._database.row(QUERIES.customers.get, account_id=account_id, customer_id=customer_id)
        return CustomerLink(**row) if row else None

    async def waited_for(self, account_id: str) -> Sequence[DocumentRef]:
        """Name the documents held for want of a link whose customer has one by now."""
        rows = await self._database.rows(
            QUERIES.customers.waited_for, account_id=account_id, reason=HoldReason.CUSTOMER_UNLINKED
        )
        return [ref_of(row) for row in rows]

    async def intend(self, account_id: str, subjects: Sequence[str], at: datetime) -> frozenset[str]:
        """Note, before it is asked for, that these are about to be created (UTC); return those not noted before."""
        rows = await self._database.rows(
            QUERIES.customer_intents.add, account_id=account_id, subjects=list(subjects), at=at
        )
        return frozenset(row["subject"] for row in rows)

    async def intents(self, account_id: str, subjects: Sequence[str]) -> Mapping[str, datetime]:
        """Return since when (UTC) which of these may or may not have been created."""
        rows = await self._database.rows(QUERIES.customer_intents.list, account_id=account_id, subjects=list(subjects))
        return {row["subject"]: row["at"] for row in rows}

    async def withdraw(self, account_id: str, intents: Mapping[str, datetime]) -> None:
        """Forget intents, unless they were made anew since: what was intended was certainly not created."""
        await self._database.run(
            QUERIES.customer_intents.withdraw,
            account_id=account_id,
            subjects=list(intents),
            instants=list(intents.values()),
        )

    async def forget_intents(self, account_id: str, subjects: Sequence[str]) -> None:
        """Forget intents whatever their instant: the links of what was intended are stored."""
        await self._database.run(QUERIES.customer_intents.forget, account_id=account_id, subjects=list(subjects))

    async def keep_push_hold(self, account_id: str, customer_id: str, held: PushHeld) -> None:
        """Note why the push of a customer waits, in place of what was noted before."""
        await self._database.run(
            QUERIES.push_holds.keep,
            account_id=account_id,
            customer_id=customer_id,
            words=held.words.replace("\x00", "\ufffd"),
            at=held.at,
        )

    async def push_hold(self, account_id: str, customer_id: str) -> PushHeld | None:
        """Return why the push of a customer waits, if it does."""
        row = await self._database.row(QUERIES.push_holds.get, account_id=account_id, customer_id=customer_id)
        return PushHeld(words=row["words"], at=row["at"]) if row else None

    async def push_holds(self, account_id: str) -> Mapping[str, PushHeld]:
        """Return, by customer, why pushes of an account wait."""
        rows = await self._database.rows(QUERIES.push_holds.list, account_id=account_id)
        return {row["customer_id"]: PushHeld(words=row["words"], at=row["at"]) for row in rows}

    async def forget_push_hold(self, account_id: str, customer_id: str) -> None:
        """Forget why the push of a customer waited."""
        await self._database.run(QUERIES.push_holds.forget, account_id=account_id, customer_id=customer_id)


def _known_row(customer: KnownCustomer) -> dict[str, Any]:
    emails = customer.emails
    return {
        "customer_id": customer.customer_id,
        "name": customer.name,
        "name_key": name_key(customer.name),
        "tax_number": customer.tax_number,
        "tax_key": tax_key(customer.tax_number or "") or None,
        "emails": emails,
        "email_keys": [email_key(email) for email in emails] if emails is not None else None,
        "contact_id": customer.contact_id,
    }


def _json(rows: object) -> str:
    return without_lost_characters(to_json(rows)).decode()


def _import_row(row: Row) -> ImportRow:
    return ImportRow(
        contact_id=row["contact_id"],
        name=row["name"],
        email=row["email"],
        outcome=ImportOutcome(row["outcome"]),
        reasons=tuple(row["reasons"]),
        customer_id=row["customer_id"],
    )
