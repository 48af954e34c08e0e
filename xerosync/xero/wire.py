"""Readings of what Xero answers. Unknown fields are ignored, amounts stay exact, dates stay calendar dates.

`/Date(32503680000000+0000)/` for a Date or DueDate is midnight of a calendar day: the day is taken as it stands,
whatever the offset says, since any conversion is the classic off-by-one. UpdatedDateUTC is an instant.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from xerosync.core.base import Amount, ApiModel
from xerosync.core.documents import Kind
from xerosync.core.xero_records import XeroAddress, XeroContact, XeroDocument, XeroPerson, XeroStatus
from xerosync.metrics.counts import System, count_unreadable
from xerosync.xero.calls.answer import NO_ID, Answer
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.names import KINDS

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def read_date(value: object) -> object:
    """Return the calendar day of a Date field; what is none is left to pydantic."""
    match = _MS_DATE.fullmatch(value) if isinstance(value, str) else None
    if match:
        return date.fromordinal(_EPOCH_DAY + int(match[1]) // _DAY_MS)
    return value[:10] if isinstance(value, str) else value


def read_instant(value: object) -> object:
    """Return the instant of a DateUTC field, aware; a text without an offset is UTC."""
    match = _MS_DATE.fullmatch(value) if isinstance(value, str) else None
    if match:
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    if isinstance(value, str):
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return value


_Day = Annotated[date, BeforeValidator(read_date)]
_Instant = Annotated[datetime, BeforeValidator(read_instant)]


class XeroReading(ApiModel):
    """A record of the Accounting API: PascalCase on the wire."""

    model_config = ConfigDict(alias_generator=to_pascal)


class _ContactId(XeroReading):
    contact_id: str | None = Field(default=None, alias="ContactID")


class _InvoiceId(XeroReading):
    invoice_id: str | None = Field(default=None, alias="InvoiceID")


class _Allocation(XeroReading):
    invoice: _InvoiceId = _InvoiceId()


class _Document(XeroReading):
    id: str
    number: str = ""
    type: str
    status: XeroStatus
    sent_to_contact: bool = False
    date: _Day | None = None
    due_date: _Day | None = None
    contact: _ContactId = _ContactId()
    currency_code: str = ""
    total: Amount = Decimal(0)
    total_tax: Amount = Decimal(0)
    amount_paid: Amount = Decimal(0)
    amount_credited: Amount = Decimal(0)
    applied_amount: Amount = Decimal(0)
    remaining_credit: Amount | None = None
    amount_due: Amount | None = None
    allocations: tuple[_Allocation, ...] = ()
    reference: str | None = None
    url: str | None = None
    updated_date_utc: _Instant | None = Field(default=None, alias="UpdatedDateUTC")


class _Address(XeroReading):
    address_type: str = ""
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    address_line4: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        lines = (self.address_line1, self.address_line2, self.address_line3, self.address_line4)
        return tuple(line.strip() for line in lines if line and line.strip())


class _Person(XeroReading):
    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    include_in_emails: bool = False


class _Contact(XeroReading):
    contact_id: str = Field(alias="ContactID")
    name: str = ""
    contact_number: str | None = None
    email_address: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    tax_number: str | None = None
    default_currency: str | None = None
    accounts_receivable_tax_type: str | None = None
    addresses: tuple[_Address, ...] = ()
    contact_persons: tuple[_Person, ...] = ()
    contact_status: str = "ACTIVE"
    is_customer: bool = False
    merged_to_contact_id: str | None = Field(default=None, alias="MergedToContactID")


class Organisation(XeroReading):
    """What a connection keeps of its organisation; `short_code` such as `!mBdtL` is for links into Xero."""

    organisation_id: str = Field(default="", alias="OrganisationID")
    name: str
    short_code: str = ""
    base_currency: str
    country_code: str = ""
    is_demo_company: bool = False


class LedgerAccountReading(XeroReading):
    """An account of the chart of accounts."""

    code: str = ""
    name: str = ""
    type: str = ""
    account_class: str = Field(default="", alias="Class")
    status: str = "ACTIVE"
    tax_type: str = ""
    system_account: str | None = None


def elements(answer: Answer, plural: str) -> list[dict[str, Any]]:
    """Return the records of an answer. Raises XeroUnavailableError where it is not what it should be."""
    try:
        return records(answer.json(), plural)
    except ValueError:
        raise _unreadable(plural) from None


def records(body: Any, plural: str) -> list[dict[str, Any]]:
    """Return the records of an envelope. Raises XeroUnavailableError where it is not what it should be."""
    found: Any = body.get(plural) if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(element, dict) for element in found):
        raise _unreadable(plural)
    return found


def read_document(kind: Kind, element: dict[str, Any], seen_at: datetime) -> XeroDocument:
    """Return an invoice or a credit note, seen at that instant (UTC).

    Raises:
        XeroUnavailableError: the element is not what Xero documents.
    """
    names = KINDS[kind]
    try:
        read = _Document.model_validate(
            {**element, "id": element.get(names.id), "number": element.get(names.number) or ""}
        )
    except (ValidationError, ValueError, OverflowError):
        raise _unreadable(names.plural) from None
    return XeroDocument(
        xero_id=read.id,
        kind=kind,
        number=read.number,
        status=read.status,
        sent=read.sent_to_contact,
        issue_date=read.date,
        due_date=read.due_date,
        contact_id=read.contact.contact_id,
        currency=read.currency_code,
        total=read.total,
        total_tax=read.total_tax,
        amount_paid=read.amount_paid,
        amount_credited=_credited(kind, read),
        open_amount=read.amount_due if kind is Kind.INVOICE else read.remaining_credit,
        allocated_to=tuple(it.invoice.invoice_id for it in read.allocations if it.invoice.invoice_id),
        reference=read.reference,
        url=read.url,
        updated_at=read.updated_date_utc or seen_at,
        seen_at=seen_at,
    )


def sales_documents(kind: Kind, found: Sequence[dict[str, Any]], seen_at: datetime) -> Iterator[XeroDocument]:
    """Read the elements of the receivable side; bills and their credit notes share the endpoint."""
    for element in found:
        if not isinstance(element.get("Type"), str):
            raise _unreadable(KINDS[kind].plural)
        if element["Type"] == KINDS[kind].type:
            yield read_document(kind, element, seen_at)


def read_contact(element: dict[str, Any]) -> XeroContact:
    """Return a contact. Raises XeroUnavailableError where the element is not what Xero documents."""
    try:
        read = _Contact.model_validate(element)
    except ValidationError:
        raise _unreadable("Contacts") from None
    merged = read.merged_to_contact_id
    return XeroContact(
        contact_id=read.contact_id,
        name=read.name,
        contact_number=read.contact_number or None,
        email=read.email_address or None,
        first_name=read.first_name or None,
        last_name=read.last_name or None,
        tax_number=read.tax_number or None,
        default_currency=read.default_currency or None,
        receivable_tax_type=read.accounts_receivable_tax_type or None,
        addresses=tuple(_address(each) for each in read.addresses),
        persons=tuple(_person(each) for each in read.contact_persons),
        is_customer=read.is_customer,
        is_archived=read.contact_status != "ACTIVE",
        merged_to=merged if merged and merged != NO_ID else None,
    )


def _address(read: _Address) -> XeroAddress:
    return XeroAddress(
        slot=read.address_type,
        lines=read.lines,
        city=(read.city or "").strip(),
        region=(read.region or "").strip(),
        postal_code=(read.postal_code or "").strip(),
        country=(read.country or "").strip(),
    )


def _person(read: _Person) -> XeroPerson:
    return XeroPerson(
        first_name=read.first_name or "",
        last_name=read.last_name or "",
        email=read.email_address or "",
        in_emails=read.include_in_emails,
    )


def _credited(kind: Kind, read: _Document) -> Decimal:
    """What allocations took; of a credit note Xero shows what remains instead."""
    if kind is Kind.INVOICE or read.remaining_credit is None or read.status is not XeroStatus.AUTHORISED:
        return read.amount_credited
    return max(Decimal(0), read.total - read.remaining_credit - read.amount_paid)


def _unreadable(what: str) -> XeroUnavailableError:
    count_unreadable(System.XERO)
    # Without the element: it holds names and addresses.
    return XeroUnavailableError(f"Xero's answer about {what} could not be read.")
