"""A document as data: the one form that `status --json` and the JSON API give it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from xerosync.core.base import Message
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import Hold
from xerosync.core.xero_records import Allocation, Amounts
from xerosync.documents.describe import deep_link, sentence
from xerosync.documents.link import DocumentLink, Drift, Ignored
from xerosync.documents.messages import SyncState
from xerosync.documents.timeline import RecordedEntry, Timeline
from xerosync.documents.timeline_text import line
from xerosync.documents.views import SequenceView, XeroView

_OF_THE_STORE = ("intent", "hold", "short_code")


class DocumentData(Message):
    """Where a document stands on both sides. Amounts are in `currency`, as decimal strings; instants are UTC.

    `sequence` and `xero` are as each side last showed it; null: not read yet, not there. `state` is what Xero shows.
    `hold` is why the document waits, `sentence` says where it stands, `xero_url` is where a person sees it in Xero.
    `alarm`: it was sent, but stands in Xero dated 3000. `drift`: the totals differ. `amounts`
    is what is paid, credited and open in Xero, null where nothing was ever paid or credited.
    """

    ref: DocumentRef
    number: str | None
    state: SyncState
    sentence: str
    hold: Hold | None
    alarm: bool
    ignored: Ignored | None
    customer_id: str | None
    customer_name: str | None
    currency: str | None
    gross_total: Decimal | None
    xero_total: Decimal | None
    amounts: Amounts | None
    drift: Drift | None
    own_dates: str | None
    sequence: SequenceView | None
    sequence_read_at: datetime | None
    xero: XeroView | None
    xero_url: str | None
    tenant_id: str | None
    adopted_by_hand: bool
    origin_owed: bool
    reports_payments: bool
    allocation: Allocation
    updated_at: datetime | None

    @classmethod
    def of(cls, link: DocumentLink) -> "DocumentData":
        """Return what is known of a document."""
        return cls(
            **{
                name: getattr(link, name)
                for name in DocumentLink.model_fields
                if name in cls.model_fields and name != "hold"
            },
            state=link.state,
            sentence=sentence(link.ref, link.known),
            hold=link.current_hold,
            alarm=link.is_alarm(utc_now()),
            drift=link.drift,
            own_dates=link.own_dates,
            xero_url=xero_url(link),
        )


class EntryData(RecordedEntry):
    """One thing that happened to a document; `line` says it in words."""

    line: str


class TimelineData(Message):
    """The last entries of a document, the oldest first, and how many there are in all.

    `purged_at` (UTC) is when what was there before was purged for its age; null: nothing was.
    """

    in_all: int
    purged_at: datetime | None
    entries: tuple[EntryData, ...]

    @classmethod
    def of(cls, timeline: Timeline) -> "TimelineData":
        """Return the entries with their words."""
        entries: Sequence[RecordedEntry] = timeline.entries
        shown = tuple(EntryData(**dict(each), line=line(each)) for each in entries)
        return cls(in_all=timeline.in_all, purged_at=timeline.purged_at, entries=shown)


_IN_SEQUENCE = {Kind.INVOICE: "invoices", Kind.CREDIT_NOTE: "credit-notes"}


def sequence_url(ref: DocumentRef, app_url: str) -> str:
    """Return where a person sees the document in Sequence, whose pages stand under `app_url`."""
    return f"{app_url}/{_IN_SEQUENCE[ref.kind]}/{quote(ref.document_id, safe='')}"


def left_in(link: DocumentLink, tenant_id: str, organisations: Mapping[str, str]) -> str | None:
    """Name the organisation that a document was left in when its account moved to another one; None where it was not.

    `tenant_id` is the organisation that the account is connected to, `organisations` are names by tenant id.
    """
    if not link.is_elsewhere(tenant_id):
        return None
    return organisations.get(link.tenant_id or "") or f"organisation {link.tenant_id}"


def xero_url(link: DocumentLink) -> str | None:
    """Return where a person sees the document in Xero."""
    if link.xero is None or link.short_code is None:
        return None
    return deep_link(link.short_code, link.ref.kind, link.xero.xero_id)
