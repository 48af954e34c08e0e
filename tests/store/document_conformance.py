"""What every store does with documents' links."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.doubles.memory import MemoryStore
from tests.store.samples import NOON, connection, document, hold, intent, ref, xero_view
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import PLACEHOLDER, Allocation, Amounts, Payment, XeroStatus
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import SyncState
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.postgres import Count, PostgresStore
from xerosync.postgres.errors import XeroDocumentTakenError

Store = MemoryStore | PostgresStore

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
_VOIDED = xero_view(status=XeroStatus.VOIDED, seen_at=NOON - SECOND)


class DocumentConformance:
    async def test_a_document_nobody_heard_of_has_an_empty_link(self, store: Store) -> None:
        assert await store.document(ref()) == DocumentLink(ref=ref())

    async def test_a_change_is_kept_and_stamped(self, store: Store) -> None:
        changed = await store.change(ref(), lambda link: link.read(document()))
        assert changed == await store.document(ref())
        assert changed.updated_at is not None
        assert changed.updated_at.utcoffset() is not None
        again = await store.change(ref(), lambda link: link.intended(intent()))
        assert again.updated_at is not None
        assert again.updated_at > changed.updated_at

    async def test_every_part_of_a_link_survives(self, store: Store) -> None:
        applied = document().header
        whole = (
            DocumentLink(ref=ref())
            .read(document(status=DocumentStatus.SENT))
            .seen(xero_view(sent=True, applied=applied, payment=Payment.FULL, reported=Payment.PART))
            .model_copy(update={"intent": intent(), "reports_payments": True, "allocation": Allocation.PENDING})
            .held(hold(HoldReason.REJECTED, "A validation exception occurred: «Ünïcode» ⚖"))
            .model_copy(
                update={
                    "short_code": "!acme1",
                    "amounts": Amounts(
                        paid=Decimal("100.00"), credited=Decimal("0.5"), open=Decimal("19.50"), seen_at=NOON
                    ),
                    "adopted_by_hand": True,
                    "origin_owed": True,
                    "ignored": Ignored(because="«so»", who="ada", since=NOON),
                }
            )
        )
        await store.change(ref(), lambda _: whole)
        assert _without_stamp(await store.document(ref())) == whole

    async def test_a_deleted_document_keeps_its_number_and_customer(self, store: Store) -> None:
        await store.change(ref(), lambda link: link.read(document()))
        deleted = await store.change(ref(), DocumentLink.deleted)
        assert deleted == await store.document(ref())
        assert deleted.sequence is not None
        assert (deleted.sequence.status, deleted.sequence.header) == (DocumentStatus.DELETED, None)
        assert (deleted.number, deleted.customer_id) == ("INV-1", "cust-1")

    async def test_a_change_that_changes_nothing_leaves_the_stamp(self, store: Store) -> None:
        before = await store.change(ref(), lambda link: link.read(document()))
        assert await store.change(ref(), lambda link: link.read(document())) == before
        assert await store.document(ref()) == before

    async def test_a_change_that_changes_nothing_makes_no_row(self, store: Store) -> None:
        assert await store.change(ref(), lambda link: link) == DocumentLink(ref=ref())
        assert await store.counts() == []

    async def test_a_claim_that_is_refused_leaves_no_row(self, store: Store) -> None:
        await store.change(ref("first"), lambda link: link.seen(xero_view()))
        with pytest.raises(XeroDocumentTakenError):
            await store.change(ref("second"), lambda link: link.seen(xero_view()))
        assert [link.ref for link in await store.documents()] == [ref("first")]
        assert (await store.timeline(ref("second"))).in_all == 0

    async def test_a_change_that_fails_leaves_the_link_as_it_was(self, store: Store) -> None:
        before = await store.change(ref(), lambda link: link.read(document()))

        def fail(_: DocumentLink) -> DocumentLink:
            raise RuntimeError("a mistake in the change")

        with pytest.raises(RuntimeError, match="a mistake"):
            await store.change(ref(), fail)
        with pytest.raises(RuntimeError, match="a mistake"):
            await store.change(ref("never heard of"), fail)
        assert await store.document(ref()) == before
        assert len(await store.documents()) == 1

    async def test_concurrent_changes_of_one_link_are_all_applied(self, store: Store) -> None:
        def lengthen(link: DocumentLink) -> DocumentLink:
            words = link.hold.words if link.hold else ""
            return link.held(hold(words=words + ".", waits_for_push=True))

        await asyncio.gather(*(store.change(ref(), lengthen) for _ in range(25)))
        kept = (await store.document(ref())).hold
        assert kept is not None
        assert (kept.words, kept.waits_for_push) == ("." * 25, True)

    @pytest.mark.parametrize(
        "amount", ["120.00", "0.10", "-0.01", "150", "99999999999999999999.99", "0.000123456789012345678901"]
    )
    async def test_amounts_are_kept_to_the_last_digit(self, store: Store, amount: str) -> None:
        await store.change(ref(), lambda link: link.read(document(gross_total=amount)))
        kept = (await store.document(ref())).gross_total
        assert isinstance(kept, Decimal)
        assert str(kept) == amount

    @pytest.mark.parametrize(
        "number", ["INV-1", "№ 7/«24»", "INV%_", "'; DROP TABLE documents; --", " INV-1 ", "inv-1"]
    )
    async def test_numbers_are_kept_and_found_to_the_letter(self, store: Store, number: str) -> None:
        await store.change(ref(), lambda link: link.read(document(number=number)))
        await store.change(ref("other"), lambda link: link.read(document(ref("other"), number="INV-2")))
        [found] = await store.documents_by_number(number)
        assert (found.ref, found.number) == (ref(), number)
        assert list(await store.documents_by_number(number + "x")) == []

    async def test_a_number_is_found_in_every_account_and_in_any_case(self, store: Store) -> None:
        here, there = ref(), ref(account_id="other")
        await store.change(here, lambda link: link.read(document(here)))
        await store.change(there, lambda link: link.read(document(there)))
        assert [link.ref for link in await store.documents_by_number("inv-1")] == [here, there]
        assert [link.ref for link in await store.documents_by_number("INV-1", "other")] == [there]

    async def test_documents_whose_totals_differ_are_listed_and_counted(self, store: Store) -> None:
        same = await store.change(ref("same"), lambda link: link.read(document(ref("same"), number="INV-2")))
        await store.change(same.ref, lambda link: link.pushed(xero_view("x-2"), link.gross_total or Decimal(0)))
        await store.change(ref(), lambda link: link.read(document()).pushed(xero_view("x-1"), Decimal("0.01")))
        assert [link.ref for link in await store.documents(drifting=True)] == [ref()]
        assert sum(count.drifting for count in await store.counts()) == 1

    async def test_two_documents_never_share_one_in_xero(self, store: Store) -> None:
        await store.change(ref("a"), lambda link: link.read(document(ref("a"))).seen(xero_view("x-1")))
        before = await store.change(ref("b"), lambda link: link.read(document(ref("b"), number="INV-2")))
        with pytest.raises(XeroDocumentTakenError) as refusal:
            await store.change(ref("b"), lambda link: link.seen(xero_view("x-1")))
        assert refusal.value.reason is HoldReason.NUMBER_TAKEN
        assert await store.document(ref("b")) == before
        for free in (ref("b", Kind.CREDIT_NOTE), ref("b", account_id="other")):
            await store.change(free, lambda link: link.seen(xero_view("x-1")))

    async def test_what_a_database_cannot_hold_is_replaced(self, store: Store) -> None:
        odd = document().model_copy(update={"customer_name": "A\x00B"})
        await store.change(ref(), lambda link: link.read(odd).held(hold(words="\x00!")))
        kept = await store.document(ref())
        assert kept.customer_name == "A\ufffdB"
        assert kept.hold is not None
        assert kept.hold.words == "\ufffd!"

    async def test_documents_are_listed_by_what_holds_of_them_the_last_changed_first(self, store: Store) -> None:
        await _put_one_of_each(store)
        everything = [link.ref.document_id for link in await store.documents()]
        assert everything == ["removed", "unlinked", "voided", "settled", "pushed", "pending"]
        assert await _ids(store.documents(state=SyncState.HELD)) == ["removed", "unlinked"]
        assert await _ids(store.documents(hold=HoldReason.REMOVED_IN_XERO)) == ["removed"]
        assert await _ids(store.documents(customer_id="cust-2")) == ["unlinked"]
        assert await _ids(store.documents(account_id="other")) == []
        assert await _ids(store.documents(account_id="acme", state=SyncState.PUSHED)) == ["pushed"]
        assert await _ids(store.documents(limit=2, offset=1)) == ["unlinked", "voided"]

    async def test_what_was_sent_but_is_dated_3000_is_listed_first_and_counted(self, store: Store) -> None:
        sent = document(ref("late"), status=DocumentStatus.SENT)
        view = xero_view("x-late").model_copy(update={"issue_date": sent.issue_date})
        kept = await store.change(
            ref("late"), lambda link: link.read(sent).seen(view).held(hold(HoldReason.FROZEN_BY_PAYMENT))
        )
        await _put_one_of_each(store)
        assert kept.is_alarm(NOON)
        [first, *others] = await store.documents()
        assert (first.ref.document_id, any(link.is_sent_but_3000 for link in others)) == ("late", False)
        assert await _ids(store.documents(limit=1)) == ["late"]
        assert [(it.hold, it.alarms) for it in await store.counts() if it.alarms] == [(HoldReason.FROZEN_BY_PAYMENT, 1)]
        for quiet in (DocumentLink.deleted, lambda link: link.let_be(Ignored(because="so", who="ada", since=NOON))):
            assert not (await store.change(ref("late"), quiet)).is_alarm(NOON)
            assert sum(it.alarms for it in await store.counts()) == 0
            await store.change(ref("late"), lambda link: link.read(sent).taken_up())

    async def test_what_was_sent_is_an_alarm_once_its_dates_are_on_their_way_for_minutes(self, store: Store) -> None:
        now, view = utc_now(), xero_view("x-1").model_copy(update={"issue_date": PLACEHOLDER})
        for name, first_read, alarms in (("soon", timedelta(minutes=4), 0), ("late", timedelta(minutes=6), 1)):
            sent = document(ref(name), status=DocumentStatus.SENT)
            of = view.model_copy(update={"xero_id": name})
            # However often it is tried: the first look counts.
            for age in (first_read, SECOND):
                kept = await store.change(
                    ref(name), lambda link, sent=sent, of=of, at=now - age: link.read(sent, at).seen(of)
                )
                assert kept.is_alarm(now) is bool(alarms)
            assert sum(it.alarms for it in await store.counts()) == alarms
        final = document(ref("late"))
        assert (await store.change(ref("late"), lambda link: link.read(final, now))).sent_since is None

    async def test_documents_are_counted_by_state_and_hold(self, store: Store) -> None:
        await _put_one_of_each(store)
        assert await store.counts() == [
            Count(state=SyncState.HELD, hold=HoldReason.CUSTOMER_UNLINKED, documents=1),
            Count(state=SyncState.HELD, hold=HoldReason.REMOVED_IN_XERO, documents=1),
            Count(state=SyncState.PENDING, hold=None, documents=1),
            Count(state=SyncState.PUSHED, hold=None, documents=1),
            Count(state=SyncState.SETTLED, hold=None, documents=1),
            Count(state=SyncState.VOIDED, hold=None, documents=1),
        ]
        assert await store.counts("acme") == await store.counts()
        assert await store.counts("other") == []

    async def test_what_a_hold_keeps_is_named_the_oldest_first(self, store: Store) -> None:
        for name, customer in (("a", "cust-1"), ("b", "cust-2"), ("c", "cust-1")):
            await _held(store, name, customer)
        await _held(store, "d", "cust-1", HoldReason.REJECTED)
        reason = HoldReason.CUSTOMER_UNLINKED
        assert [held.document_id for held in await store.held_by("acme", reason)] == ["a", "b", "c"]
        assert [held.document_id for held in await store.held_by("acme", reason, "cust-1")] == ["a", "c"]
        assert await store.held_by("other", reason) == []
        await store.change(ref("a"), DocumentLink.freed)
        assert [held.document_id for held in await store.held_by("acme", reason, "cust-1")] == ["c"]

    async def test_what_a_hold_keeps_is_named_page_by_page(self, store: Store) -> None:
        for name, account in (("b", "acme"), ("a", "acme"), ("c", "other")):
            of = ref(name, account_id=account)
            read = document(of, number=name, customer_id="cust-2" if name == "b" else "cust-1")
            await store.change(of, lambda link, read=read: link.read(read).held(hold()))
        reason = HoldReason.CUSTOMER_UNLINKED
        first = await store.held_page(reason, limit=2)
        assert [held.document_id for held in first] == ["a", "b"]
        assert [held.document_id for held in await store.held_page(reason, after=first[-1])] == ["c"]
        assert await store.held_page(reason, after=ref("c", account_id="other")) == []
        assert [held.document_id for held in await store.held_page(reason, "other")] == ["c"]
        assert [held.document_id for held in await store.held_page(reason, None, "cust-2")] == ["b"]
        assert await store.held_page(HoldReason.REJECTED) == []

    async def test_what_is_ignored_is_kept_with_its_reason_counted_apart_and_not_swept(self, store: Store) -> None:
        decision = Ignored(because="billed by hand", who="ada", since=NOON)
        pushed = await store.change(ref("a"), lambda link: link.read(document(ref("a"))).seen(xero_view("x-a")))
        assert pushed.ignored is None
        await store.change(ref("b"), lambda link: link.read(document(ref("b"))).seen(xero_view("x-b")).let_be(decision))
        assert (await store.document(ref("b"))).ignored == decision
        assert await store.counts() == [
            Count(state=SyncState.PUSHED, hold=None, documents=1),
            Count(state=SyncState.SETTLED, hold=None, ignored=True, documents=1),
        ]
        assert await _ids(store.documents(ignored=True)) == ["b"]
        assert await _ids(store.documents(ignored=False)) == ["a"]
        assert (await store.change(ref("b"), DocumentLink.taken_up)).ignored is None

    async def test_a_sweep_sees_what_is_in_xero_and_not_voided(self, store: Store) -> None:
        assert await store.open_kinds("acme") == []
        await _put_one_of_each(store)
        assert await store.open_kinds("acme") == [Kind.INVOICE]
        note = ref("note", Kind.CREDIT_NOTE)
        await store.change(note, lambda link: link.read(document(note, number="CN-1")).seen(xero_view("x-note")))
        assert await store.open_kinds("acme") == [Kind.INVOICE, Kind.CREDIT_NOTE]
        assert await store.open_kinds("other") == []
        asked = ["x-pushed", "x-settled", "x-voided", "x-removed", "x-note", "unknown"]
        found = await store.in_xero("acme", asked)
        assert {link.ref.document_id for link in found} == {"pushed", "settled", "removed", "note"}
        assert await store.in_xero("acme", []) == []
        assert await store.in_xero("other", asked) == []

    async def test_links_are_read_many_at_a_time(self, store: Store) -> None:
        known = await store.change(ref("a"), lambda link: link.read(document(ref("a"))))
        await store.change(ref("a", Kind.CREDIT_NOTE), lambda link: link.read(document(ref("a", Kind.CREDIT_NOTE))))
        assert await store.document_links("acme", Kind.INVOICE, ["a", "b"]) == {
            "a": known,
            "b": DocumentLink(ref=ref("b")),
        }
        assert await store.document_links("acme", Kind.INVOICE, []) == {}

    async def test_contacts_are_read_many_at_a_time(self, store: Store) -> None:
        await store.link_customer("acme", "k-1", "c-1")
        await store.link_customer("acme", "k-2", "c-2")
        await store.link_customer("other", "k-3", "c-3")
        assert await store.contacts_of("acme", ["k-1", "k-3", "k-4"]) == {"k-1": "c-1"}

    async def test_claims_are_those_of_all_accounts_of_an_organisation(self, store: Store) -> None:
        for account_id, tenant_id in (("acme", "tenant-1"), ("beta", "tenant-1"), ("gamma", "tenant-2")):
            await store.save_connection(connection(account_id, tenant_id))
            of = ref("a", account_id=account_id)
            view = xero_view(f"x-{account_id}")
            await store.change(of, lambda link, of=of, view=view: link.read(document(of)).seen(view))
        asked = ["x-acme", "x-beta", "x-gamma", "x-nobody"]
        assert await store.claims("tenant-1", Kind.INVOICE, asked) == {
            "x-acme": ("acme", "a"),
            "x-beta": ("beta", "a"),
        }
        assert await store.claims("tenant-1", Kind.CREDIT_NOTE, asked) == {}

    async def test_what_waits_is_named_page_by_page_and_counted_by_its_status(self, store: Store) -> None:
        for each in (document(ref(name)) for name in ("B", "a", "É")):
            await store.change(each.ref, lambda link, read=each: link.read(read))
        await store.change(ref("c"), lambda link: link.read(document(ref("c"), status=DocumentStatus.SENT)))
        await store.change(ref("done"), lambda link: link.let_be(Ignored(because="so", who="ada", since=NOON)))
        await store.change(ref("other", account_id="other"), lambda link: link.read(document()))
        first = await store.waiting("acme", Kind.INVOICE, after="", limit=2)
        assert [link.ref.document_id for link in first] == ["B", "a"]
        rest = await store.waiting("acme", Kind.INVOICE, after="a", limit=9)
        assert [link.ref.document_id for link in rest] == ["c", "É"]
        assert await store.waiting("acme", Kind.CREDIT_NOTE, after="", limit=9) == []
        counts = await store.waiting_by_status("acme", Kind.INVOICE)
        assert dict(counts) == {DocumentStatus.FINAL: 3, DocumentStatus.SENT: 1}

    async def test_holds_are_due_a_day_after_they_began_and_then_less_and_less_often(self, store: Store) -> None:
        await _held(store, "late", "cust-1", HoldReason.REJECTED)
        await store.change(ref("gone"), lambda link: link.read(document(ref("gone"))).seen(_VOIDED))
        await store.change(ref("free"), lambda link: link.read(document(ref("free"))))
        assert await store.holds_due("acme", NOON + DAY - 2 * SECOND, 9) == []
        due = await store.holds_due("acme", NOON + DAY, 9)
        assert [link.ref.document_id for link in due] == ["gone", "late"]
        assert [link.ref.document_id for link in await store.holds_due("acme", NOON + DAY, 1)] == ["gone"]
        assert await store.holds_due("other", NOON + DAY, 9) == []
        now, waits = NOON + DAY, []
        for _ in range(5):
            late = (await store.document(ref("late"))).current_hold
            tried = await store.change(ref("late"), lambda link, hold=late, at=now: link.tried_again(hold, at))
            assert tried.next_try_at
            waits.append((tried.next_try_at - now).days)
            now = tried.next_try_at
        assert waits == [2, 4, 7, 7, 7]
        assert [link.ref.document_id for link in await store.holds_due("acme", now, 9)] == ["gone", "late"]
        by_hand = await store.change(ref("late"), lambda link: link.tried_by_hand(now))
        assert (by_hand.tries, by_hand.next_try_at) == (0, now + DAY)
        freed = await store.change(ref("late"), DocumentLink.freed)
        assert (freed.tries, freed.next_try_at) == (0, None)

    async def test_the_comparison_with_sequence_keeps_since_when_documents_are_ours(self, store: Store) -> None:
        assert await store.sequence_cursor("acme") is None
        await store.move_sequence_cursor("acme", SequenceCursor(since=NOON, at=NOON))
        await store.move_sequence_cursor("acme", SequenceCursor(since=NOON + DAY, at=NOON + DAY))
        assert await store.sequence_cursor("acme") == SequenceCursor(since=NOON, at=NOON + DAY)
        assert await store.sequence_cursor("other") is None

    async def test_a_comparison_that_is_asked_for_while_one_runs_is_made_after_it(self, store: Store) -> None:
        await store.ask_comparison("acme")
        assert await store.sequence_cursor("acme") is None
        await store.move_sequence_cursor("acme", SequenceCursor(since=NOON, at=NOON))
        await store.ask_comparison("acme")
        begun = await store.sequence_cursor("acme")
        assert begun
        assert begun.asked_at
        await store.ask_comparison("acme")
        await store.move_sequence_cursor("acme", begun.model_copy(update={"at": NOON + DAY}))
        again = await store.sequence_cursor("acme")
        assert again
        assert again.asked_at
        assert again.asked_at > begun.asked_at
        await store.move_sequence_cursor("acme", again)
        assert await store.sequence_cursor("acme") == SequenceCursor(since=NOON, at=NOON + DAY)

    async def test_what_was_issued_before_the_connection_is_kept_as_it_stood_first(self, store: Store) -> None:
        final, sent = DocumentStatus.FINAL, DocumentStatus.SENT
        await store.keep_earlier("acme", Kind.CREDIT_NOTE, {})
        await store.keep_earlier("acme", Kind.CREDIT_NOTE, {"a": final, "b": sent})
        await store.keep_earlier("acme", Kind.CREDIT_NOTE, {"a": sent, "c": sent})
        assert await store.earlier("acme", Kind.CREDIT_NOTE, ["a", "c", "d"]) == {"a": final, "c": sent}
        assert await store.earlier("acme", Kind.INVOICE, ["a", "b"]) == {}
        assert await store.earlier("other", Kind.CREDIT_NOTE, ["a", "b"]) == {}


async def _ids(listing: object) -> list[str]:
    return [link.ref.document_id for link in await listing]  # pyright: ignore[reportGeneralTypeIssues] - an awaitable


def _without_stamp(link: DocumentLink) -> DocumentLink:
    return link.model_copy(update={"updated_at": None})


async def _held(store: Store, name: str, customer: str, reason: HoldReason = HoldReason.CUSTOMER_UNLINKED) -> None:
    read = document(ref(name), number=name, customer_id=customer)
    await store.change(ref(name), lambda link: link.read(read).held(hold(reason)))


async def _put_one_of_each(store: Store) -> None:
    """Six invoices, changed in this order: pending, pushed, settled, voided, unlinked, removed (in Xero)."""
    header = document().header
    changes = {
        "pending": (DocumentStatus.DRAFT, None),
        "pushed": (DocumentStatus.FINAL, xero_view("x-pushed")),
        "settled": (DocumentStatus.SENT, xero_view("x-settled", sent=True, applied=header)),
        "voided": (DocumentStatus.VOIDED, xero_view("x-voided", status=XeroStatus.VOIDED)),
    }
    for name, (status, view) in changes.items():
        read = document(ref(name), number=name, status=status)
        await store.change(
            ref(name), lambda link, read=read, view=view: link.read(read).seen(view) if view else link.read(read)
        )
    await _held(store, "unlinked", "cust-2")
    removed = document(ref("removed"), number="removed")
    gone = xero_view("x-removed", status=XeroStatus.DELETED)
    await store.change(ref("removed"), lambda link: link.read(removed).seen(gone))
