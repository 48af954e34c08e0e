"""Temporal's messages about customers: ids and counts, never names or addresses.

One model per message; a new field comes with a default, so that running workflows can still read old ones.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field

from xerosync.core.base import Message, TolerantMessage
from xerosync.customers.contact_to_customer import ImportOutcome


class ImportCounts(Message):
    """How many contacts an import has processed so far, by outcome."""

    ready: int = 0
    imported: int = 0
    linked: int = 0
    similar: int = 0
    invalid: int = 0

    @classmethod
    def of(cls, tally: Mapping[ImportOutcome, int]) -> Self:
        """Return the counts of a tally."""
        return cls(**{outcome.value: count for outcome, count in tally.items()})

    @property
    def total(self) -> int:
        """All contacts processed."""
        return self.ready + self.imported + self.linked + self.similar + self.invalid


class ImportProgress(Message):
    """Answer of query `progress`, and the result of the workflow.

    `is_whole`: of all customers, not of chosen ones. `contacts` is how many there are, once Xero said so. `stopped`:
    the account is not connected; what was imported until then stays.
    """

    import_id: str
    preview: bool = False
    is_whole: bool = True
    pages: int = 0
    contacts: int | None = None
    counts: ImportCounts = Field(default_factory=ImportCounts)
    stopped: bool = False
    finished: bool = False


class ImportInput(Message):
    """Input of `CustomerImportWorkflow`: all customers of the organisation, or the contacts named.

    `as_new` creates a customer even where one looks the same. `progress` is what earlier runs of it reached.
    """

    account_id: str
    contact_ids: tuple[str, ...] = ()
    preview: bool = False
    as_new: bool = False
    progress: ImportProgress | None = None


class ImportOpenInput(Message):
    """Input of `open_import`. `is_whole`: one of chosen contacts keeps what is known of others."""

    account_id: str
    import_id: str
    is_whole: bool = True


class ImportOpenResult(Message):
    """Result of `open_import`. `stopped`: the account is not connected, and nothing can be compared."""

    stopped: bool = False


class ImportPageInput(Message):
    """Input of `import_page`: page `page` (from 1) of all customers, or, where ids are given, those contacts."""

    account_id: str
    import_id: str
    page: int
    contact_ids: tuple[str, ...] = ()
    preview: bool = False
    as_new: bool = False


class ImportPageResult(Message):
    """Result of `import_page`: the counts of the whole import so far, and whether this page was the last."""

    counts: ImportCounts
    contacts: int | None = None
    is_last: bool = False
    stopped: bool = False


class PushHold(StrEnum):
    """Why a customer is not, or not as it is now, in Xero."""

    NAME_TAKEN = "name_taken"
    NAME_ARCHIVED = "name_archived"
    CONTACT_ARCHIVED = "contact_archived"
    CUSTOMER_MISSING = "customer_missing"
    CUSTOMER_ARCHIVED = "customer_archived"
    DISCONNECTED = "disconnected"
    REJECTED = "rejected"

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return _SENTENCES[self]


_SENTENCES = {
    PushHold.NAME_TAKEN: "Another contact in Xero has the customer's name. If they are the same, link them; "
    "if not, change one of the names, then push again.",
    PushHold.NAME_ARCHIVED: "An archived contact in Xero has the customer's name, and Xero makes no second one. "
    "Restore it there and link them, or change its name, then push again.",
    PushHold.CONTACT_ARCHIVED: "The linked contact is archived in Xero, where it can't be changed. "
    "Restore it there, or link the customer to another, then push again.",
    PushHold.CUSTOMER_MISSING: "Sequence has no such customer: check the id.",
    PushHold.CUSTOMER_ARCHIVED: "The customer is archived in Sequence: nothing was written.",
    PushHold.DISCONNECTED: "The account is not connected to a Xero organisation. Connect it, then push again.",
    PushHold.REJECTED: "Xero refused the contact. Fix what it says, then push again.",
}


class PushOutcome(StrEnum):
    """What a push did: created the contact, found one that it had created, changed it, found it equal, or was held.

    Shared: the contact carries the number of another customer that is linked to it, and shows that one's details.
    Skipped: the customer is not in Xero, nobody asked for it, and the connection does not push new customers.
    """

    CREATED = "created"
    ADOPTED = "adopted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SHARED = "shared"
    SKIPPED = "skipped"
    HELD = "held"


class PushInput(Message):
    """Input of `CustomerPushWorkflow`."""

    account_id: str
    customer_id: str


class PushStep(Message):
    """Input of `push_customer`. `asked`: somebody asked for it, so the connection's setting does not matter."""

    account_id: str
    customer_id: str
    asked: bool


class PushResult(TolerantMessage):
    """Result of a push. `proposal` is the ContactID to link to, where another contact has the customer's name.

    What Xero said is in the store, as `PushHeld`: it may name people.
    """

    outcome: PushOutcome
    contact_id: str | None = None
    hold: PushHold | None = None
    proposal: str | None = None

    def after(self, earlier: "PushResult") -> "PushResult":
        """Return what this push and an earlier one did together: one that found all equal adds nothing."""
        made = earlier.outcome in (PushOutcome.CREATED, PushOutcome.ADOPTED, PushOutcome.UPDATED)
        if made and self.outcome is PushOutcome.UNCHANGED and self.contact_id == earlier.contact_id:
            return earlier
        return self
