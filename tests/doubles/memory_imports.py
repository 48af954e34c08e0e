"""Imports of customers in memory, for tests: what `PostgresImports` does, without a database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.doubles.memory import MemoryStore
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow, alias_of
from xerosync.customers.matching import Keys, KnownCustomer
from xerosync.customers.names import name_key, tax_key
from xerosync.documents.awaiting_customer import PushHeld


class MemoryImports:
    """What imports and pushes of customers keep, beside the links in a `MemoryStore`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._reports: dict[str, dict[str, tuple[str, ImportRow]]] = {}
        self._known: dict[str, tuple[str, dict[str, KnownCustomer]]] = {}
        self._intents: dict[tuple[str, str], datetime] = {}
        self._push_holds: dict[tuple[str, str], PushHeld] = {}

    async def begin(self, account_id: str, import_id: str, *, is_whole: bool = True) -> None:
        """Begin an import, or go on with it: the directory of any other one of the account is dropped.

        So is the report, where this import is a whole one; chosen contacts alone replace their own rows.
        """
        if self._known.get(account_id, ("", {}))[0] != import_id:
            self._known[account_id] = (import_id, {})
        if is_whole:
            report = self._reports.get(account_id, {})
            self._reports[account_id] = {key: kept for key, kept in report.items() if kept[0] == import_id}

    async def keep_known(self, account_id: str, import_id: str, customers: Sequence[KnownCustomer]) -> None:
        """Write customers into the directory. E-mail addresses that were read stay where none are given."""
        _, known = self._known.setdefault(account_id, (import_id, {}))
        for customer in customers:
            before = known.get(customer.customer_id)
            emails = customer.emails if customer.emails is not None or before is None else before.emails
            known[customer.customer_id] = customer.model_copy(update={"emails": emails})

    async def unread(self, account_id: str) -> Sequence[str]:
        """Name the customers of the directory that are not linked and whose e-mail addresses were not read."""
        known = self._known.get(account_id, ("", {}))[1]
        linked = {link.customer_id for link in await self._store.customer_links(account_id)}
        return sorted(key for key, customer in known.items() if customer.emails is None and key not in linked)

    async def like(self, account_id: str, contacts: Sequence[XeroContact]) -> Sequence[KnownCustomer]:
        """Return the customers of the directory that share something with any of these contacts."""
        keys, known = Keys.of(contacts), self._known.get(account_id, ("", {}))[1]
        linked = {link.customer_id for link in await self._store.customer_links(account_id)}
        return [
            customer.model_copy(update={"is_linked": customer_id in linked})
            for customer_id, customer in sorted(known.items())
            if _fit(keys, customer)
        ]

    async def keep(self, account_id: str, import_id: str, rows: Sequence[ImportRow]) -> None:
        """Write rows of the report, in place of those their contacts had."""
        self._reports.setdefault(account_id, {}).update({row.contact_id: (import_id, row) for row in rows})

    async def keep_linked(self, account_id: str, import_id: str, rows: Sequence[ImportRow]) -> None:
        """Link the customers of rows to their contacts, write the rows, and forget the intents: all or nothing."""
        for row in rows:
            assert row.customer_id is not None, "only linked rows come here"
            await self._store.link_customer(account_id, row.customer_id, row.contact_id, row.name)
        await self.keep(account_id, import_id, rows)
        await self.forget_intents(account_id, [alias_of(row.contact_id) for row in rows])

    async def rows(
        self, account_id: str, import_id: str | None = None, contact_ids: Sequence[str] | None = None
    ) -> Sequence[ImportRow]:
        """Return an account's report, or what `import_id` brought to it; by name."""
        report = self._reports.get(account_id, {}).values()
        wanted = [row for of, row in report if import_id in (None, of)]
        named = [row for row in wanted if contact_ids is None or row.contact_id in contact_ids]
        return sorted(named, key=lambda row: (row.name.lower(), row.contact_id))

    async def tally(self, account_id: str, import_id: str) -> Mapping[ImportOutcome, int]:
        """Count the contacts of an import by what became of them."""
        return Counter(row.outcome for row in await self.rows(account_id, import_id))

    async def customers_of(self, account_id: str, contact_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by ContactID, the customer that a contact is linked to; of several one."""
        links = sorted(
            await self._store.customer_links(account_id), key=lambda link: (link.linked_at, link.customer_id)
        )
        return {link.contact_id: link.customer_id for link in reversed(links) if link.contact_id in contact_ids}

    async def waited_for(self, account_id: str) -> Sequence[DocumentRef]:
        """Name the documents held for want of a link whose customer has one by now."""
        return [
            ref
            for link in await self._store.customer_links(account_id)
            for ref in await self._store.held_by(account_id, HoldReason.CUSTOMER_UNLINKED, link.customer_id)
        ]

    async def intend(self, account_id: str, subjects: Sequence[str], at: datetime) -> frozenset[str]:
        """Note, before it is asked for, that these are about to be created (UTC); return those not noted before."""
        noted = frozenset(subject for subject in subjects if (account_id, subject) not in self._intents)
        self._intents.update({(account_id, subject): at for subject in noted})
        return noted

    async def intents(self, account_id: str, subjects: Sequence[str]) -> Mapping[str, datetime]:
        """Return since when (UTC) which of these may or may not have been created."""
        return {
            subject: at
            for (account, subject), at in self._intents.items()
            if account == account_id and subject in subjects
        }

    async def withdraw(self, account_id: str, intents: Mapping[str, datetime]) -> None:
        """Forget intents, unless they were made anew since: what was intended was certainly not created."""
        for subject, at in intents.items():
            if self._intents.get((account_id, subject)) == at:
                del self._intents[account_id, subject]

    async def forget_intents(self, account_id: str, subjects: Sequence[str]) -> None:
        """Forget intents whatever their instant: the links of what was intended are stored."""
        for subject in subjects:
            self._intents.pop((account_id, subject), None)

    async def keep_push_hold(self, account_id: str, customer_id: str, held: PushHeld) -> None:
        """Note why the push of a customer waits, in place of what was noted before."""
        self._push_holds[account_id, customer_id] = held.model_copy(
            update={"words": held.words.replace("\x00", "\ufffd")}
        )

    async def push_hold(self, account_id: str, customer_id: str) -> PushHeld | None:
        """Return why the push of a customer waits, if it does."""
        return self._push_holds.get((account_id, customer_id))

    async def forget_push_hold(self, account_id: str, customer_id: str) -> None:
        """Forget why the push of a customer waited."""
        self._push_holds.pop((account_id, customer_id), None)


def _fit(keys: Keys, customer: KnownCustomer) -> bool:
    """Whether a customer shares any of the keys."""
    return (
        name_key(customer.name) in keys.name_keys
        or tax_key(customer.tax_number or "") in keys.tax_keys
        or not set(keys.email_keys).isdisjoint(customer.email_keys)
        or customer.contact_id in keys.contact_ids
        or customer.customer_id in keys.customer_ids
    )
