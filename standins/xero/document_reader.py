"""Reads one invoice or credit note of a request, part by part, and collects everything that is wrong with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from standins.xero.chart import day_rate
from standins.xero.contact_edits import ContactChange, name_contact
from standins.xero.dates import NotADateError, due_by, read_date
from standins.xero.errors import InvalidError
from standins.xero.lines import LineRules, read_lines, reread_lines
from standins.xero.model import CREDIT_NOTE, ZERO, Contact, Document, Kind, Line
from standins.xero.query import number_of, text_of
from standins.xero.state import Organisation
from standins.xero.texts import length_of
from standins.xero.totals import discount_of, shared, sums

NOT_MODIFIABLE = "{words} not of valid status for modification"
MAX_NUMBER = 255
_NEXT_STATUSES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
}
_FIRST_STATUSES = {"DRAFT", "SUBMITTED", "AUTHORISED"}
_AMOUNT_TYPES = {"exclusive": "Exclusive", "inclusive": "Inclusive", "notax": "NoTax"}
_TEXTS = (("Reference", "reference"), ("Url", "url"), ("BrandingThemeID", "branding_theme_id"))


class DocumentReader:
    """Each method returns fields of the document to be, and adds to `messages` what Xero would say against them.

    `of_contact` is what it would say inside the Contact.
    """

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
        self.of_contact: list[str] = []
        self.is_sale = (text_of(payload, "Type") or (old.type if old else "")) == kind.sales_type

    def type(self) -> str:
        """Return Type; a document never changes its own."""
        given = text_of(self._payload, "Type") or (self._old.type if self._old else None)
        if given not in {self._kind.sales_type, self._kind.purchase_type}:
            self._messages.append(f"{self._kind.words} type must be specified")
        elif self._old is not None and given != self._old.type:
            self._messages.append(f"{self._kind.words} type cannot be changed")
        return given or ""

    def status(self, *, by_person: bool) -> str:
        """Return the status it is to have, by what its present one allows and who asks."""
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
        settings = self._organisation.settings
        if approving and not by_person and settings.approval_gives != "AUTHORISED":
            # Xero says nothing of it: the document is saved, unapproved
            return self._old.status if self._old else settings.approval_gives
        if approving and settings.approvals_left == 0 and self._kind is not CREDIT_NOTE:
            self._messages.append("You have reached the limit of invoices you can approve")
        return status

    def number(self) -> str | None:
        """Return its number, None for one still to be given; a sales number must be free."""
        number = text_of(self._payload, self._kind.number_field)
        if number is None:
            return self._old.number if self._old else None
        if length_of(number) > MAX_NUMBER:
            self._messages.append(f"{self._kind.words} # must not be longer than {MAX_NUMBER} characters.")
        unique = self.is_sale and (
            self._kind is not CREDIT_NOTE or self._organisation.settings.credit_note_numbers_unique
        )
        holder = self._organisation.register(self._kind).holder(number) if unique else None
        if holder is not None and (self._old is None or holder.id != self._old.id):
            self._messages.append(f"{self._kind.words} # must be unique.")
        return number

    def contact(self) -> ContactChange | None:
        """Return its contact as the request leaves it, None where that is refused."""
        if self._old is not None and "Contact" not in self._payload:
            contact = self._organisation.contacts.get(self._old.contact_id)
            assert contact is not None
            return ContactChange(contact, changed=False)
        try:
            return name_contact(self._organisation, self._payload.get("Contact"))
        except InvalidError as error:
            self._messages += error.messages
            self.of_contact = error.contact
            return None

    def dates(self, *, approved: bool, contact: Contact | None) -> dict[str, Any]:
        """Return its dates; an invoice needs a DueDate, its own or by payment terms, to be approved."""
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
        """Return currency and rate: the request's, the document's own, the contact's, the organisation's."""
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
        """Return its lines and totals."""
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
        """Return Reference, Url and BrandingThemeID, those that are sent; a credit note has no Url."""
        found: dict[str, Any] = {}
        for name, attribute in _TEXTS:
            if name in self._payload and not (name == "Url" and self._kind is CREDIT_NOTE):
                found[attribute] = text_of(self._payload, name) or ("" if attribute == "reference" else None)
        url = found.get("url")
        if url and not url.lower().startswith(("http://", "https://")):
            self._messages.append("The Url must be an absolute http or https address.")
        elif url and "xero" in (urlsplit(url).hostname or ""):
            # Reported; the words are ours
            self._messages.append("The Url must not be an address of Xero.")
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

    def _number(self, name: str) -> Decimal | None:
        try:
            return number_of(self._payload, name)
        except InvalidError as error:
            self._messages += error.messages
            return None
