"""What travels through Temporal about customers: ids and counts, never names or addresses.

One model per message; a new field comes with a default, so that running workflows can still read old ones.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field

from xerosync.core.base import Message, TolerantMessage
from xerosync.customers.contact_fields import PushHold
from xerosync.customers.importing import ImportOutcome


class ImportCounts(Message):
    """How many contacts an import has met so far, by what became of them."""

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
        """All contacts met."""
        return self.ready + self.imported + self.linked + self.similar + self.invalid


class ImportProgress(Message):
    """Answer of query `progress`, and the result of the workflow. Whole: of all customers, not of some chosen.

    `contacts` is how many the organisation has to offer, once Xero told. `stopped` says that the account is not
    connected: what was imported until then stays.
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
    """Input of `open_import`."""

    account_id: str
    import_id: str


class ImportPageInput(Message):
    """Input of `import_page`: page `page` (from 1) of all customers, or, where ids are given, those contacts."""

    account_id: str
    import_id: str
    page: int
    contact_ids: tuple[str, ...] = ()
    preview: bool = False
    as_new: bool = False


class ImportPageResult(Message):
    """What `import_page` leaves: the counts of the whole import so far, and whether there is another page."""

    counts: ImportCounts
    contacts: int | None = None
    is_last: bool = False
    stopped: bool = False


class PushOutcome(StrEnum):
    """What a push did: made the contact, found the one it had made, changed it, found it right, or could not.

    Skipped: the customer is not in Xero, and nobody but Sequence asked, whose new customers are not pushed.
    """

    CREATED = "created"
    ADOPTED = "adopted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    HELD = "held"


class PushInput(Message):
    """Input of `CustomerPushWorkflow`."""

    account_id: str
    customer_id: str


class PushStep(Message):
    """Input of `push_customer`. Asked: somebody wants the customer in Xero, whatever the connection's setting says."""

    account_id: str
    customer_id: str
    asked: bool


class PushResult(TolerantMessage):
    """What became of a push. `proposal` is the ContactID to link to, where another contact stands in the way.

    What Xero said is in the store, as `PushHeld`: it may name people.
    """

    outcome: PushOutcome
    contact_id: str | None = None
    hold: PushHold | None = None
    proposal: str | None = None

    def after(self, earlier: "PushResult") -> "PushResult":
        """Return what this push and an earlier one did together: a contact that was made and found right was made."""
        made = earlier.outcome in (PushOutcome.CREATED, PushOutcome.ADOPTED, PushOutcome.UPDATED)
        if made and self.outcome is PushOutcome.UNCHANGED and self.contact_id == earlier.contact_id:
            return earlier
        return self
