"""What a document may become, and what happens to its number, dates and balance on the way.

    IN_PROGRESS   nothing but deleted; made by billing runs, not by the API
    DRAFT         -> FINAL (finalize) -> SENT (send); -> SENT (finalize-and-send, mark-as-sent); -> VOIDED
    FINAL         -> SENT; -> VOIDED
    SENT          -> VOIDED while UNPAID or UNCOLLECTIBLE
    VOIDED        stays

The number is given on finalize or on void. Not published, and chosen here: finalize, send and void refuse a
document that is there already, mark-as-sent on SENT changes nothing; the issue date is today's unless given;
the due date is given or lies `paymentTermDays` after the issue date; a credit note of which something has been
applied can't be voided.
"""

from datetime import date, timedelta

from standins.sequence.errors import NotAllowed
from standins.sequence.kinds import INVOICE
from standins.sequence.records import Document
from standins.sequence.register import Register
from standins.sequence.state import Account

_ISSUED = ("FINAL", "SENT")
_VOIDABLE_PAYMENT = ("UNPAID", "UNCOLLECTIBLE")


def require_editable(register: Register, document: Document) -> None:
    """Refuse to edit what is no draft."""
    _require(register, document, ("DRAFT",), "edited")


def require_deletable(register: Register, document: Document) -> None:
    """Refuse to delete what has been final or void."""
    _require(register, document, ("DRAFT", "IN_PROGRESS"), "deleted")


def finalize(account: Account, register: Register, document: Document) -> None:
    """DRAFT to FINAL: the number and the dates are set, the balance begins."""
    _require(register, document, ("DRAFT",), "finalized")
    _issue(account, register, document)
    register.set_status(document, "FINAL")
    document.updated_at = account.stamp()


def send(account: Account, register: Register, document: Document) -> None:
    """FINAL to SENT."""
    _require(register, document, ("FINAL",), "sent")
    _mark(account, register, document)


def finalize_and_send(account: Account, register: Register, document: Document) -> None:
    """DRAFT or FINAL to SENT."""
    _require(register, document, ("DRAFT", "FINAL"), "sent")
    if document.status == "DRAFT":
        _issue(account, register, document)
    _mark(account, register, document)


def mark_as_sent(account: Account, register: Register, document: Document) -> None:
    """DRAFT or FINAL to SENT; nothing happens to what is SENT already."""
    if document.status != "SENT":
        finalize_and_send(account, register, document)


def void(account: Account, register: Register, document: Document) -> None:
    """DRAFT, FINAL or SENT to VOIDED; a draft gets its number now."""
    _require(register, document, ("DRAFT", *_ISSUED), "voided")
    if document.status == "SENT" and document.payment_status not in _VOIDABLE_PAYMENT:
        raise NotAllowed(
            f"A sent {register.kind.name} that is {document.payment_status} can't be voided; "
            f"it must be {' or '.join(_VOIDABLE_PAYMENT)}"
        )
    if document.applications:
        raise NotAllowed(f"Part of this {register.kind.name} has been applied to an invoice; it can't be voided")
    register.number_next(document)
    register.set_status(document, "VOIDED")
    if document.balance_version:
        document.balance_version += 1
    document.updated_at = account.stamp()


def set_payment_status(account: Account, register: Register, document: Document, payment_status: str) -> None:
    """Say whether an issued invoice is paid; its balance follows."""
    _require(register, document, _ISSUED, "given a payment status")
    if document.payment_status != payment_status:
        document.payment_status = payment_status
        document.balance_version += 1
        document.updated_at = account.stamp()


def move_due_date(document: Document, day: str) -> None:
    """Set a due date by hand; payment terms no longer decide it."""
    document.due_date = day
    document.due_date_given = True
    document.payment_term_days = None


def require_sent(register: Register, document: Document) -> None:
    """Refuse what only a sent document allows."""
    _require(register, document, ("SENT",), "changed this way")


def require_issued(register: Register, document: Document) -> None:
    """Refuse what only a final or sent document allows."""
    _require(register, document, _ISSUED, "used this way")


def issue_dates(account: Account, register: Register, document: Document) -> None:
    """Set the dates that finalizing sets, where they are not given."""
    issued = document.issue_date or account.today()
    if register.kind is INVOICE and document.due_date is None:
        try:
            due = date.fromisoformat(issued) + timedelta(days=document.payment_term_days or 0)
        except OverflowError as error:
            raise NotAllowed("The payment terms lead beyond the year 9999") from error
        document.due_date = due.isoformat()
    document.issue_date = issued


def _issue(account: Account, register: Register, document: Document) -> None:
    issue_dates(account, register, document)
    register.number_next(document)
    document.balance_version = 1


def _mark(account: Account, register: Register, document: Document) -> None:
    register.set_sent(document, account.today())
    register.set_status(document, "SENT")
    document.updated_at = account.stamp()


def _require(register: Register, document: Document, statuses: tuple[str, ...], what: str) -> None:
    if document.status not in statuses:
        name = f"{register.kind.name} {document.number or document.id}"
        raise NotAllowed(f"The {name} is {document.status}; only {' or '.join(statuses)} can be {what}")
