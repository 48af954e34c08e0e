"""The overview of an account."""

from collections.abc import AsyncIterator, Collection
from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest

from tests.store.samples import NOON, connection, document, hold, ref, xero_view
from tests.web.console import Console, open_console
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.hints import Delivery, Hint, HintAct, Provider
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import SyncState
from xerosync.reconcile.messages import Compared, ReconcileResult, Tally
from xerosync.web.console.alarms import Webhooks, alarms_of
from xerosync.web.console.overview import _bars


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        yield console


async def keep(console: Console, link: DocumentLink) -> None:
    await console.services.store.change(link.ref, lambda _: link)


async def test_a_new_account_that_is_connected_is_well(console: Console) -> None:
    await console.services.store.save_connection(connection())
    page = await console.page("/accounts/acme")
    assert "All is well" in page
    assert "Temporal does not answer" in page


async def test_an_account_that_is_not_connected_is_an_alarm(console: Console) -> None:
    page = await console.page("/accounts/acme")
    assert "not connected to Xero" in page
    assert 'href="/connect/acme"' in page


async def test_alarms_come_first_then_holds_by_reason_with_what_to_do(console: Console) -> None:
    await console.services.store.save_connection(connection())
    sent = document(status=DocumentStatus.SENT)
    await keep(console, DocumentLink(ref=ref()).read(sent).pushed(xero_view(), Decimal("120.00")))
    for place in range(3):
        of = ref(f"held-{place}")
        await keep(console, DocumentLink(ref=of).read(document(of)).held(hold(HoldReason.TAX_REJECTED)))
    await keep(
        console,
        DocumentLink(ref=ref("booked")).read(document(ref("booked"))).held(hold(HoldReason.LEDGER_ACCOUNT_MISSING)),
    )
    page = await console.page("/accounts/acme")
    assert "4 documents wait for you" in page
    assert 'href="/accounts/acme/documents/invoice/held-2"' in page
    assert 'href="/accounts/acme/settings#ledger_account">Choose the ledger account' in page
    assert "1 document was sent, but is dated 3000" in page
    assert "3 held" in page
    assert HoldReason.TAX_REJECTED.meaning.matter in page
    assert page.index("dated 3000") < page.index("3 held")
    assert 'href="/accounts/acme/documents?hold=tax_rejected"' in page
    assert str(utc_now().date()) in page


async def test_each_hold_says_how_much_money_waits_and_no_currency_is_added_to_another(console: Console) -> None:
    await console.services.store.save_connection(connection())
    ignored = Ignored(because="by hand", who="Ada", since=NOON)
    for of, total, currency, left_alone in [
        (ref("a"), "1500.00", "GBP", None),
        (ref("b"), "0.50", "GBP", None),
        (ref("c"), "20.00", "EUR", None),
        (ref("d", Kind.CREDIT_NOTE), "3.00", "GBP", None),
        (ref("e"), "777.00", "GBP", ignored),
    ]:
        link = DocumentLink(ref=of).read(document(of, gross_total=total, currency=currency))
        await keep(console, link.held(hold(HoldReason.TAX_REJECTED)).model_copy(update={"ignored": left_alone}))
    page = await console.page("/accounts/acme")
    assert "4 held" in page
    assert "Invoices 20.00 EUR, 1,500.50 GBP · Credit notes 3.00 GBP" in page


def test_the_highest_day_fills_the_chart() -> None:
    first = date(2026, 3, 1)
    bars = _bars({first: {SyncState.HELD: 1, SyncState.SENT: 3}, first + timedelta(days=1): {SyncState.SENT: 2}}, first)
    assert bars[0].parts == [(SyncState.SENT, 25.0, 75.0), (SyncState.HELD, 0.0, 25.0)]
    assert bars[1].parts == [(SyncState.SENT, 50.0, 50.0)]
    assert bars[2].parts == []


async def test_a_silent_webhook_of_one_company_does_not_hide_behind_the_other(
    console: Console, database_url: str
) -> None:
    await console.services.store.save_connection(connection())
    for provider, days in ((Provider.SEQUENCE, 0), (Provider.XERO, 4)):
        hint = Hint(account_id="acme", type="INVOICE", resource_id="inv-1", act=HintAct.NOTHING)
        await console.services.inbox.add(Delivery(provider=provider, digest=b"1", hints=(hint,)))
        database = await asyncpg.connect(database_url)
        await database.execute(
            "UPDATE deliveries SET received_at = now() - make_interval(days => $2) WHERE provider = $1", provider, days
        )
        await database.close()
    page = await console.page("/accounts/acme")
    assert "Xero has not called for 4 days" in page
    assert "Sequence has not called" not in page
    assert page.count("called last") == 2


def test_a_webhook_that_is_set_up_and_never_came_is_an_alarm_after_three_days() -> None:
    def words(*, days: int, set_up: Collection[Provider], kept: int = 30) -> list[str]:
        since = connection().model_copy(update={"connected_at": NOON})
        webhooks = Webhooks(dict.fromkeys(Provider), set_up, timedelta(days=kept))
        now = NOON + timedelta(days=days)
        found = alarms_of("acme", since, sent_but_3000=0, reconciled=None, last_sweep=now, webhooks=webhooks, now=now)
        return [alarm.words for alarm in found]

    assert words(days=2, set_up=list(Provider)) == []
    assert words(days=400, set_up=[]) == []
    [alarm] = words(days=5, set_up=[Provider.XERO])
    assert alarm.startswith("Xero has not called for 5 days")
    [alarm] = words(days=400, set_up=[Provider.SEQUENCE])
    assert alarm.startswith("Sequence has not called for 30 days")
    [alarm] = words(days=400, set_up=[Provider.SEQUENCE], kept=2)
    assert alarm.startswith("Sequence has not called for 48 hours")


async def test_an_alarm_that_only_reconcile_found_stands_at_the_top(console: Console) -> None:
    await console.services.store.save_connection(connection())
    compared = Compared(is_connected=True, in_sequence=9)
    for alarms in (2, 0):
        result = ReconcileResult(compared=compared, tally=Tally(alarms=alarms), ended_at=utc_now())
        await console.services.reconciles.begin("acme", f"run-{alarms}", Kind.INVOICE)
        await console.services.reconciles.end("acme", f"run-{alarms}", result)
        page = await console.page("/accounts/acme")
        assert ("The last reconcile found 2 documents that were sent, but dated 3000" in page) is (alarms == 2)
        assert ("All is well" in page) is (alarms == 0)


def test_a_sweep_is_late_after_seven_hours() -> None:
    def words(hours: int) -> list[str]:
        found = alarms_of(
            "acme",
            connection(),
            sent_but_3000=0,
            reconciled=None,
            last_sweep=NOON,
            webhooks=Webhooks(dict.fromkeys(Provider), [], timedelta(days=30)),
            now=NOON + timedelta(hours=hours),
        )
        return [alarm.words for alarm in found]

    assert words(7) == []
    assert words(8) == ["The last sweep began 8 hours ago: does a worker run?"]
