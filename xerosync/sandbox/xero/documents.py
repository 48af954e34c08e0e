"""What a request does to an invoice or a credit note: the rules that both share.

    DRAFT <-> SUBMITTED -> AUTHORISED -> PAID (set by Xero alone)
      '--------'--> DELETED    '--> VOIDED (only without payments and allocations)

An AUTHORISED document without payment or allocation may be edited, dates included; one with any is frozen but
for SentToContact. Nothing is committed here: `revise` returns what `commit` then puts into the books.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from xerosync.sandbox.xero.chart import day_rate
from xerosync.sandbox.xero.contact_edits import ContactChange, name_contact
from xerosync.sandbox.xero.dates import NotADateError, due_by, read_date, spoken
from xerosync.sandbox.xero.errors import InvalidError
from xerosync.sandbox.xero.lines import LineRules, read_lines, reread_lines
from xerosync.sandbox.xero.model import CREDIT_NOTE, ZERO, Contact, Document, Kind, Line
from xerosync.sandbox.xero.query import flag_of, number_of, text_of
from xerosync.sandbox.xero.state import Organisation
from xerosync.sandbox.xero.totals import discount_of, shared, sums

FROZEN = "This document cannot be edited as it has a payment or credit note allocated to it."
NOT_MODIFIABLE = "{words} not of valid status for modification"
_NEXT_STATUSES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
}
_FIRST_STATUSES = {"DRAFT", "SUBMITTED", "AUTHORISED"}
_AMOUNT_TYPES = {"exclusive": "Exclusive", "inclusive": "Inclusive", "notax": "NoTax"}
_TEXTS = (("Reference", "reference"), ("Url", "url"), ("BrandingThemeID", "branding_theme_id"))
# What the official clients send along with any document; it changes nothing.
_SILENT_FIELDS = {"HasErrors", "HasAttachments", "HasValidationErrors", "IsDiscounted", "Warnings", "ValidationErrors"}
MAX_NUMBER = 255


@dataclass(frozen=True, slots=True)
class Writing:
    """Under which conditions a request writes: unit price places, and the app that writes."""

    unit_places: int = 2
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A document as it will be, the version it replaces, and the contact as the request leaves it."""

    document: Document
    old: Document | None
    contact: ContactChange | None


def revise(
    organisation: Organisation, kind: Kind, payload: Mapping[str, Any], old: Document | None, writing: Writing
) -> Revision:
    """Return what `payload` makes of `old`, or of nothing. Raises InvalidError with every reason found."""
    if old is not None and (kept := _kept_as_it_is(kind, payload, old)):
        return kept
    messages: list[str] = []
    reader = _Reader(organisation, kind, payload, old, messages)
    fields: dict[str, Any] = {"type": reader.type(), "status": reader.status(), "number": reader.number()}
    contact = reader.contact()
    approved = fields["status"] == "AUTHORISED"
    fields |= reader.dates(approved=approved, contact=contact.contact if contact else None)
    fields |= reader.currency(contact.contact if contact else None)
    fields |= reader.lines(approved=approved, unit_places=writing.unit_places)
    fields |= reader.texts()
    if messages:
        raise InvalidError(*dict.fromkeys(messages))
    assert contact is not None
    fields["contact_id"] = contact.contact.id
    sent = flag_of(payload, "SentToContact")
    fields["sent"] = (sent if sent is not None else old is not None and old.sent) and approved
    if approved and fields["total"] == ZERO and organisation.settings.zero_total_is_paid:
        fields |= {"status": "PAID", "fully_paid_on": fields["date"]}
    stamp = organisation.stamp()
    if old is not None:
        document = replace(old, **fields)
        sent_alone = replace(document, sent=old.sent) == old
        if not sent_alone:
            _check_locks(organisation, document, old)
        if not sent_alone or (document.sent != old.sent and organisation.settings.sent_is_stamped):
            document = replace(document, updated=stamp)
        return Revision(document, old, contact)
    number = fields.pop("number")
    document = Document(
        id=organisation.xero.new_id(),
        sequence=organisation.next_sequence(),
        number=number or "",
        updated=stamp,
        created_by=writing.app,
        **fields,
    )
    _check_locks(organisation, document, None)
    if number is None and reader.is_sale:
        document = replace(document, number=organisation.next_number(kind))
    return Revision(document, None, contact)


def _check_locks(organisation: Organisation, document: Document, old: Document | None) -> None:
    """Refuse what would change the books on or before a lock date; a draft is not in the books."""
    if document.status in {"AUTHORISED", "PAID", "VOIDED"}:
        check_lock_dates(organisation, document.date)
    if old is not None and old.status == "AUTHORISED":
        check_lock_dates(organisation, old.date)


def _kept_as_it_is(kind: Kind, payload: Mapping[str, Any], old: Document) -> Revision | None:
    """Return the revision of a document that is all but frozen, None when the document may be edited."""
    status = text_of(payload, "Status")
    if old.status in {"VOIDED", "DELETED"}:
        raise InvalidError(NOT_MODIFIABLE.format(words=kind.words))
    if not old.is_settled_in_part:
        return None
    if status in {"VOIDED", "DELETED"}:
        raise InvalidError(
            f"The status {status} cannot be applied to the {kind.words.lower()} because it has payments or credit "
            "notes allocated to it."
        )
    same = {kind.id_field: old.id, kind.number_field: old.number, "Type": old.type, "Status": old.status}
    for name, value in payload.items():
        if value is None or name in _SILENT_FIELDS or name == "SentToContact":
            continue
        if name not in same or str(value).lower() != same[name].lower():
            raise InvalidError(FROZEN)
    sent = flag_of(payload, "SentToContact")
    # Not stamped: Xero leaves UpdatedDateUTC alone when a settled document is marked as sent
    return Revision(old if sent is None else replace(old, sent=sent), old, None)


def commit(organisation: Organisation, kind: Kind, revision: Revision) -> None:
    """Put a revision into the books, with its History entry and its webhook events."""
    document, old, change = revision.document, revision.old, revision.contact
    if change is not None and change.changed:
        organisation.put_contact(change.contact)
        organisation.note(change.contact.id, "Created" if change.created else "Edited")
    if old is not None and document == old:
        return
    newly_approved = document.status in {"AUTHORISED", "PAID"} and (old is None or old.status in {"DRAFT", "SUBMITTED"})
    settings = organisation.settings
    if newly_approved and settings.approvals_left is not None and document.type == "ACCREC":
        settings.approvals_left -= 1
    organisation.put_document(kind, document)
    mark_as_trading(organisation, document)
    organisation.note(document.id, _event(old, document, approved=newly_approved))


def mark_as_trading(organisation: Organisation, document: Document) -> None:
    """Make the contact of a document a customer or supplier, which Xero does without moving UpdatedDateUTC."""
    contact = organisation.contacts.get(document.contact_id)
    assert contact is not None
    marked = replace(contact, is_customer=True) if document.is_sale else replace(contact, is_supplier=True)
    if marked != contact:
        organisation.put_contact(marked, announce=False)


def check_lock_dates(organisation: Organisation, day: date) -> None:
    """Raise InvalidError when `day` lies on or before a lock date of the organisation."""
    profile = organisation.profile
    for words, lock in (("end of year", profile.end_of_year_lock_date), ("period", profile.period_lock_date)):
        if lock is not None and day <= lock:
            raise InvalidError(
                f"The document date cannot be before the {words} lock date, currently set at {spoken(lock)}"
            )


def _event(old: Document | None, new: Document, *, approved: bool) -> str:
    if old is None:
        return "Approved" if approved else "Created"
    if approved:
        return "Approved"
    if new.status != old.status:
        return new.status.capitalize()
    return "Sent" if new.sent and not old.sent and replace(new, sent=False, updated=old.updated) == old else "Edited"


class _Reader:
    """Reads one element part by part, and collects what is wrong with it."""

    def __init__(
        self,
        organisation: Organisation,
        kind: Kind,
        payload: Mapping[str, Any],
        old: Document | None,
        messages: list[str],
    ) -> None:
        self._organisation = organisation
        self._kind = kind
        self._payload = payload
        self._old = old
        self._messages = messages
        self.is_sale = (text_of(payload, "Type") or (old.type if old else "")) == kind.sales_type

    def type(self) -> str:
        given = text_of(self._payload, "Type") or (self._old.type if self._old else None)
        if given not in {self._kind.sales_type, self._kind.purchase_type}:
            self._messages.append(f"{self._kind.words} type must be specified")
        elif self._old is not None and given != self._old.type:
            self._messages.append(f"{self._kind.words} type cannot be changed")
        return given or ""

    def status(self) -> str:
        given = text_of(self._payload, "Status")
        if self._old is None:
            status = given or "DRAFT"
            if status not in _FIRST_STATUSES:
                self._messages.append(f"{self._kind.words} not of valid status for creation")
        else:
            status = given or self._old.status
            if status not in _NEXT_STATUSES[self._old.status]:
                self._messages.append(NOT_MODIFIABLE.format(words=self._kind.words))
        approving = status == "AUTHORISED" and (self._old is None or self._old.status != "AUTHORISED")
        if approving and self._organisation.settings.approvals_left == 0 and self._kind is not CREDIT_NOTE:
            self._messages.append("You have reached the limit of invoices you can approve")
        return status

    def number(self) -> str | None:
        number = text_of(self._payload, self._kind.number_field)
        if number is None:
            return self._old.number if self._old else None
        if len(number) > MAX_NUMBER:
            self._messages.append(f"{self._kind.words} # must not be longer than {MAX_NUMBER} characters.")
        unique = self.is_sale and (
            self._kind is not CREDIT_NOTE or self._organisation.settings.credit_note_numbers_unique
        )
        holder = self._organisation.register(self._kind).holder(number) if unique else None
        if holder is not None and (self._old is None or holder.id != self._old.id):
            self._messages.append(f"{self._kind.words} # must be unique.")
        return number

    def contact(self) -> ContactChange | None:
        if self._old is not None and "Contact" not in self._payload:
            contact = self._organisation.contacts.get(self._old.contact_id)
            assert contact is not None
            return ContactChange(contact, changed=False)
        try:
            return name_contact(self._organisation, self._payload.get("Contact"))
        except InvalidError as error:
            self._messages += error.messages
            return None

    def dates(self, *, approved: bool, contact: Contact | None) -> dict[str, Any]:
        old, kind, organisation = self._old, self._kind, self._organisation
        day = self._date("Date") or (old.date if old else organisation.today())
        due = self._date("DueDate") or (old.due_date if old else None)
        if due is None and kind is not CREDIT_NOTE:
            due = self._due_by_terms(day, contact)
            if due is None and approved:
                self._messages.append("The document DueDate field must be specified.")
        if kind is CREDIT_NOTE and not organisation.settings.credit_note_due_dates:
            due = None
        found: dict[str, Any] = {"date": day, "due_date": due}
        if expected := self._date("ExpectedPaymentDate"):
            found["expected_payment_date"] = expected
        if planned := self._date("PlannedPaymentDate"):
            found["planned_payment_date"] = planned
        return found

    def _due_by_terms(self, day: date, contact: Contact | None) -> date | None:
        profile = self._organisation.profile
        if self.is_sale:
            term = (contact.sales_terms if contact else None) or profile.sales_terms
        else:
            term = (contact.bills_terms if contact else None) or profile.bills_terms
        return due_by(term, day) if term else None

    def currency(self, contact: Contact | None) -> dict[str, Any]:
        old, profile = self._old, self._organisation.profile
        code = text_of(self._payload, "CurrencyCode")
        if code is None:
            code = old.currency if old else (contact.default_currency if contact else None) or profile.base_currency
        elif code not in profile.currencies:
            self._messages.append(f"Organisation is not subscribed to currency {code}")
        rate = self._number("CurrencyRate")
        if rate is None or code == profile.base_currency:
            rate = old.currency_rate if old and old.currency == code else day_rate(profile.base_currency, code)
        return {"currency": code, "currency_rate": shared(rate)}

    def lines(self, *, approved: bool, unit_places: int) -> dict[str, Any]:
        old, payload = self._old, self._payload
        given = text_of(payload, "LineAmountTypes")
        types = _AMOUNT_TYPES.get(given.lower()) if given else (old.line_amount_types if old else "Exclusive")
        if types is None:
            self._messages.append(f"The LineAmountTypes {given} is not valid")
            types = "Exclusive"
        existing = {line.id: line for line in old.lines} if old else {}
        rules = LineRules(self._organisation, types, unit_places, approved, existing)
        lines: tuple[Line, ...] = old.lines if old else ()
        try:
            if payload.get("LineItems") is not None or old is None:
                lines = read_lines(payload.get("LineItems") or [], rules)
            elif types != old.line_amount_types or (approved and old.status != "AUTHORISED"):
                reread = reread_lines(lines, replace(rules, unit_places=4))
                lines = reread if types != old.line_amount_types else lines
        except InvalidError as error:
            self._messages += error.messages
        if approved and not lines and not self._messages:
            self._messages.append("One or more line items must be specified")
        sub_total, tax, total = sums(lines, types)
        if total < 0:
            self._messages.append(f"The {self._kind.words.lower()} total must not be negative.")
        discounted = [line for line in lines if line.discount_rate or line.discount_amount]
        return {
            "line_amount_types": types,
            "lines": lines,
            "sub_total": shared(sub_total),
            "total_tax": shared(tax),
            "total": shared(total),
            "total_discount": sum((discount_of(line) for line in discounted), ZERO),
        }

    def texts(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, attribute in _TEXTS:
            if name in self._payload and not (name == "Url" and self._kind is CREDIT_NOTE):
                found[attribute] = text_of(self._payload, name) or ("" if attribute == "reference" else None)
        url = found.get("url")
        if url and not url.lower().startswith(("http://", "https://")):
            self._messages.append("The Url must be an absolute http or https address.")
        return found

    def _date(self, name: str) -> date | None:
        value = self._payload.get(name)
        if value is None or value == "":
            return None
        try:
            return read_date(value)
        except NotADateError:
            self._messages.append(f"The value '{value}' of {name} is not a valid date")
            return None

    def _number(self, name: str) -> Any:
        try:
            return number_of(self._payload, name)
        except InvalidError as error:
            self._messages += error.messages
            return None
