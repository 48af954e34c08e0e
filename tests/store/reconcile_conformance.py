"""What every store does with reconciles: listings, what they find, and links and claims read many at a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.store.samples import NOON, document, xero_view
from tests.unit.reconcile_pictures import shown
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.postgres import PostgresReconciles, PostgresStore
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Aspect, Difference, Finding, Fix, FoundInXero, Severity
from xerosync.reconcile.messages import Compared, ReconcileResult, Tally
from xerosync.reconcile.pairs import XeroSummary
from xerosync.reconcile.ports import Listing

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


def listed(xero_id: str, **update: Any) -> XeroSummary:
    """A document of Xero that nothing leads to, unless a test says otherwise."""
    fields = {"xero_id": xero_id, "number": xero_id.upper(), "origin": None, "account_id": None, "document_id": None}
    return shown(document(), **{**fields, **update})


def listing(run_id: str = "run-1", listing_id: str = "", account_id: str = "acme") -> Listing:
    return Listing(account_id, run_id, listing_id or f"{account_id} {run_id}")


class ReconcileConformance:
    async def test_what_xero_lists_is_found_by_id_link_address_and_number(self, reconciles: Reconciles) -> None:
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        by_link, by_address = listed("a", account_id="acme", document_id="inv-1"), listed("b", origin="inv-2")
        by_number, claimed = listed("c", number="STRASSE-7"), listed("d", number="INV-8", document_id="inv-9")
        await reconciles.keep_listed(listing(), [by_link, by_address])
        await reconciles.keep_listed(listing(), [by_number, claimed, listed("e")])

        async def found(*ids: str, of: Sequence[str] = (), numbers: Sequence[str] = ()) -> list[XeroSummary]:
            return sorted(await reconciles.listed(listing(), ids, of, numbers), key=lambda each: each.xero_id)

        assert await found("a", "unknown") == [by_link]
        assert await found(of=["inv-1", "inv-2"]) == [by_link, by_address]
        assert await found(numbers=["straße-7", "inv-8"]) == [by_number]
        assert await found("a", of=["inv-1"], numbers=["a"]) == [by_link]
        assert await found() == []
        assert await reconciles.count_listed(listing()) == 5

    async def test_what_was_taken_is_gone_and_the_rest_comes_page_by_page(self, reconciles: Reconciles) -> None:
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        all_of_them = [listed(each) for each in ("a", "b", "c", "d")]
        await reconciles.keep_listed(listing(), all_of_them)
        await reconciles.take_listed(listing(), ["b", "unknown"])
        assert await reconciles.rest_listed(listing(), "", 2) == [all_of_them[0], all_of_them[2]]
        assert await reconciles.rest_listed(listing(), "c", 2) == [all_of_them[3]]
        assert await reconciles.rest_listed(listing(), "d", 2) == []

    async def test_a_document_that_is_listed_twice_is_kept_as_it_came_last(self, reconciles: Reconciles) -> None:
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        await reconciles.keep_listed(listing(), [listed("a"), listed("a", number="NEW")])
        late = listed("a", number="LAST", updated_at=NOON + timedelta(hours=1))
        await reconciles.keep_listed(listing(), [late])
        assert await reconciles.rest_listed(listing(), "", 10) == [late]
        assert await reconciles.listed(listing(), [], [], ["a", "new"]) == []

    async def test_each_attempt_has_a_listing_of_its_own(self, reconciles: Reconciles) -> None:
        await reconciles.begin("acme", "run-1", Kind.INVOICE)
        first, second = listing(listing_id="first"), listing(listing_id="second")
        for each in (first, second):
            await reconciles.keep_listed(each, [listed("a")])
        await reconciles.take_listed(first, ["a"])
        assert await reconciles.listed(first, ["a"], [], []) == []
        assert await reconciles.listed(second, ["a"], [], []) == [listed("a")]

    async def test_a_new_run_forgets_what_those_before_it_left(self, reconciles: Reconciles) -> None:
        others = listing(account_id="other")
        for each in (listing(), others):
            await reconciles.begin(each.account_id, each.run_id, Kind.INVOICE)
            await reconciles.keep_listed(each, [listed("a")])
        await reconciles.begin("acme", "run-1", Kind.CREDIT_NOTE)
        assert await reconciles.count_listed(listing()) == 1
        await reconciles.begin("acme", "run-2", Kind.INVOICE)
        assert await reconciles.count_listed(listing()) == 0
        assert await reconciles.count_listed(others) == 1
        await reconciles.forget_listed("other")
        assert await reconciles.count_listed(others) == 0

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
