"""Inputs and results of a reconcile's workflow and activities: counts, never findings; those are in the store."""

from datetime import date, datetime

from pydantic import Field

from xerosync.core.base import Message
from xerosync.core.documents import Kind


class ReconcileInput(Message):
    """Input of `ReconcileWorkflow`: the account, and whether to fix what is safe to fix.

    `since` leaves out documents that were issued earlier and were never signalled.
    """

    account_id: str
    fix: bool = False
    since: date | None = None


class CompareInput(Message):
    """Input of `compare_documents`: one kind of document of an account, for the findings of one run."""

    account_id: str
    run_id: str
    kind: Kind
    since: date | None = None


class Compared(Message):
    """How much was compared: documents of Sequence except drafts, documents of Xero, calls for Xero's lists.

    `created_in_xero` counts documents that have nothing to do with Sequence; `uncertain` findings to be checked again;
    `origins_owed` credit notes in Xero without a note that leads back to Sequence, which a sweep will write.
    """

    in_sequence: int = 0
    in_xero: int = 0
    calls: int = 0
    created_in_xero: int = 0
    uncertain: int = 0
    origins_owed: int = 0
    is_connected: bool = True

    def __add__(self, other: "Compared") -> "Compared":
        """Return both together."""
        sums = {name: count + getattr(other, name) for name, count in self.model_dump(exclude={"is_connected"}).items()}
        return Compared(**sums, is_connected=self.is_connected and other.is_connected)


class RunInput(Message):
    """Input of the activities that work on the findings of one run."""

    account_id: str
    run_id: str


class CheckedAgain(Message):
    """Result of `check_again`: how many findings were checked, and how many of them still differ."""

    checked: int = 0
    differ: int = 0


class Tally(Message):
    """Findings by verdict. Alarms are counted as differences or holds too."""

    differences: int = 0
    alarms: int = 0
    holds: int = 0
    manual_edits: int = 0
    left_behind: int = 0
    ignored: int = 0
    fixed: int = 0


class ConcludeInput(RunInput):
    """Input of `conclude`: what the run compared."""

    compared: Compared
    fix: bool = False


class ReconcileResult(Message):
    """Answer of query `progress`, result, and what the store keeps of a run. `ended_at` is UTC."""

    compared: Compared = Field(default_factory=Compared)
    tally: Tally = Field(default_factory=Tally)
    fix: bool = False
    signalled: int = 0
    ended_at: datetime | None = None

    @property
    def in_step(self) -> bool:
        """Whether only holds and what people did or decided was found; an alarm is neither."""
        return self.compared.is_connected and self.tally.differences == 0 and self.tally.alarms == 0

    def sentence(self) -> str:
        """Return the counts in words, on one line, alarms first."""
        compared, tally = self.compared, self.tally
        more = (
            (tally.holds, "on hold"),
            (tally.manual_edits, "changed by people"),
            (tally.left_behind, "left in another organisation"),
            (tally.ignored, "ignored"),
            (compared.created_in_xero, "created in Xero"),
            (tally.fixed, "fixed"),
            (compared.origins_owed, "without a note in Xero that leads back to Sequence; sweeps write it"),
        )
        counts = "".join(f", {count} {what}" for count, what in more if count)
        differences = f"{tally.differences} difference{'' if tally.differences == 1 else 's'}"
        documents = f"{compared.in_sequence} document{'' if compared.in_sequence == 1 else 's'}"
        alarms = f"ALARM: {tally.alarms} sent but dated 3000; " if tally.alarms else ""
        calls = f"{compared.calls} call{'' if compared.calls == 1 else 's'} to Xero for its lists"
        return f"{alarms}{documents}, {differences}{counts}; {calls}"
