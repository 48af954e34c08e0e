"""What a person does in Xero's own pages, to play the other side.

Each function changes the books and returns the record as it is then; InvalidError says why it can't be done.
Where Xero leaves UpdatedDateUTC alone (marking a part-paid document as sent, its DueDate), so do these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from standins.exactjson import dumps
from standins.xero.document_reader import NOT_MODIFIABLE
from standins.xero.documents import FROZEN, Writing, check_lock_dates, commit, revise
from standins.xero.errors import InvalidError
from standins.xero.model import CREDIT_NOTE, INVOICE, Account, Contact, Document, Kind, Payment
from standins.xero.settlement import pay
from standins.xero.state import Organisation, Settings

USER = "Demo User"
_DONE = {"AUTHORISED", "PAID"}
_SETTINGS = TypeAdapter(Settings)


def mark_sent(
    organisation: Organisation, kind: Kind, document: Document, *, sent: bool = True, stamped: bool | None = None
) -> Document:
    """Mark an approved document as sent, or as not sent. `stamped` overrides whether UpdatedDateUTC moves."""
    if document.status not in _DONE:
        raise InvalidError(f"Only an approved {kind.words.lower()} can be marked as sent")
    moves = organisation.settings.sent_is_stamped and not document.is_settled_in_part
    return _put(organisation, kind, replace(document, sent=sent), "Sent", stamped=moves if stamped is None else stamped)


def edit_dates(
    organisation: Organisation, kind: Kind, document: Document, day: date | None, due: date | None
) -> Document:
    """Change the dates of an open document. Of a part-paid one only DueDate, and without a stamp."""
    if document.status not in {"DRAFT", "SUBMITTED", "AUTHORISED"}:
        raise InvalidError(NOT_MODIFIABLE.format(words=kind.words))
    if day is not None and document.is_settled_in_part:
        raise InvalidError(FROZEN)
    edited = replace(document, date=day or document.date, due_date=due or document.due_date)
    if document.status == "AUTHORISED":
        check_lock_dates(organisation, document.date)
        check_lock_dates(organisation, edited.date)
    return _put(organisation, kind, edited, "Edited", stamped=not document.is_settled_in_part)


def set_status(organisation: Organisation, kind: Kind, document: Document, status: str) -> Document:
    """Approve, void or delete a document, under the rules that the API has too."""
    payload = {kind.id_field: document.id, "Status": status}
    revision = revise(organisation, kind, payload, document, Writing(unit_places=4))
    commit(organisation, kind, revision)
    return revision.document


def pay_document(
    organisation: Organisation,
    kind: Kind,
    document: Document,
    *,
    amount: Decimal | None = None,
    account: Account | None = None,
    day: date | None = None,
) -> Payment:
    """Record a payment: all that is due, into the first bank account, today, unless told otherwise."""
    banks = [held for held in organisation.accounts.values() if held.type == "BANK" and held.status == "ACTIVE"]
    into = account or (banks[0] if banks else None)
    if into is None:
        raise InvalidError("There is no bank account to pay into")
    paid = document.due if amount is None else amount
    return pay(organisation, kind, document, account=into, amount=paid, day=day or organisation.today())


def archive_contact(organisation: Organisation, contact: Contact, *, archived: bool = True) -> Contact:
    """Archive a contact, or restore it; a merged one stays archived."""
    if not archived and contact.merged_to is not None:
        raise InvalidError("A contact that was merged into another cannot be restored")
    if not archived and (namesake := organisation.contacts.named(contact.name)) and namesake.id != contact.id:
        raise InvalidError(f"The contact name {contact.name} is already assigned to another contact.")
    changed = replace(contact, status="ARCHIVED" if archived else "ACTIVE", updated=organisation.stamp())
    organisation.put_contact(changed)
    organisation.note(contact.id, "Archived" if archived else "Restored", user=USER)
    return changed


def merge_contacts(organisation: Organisation, source: Contact, target: Contact) -> Contact:
    """Merge `source` into `target`: its documents move, it is archived and points to `target`.

    That the documents' own stamps stay as they are is unverified.
    """
    if source.id == target.id or target.status != "ACTIVE" or source.merged_to is not None:
        raise InvalidError("A contact is merged into another, active one, and once")
    for kind in (INVOICE, CREDIT_NOTE):
        register = organisation.register(kind)
        for document in list(register.by_contact[source.id]):
            register.put(replace(document, contact_id=target.id))
    stamp = organisation.stamp()
    merged = replace(source, status="ARCHIVED", merged_to=target.id, contact_number=None, updated=stamp)
    organisation.put_contact(merged)
    kept = replace(
        target,
        is_customer=target.is_customer or source.is_customer,
        is_supplier=target.is_supplier or source.is_supplier,
        updated=stamp,
    )
    organisation.put_contact(kept)
    organisation.note(kept.id, "Merged", f"{source.name} was merged into this contact", user=USER)
    return merged


def reset_demo(organisation: Organisation, *, keep_tenant: bool = False) -> Organisation:
    """Reset a Demo Company, which loses all its records, and its tenant id unless that is kept; return the new one."""
    if not organisation.profile.is_demo:
        raise InvalidError("Only the Demo Company is reset")
    return organisation.xero.reset_demo(organisation, keep_tenant=keep_tenant)


def archive_account(organisation: Organisation, account: Account, *, archived: bool = True) -> Account:
    """Archive an account of the chart, or restore it."""
    if account.system_account is not None:
        raise InvalidError("A system account cannot be archived")
    changed = replace(account, status="ARCHIVED" if archived else "ACTIVE", updated=organisation.stamp())
    organisation.put_account(changed)
    return changed


def set_lock_dates(organisation: Organisation, changes: Mapping[str, date | None]) -> None:
    """Set `period_lock_date` and `end_of_year_lock_date`, those that are named; None lifts one."""
    profile = organisation.profile
    organisation.profile = replace(
        profile,
        period_lock_date=changes.get("period_lock_date", profile.period_lock_date),
        end_of_year_lock_date=changes.get("end_of_year_lock_date", profile.end_of_year_lock_date),
    )


def set_currencies(organisation: Organisation, codes: Iterable[str]) -> list[str]:
    """Make these the currencies of the organisation; the base currency is always one. Documents keep theirs."""
    base = organisation.profile.base_currency
    wanted = list(dict.fromkeys([base, *codes]))
    if any(len(code) != 3 or not code.isalpha() or code != code.upper() for code in wanted):  # noqa: PLR2004 - ISO 4217
        raise InvalidError("A currency is a code of three capital letters")
    organisation.profile = replace(organisation.profile, currencies=wanted)
    return wanted


def change_settings(organisation: Organisation, changes: Mapping[str, Any]) -> None:
    """Change settings of the organisation by name; see `Settings`."""
    if unknown := changes.keys() - set(Settings.__slots__):
        raise InvalidError(f"There is no setting {', '.join(sorted(unknown))}")
    try:
        settings = _SETTINGS.validate_json(dumps({**asdict(organisation.settings), **changes}), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidError(f"The setting {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    organisation.profile = replace(organisation.profile, settings=settings)


def _put(organisation: Organisation, kind: Kind, document: Document, event: str, *, stamped: bool) -> Document:
    changed = replace(document, updated=organisation.stamp()) if stamped else document
    organisation.put_document(kind, changed)
    organisation.note(document.id, event, user=USER)
    return changed
