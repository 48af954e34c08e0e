"""What people did, as the witness wrote it down when it happened: from outside, and for every document."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.chaos.people import Billed, Customer
from xerosync.core.documents import DocumentRef


class Act(StrEnum):
    """What a person does: first in Sequence, then in Xero."""

    SEND = "sent in Sequence"
    VOID = "voided in Sequence"
    AMEND = "due date moved in Sequence"
    MARK_SENT = "marked sent in Xero"
    EDIT_DATES = "dates edited in Xero"
    PAY_PART = "paid in part in Xero"
    PAY = "paid in Xero"
    SET_OFF = "set off in Xero"
    VOID_IN_XERO = "voided in Xero"


@dataclass
class Ledger:
    """Acts that a company took, in their order, and those that it refused."""

    _acts: dict[DocumentRef, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _archived: set[str] = field(default_factory=set[str])
    refused: Counter[Act] = field(default_factory=Counter[Act])
    archived: int = 0
    restored: int = 0
    disconnected: int = 0

    def note(self, billed: Billed, act: Act, *, done: bool) -> None:
        """Write down what a person did to a document, or tried."""
        if done:
            self._acts[billed.ref].append(act)
        else:
            self.refused[act] += 1

    def note_archived(self, customer: Customer, *, archived: bool) -> None:
        """Write down that a contact was archived or restored."""
        self.archived += archived
        self.restored += not archived
        self._archived.add(customer.contact_id)

    def acts(self, billed: Billed) -> Sequence[Act]:
        """Return what was done to a document."""
        return tuple(self._acts.get(billed.ref, ()))

    def was_archived(self, billed: Billed) -> bool:
        """Whether the contact of its customer was ever archived."""
        return billed.customer.contact_id in self._archived

    def counts(self) -> dict[str, int]:
        """Count what was done."""
        done = Counter(act.value for acts in self._acts.values() for act in acts)
        contacts = {"contacts archived": self.archived, "contacts restored": self.restored}
        return {**done, **contacts, "disconnected in Xero": self.disconnected}
