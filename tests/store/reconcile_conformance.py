"""What every store does with reconciles: what they find, and links and claims read many at a time."""

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.store.samples import NOON, document, xero_view
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.postgres import PostgresReconciles, PostgresStore
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Aspect, Difference, Finding, Fix, FoundInXero, Severity
from xerosync.reconcile.messages import Compared, ReconcileResult, Tally

Store = MemoryStore | PostgresStore
Reconciles = MemoryReconciles | PostgresReconciles


def finding(document_id: str = "inv-1", kind: Kind = Kind.INVOICE, number: str = "INV-1") -> Finding:
    return Finding(
        account_id="acme",
        kind=kind,
        document_id=document_id,
        number=number,
        status=DocumentStatus.SENT,
        seen=(FoundInXero(xero_id="x-1", number="INV-1"),),
        differences=(
            Difference(
                aspect=Aspect.TOTAL, verdict=Severity.MANUAL_EDIT, cause=FindingCause.EDITED_IN_XERO, in_sequence="1.10"
            ),
            Difference(aspect=Aspect.SENT, verdict=Severity.HOLD, cause=FindingCause.HELD),
        ),
        hold=HoldReason.FROZEN_BY_PAYMENT,
        since=NOON,
        fix=Fix(signal="sent", view=xero_view(applied=document().header)),
    )


class ReconcileConformance:
    async def test_findings_come_back_whole_and_by_kind(self, reconciles: Reconciles) -> None:
        note, other = finding("cn-1", Kind.CREDIT_NOTE), finding("inv-2")
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        await reconciles.keep("acme", "run-1", [finding(), other, note], uncertain=True)
        await reconciles.keep("acme", "run-1", [], uncertain=True)
        assert list(await reconciles.findings("acme", "run-1")) == [note, finding(), other]
        assert list(await reconciles.findings("acme", "run-2")) == []
        assert list(await reconciles.findings("other", "run-1")) == []

    async def test_a_kind_that_is_compared_again_forgets_its_own_findings_alone(self, reconciles: Reconciles) -> None:
        note = finding("cn-1", Kind.CREDIT_NOTE)
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        await reconciles.keep("acme", "run-1", [finding(), note], uncertain=True)
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        assert list(await reconciles.findings("acme", "run-1")) == [note]

    async def test_what_came_of_an_uncertain_finding_takes_its_place(self, reconciles: Reconciles) -> None:
        sure, gone, moved = finding("a"), finding("b"), finding("c")
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        await reconciles.keep("acme", "run-1", [sure, gone, moved], uncertain=True)
        signalled = sure.model_copy(update={"signalled": True})
        await reconciles.replace("acme", "run-1", sure, signalled)
        await reconciles.replace("acme", "run-1", gone, None)
        renamed = finding("d")
        await reconciles.replace("acme", "run-1", moved, renamed, uncertain=True)
        assert list(await reconciles.findings("acme", "run-1")) == [signalled, renamed]
        assert list(await reconciles.findings("acme", "run-1", uncertain=True)) == [renamed]

    async def test_the_last_run_stands_until_another_has_ended(self, reconciles: Reconciles) -> None:
        assert await reconciles.last("acme") is None
        result = ReconcileResult(
            compared=Compared(in_sequence=3, in_xero=4, calls=2), tally=Tally(differences=1), ended_at=NOON
        )
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        await reconciles.keep("acme", "run-1", [finding()], uncertain=False)
        assert await reconciles.last("acme") is None
        await reconciles.end("acme", "run-1", result)
        await reconciles.begin("acme", "run-2", Kind.INVOICE)
        assert await reconciles.last("acme") == ("run-1", result)
        assert list(await reconciles.findings("acme", "run-1")) == [finding()]
        await reconciles.end("acme", "run-2", result.model_copy(update={"signalled": 1}))
        assert await reconciles.last("acme") == ("run-2", result.model_copy(update={"signalled": 1}))
        assert list(await reconciles.findings("acme", "run-1")) == []
        assert await reconciles.last("other") is None

    async def test_a_run_that_never_ended_is_dropped_by_the_next(self, reconciles: Reconciles) -> None:
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        await reconciles.keep("acme", "run-1", [finding()], uncertain=False)
        await reconciles.begin("acme", "run-2", Kind.INVOICE)
        assert list(await reconciles.findings("acme", "run-1")) == []
