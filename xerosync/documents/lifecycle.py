"""What to do next about a document, as pure functions of what is known.

          finalized              sent (either side)               paid in Xero
    ·  ──── PUSH ────▶ pushed ──── APPLY_SENT / REPORT_SENT ────▶ sent ──── REPORT_PAYMENT ────▶ settled
    │                    │                                         │                                │
    └──── voided in Sequence: VOID where it is in Xero ────────────┴────────────────────────────────┴────▶ voided

Where payments are not reported, a document is settled once it is sent.

Sequence is the truth; signals are hints. A hint only makes the next step read Sequence again, so hints may be
doubled, reordered or late. What Xero shows is ordered by when it was seen: the newest view wins. The end state
depends on the two systems alone, never on the order in which news of them came.
"""

from enum import StrEnum

from xerosync.core.documents import ISSUED, DocumentStatus
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import Allocation, Payment
from xerosync.documents.messages import Held, Known, Outcome, SyncState
from xerosync.documents.views import SequenceView, XeroView


class Step(StrEnum):
    """What a document's workflow does next."""

    PUSH = "push_document"
    APPLY_SENT = "apply_sent"
    REPORT_SENT = "report_sent"
    REPORT_PAYMENT = "report_payment"
    ALLOCATE = "allocate_credit"
    VOID = "void_document"
    CONFIRM = "confirm_claim"
    WAIT = "wait"
    SETTLE = "settle"


_ORDER = tuple(DocumentStatus)


def next_step(known: Known) -> Step:
    """Return the next step. Every step reads Sequence when it acts, and does nothing that is not called for.

    Where nothing is left to do, but a signal said more than Sequence shows, Sequence is read until it shows that, for
    some minutes: the signal may have overtaken the commit that it speaks of.
    """
    step = _next_step(known)
    is_at_rest = step in (Step.WAIT, Step.SETTLE) and not (current_hold(known) or known.ignored or is_unknown(known))
    return Step.CONFIRM if is_at_rest and unconfirmed(known) else step


def _next_step(known: Known) -> Step:
    """Return the next step by what is known, whatever was claimed.

    What a person wants left alone is at its end; a hint makes a step look whether that still stands. A payment is
    reported to Sequence before that, and whatever holds the document: no hold is about what was paid.
    """
    if owes_report(known) and (current_hold(known) or known.ignored):
        return Step.REPORT_PAYMENT
    if known.ignored and not is_stale(known):
        return Step.SETTLE
    if current_hold(known):
        return Step.WAIT
    if is_stale(known) or known.sequence is None:
        return Step.APPLY_SENT if known.xero else Step.PUSH
    return _step_of(known.sequence, known)


def _step_of(sequence: SequenceView, known: Known) -> Step:
    """Return the next step of a document that was read and that nothing keeps."""
    match sequence.status:
        case DocumentStatus.IN_PROGRESS | DocumentStatus.DRAFT:
            return Step.WAIT
        case DocumentStatus.DELETED:
            return Step.SETTLE
        case DocumentStatus.VOIDED:
            if not may_stand_in_xero(known):
                return Step.SETTLE
            return Step.VOID if known.xero else Step.PUSH
        case DocumentStatus.FINAL | DocumentStatus.SENT:
            if known.xero is None:
                return Step.PUSH if may_be_pushed(sequence) else Step.WAIT
            return _step_in_both(sequence, known.xero, known)


def _step_in_both(sequence: SequenceView, xero: XeroView, known: Known) -> Step:
    """Return the next step of a document that stands in both systems."""
    if owes_report(known):
        # First of all: the payment may be what keeps Xero from taking the rest.
        return Step.REPORT_PAYMENT
    if sequence.status is DocumentStatus.FINAL:
        if xero.sent:
            return Step.REPORT_SENT
        return Step.WAIT if is_up_to_date(sequence, xero) else Step.APPLY_SENT
    if not is_applied(sequence, xero):
        return Step.APPLY_SENT
    if awaits_allocation(known):
        return Step.ALLOCATE if known.allocation is Allocation.WANTED else Step.WAIT
    return Step.WAIT if awaits_payment(known) else Step.SETTLE


def may_be_pushed(sequence: SequenceView) -> bool:
    """Whether a document goes to Xero as it stands in Sequence.

    A total of zero waits until it is sent: Xero may take an approved document of zero as paid at once, which would
    freeze its placeholder dates (unverified; harmless if it does not).
    """
    if sequence.status is DocumentStatus.FINAL:
        return not sequence.total_is_zero
    return sequence.status is DocumentStatus.SENT


def is_stale(known: Known) -> bool:
    """Whether something was said to have changed in Sequence since it was last read."""
    return known.hints != known.hints_read


def is_applied(sequence: SequenceView, xero: XeroView) -> bool:
    """Whether Xero shows a sent document as Sequence has it: sent, its header brought over, real dates."""
    header = sequence.header
    is_brought = xero.applied == header and not (header and xero.may_show_another(header))
    return xero.sent and is_brought and not xero.has_placeholder


def is_sent_but_3000(known: Known) -> bool:
    """Whether a document that was sent stands in the books dated 3000, whatever the reason; not where it is ignored."""
    sequence, xero = known.sequence, known.xero
    if sequence is None or xero is None or known.ignored:
        return False
    return sequence.status is DocumentStatus.SENT and xero.has_placeholder and not xero.status.is_gone


def is_up_to_date(sequence: SequenceView, xero: XeroView) -> bool:
    """Whether Xero has what a document that is not sent yet may change: its reference. Its dates wait."""
    if sequence.header is None:
        return True
    digest = sequence.header.reference_digest
    is_brought = all(each.reference_digest == digest for each in xero.unconfirmed)
    return is_brought and xero.reference_digest in (None, digest)


def is_reported(known: Known) -> bool:
    """Whether the payment in Xero was reported to Sequence, or need not be."""
    has_status = known.sequence is not None and known.sequence.status in ISSUED
    return not (known.reports_payments and has_status) or known.xero is None or known.xero.is_reported


def owes_report(known: Known) -> bool:
    """Whether a step must report a payment to Sequence now; what Sequence refused waits for another try."""
    return not (is_reported(known) or known.report_refused)


def awaits_payment(known: Known) -> bool:
    """Whether a document that is sent in both systems stays open until it is paid in Xero."""
    return known.reports_payments and known.xero is not None and known.xero.payment is not Payment.FULL


def awaits_allocation(known: Known) -> bool:
    """Whether a credit note stays open until it is set against its invoice; one that is used up has nothing left."""
    is_open = known.allocation in (Allocation.WANTED, Allocation.PENDING)
    return is_open and known.xero is not None and known.xero.payment is not Payment.FULL


def only_awaits_payment(known: Known) -> bool:
    """Whether all is done for a document, until another payment comes in Xero; of those that came none is owed."""
    sequence, xero = known.sequence, known.xero
    if sequence is None or xero is None or sync_state(known) is not SyncState.SENT:
        return False
    is_done = sequence.status is DocumentStatus.SENT and is_applied(sequence, xero)
    return is_done and is_reported(known) and not awaits_allocation(known)


def current_hold(known: Known) -> Hold | None:
    """Return the hold that is in force: one that a step met, or the one that what is known amounts to."""
    if known.ignored:
        return None
    if known.hold:
        return known.hold
    sequence, xero = known.sequence, known.xero
    if sequence is None or xero is None or is_stale(known):
        return None
    if sequence.status in (DocumentStatus.VOIDED, DocumentStatus.DELETED):
        return None
    if xero.status.is_unapproved:
        return Hold(reason=HoldReason.NOT_APPROVED, words=f"Xero shows it as {xero.status}", since=xero.seen_at)
    return Hold(reason=HoldReason.REMOVED_IN_XERO, since=xero.seen_at) if xero.status.is_gone else None


def _awaits_more(known: Known) -> bool:
    return awaits_payment(known) or awaits_allocation(known)


def shown_hold(known: Known) -> Hold | None:
    """Return the hold to show: the one in force, or the one that is being tried again."""
    return current_hold(known) or known.retried


def sync_state(known: Known) -> SyncState:
    """Return where the document stands, for search attribute, store and people.

    It says what Xero shows: `sent` only with real dates, `voided` only once nothing is in force there. What was read in
    Sequence and is not in Xero yet is on its way; `words.sentence` says so.
    """
    sequence, xero = known.sequence, known.xero
    if known.ignored:
        return SyncState.SETTLED
    if shown_hold(known):
        return SyncState.HELD
    if sequence is None:
        return SyncState.PENDING
    if sequence.status is DocumentStatus.DELETED:
        return SyncState.SETTLED
    if sequence.status is DocumentStatus.VOIDED and not may_stand_in_xero(known):
        return SyncState.VOIDED
    if xero is None:
        return SyncState.PENDING
    is_done = sequence.status is DocumentStatus.SENT and is_applied(sequence, xero)
    if is_done and is_reported(known) and not _awaits_more(known):
        return SyncState.SETTLED
    return SyncState.SENT if xero.sent and not xero.has_placeholder else SyncState.PUSHED


def may_stand_in_xero(known: Known) -> bool:
    """Whether the document is in force in Xero, or may be: of a create whose answer is lost nobody knows yet."""
    return known.is_in_doubt or (known.xero is not None and not known.xero.status.is_gone)


_UNHELD = {"hold": None, "retried": None, "report_refused": False}


def hinted(known: Known, claimed: DocumentStatus | None = None) -> Known:
    """Take in that something changed in Sequence. That may have mended what held the document: it tries again.

    With `claimed` it was said to have come so far.
    """
    farthest = max((known.claimed, claimed), key=_rank)
    return known.model_copy(update={**_UNHELD, "hints": known.hints + 1, "claimed": farthest})


def tried_again(known: Known) -> Known:
    """Try again without anybody's hint what may be mended; the hold is shown until it is known whether it was."""
    hold = current_hold(known)
    again = hinted(known)
    return again.model_copy(update={"retried": hold}) if hold else again


def is_unknown(known: Known) -> bool:
    """Whether Sequence does not know the document (any more)."""
    return known.sequence is not None and known.sequence.status is DocumentStatus.DELETED


def unconfirmed(known: Known) -> DocumentStatus | None:
    """Return how far the document was said to be where Sequence, when it was last read, had it less far."""
    status = known.sequence.status if known.sequence else None
    return known.claimed if _rank(known.claimed) > _rank(status) else None


def is_as_far(status: DocumentStatus | None, claimed: DocumentStatus) -> bool:
    """Whether a status in Sequence is as far as one that was claimed."""
    return _rank(status) >= _rank(claimed)


def _rank(status: DocumentStatus | None) -> int:
    return _ORDER.index(status) if status in _ORDER else -1


def released(known: Known, reason: HoldReason | None) -> Known:
    """Release the hold of that reason, or whichever there is. Another reason's release changes nothing.

    Where none is in force a step may be meeting one right now: the store shows it, so that somebody may release it,
    before the step's result is here.
    """
    hold = current_hold(known)
    if hold and reason is not None and hold.reason is not reason:
        return known
    return hinted(known)


def retried(known: Known, reason: HoldReason | None) -> Known:
    """Try again the hold of that reason, or whichever there is, although nobody says that its cause is gone."""
    hold = current_hold(known)
    if hold and reason is not None and hold.reason is not reason:
        return known
    return tried_again(known)


def saw_xero(known: Known, view: XeroView) -> Known:
    """See the document in Xero. An older view than the one known changes nothing; a change releases a hold.

    Where it is newly shown as removed or not approved, Sequence is read before that holds it: it may have been voided
    there, too.
    """
    latest = newest(known.xero, view)
    if latest is known.xero or latest is None:
        return known
    seen = known.model_copy(update={**_UNHELD, "xero": latest})
    is_new = known.xero is None or latest.status is not known.xero.status
    return hinted(seen) if is_new and (latest.status.is_gone or latest.status.is_unapproved) else seen


def learned(known: Known, outcome: Outcome, *, hints_read: int) -> Known:
    """Take in what an activity found, that began after `hints_read` hints."""
    # Whether it is in Xero, and as which document there, the store knows for certain.
    is_same = known.xero and outcome.xero and known.xero.xero_id == outcome.xero.xero_id
    xero = newest(known.xero, outcome.xero) if is_same else outcome.xero
    update = {**dict(outcome), "xero": xero, "hints_read": max(known.hints_read, hints_read)}
    return known.model_copy(update={**update, "retried": None})


def confirmed(known: Known, outcome: Outcome, *, hints_read: int) -> Known:
    """Take in what Sequence showed in the end of what was claimed; what it did not confirm is not waited for."""
    return learned(known, outcome, hints_read=hints_read).model_copy(update={"claimed": None})


def held(known: Known, met: Held, *, hints_read: int, is_news: bool = False, by: Step | None = None) -> Known:
    """Take in a hold that a step met, unless something came meanwhile that may have ended its cause.

    With `is_news` that was how Xero shows the document. What the store got to know meanwhile is `met.is_over`.
    """
    after = learned(known, met.outcome, hints_read=hints_read)
    if is_stale(after) or is_news:
        return after
    if met.is_over:
        return hinted(after)
    return after.model_copy(update={"hold": met.hold, "report_refused": by is Step.REPORT_PAYMENT})


def shows_otherwise(known: XeroView | None, seen: XeroView | None) -> bool:
    """Whether a view shows something else than another, whenever each was seen."""
    if known is None or seen is None:
        return known is not seen
    return seen.model_copy(update={"seen_at": known.seen_at}) != known


def newest(known: XeroView | None, seen: XeroView | None) -> XeroView | None:
    """Return the view that was seen last; of two seen at once, the one already known.

    What we applied and reported is our own deed, not something seen: it is taken from the view that knows most of it.
    """
    if known is None or seen is None:
        return seen or known
    if seen.xero_id != known.xero_id:
        return known  # nothing of ours ever moves to another document of Xero
    late, early = (seen, known) if seen.order > known.order else (known, seen)
    return late.with_writes_of(early)
