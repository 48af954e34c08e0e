"""What changes in Xero releases what waited for it; probes are rare, and cost nothing while nothing is so held."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_hold_probes import MemoryHoldProbes
from tests.store.samples import xero_view
from tests.workflows.world import CONNECTION, invoice
from xerosync.connection.chart import Chart, LedgerAccount
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, RetryLaterError, XerosyncError
from xerosync.core.holds import Hold, HoldReason
from xerosync.documents.hold_probes import HoldProbes
from xerosync.documents.messages import Release

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def account(code: str, tax_type: str = "") -> LedgerAccount:
    return LedgerAccount(code=code, name=code, type="REVENUE", tax_type=tax_type)


def chart(*accounts: LedgerAccount, currencies: tuple[str, ...] = ("GBP",)) -> Chart:
    return Chart(tenant_id=CONNECTION.tenant_id, accounts=accounts, tax_rates=(), currencies=currencies, read_at=START)


SALES = account("200", tax_type="OUTPUT2")


@dataclass
class Town:
    """An organisation that somebody may mend, the documents that wait for that, and a clock."""

    xero: Chart = field(default_factory=lambda: chart(SALES))
    now: datetime = START
    reads: int = 0
    fails: XerosyncError | None = None
    released: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    store: MemoryStore = field(default_factory=MemoryStore)
    probed: MemoryHoldProbes = field(default_factory=MemoryHoldProbes)

    def __post_init__(self) -> None:
        self.probes = HoldProbes(self, self.probed, self.store, self, now=lambda: self.now)

    async def renewed(self, connection: Connection, chart: Chart) -> Chart:
        assert connection.tenant_id == chart.tenant_id
        self.reads += 1
        if self.fails:
            raise self.fails
        return self.xero.model_copy(update={"read_at": self.now})

    async def signal(
        self, ref: DocumentRef, name: str, payload: Release | None = None, *, number: str | None = None
    ) -> None:
        del number
        assert name == "release"
        assert payload
        self.released.append((ref.document_id, str(payload.reason)))

    async def hold(self, document_id: str, reason: HoldReason, currency: str = "GBP") -> DocumentRef:
        document = invoice(id=document_id, number=document_id, currency=currency)
        held = Hold(reason=reason, since=self.now)
        await self.store.change(document.ref, lambda link: link.read(document).held(held))
        return document.ref

    async def probe(self, *, after: timedelta = timedelta(0)) -> list[tuple[str, str]]:
        """Return what this probe released."""
        self.now += after
        self.released.clear()
        await self.probes.probe(CONNECTION)
        return list(self.released)


HOUR = timedelta(hours=1)


@pytest.fixture
async def town() -> Town:
    town = Town()
    await town.store.save_chart("acme", town.xero)
    return town


async def test_nothing_is_asked_while_nothing_is_so_held(town: Town):
    await town.hold("i1", HoldReason.CUSTOMER_UNLINKED)
    assert await town.probe() == []
    assert (town.reads, await town.probed.last("acme")) == (0, None)


async def test_a_currency_that_was_added_releases_the_documents_in_it(town: Town):
    await town.hold("i1", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    await town.hold("i2", HoldReason.CURRENCY_NOT_ENABLED, "USD")
    assert await town.probe() == []
    town.xero = chart(SALES, currencies=("GBP", "EUR"))
    assert await town.probe(after=HOUR) == [("i1", "currency_not_enabled")]
    kept = await town.store.chart("acme")
    assert kept
    assert kept.currencies == ("GBP", "EUR")
    assert await town.probe(after=HOUR) == []


async def test_what_was_mended_before_the_first_probe_is_seen(town: Town):
    await town.hold("i1", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    town.xero = chart(SALES, currencies=("GBP", "EUR"))
    assert await town.probe() == [("i1", "currency_not_enabled")]


@pytest.mark.parametrize(
    "mended",
    [
        chart(SALES, account("260")),
        chart(account("200", tax_type="NONE")),
    ],
    ids=["an account was opened", "an account has another tax rate"],
)
async def test_an_account_that_was_mended_releases_what_accounts_and_taxes_held(town: Town, mended: Chart):
    await town.hold("i1", HoldReason.LEDGER_ACCOUNT_REJECTED)
    await town.hold("i2", HoldReason.TAX_REJECTED)
    await town.probe()
    town.xero = mended
    assert await town.probe(after=HOUR) == [("i1", "ledger_account_rejected"), ("i2", "tax_rejected")]


async def test_what_another_reader_of_the_chart_found_releases_at_the_next_sweep(town: Town):
    await town.hold("i1", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    await town.probe()
    later = town.now + timedelta(minutes=1)
    read = chart(SALES, currencies=("GBP", "EUR")).model_copy(update={"read_at": later})
    await town.store.save_chart("acme", read)
    assert await town.probe(after=timedelta(minutes=5)) == [("i1", "currency_not_enabled")]
    assert await town.probe(after=timedelta(minutes=5)) == []
    assert town.reads == 1


async def test_probes_are_an_hour_apart_whatever_fails(town: Town):
    await town.hold("i1", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    town.fails = RetryLaterError("Xero is away.")
    for _ in range(12):
        assert await town.probe(after=timedelta(minutes=5)) == []
    assert town.reads == 1
    town.fails, town.xero = None, chart(SALES, currencies=("GBP", "EUR"))
    assert await town.probe(after=HOUR) == [("i1", "currency_not_enabled")]
    assert town.reads == 2


async def test_that_xero_refuses_to_show_its_accounts_stops_no_sweep(town: Town):
    await town.hold("i1", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    town.fails = HoldError(HoldReason.REJECTED, "Syntax error")
    assert await town.probe() == []


async def test_that_xero_does_not_let_us_in_is_for_the_sweep_to_tell(town: Town):
    await town.hold("i1", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    town.fails = HoldError(HoldReason.DISCONNECTED)
    with pytest.raises(HoldError):
        await town.probe()


async def test_of_those_that_the_plan_holds_one_goes_ahead_and_the_others_follow_it(town: Town):
    first = await town.hold("i1", HoldReason.PLAN_LIMIT)
    await town.hold("i2", HoldReason.PLAN_LIMIT)
    await town.hold("i3", HoldReason.PLAN_LIMIT)
    assert await town.probe() == [("i1", "plan_limit")]
    assert await town.probe(after=timedelta(minutes=15)) == []
    assert await town.probe(after=HOUR) == [("i1", "plan_limit")]
    await town.store.change(first, lambda link: link.seen(xero_view(seen_at=town.now)).freed())
    assert await town.probe(after=timedelta(minutes=15)) == [("i2", "plan_limit"), ("i3", "plan_limit")]
    assert town.reads == 0


async def test_chart_and_plan_take_turns(town: Town):
    await town.hold("i1", HoldReason.PLAN_LIMIT)
    await town.hold("i2", HoldReason.CURRENCY_NOT_ENABLED, "EUR")
    went = [len(await town.probe(after=HOUR)) for _ in range(6)]
    assert (sorted(went), town.reads) == ([0, 0, 0, 1, 1, 1], 3)


async def test_once_nothing_is_held_the_probe_is_forgotten(town: Town):
    ref = await town.hold("i1", HoldReason.PLAN_LIMIT)
    await town.probe()
    assert await town.probed.last("acme")
    await town.store.change(ref, lambda link: link.freed())
    await town.probe()
    assert await town.probed.last("acme") is None
