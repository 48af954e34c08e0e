"""The whole of a stand-in Xero: its organisations and everything they hold, in memory.

One thread, one event loop: a handler that does not await between its checks and its `put` is a transaction.
"""

import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from standins.clock import Clock
from standins.faults import Faults
from standins.journal import Journal
from standins.origins import Targets
from standins.xero.chart import ACCOUNTS, CLASS_OF_TYPE, TAX_RATES
from standins.xero.dates import milliseconds
from standins.xero.errors import ForbiddenError
from standins.xero.identity import IdentityState
from standins.xero.limits import Limits
from standins.xero.model import (
    CREDIT_NOTE,
    INVOICE,
    Account,
    Allocation,
    Attachment,
    Contact,
    Document,
    HistoryRecord,
    Item,
    Kind,
    Payment,
    TaxRate,
    Term,
)
from standins.xero.registers import ContactRegister, DocumentRegister, Ordered
from standins.xero.webhooks import Webhooks


@dataclass(slots=True, kw_only=True)
class Settings:
    """What may be switched on an organisation. The first five stand for behaviour that Xero does not publish.

    `credit_note_numbers_unique`: a CreditNoteNumber in use is refused. `zero_total_is_paid`: an approved document of
    0.00 becomes PAID at once. `credit_note_due_dates`: a credit note keeps the DueDate it is sent. `sent_is_stamped`:
    marking an unpaid document as sent moves UpdatedDateUTC (a part-paid one never is). `shuffled_answers`: a batch
    with summarizeErrors=false answers in another order. `approvals_left`: how many sales invoices the plan still
    approves, None for no end. `approval_gives`: the status of a new document that an app asks to approve; DRAFT or
    SUBMITTED where the connected user may not approve, and then nothing that exists is approved through the API.
    """

    credit_note_numbers_unique: bool = True
    zero_total_is_paid: bool = True
    credit_note_due_dates: bool = True
    sent_is_stamped: bool = True
    shuffled_answers: bool = True
    approvals_left: int | None = None
    batch_limit: int = 50
    approval_gives: Literal["AUTHORISED", "SUBMITTED", "DRAFT"] = "AUTHORISED"


@dataclass(slots=True, kw_only=True)
class Profile:
    """Who the organisation is; what GET /Organisation answers."""

    id: str
    name: str
    short_code: str
    base_currency: str
    currencies: list[str]
    created: int
    branding_theme_id: str
    country: str = "GB"
    version: str = "UK"
    time_zone: str = "Europe/London"
    is_demo: bool = False
    plan: str = "PREMIUM"
    tax_number: str | None = None
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    sales_terms: Term | None = None
    bills_terms: Term | None = None
    settings: Settings = field(default_factory=Settings)


class Organisation:
    """The books of one organisation. Records are looked up in its registers and changed through `put_…`."""

    def __init__(self, xero: "Xero", profile: Profile) -> None:
        self.xero = xero
        self.profile = profile
        self.accounts: dict[str, Account] = {}
        self.tax_rates: dict[str, TaxRate] = {}
        self.items: dict[str, Item] = {}
        self.contacts = ContactRegister()
        self.invoices = DocumentRegister(INVOICE)
        self.credit_notes = DocumentRegister(CREDIT_NOTE)
        self.payments: dict[str, Payment] = {}
        self.payments_by_stamp: Ordered[Payment] = Ordered()
        self.allocations: dict[str, Allocation] = {}
        self.history: dict[str, tuple[HistoryRecord, ...]] = {}
        self.attachments: dict[str, tuple[Attachment, ...]] = {}
        self.next_numbers: dict[str, int] = {INVOICE.noun: 1, CREDIT_NOTE.noun: 1}
        self.sequence = 0
        self._accounts_by_code: dict[str, Account] = {}

    @property
    def tenant_id(self) -> str:
        """The id that requests name in xero-tenant-id."""
        return self.profile.id

    @property
    def settings(self) -> Settings:
        """What is switched on or off."""
        return self.profile.settings

    def fill_chart(self) -> None:
        """Put the UK chart of accounts and tax rates into empty books."""
        profile = self.profile
        for code, title, kind, tax_type, system, payments in ACCOUNTS:
            bank = kind == "BANK"
            self.put_account(
                Account(
                    id=self.xero.new_id(),
                    code=code,
                    name=title,
                    type=kind,
                    tax_type=tax_type,
                    system_account=system,
                    enable_payments=payments,
                    bank_account_number=f"20230000000{code}" if bank else None,
                    currency_code=profile.base_currency if bank else None,
                    updated=profile.created,
                )
            )
        self.tax_rates = {rate.tax_type: rate for rate in TAX_RATES}

    def today(self) -> date:
        """Return the day it is where the organisation is."""
        return self.xero.clock.now().astimezone(ZoneInfo(self.profile.time_zone)).date()

    def stamp(self) -> int:
        """Return the present moment in milliseconds, for UpdatedDateUTC."""
        return milliseconds(self.xero.clock.now())

    def next_sequence(self) -> int:
        """Return the next place in the order of creation."""
        self.sequence += 1
        return self.sequence

    def register(self, kind: Kind) -> DocumentRegister:
        """Return the invoices or the credit notes."""
        return self.invoices if kind is INVOICE else self.credit_notes

    def account(self, code: str) -> Account | None:
        """Return the account with this code, archived ones too."""
        return self._accounts_by_code.get(code)

    def put_account(self, account: Account) -> None:
        """Add or replace an account."""
        old = self.accounts.get(account.id)
        if old is not None and old.code is not None:
            self._accounts_by_code.pop(old.code, None)
        self.accounts[account.id] = account
        if account.code is not None:
            self._accounts_by_code[account.code] = account

    def put_payment(self, payment: Payment, *, announce: bool = True) -> None:
        """Add or replace a payment, and notify the webhooks that asked for these."""
        if (old := self.payments.get(payment.id)) is not None:
            self.payments_by_stamp.discard(old)
        self.payments[payment.id] = payment
        self.payments_by_stamp.add(payment)
        if announce:
            self._announce("PAYMENT", payment.id, None, created=old is None)

    def put_contact(self, contact: Contact, *, announce: bool = True) -> None:
        """Add or replace a contact, and notify the webhooks unless Xero would not."""
        created = self.contacts.get(contact.id) is None
        self.contacts.put(contact)
        if announce:
            self._announce("CONTACT", contact.id, None, created=created)

    def put_document(self, kind: Kind, document: Document) -> None:
        """Add or replace an invoice or credit note, and notify the webhooks."""
        register = self.register(kind)
        created = register.get(document.id) is None
        register.put(document)
        data = {"Type": document.type, "Status": document.status} if kind is CREDIT_NOTE else None
        self._announce(kind.category, document.id, data, created=created)

    def next_number(self, kind: Kind) -> str:
        """Return the next free number of the organisation's own sequence: INV-0001."""
        while True:
            number = f"{kind.number_prefix}{self.next_numbers[kind.noun]:04d}"
            self.next_numbers[kind.noun] += 1
            if self.register(kind).holder(number) is None:
                return number

    def note(self, record_id: str, changes: str, details: str = "", *, user: str = "System Generated") -> HistoryRecord:
        """Add an entry to the History of a record and return it."""
        record = HistoryRecord(self.stamp(), changes, user, details)
        self.history[record_id] = (*self.history.get(record_id, ()), record)
        return record

    def _announce(self, category: str, record_id: str, data: dict[str, Any] | None, *, created: bool) -> None:
        self.xero.webhooks.emit(category, "CREATE" if created else "UPDATE", record_id, self.tenant_id, data)


class Xero:
    """All organisations by tenant id, and what they share. With a seed, ids and shuffles come out the same again."""

    def __init__(
        self,
        clock: Clock,
        limits: Limits,
        targets: Targets,
        *,
        authentication: bool = False,
        seed: int | None = None,
    ) -> None:
        self.clock = clock
        self.limits = limits
        self.random = random.Random(seed)  # noqa: S311 - ids of a stand-in, no secrets
        self.organisations: dict[str, Organisation] = {}
        self.journal = Journal()
        self.faults = Faults(seed or 0)
        self.webhooks = Webhooks(clock, targets)
        self.identity = IdentityState(clock, authentication)

    def new_id(self) -> str:
        """Return a new uuid4 as text."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def add_organisation(
        self,
        name: str = "Demo Company (GB)",
        base_currency: str = "GBP",
        currencies: Iterable[str] = (),
        short_code: str | None = None,
        *,
        time_zone: str = "Europe/London",
        is_demo: bool = False,
    ) -> Organisation:
        """Open an organisation with a UK chart of accounts; the base currency is always among `currencies`."""
        now = milliseconds(self.clock.now())
        others = [code for code in dict.fromkeys(currencies) if code != base_currency]
        profile = Profile(
            id=self.new_id(),
            name=name,
            short_code=short_code or "!" + "".join(self.random.choices("bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ", k=5)),
            base_currency=base_currency,
            currencies=[base_currency, *others],
            created=now,
            branding_theme_id=self.new_id(),
            time_zone=time_zone,
            is_demo=is_demo,
        )
        organisation = self.open(profile)
        organisation.fill_chart()
        return organisation

    def organisation(self, tenant_id: str | None) -> Organisation:
        """Return the organisation of a request; without a header the only one there is. Raises ForbiddenError."""
        if tenant_id is None and len(self.organisations) == 1:
            return next(iter(self.organisations.values()))
        found = self.organisations.get(tenant_id or "")
        if found is None:
            raise ForbiddenError(self.new_id())
        return found

    def reset(self) -> None:
        """Empty all books and forget journal and faults; the organisations stay, under the ids they have."""
        for organisation in list(self.organisations.values()):
            self._empty(organisation)
        self.journal.clear()
        self.faults.clear()

    def reset_demo(self, organisation: Organisation, *, keep_tenant: bool = False) -> Organisation:
        """Do to a Demo Company what Xero does now and then: every record is gone, and new ids stand for what is new.

        Without `keep_tenant` its tenant id is another one, to which no app is connected but those that `open` connects
        (xero-php-oauth2#147, xero-ruby#85). Which of the two Xero does when is unverified.
        """
        if keep_tenant:
            return self._empty(organisation)
        self.close(organisation.tenant_id)
        return self._empty(organisation, id=self.new_id(), branding_theme_id=self.new_id())

    def _empty(self, organisation: Organisation, **changes: Any) -> Organisation:
        changes |= {"period_lock_date": None, "end_of_year_lock_date": None, "settings": Settings()}
        opened = self.open(replace(organisation.profile, **changes))
        opened.fill_chart()
        return opened

    def open(self, profile: Profile) -> Organisation:
        """Open empty books under `profile`, in the place of those with its id, and let apps connect to them."""
        organisation = self.organisations[profile.id] = Organisation(self, profile)
        self.identity.connect(profile.id, profile.name)
        return organisation

    def close(self, tenant_id: str) -> None:
        """Take an organisation away; every app is disconnected from it, and none can connect again."""
        del self.organisations[tenant_id]
        self.identity.disconnect(tenant_id)
        self.identity.connections.organisations.pop(tenant_id, None)


def class_of(account: Account) -> str:
    """Return Account.Class: ASSET, EQUITY, EXPENSE, LIABILITY or REVENUE."""
    return CLASS_OF_TYPE.get(account.type, "EXPENSE")
