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

from standins.xero.contact_edits import ContactChange
from standins.xero.dates import spoken
from standins.xero.document_reader import NOT_MODIFIABLE, DocumentReader
from standins.xero.errors import InvalidError
from standins.xero.model import ZERO, Document, Kind
from standins.xero.query import flag_of, text_of
from standins.xero.state import Organisation

FROZEN = "This document cannot be edited as it has a payment or credit note allocated to it."
# What the official clients send along with any document; it changes nothing.
_SILENT_FIELDS = {"HasErrors", "HasAttachments", "HasValidationErrors", "IsDiscounted", "Warnings", "ValidationErrors"}


@dataclass(frozen=True, slots=True)
class Writing:
    """Under which conditions a request writes: unit price places, and the app that writes, None for a person."""

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
    reader = DocumentReader(organisation, kind, payload, old, messages)
    status = reader.status(by_person=writing.app is None)
    fields: dict[str, Any] = {"type": reader.type(), "status": status, "number": reader.number()}
    contact = reader.contact()
    approved = fields["status"] == "AUTHORISED"
    fields |= reader.dates(approved=approved, contact=contact.contact if contact else None)
    fields |= reader.currency(contact.contact if contact else None)
    fields |= reader.lines(approved=approved, unit_places=writing.unit_places)
    fields |= reader.texts()
    if messages or reader.of_contact:
        raise InvalidError(*dict.fromkeys(messages), contact=reader.of_contact)
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
