"""Why Sequence and Xero show a document differently, in words, and what a reconcile may do about it."""

from enum import StrEnum


class FindingCause(StrEnum):
    """Why two sides differ, as far as that is known."""

    NEVER_SIGNALLED = "never_signalled"
    SIGNAL_MISSED = "signal_missed"
    UNDER_WAY = "under_way"
    ANSWER_LOST = "answer_lost"
    NOT_SEEN = "not_seen"
    REMOVED = "removed"
    DATED_AGAIN = "dated_again"
    LINK_LOST = "link_lost"
    WRONG_LINK = "wrong_link"
    ADOPTABLE = "adoptable"
    NUMBER_TAKEN = "number_taken"
    VANISHED = "vanished"
    DUPLICATE = "duplicate"
    NOT_IN_SEQUENCE = "not_in_sequence"
    TAX_RATE = "tax_rate"
    AMENDED = "amended"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    HELD = "held"
    IGNORED = "ignored"
    EDITED_IN_XERO = "edited_in_xero"
    ADOPTED = "adopted"
    OTHER_CONTACT = "other_contact"
    OTHER_ORGANISATION = "other_organisation"
    CREATED_IN_XERO = "created_in_xero"
    NOT_REPORTED = "not_reported"
    SET_IN_SEQUENCE = "set_in_sequence"

    @property
    def words(self) -> str:
        """The cause in a sentence, and where no command fixes it, what a person can do."""
        return _WORDS[self]


MANUAL = frozenset(
    {
        FindingCause.EDITED_IN_XERO,
        FindingCause.ADOPTED,
        FindingCause.OTHER_CONTACT,
        FindingCause.CREATED_IN_XERO,
        FindingCause.SET_IN_SEQUENCE,
    }
)
"""What a person did or decided: nothing of it is overwritten."""

FIXED_BY_XERO_VIEW = frozenset(
    {FindingCause.NOT_SEEN, FindingCause.REMOVED, FindingCause.DATED_AGAIN, FindingCause.NOT_REPORTED}
)
"""Fixed by sending the workflow how Xero shows the document."""

FIXED_BY_READING = frozenset(
    {
        FindingCause.NEVER_SIGNALLED,
        FindingCause.SIGNAL_MISSED,
        FindingCause.UNDER_WAY,
        FindingCause.ANSWER_LOST,
        FindingCause.LINK_LOST,
        FindingCause.ADOPTABLE,
        FindingCause.NUMBER_TAKEN,
    }
)
"""Fixed by a signal that makes the workflow read Sequence again: it does only what is still to be done."""

_WORDS = {
    FindingCause.NEVER_SIGNALLED: "No signal about it ever came, and no backfill started it.",
    FindingCause.SIGNAL_MISSED: "It changed in Sequence, and no signal about that came.",
    FindingCause.UNDER_WAY: "The store knows what is to be done, and its workflow has not done it yet.",
    FindingCause.ANSWER_LOST: "It was sent to Xero and the answer was lost; its workflow checks whether it arrived.",
    FindingCause.NOT_SEEN: "It was changed in Xero, and no sweep has seen it yet.",
    FindingCause.REMOVED: "A person voided or deleted it in Xero; its workflow does not know yet.",
    FindingCause.DATED_AGAIN: "It had its real dates in Xero, and was dated 3000 again there.",
    FindingCause.LINK_LOST: "It is in Xero, but the store has no link to it.",
    FindingCause.WRONG_LINK: "The store links it to another document in Xero: void in Xero the one too many.",
    FindingCause.ADOPTABLE: "Another tool brought the same document to Xero; the next try adopts it as it is.",
    FindingCause.NUMBER_TAKEN: "A different document in Xero has its number.",
    FindingCause.VANISHED: "The store links it to a document that Xero does not have any more: "
    "ask in Xero who removed it.",
    FindingCause.DUPLICATE: "Xero has more than one approved document for it: void in Xero the one too many.",
    FindingCause.NOT_IN_SEQUENCE: "It came from a document that Sequence does not have any more: "
    "if it is no longer valid, void it in Xero.",
    FindingCause.TAX_RATE: "Most likely the default tax rate of a ledger account in Xero is not the rate that Sequence "
    "charged: correct it in Xero.",
    FindingCause.AMENDED: "Its total changed in Sequence after it was brought to Xero: void it, and bill it again.",
    FindingCause.UNREADABLE: "Sequence's answer about it can't be read; the log of the worker says why.",
    FindingCause.UNKNOWN: "The cause is not known: compare both documents.",
    FindingCause.HELD: "It is on hold.",
    FindingCause.IGNORED: "A person chose to ignore it; `starter.py status` says who, and why.",
    FindingCause.EDITED_IN_XERO: "A person changed it in Xero.",
    FindingCause.ADOPTED: "A person adopted it although it differs; `starter.py status` says who.",
    FindingCause.OTHER_CONTACT: "A person gave it another contact in Xero, merged contacts there, or linked its "
    "customer to another one since.",
    FindingCause.OTHER_ORGANISATION: "It is in the organisation that the account was connected to before; if that "
    "organisation is gone, `push-again` brings it to the present one.",
    FindingCause.NOT_REPORTED: "How far it is paid in Xero was not reported to Sequence yet.",
    FindingCause.SET_IN_SEQUENCE: "A person, or a payment service, set it in Sequence; Xero does not show that.",
    FindingCause.CREATED_IN_XERO: "It was created in Xero and has no link to Sequence.",
}
