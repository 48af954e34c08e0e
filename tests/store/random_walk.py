"""What a random walk does to a store: one method after another, with what is at hand. Both stores must answer alike."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from pydantic import BaseModel

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.store.samples import NOON, chart, connection, document, hold, intent, ref, xero_view
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import Owed, OwedAct
from xerosync.core.xero_records import Allocation, Payment, XeroContact, XeroStatus
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow
from xerosync.customers.matching import KnownCustomer
from xerosync.documents.awaiting_customer import PushHeld
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import SyncState
from xerosync.documents.timeline import EntryKind, TimelineEntry
from xerosync.postgres import PostgresImports, PostgresReconciles, PostgresStore
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult

_STAMPS = {"updated_at", "linked_at", "first_at", "last_at"}
"""What the stores stamp by their own clocks."""

Change = Callable[[DocumentLink], DocumentLink]


@dataclass(frozen=True)
class Stores:
    """All of one way to keep things."""

    store: MemoryStore | PostgresStore
    imports: MemoryImports | PostgresImports
    reconciles: MemoryReconciles | PostgresReconciles


@dataclass(frozen=True)
class Step:
    """One method and what it is given, done to any stores alike."""

    said: str
    do: Callable[[Stores], Awaitable[object]]

    async def answer(self, stores: Stores) -> object:
        """Return what the method answers or raises, without stamps."""
        try:
            return plain(await self.do(stores))
        except XerosyncError as error:
            return type(error).__name__


def plain(answer: Any) -> Any:
    """Return an answer as values that compare: without stamps, sequences as lists."""
    if isinstance(answer, BaseModel):
        return {name: plain(getattr(answer, name)) for name in type(answer).model_fields if name not in _STAMPS}
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [plain(each) for each in answer]
    return answer


class Walk:
    """Draws steps: few names and values, so that they meet."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def step(self) -> Step:
        """Draw one step."""
        draws = (self._change, self._change, self._change, self._of_store, self._of_customers, self._of_owed)
        return self.random.choice(draws)()

    def reading(self) -> Sequence[Step]:
        """Return steps that read all there is."""
        refs = [self._ref(account, kind, each) for account in _ACCOUNTS for kind in Kind for each in _IDS]
        return [
            *(Step(f"document {each}", lambda s, each=each: s.store.document(each)) for each in refs),
            *(Step(f"timeline {each}", lambda s, each=each: s.store.timeline(each)) for each in refs),
            Step("documents", lambda s: s.store.documents()),
            Step("counts", lambda s: s.store.counts()),
            Step("connections", lambda s: s.store.connections()),
            Step("customer_links", lambda s: s.store.customer_links()),
            *(Step(f"overdue {each}", lambda s, each=each: s.store.overdue(each, _LATE)) for each in _ACCOUNTS),
        ]

    def _one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def _ref(self, account: str | None = None, kind: Kind | None = None, document_id: str | None = None) -> DocumentRef:
        return ref(document_id or self._one(*_IDS), kind or self._one(*Kind), account or self._one(*_ACCOUNTS))

    def _change(self) -> Step:
        of = self._ref()
        name, change = self._pure_change(of)
        if_unchanged = self._one(
            None, TimelineEntry(happened=EntryKind.HELD_AGAIN, facts={"hold": "x\x00"}, words=self._words())
        )
        return Step(f"change {of} {name}", lambda s: s.store.change(of, change, if_unchanged=if_unchanged))

    def _pure_change(self, of: DocumentRef) -> tuple[str, Change]:
        status, number, customer = self._one(*DocumentStatus), self._one(None, "N-1", "N-2"), self._one("k1", "k2")
        read = document(of, status=status, number=number, customer_id=customer)
        view = xero_view(
            self._one("x-1", "x-2", "x-3"),
            status=self._one(*XeroStatus),
            sent=self._one(True, False),
            applied=self._one(None, read.header),
            seen_at=NOON + timedelta(seconds=self.random.randrange(9)),
            payment=self._one(*Payment),
            reported=self._one(None, *Payment),
        )
        tenant, reason, words = self._one("tenant-1", "tenant-2"), self._one(*HoldReason), self._words()
        met = hold(reason, words, waits_for_push=self._one(True, False))
        intended, allocation = intent(self._one("N-1", "N-2")), self._one(*Allocation)
        at = self._one(None, NOON, NOON + timedelta(seconds=1))
        decision = Ignored(because=self._one("so", "for now"), who="ada", since=NOON)
        linked = connection(of.account_id, tenant)
        changes: dict[str, Change] = {
            "nothing": lambda link: link,
            f"read {status} {number} {customer} {at}": lambda link: link.read(read, at),
            "following": lambda link: link.following(linked, read),
            "deleted": DocumentLink.deleted,
            f"intended {intended.number}": lambda link: link.intended(intended, tenant),
            f"withdrawn {intended.number}": lambda link: link.withdrawn(intended),
            f"pushed {view.xero_id}": lambda link: link.pushed(view, read.gross_total, tenant, "!short"),
            f"seen {view.xero_id}": lambda link: link.seen(view) if link.xero else link,
            f"adopted {view.xero_id}": lambda link: link.adopted(view, read.gross_total, tenant, "!short"),
            f"held {reason} {words!r}": lambda link: link.held(met),
            f"allocated {allocation}": lambda link: link.allocated(allocation),
            "freed": DocumentLink.freed,
            "origin_noted": DocumentLink.origin_noted,
            "let_be": lambda link: link.let_be(decision),
            "taken_up": DocumentLink.taken_up,
        }
        return self._one(*changes.items())

    def _words(self) -> str:
        return self._one("", "No.", "It is 1.50 too much.", "It is 2.75 too much.", "Na\x00me")

    def _of_store(self) -> Step:
        account, kind = self._one(*_ACCOUNTS), self._one(*Kind)
        any_account, reason = self._one(None, *_ACCOUNTS), self._one(*HoldReason)
        customer, after = self._one(None, "k1", "k2"), self._one(None, self._ref())
        tenant, of, words = self._one("tenant-1", "tenant-2"), self._ref(), self._words()
        state, ignored, page = self._one(None, *SyncState), self._one(None, True, False), self.random.randrange(4)
        entry = TimelineEntry(happened=self._one(*EntryKind), facts={"hold": reason.value}, words=words)
        ids, number = ["x-1", "x-3"], self._one("N-1", "N-2", "N-3")
        at = NOON + timedelta(minutes=self.random.randrange(9))
        status = self._one(*ConnectionStatus)
        linked = connection(account, tenant).model_copy(update={"connected_at": self._one(None, NOON)})
        steps: dict[str, Callable[[Stores], Awaitable[object]]] = {
            f"tell {of} {entry}": lambda s: s.store.add_entry(of, entry),
            f"timeline {of} 3": lambda s: s.store.timeline(of, 3),
            f"documents {any_account} {state} {ignored} {customer} {page}": lambda s: s.store.documents(
                any_account, state, None, customer, ignored=ignored, limit=3, offset=page
            ),
            f"documents drifting {any_account}": lambda s: s.store.documents(any_account, drifting=True),
            f"documents {any_account} {reason}": lambda s: s.store.documents(any_account, hold=reason),
            f"documents_by_number {number} {any_account}": lambda s: s.store.documents_by_number(number, any_account),
            f"documents_by_id {of}": lambda s: s.store.documents_by_id(of.kind, of.document_id),
            f"held_by {account} {reason} {customer}": lambda s: s.store.held_by(account, reason, customer),
            f"held_page {reason} {any_account} {customer} {after}": lambda s: s.store.held_page(
                reason, any_account, customer, after=after, limit=2
            ),
            f"counts {any_account}": lambda s: s.store.counts(any_account),
            f"documents_bound {account} {tenant}": lambda s: s.store.documents_bound(account, tenant),
            f"open_kinds {account}": lambda s: s.store.open_kinds(account),
            f"in_xero {account}": lambda s: _by_ref(s.store.in_xero(account, ids)),
            f"sweep_cursor {account} {kind}": lambda s: s.store.sweep_cursor(account, kind),
            f"move_sweep_cursor {account} {kind} {at}": lambda s: s.store.move_sweep_cursor(account, kind, at),
            f"save_connection {linked}": lambda s: s.store.save_connection(linked),
            f"set_defaults {account} {number}": lambda s: s.store.set_defaults(account, default_ledger_account=number),
            f"mark_connection {account} {status}": lambda s: s.store.mark_connection(account, status),
            f"mark_disconnected {account} {at}": lambda s: s.store.mark_disconnected(account, since=at),
            f"save_chart {account} {tenant}": lambda s: s.store.save_chart(account, chart(tenant)),
            f"chart {account}": lambda s: s.store.chart(account),
            f"claims {tenant} {kind}": lambda s: s.store.claims(tenant, kind, ids),
            f"links {account} {kind}": lambda s: s.store.document_links(account, kind, _IDS),
            f"reconcile {account} {kind}": lambda s: _reconciled(s, account, kind, number),
            f"last {account}": lambda s: s.reconciles.last(account),
        }
        return Step(*self._one(*steps.items()))

    def _of_customers(self) -> Step:
        account, customer, contact = self._one(*_ACCOUNTS), self._one("k1", "k2"), self._one("c1", "c2")
        name, outcome = self._one("Ada Ltd", "ada limited", "Bea"), self._one(*ImportOutcome)
        email, subject = self._one(None, "a@x.example", "b@x.example"), self._one("customer:k1", "customer:k2")
        at, words, run = NOON + timedelta(seconds=self.random.randrange(3)), self._words(), self._one("one", "two")
        known = KnownCustomer(
            customer_id=customer,
            name=name,
            emails=self._one(None, (), ("a@x.example",)),
            contact_id=self._one(None, contact),
        )
        row = ImportRow(contact_id=contact, name=name, email=email, outcome=outcome, reasons=("It has no address.",))
        linked = row.model_copy(update={"customer_id": customer, "outcome": ImportOutcome.IMPORTED})
        met = XeroContact(contact_id=contact, name=name, email=email)
        held = PushHeld(words=words, at=at)
        steps: dict[str, Callable[[Stores], Awaitable[object]]] = {
            f"link {account} {customer} {contact}": lambda s: s.store.link_customer(account, customer, contact, name),
            f"link unnamed {account} {customer}": lambda s: s.store.link_customer(account, customer, contact),
            f"unlink {account} {customer}": lambda s: s.store.unlink_customer(account, customer),
            f"contact_of {account} {customer}": lambda s: s.store.contact_of(account, customer),
            f"contacts {account}": lambda s: s.store.contacts_of(account, ["k1", "k2", "k3"]),
            f"customers_of {account}": lambda s: s.imports.customers_of(account, ["c1", "c2"]),
            f"waited_for {account}": lambda s: _in_order(s.imports.waited_for(account)),
            f"known {account} {known}": lambda s: _imported(
                s, account, run, lambda: s.imports.keep_known(account, run, [known])
            ),
            f"kept {account} {row}": lambda s: _imported(s, account, run, lambda: s.imports.keep(account, run, [row])),
            f"linked {account} {linked}": lambda s: _imported(
                s, account, run, lambda: s.imports.keep_linked(account, run, [linked])
            ),
            f"unread {account}": lambda s: s.imports.unread(account),
            f"like {account} {met}": lambda s: s.imports.like(account, [met]),
            f"rows {account} {run}": lambda s: s.imports.rows(account, run),
            f"tally {account} {run}": lambda s: s.imports.tally(account, run),
            f"intend {account} {subject} {at}": lambda s: s.imports.intend(account, [subject], at),
            f"intents {account}": lambda s: s.imports.intents(account, ["customer:k1", "customer:k2"]),
            f"withdraw {account} {subject} {at}": lambda s: s.imports.withdraw(account, {subject: at}),
            f"forget intents {account} {subject}": lambda s: s.imports.forget_intents(account, [subject]),
            f"keep_push_hold {account} {customer}": lambda s: s.imports.keep_push_hold(account, customer, held),
            f"push_hold {account} {customer}": lambda s: s.imports.push_hold(account, customer),
            f"forget_push_hold {account} {customer}": lambda s: s.imports.forget_push_hold(account, customer),
        }
        return Step(*self._one(*steps.items()))

    def _of_owed(self) -> Step:
        account, before, limit = self._one(*_ACCOUNTS), self._instant(), self.random.randrange(1, 4)
        owed = self._owed()
        steps: dict[str, Callable[[Stores], Awaitable[object]]] = {
            f"owe {owed}": lambda s: s.store.owe(owed),
            f"settle {owed}": lambda s: s.store.settle(owed),
            f"overdue {account} {before} {limit}": lambda s: s.store.overdue(account, before, limit),
            f"origins_owed {account}": lambda s: _by_ref(s.store.origins_owed(account, len(_IDS))),
        }
        return Step(*self._one(*steps.items()))

    def _owed(self) -> list[Owed]:
        return [
            Owed(
                account_id=self._one(*_ACCOUNTS),
                act=self._one(*OwedAct),
                subject=self._one("k1", "k2"),
                since=self._instant(),
            )
            for _ in range(self.random.randrange(4))
        ]

    def _instant(self) -> datetime:
        return NOON + timedelta(seconds=self.random.randrange(3))


_ACCOUNTS = ("acme", "zeta")
_IDS = ("d1", "d2", "d3")
_LATE = NOON + timedelta(days=1)


async def _by_ref(links: Awaitable[Sequence[DocumentLink]]) -> list[DocumentLink]:
    """Return links by name: nothing is promised of their order."""
    return sorted(await links, key=lambda link: str(link.ref))


async def _in_order(refs: Awaitable[Sequence[DocumentRef]]) -> list[DocumentRef]:
    return sorted(await refs, key=str)


async def _imported(stores: Stores, account: str, run: str, keep: Callable[[], Awaitable[None]]) -> None:
    """Go on with an import: nothing is kept of one that did not begin."""
    await stores.imports.begin(account, run)
    await keep()


async def _reconciled(stores: Stores, account: str, kind: Kind, number: str) -> object:
    """Run a reconcile of one kind, and return what it and the one before it found."""
    found = Finding(account_id=account, kind=kind, document_id="d1", number=number, since=NOON, differences=())
    other = found.model_copy(update={"document_id": "d2", "number": "other"})
    await stores.reconciles.begin(account, number, kind)
    await stores.reconciles.keep(account, number, [found, other], uncertain=True)
    await stores.reconciles.replace(account, number, found, found.model_copy(update={"signalled": True}))
    uncertain = await stores.reconciles.findings(account, number, uncertain=True)
    await stores.reconciles.replace(account, number, other, None)
    before = await stores.reconciles.last(account)
    earlier = await stores.reconciles.findings(account, before[0]) if before else []
    if number != "N-3":
        await stores.reconciles.end(account, number, ReconcileResult(ended_at=NOON))
    return uncertain, earlier, await stores.reconciles.findings(account, number)
