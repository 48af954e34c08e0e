"""Holds: the named reasons why a document waits for a person, and what each of them asks for.

A hold is never a failure of the workflow. It is released by the event that fixes its cause, by a person's
`retry`, or by another try of the sweep.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from xerosync.core.base import TolerantMessage


class HoldReason(StrEnum):
    """Why a document waits."""

    CUSTOMER_UNLINKED = "customer_unlinked"
    DISCONNECTED = "disconnected"
    LEDGER_ACCOUNT_MISSING = "ledger_account_missing"
    LEDGER_ACCOUNT_REJECTED = "ledger_account_rejected"
    TAX_REJECTED = "tax_rejected"
    CURRENCY_NOT_ENABLED = "currency_not_enabled"
    NUMBER_TAKEN = "number_taken"
    LOCKED_PERIOD = "locked_period"
    FROZEN_BY_PAYMENT = "frozen_by_payment"
    CONTACT_ARCHIVED = "contact_archived"
    LINES_DO_NOT_ADD_UP = "lines_do_not_add_up"
    NEGATIVE_TOTAL = "negative_total"
    PLAN_LIMIT = "plan_limit"
    REMOVED_IN_XERO = "removed_in_xero"
    NOT_APPROVED = "not_approved"
    REJECTED = "rejected"

    @property
    def meaning(self) -> "HoldMeaning":
        """What the hold says to a person."""
        return _MEANINGS[self]

    def sentence(self, words: str = "") -> str:
        """Return what a person reads: the matter, the very words of the refusal, and what to do."""
        return f"{self.meaning.matter}{f' ({words})' if words else ''} {self.meaning.release}"


class HoldMeaning(NamedTuple):
    """Two sentences: what is the matter, and what releases it. What is in backticks are commands of `starter.py`."""

    matter: str
    release: str


_MEANINGS: dict[HoldReason, HoldMeaning] = {
    HoldReason.CUSTOMER_UNLINKED: HoldMeaning(
        "Its customer is not linked to a Xero contact.",
        "Choose its contact with `link-customer`, or create one with `push-customer`; then it goes by itself.",
    ),
    HoldReason.DISCONNECTED: HoldMeaning(
        "The account is not connected to a Xero organisation.",
        "Connect it again with `connect`; all its documents then go by themselves. What is in books that are gone goes "
        "to the present ones with `push-again`.",
    ),
    HoldReason.LEDGER_ACCOUNT_MISSING: HoldMeaning(
        "A line has no ledger account and the connection has no default.",
        "Set the default with `settings --ledger-account CODE`, and the document goes by itself; or set one on the "
        "line in Sequence.",
    ),
    HoldReason.LEDGER_ACCOUNT_REJECTED: HoldMeaning(
        "Xero does not accept a ledger account of the document.",
        "Choose an active sales account for the line in Sequence, or as the default with `settings --ledger-account "
        "CODE`; then `retry`. An account that was corrected in Xero is seen within about an hour.",
    ),
    HoldReason.TAX_REJECTED: HoldMeaning(
        "Xero does not accept the tax of a line on its ledger account.",
        "Change the account's tax rate in Xero, or the code for exempt customers with `settings --exempt-tax CODE`; "
        "the document then goes by itself within about an hour, or at once with `retry`.",
    ),
    HoldReason.CURRENCY_NOT_ENABLED: HoldMeaning(
        "The Xero organisation does not have the document's currency.",
        "Add the currency in Xero (its plan must allow several); the document then goes by itself within about an "
        "hour, or at once with `retry`.",
    ),
    HoldReason.NUMBER_TAKEN: HoldMeaning(
        "Xero already has a document with this number that is not ours.",
        "If it is the same document, correct in Xero what differs, then `retry`: it is taken over as it is; or let it "
        "differ, and `adopt` it. If not, change the number of the other one in Xero, then `retry`.",
    ),
    HoldReason.LOCKED_PERIOD: HoldMeaning(
        "The date lies in a period that is locked in Xero.",
        "Ask the adviser to move the lock date, then `retry`.",
    ),
    HoldReason.FROZEN_BY_PAYMENT: HoldMeaning(
        "A payment or credit in Xero keeps the document from being changed.",
        "Remove the payment or credit in Xero, then `retry`; or let the document stay as it is there, and `ignore` it.",
    ),
    HoldReason.CONTACT_ARCHIVED: HoldMeaning(
        "The linked contact is archived in Xero.",
        "Restore the contact in Xero, then `retry`; or link the customer to another with `link-customer`, and `retry`.",
    ),
    HoldReason.LINES_DO_NOT_ADD_UP: HoldMeaning(
        "The lines do not add up to the document, so nothing was sent.",
        "Correct the document in Sequence; it then goes by itself. `preview` shows its lines.",
    ),
    HoldReason.NEGATIVE_TOTAL: HoldMeaning(
        "Its total is negative, which Xero refuses for this kind of document.",
        "Void it in Sequence and issue a credit note for a negative invoice, an invoice for a negative credit note.",
    ),
    HoldReason.PLAN_LIMIT: HoldMeaning(
        "The Xero plan does not allow any more documents.",
        "Upgrade the plan in Xero; the documents then go by themselves within about an hour, or at once with "
        "`retry --hold plan_limit`.",
    ),
    HoldReason.REMOVED_IN_XERO: HoldMeaning(
        "It was voided or deleted in Xero, but not in Sequence.",
        "Void it in Sequence too, or `ignore` it; a document voided in Xero cannot be brought back there. Where "
        "all books are gone, `push-again` brings it to the present ones.",
    ),
    HoldReason.NOT_APPROVED: HoldMeaning(
        "It is in Xero, but not approved: the user who connected the account may not approve it there.",
        "Have somebody approve it in Xero, which the next sweep sees; or give that user the role to approve, or "
        "`connect` again as one who has it, then `retry`.",
    ),
    HoldReason.REJECTED: HoldMeaning(
        "The document was refused.",
        "Fix what the message says, then `retry`.",
    ),
}


_BEING_PUSHED = "Its customer is not in Xero yet and is being pushed there; the document then goes by itself."


class Hold(TolerantMessage):
    """A document's hold: the reason, the words of whoever refused (Xero's own, if it did), since when (UTC).

    The words may name people, another document's among them: they stay in the store, and histories carry the hold
    `in_brief`.

    `waits_for_push`: its customer is being pushed into Xero because of it; with words, these say why that push waits.
    """

    reason: HoldReason
    words: str = ""
    since: datetime
    waits_for_push: bool = False

    def in_brief(self, document: str) -> "Hold":
        """Return the hold as histories may carry it: in place of its words the command that shows them.

        `document` is what `starter.py status` knows the document by.
        """
        return self.model_copy(update={"words": f"`starter.py status {document}` says why" if self.words else ""})

    def sentence(self) -> str:
        """Return what a person reads: the matter, the very words of the refusal, and what to do."""
        if self.waits_for_push:
            return f"Its customer could not be pushed into Xero: {self.words}" if self.words else _BEING_PUSHED
        return self.reason.sentence(self.words)
