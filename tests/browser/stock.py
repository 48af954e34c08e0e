"""An office with something of everything that pages show: documents in every state, holds, an alarm, customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import asyncpg

from tests.integration.office import Office
from tests.integration.test_operators import taken
from tests.patience import until
from xerosync.backfill.client import start_backfill
from xerosync.backfill.messages import BackfillInput
from xerosync.bulk.messages import BulkAct
from xerosync.core.api_keys import Scope
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.customers.messages import ImportInput
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.documents.timeline import ChangeCause, caused_by
from xerosync.operations.bulk import ask_for
from xerosync.operations.ignoring import ignore
from xerosync.reconcile.client import start_reconcile
from xerosync.reconcile.messages import ReconcileInput

NAMES = (
    "Lovelace Analytics Ltd",
    "Babbage & Sons",
    "Hopper Systems GmbH",
    "Noether Symmetry SA",
    "Turing Machines Ltd",
    "Meitner Instruments",
)
"""Of customers; the last two have no contact in Xero."""

LINES = (
    {"title": "Platform", "quantity": "1", "rate": "1450.00", "taxRate": "0.2"},
    {"title": "Seats", "quantity": "12", "rate": "25.00", "taxRate": "0.2"},
)

_HELD = {
    HoldReason.LEDGER_ACCOUNT_MISSING: "",
    HoldReason.TAX_REJECTED: "The TaxType code 'OUTPUT2' cannot be used with account code '260'.",
    HoldReason.LOCKED_PERIOD: "Document date cannot be before the period lock date.",
}
"""Holds that are stored as they would be, with the words that Xero would say."""

_EARLIER = """
INSERT INTO documents (account_id, kind, document_id, number, customer_id, customer_name, currency, gross_total,
    sequence_status, issue_date, reference_digest, xero_id, xero_status, xero_sent, xero_issue_date, xero_due_date,
    xero_seen_at, xero_total, state, updated_at)
SELECT $1, 'invoice', 'earlier-' || n, 'INV-2' || lpad(n::text, 3, '0'), 'earlier', $2, 'GBP', 120, 'SENT',
    current_date, '0', 'earlier-' || n, 'PAID', true, current_date, current_date + 30, now(), 120,
    CASE WHEN n % 3 = 0 THEN 'sent' WHEN n % 7 = 1 THEN 'pushed' ELSE 'settled' END,
    now() - interval '1 day' * (n * n % 13 + 1)
FROM generate_series(1, 60) AS n
"""


@dataclass(frozen=True)
class Stock:
    """What there is, for those who need a part of it by name."""

    office: Office
    linked: Sequence[str]
    unlinked: Sequence[str]
    settled: DocumentRef
    taken: DocumentRef
    held: DocumentRef
    ignored: DocumentRef
    left_behind: DocumentRef
    """It is in books that are gone."""
    bulk_id: str

    @property
    def account_id(self) -> str:
        return self.office.account_id


async def fill(office: Office, names: Sequence[str] = NAMES, *, prefix: str = "") -> Stock:
    """Fill an office, by what people do on both sides as far as that leads there.

    `prefix` goes before all that people or Xero write: memos, references, titles of lines, words of refusals, reasons.
    """
    *of_linked, fifth, sixth = names
    linked = [await office.customer(name) for name in of_linked]
    unlinked = [await office.customer(name, linked=False) for name in (fifth, sixth)]

    async def final(customer_id: str, kind: Kind = Kind.INVOICE) -> DocumentRef:
        lines = [{**line, "title": prefix + line["title"]} for line in LINES]
        ref = await office.draft(customer_id, kind, lines, memo=f"{prefix}With thanks")
        await office.act(ref, "finalize")
        return ref

    settled = [await final(customer_id) for customer_id in linked]
    pushed = [await final(linked[0]), await final(linked[1]), await final(linked[2], Kind.CREDIT_NOTE)]
    voided = await final(linked[3])
    await office.signal([*settled, *pushed, voided], "finalized")
    await office.reach([*settled, *pushed, voided], SyncState.PUSHED)
    for ref in settled:
        await office.act(ref, "send")
    await office.act(voided, "void")
    await office.signal(settled, "sent")
    await office.signal([voided], "voided")
    await office.reach(settled, SyncState.SETTLED)
    await office.reach([voided], SyncState.VOIDED)

    waiting = [await final(unlinked[0]), await final(unlinked[0]), await final(unlinked[1])]
    await office.signal(waiting, "finalized")
    await office.reach(waiting, SyncState.HELD)
    theirs, _, _ = await taken(office, customer_id=linked[1])
    await _read_all_of_both_sides(office)
    for reason, words in _HELD.items():
        await hold_as_stored(office, await final(linked[2]), reason, prefix + words if words else "")
    await _sent_but_dated_3000(office, await final(linked[0]))
    ignored = await final(linked[3])
    await hold_as_stored(office, ignored, HoldReason.REJECTED, f"{prefix}No.")
    gone = {"tenant_id": "00000000-0000-4000-8000-000000000000", "short_code": "!gone"}
    await office.services.store.change(pushed[1], lambda link: link.model_copy(update=gone))
    await _earlier_documents(office, names[0])
    await office.services.api_keys.make(office.account_id, "billing", [Scope.READ, Scope.SIGNAL], "Ada")
    with caused_by(ChangeCause(who="Ada")):
        act = await ask_for(office.services, office.account_id, Selection(state=SyncState.HELD), BulkAct.RETRY, "")
        await ignore(office.services, ignored, f"{prefix}Billed by hand")
    return Stock(office, linked, unlinked, settled[0], theirs, waiting[0], ignored, pushed[1], act.bulk_id)


async def hold_as_stored(office: Office, ref: DocumentRef, reason: HoldReason, words: str = "") -> None:
    """Store a hold of a document as a step would, with what is known of the document in Sequence."""
    document = await office.services.billing.document(ref)
    held = Hold(reason=reason, words=words, since=utc_now() - timedelta(hours=3))
    await office.services.store.change(ref, lambda link: link.read(document).held(held))


async def _sent_but_dated_3000(office: Office, ref: DocumentRef) -> None:
    """What no path leads to: a document that was sent while its date in Xero stayed."""
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    document = await office.services.billing.document(ref)
    sent = document.model_copy(update={"status": DocumentStatus.SENT, "issue_date": date(2026, 3, 1)})
    await office.services.store.change(
        ref, lambda link: link.read(sent).model_copy(update={"xero_total": Decimal("1900.00")})
    )


async def _read_all_of_both_sides(office: Office) -> None:
    """A backfill, a preview of the import and a comparison, each to its end."""
    services, account_id = office.services, office.account_id
    await start_backfill(services.temporal, BackfillInput(account_id=account_id))
    await services.customer_workflows.start_import(ImportInput(account_id=account_id, preview=True))
    await services.customer_workflows.importing(account_id).result()
    await start_reconcile(services.temporal, ReconcileInput(account_id=account_id))

    async def is_compared() -> bool:
        return await services.reconciles.last(account_id) is not None

    await until(is_compared)


async def _earlier_documents(office: Office, customer: str) -> None:
    """Documents of the two weeks before, so that the chart has something to show."""
    database = await asyncpg.connect(office.environment["XEROSYNC_DATABASE_URL"])
    await database.execute(_EARLIER, office.account_id, customer)
    await database.close()
