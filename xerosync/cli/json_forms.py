"""What commands print with `--json`, where nothing else has a model of it. `json_page` writes `docs/json.md` from them.

Fields are only added. Amounts are decimal strings, instants UTC, durations ISO 8601.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from xerosync.connection.connection import ConnectionStatus
from xerosync.core.api_keys import ApiKey
from xerosync.core.base import Message
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroStatus
from xerosync.customers.contact_to_customer import ImportRow
from xerosync.customers.messages import ImportProgress, PushHold, PushOutcome
from xerosync.documents.link import Ignored
from xerosync.operations.document_data import DocumentData, TimelineData


class Listed(DocumentData):
    """A document in the list of `status`. `next_steps` are commands, the likeliest first.

    `left_in` names the organisation that the document was left in when its account moved to another one.
    """

    next_steps: tuple[str, ...]
    left_in: str | None


class Counts(Message):
    """How many documents there are of all, whatever the list leaves out. What is ignored is in no state."""

    alarms: int
    by_state: dict[str, int]
    by_hold: dict[str, int]
    ignored: int
    drifting: int


class StatusList(Message):
    """All documents that were asked for."""

    documents: tuple[Listed, ...]
    counts: Counts


class StatusOne(Listed):
    """One document. `workflow_is_open`: null where Temporal does not say; `waits_for`: why a step is tried again."""

    sequence_url: str
    workflow_is_open: bool | None
    workflow: str
    waits_for: str | None
    timeline: TimelineData


class SettingsData(Message):
    """What a connection assumes. `currencies` and `read_at` are of the chart that is kept; null: it was never read."""

    account_id: str
    tenant_id: str
    organisation_name: str
    short_code: str
    base_currency: str
    default_ledger_account: str | None
    exempt_tax_type: str
    status: ConnectionStatus
    connected_at: datetime | None
    sweep_interval: timedelta | None
    push_new_customers: bool
    report_payments: bool
    allocate_credit_notes: bool
    currencies: tuple[str, ...] | None
    read_at: datetime | None


class ConnectData(SettingsData):
    """A connection that was made. `released` documents had waited; `webhook` is the address that Sequence calls."""

    released: int
    webhook: str | None


class SignalData(Message):
    """What came of `finalize`, `sent`, `void` and `retry` of a document; no `signal` where none was sent."""

    ref: DocumentRef
    number: str | None
    signal: str | None
    words: str


class ReleasedData(Message):
    """How many documents `retry --hold` released."""

    hold: HoldReason
    released: int


class ImportedContact(ImportRow):
    """A contact in the report of an import; `in_xero` is where a person sees it."""

    in_xero: str


class ImportData(ImportProgress):
    """An import that has ended, and what became of each contact."""

    report: tuple[ImportedContact, ...]


class PushData(Message):
    """What came of a push; `proposal` is the contact to link instead, `words` say why a person must decide."""

    customer_id: str
    outcome: PushOutcome
    contact_id: str | None
    hold: PushHold | None
    proposal: str | None
    words: str | None
    xero_url: str | None


class LinkedData(Message):
    """A customer that was linked, and the documents that had waited for it."""

    customer_id: str
    contact_id: str
    released: tuple[DocumentRef, ...]


class SuggestedContact(Message):
    """A contact that may be the customer; the likeliest has the highest `score`."""

    contact_id: str
    name: str
    email: str | None
    score: int
    reasons: tuple[str, ...]
    linked_to: str | None


class UnlinkedData(Message):
    """A customer that was unlinked; null where it was not linked."""

    customer_id: str
    unlinked_from: str | None


class MovedDocument(Message):
    """A document of books that are gone: where it was, and in words what has its number in the present ones."""

    document: str
    number: str | None
    was: str | None
    was_in: str | None
    now: str


class PushAgainData(Message):
    """What `push-again` would do, or with `done` did. `customers` are those whose contact is gone."""

    done: bool
    organisation: str
    documents: tuple[MovedDocument, ...]
    customers: tuple[str, ...]


class AdoptData(Message):
    """A document and the one in Xero that it is from now on, with what differs, in words."""

    document: str
    xero_id: str
    differences: tuple[str, ...]


class IgnoreData(Message):
    """A document, and the decision to leave it alone; null: it is taken up again."""

    document: str
    ignored: Ignored | None


class InXero(Message):
    """A document as Xero shows it."""

    xero_id: str
    number: str
    status: XeroStatus
    sent: bool
    issue_date: date | None
    due_date: date | None
    total: Decimal
    currency: str


class ResyncData(Message):
    """A document as both sides show it now; null: it is not in Xero."""

    document: str
    in_sequence: DocumentStatus
    in_xero: InXero | None


class NewApiKey(ApiKey):
    """A key that was just made; `key` is its secret, shown this once."""

    key: str


class RotatedKeys(Message):
    """How much was encrypted anew, and how many older keys there are."""

    grants: int
    accounts: int
    webhook_secrets: int
    payload_keys: int
    older_keys: int


class KeptKey(Message):
    """The account whose API key is kept."""

    account_id: str


class PurgeData(Message):
    """How many documents, names of customers and rows of reports a purge took, or without `--confirm` would take.

    Before `before` (UTC) nothing changed about them. null: nothing is purged, for no duration is set or given.
    """

    before: datetime | None
    documents: int
    customers: int
    report_rows: int
    is_done: bool


class MigratedData(Message):
    """The migrations that were applied."""

    applied: tuple[str, ...]
