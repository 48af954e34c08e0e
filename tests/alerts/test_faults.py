"""Each fault that the stand-ins can play raises one alert that names its cause within two minutes; health raises none.

The product makes real calls to both stand-ins, and its real figures are scraped between them. A scrape counts as 15
seconds, so that nobody waits for minutes; Prometheus' own tool evaluates the rules over them.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from standins import presets
from standins.faults import KINDS
from tests.alerts.promtool import EVERY_SECONDS, Scrape, ever_fired, firing, needs_promtool, scraped
from tests.integration.office import NoPace, Office
from tests.patience import PATIENCE
from tests.web.edge import Edge, open_edge
from tests.web.signing import SECRET, XERO_KEY, by_xero, event, of_xero
from xerosync.connection.connection import ConnectionStatus
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import XerosyncError
from xerosync.documents.messages import SyncState
from xerosync.metrics.port import Figures
from xerosync.readiness import Readiness
from xerosync.sequence import SequenceRateLimiter
from xerosync.sequence.client import SequenceClient
from xerosync.settings import Settings
from xerosync.xero.oauth.identity import Identity

pytestmark = needs_promtool

TWO_MINUTES = 120 // EVERY_SECONDS
DAYS = 30
CALLS = 2
"""To each company between two scrapes."""

CAUSES = {
    "drop_before": "ApiAnswersLost",
    "drop_after": "ApiAnswersLost",
    "truncated": "ApiAnswersLost",
    "slow": "ApiAnswersLost",
    "partial": "ApiServerErrors",
    "server_error": "ApiServerErrors",
    "maintenance": "ApiServerErrors",
    "status": "ApiServerErrors",
    "malformed": "ApiAnswersUnreadable",
    "bad_request": "ApiRejectsRequests",
    "not_found": "ApiFindsNothing",
    "unauthorized": "ApiRefusesAccess",
    "forbidden": "ApiRefusesAccess",
    "rate_minute": "ApiRateLimited",
    "rate_concurrent": "ApiRateLimited",
    "rate_appminute": "ApiRateLimited",
    "rate_silent": "ApiRateLimited",
    "rate_date": "ApiRateLimited",
    "rate_day": "XeroDaySpent",
}
ELSEWHERE = {kind: cause for kind, cause in CAUSES.items() if kind != "partial"} | {"rate_day": "ApiRateLimited"}
"""Of Sequence and of Xero's identity service, which know no limit of a day and no batches."""
AT_IDENTITY = [
    pytest.param(kind, marks=() if cause not in [*ELSEWHERE.values()][:place] else pytest.mark.slow)
    for place, (kind, cause) in enumerate(ELSEWHERE.items())
    if kind != "slow"
]
"""One fault of each cause with every change; the others among the slow tests."""
PARAMS: dict[str, dict[str, Any]] = {"slow": {"seconds": 30}, "status": {"status": 502}}


class Watch:
    """The office's figures, scraped as often as it is said."""

    def __init__(self, office: Office, settings: Settings, ref: DocumentRef) -> None:
        self.office = office
        self.scrapes: list[Scrape] = []
        self._settings = settings
        self._ref = ref

    async def scrape(self, *, reaches_temporal: bool = True) -> None:
        services = self.office.services

        async def gone() -> None:
            raise RuntimeError("cut off")

        readiness = Readiness(
            database=services.check_database,
            temporal=services.temporal.service_client.check_health if reaches_temporal else gone,
        )
        page = await Figures(services, self._settings, readiness).page()
        self.scrapes.append({**scraped(page.body.decode()), 'up{job="xerosync",instance="worker"}': 1})

    async def calls(self) -> None:
        """Ask both companies something."""
        services = self.office.services
        connection = await services.store.connection(self.office.account_id)
        assert connection
        for _ in range(CALLS):
            with contextlib.suppress(XerosyncError):
                await services.xero.organisations().tax_rates(connection)
            with contextlib.suppress(XerosyncError):
                await services.billing.document(self._ref)

    async def spend(self, scrapes: int, between: Callable[[], Awaitable[object]] | None = None) -> None:
        """Do something before each of so many scrapes."""
        for _ in range(scrapes):
            await (between or self.calls)()
            await self.scrape()


@pytest.fixture
async def watch(office: Office) -> AsyncIterator[Watch]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in office.environment.items():
            patch.setenv(name, value)
        settings = Settings.load(env_file=None)
    watch = Watch(office, settings, await office.draft(await office.customer()))
    await watch.scrape()
    await watch.spend(2)
    yield watch
    office.mend()


def test_every_fault_of_the_stand_ins_has_a_cause_to_name() -> None:
    assert set(CAUSES) | {"refused"} == KINDS
    assert set(presets.STATUSES) <= set(CAUSES)


@pytest.mark.parametrize("kind", CAUSES)
async def test_a_fault_of_xero_is_named_by_one_alert(watch: Watch, tmp_path: Path, kind: str) -> None:
    watch.office.companies.xero.faults.add(kind, path="/api.xro", **PARAMS.get(kind, {}))
    await watch.spend(TWO_MINUTES if kind != "slow" else 4)
    # Of a limit of the day only Xero's rule knows, and it names nobody.
    expected = {(CAUSES[kind], "" if kind == "rate_day" else "xero")}
    assert firing(watch.scrapes, tmp_path) == ever_fired(watch.scrapes, tmp_path) == expected


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow) if kind == "slow" else kind for kind in ELSEWHERE]
)
async def test_a_fault_of_sequence_is_named_by_one_alert(watch: Watch, tmp_path: Path, kind: str) -> None:
    watch.office.companies.sequence.faults.add(kind, path="/api", **PARAMS.get(kind, {}))
    await watch.spend(TWO_MINUTES if kind != "slow" else 4)
    assert firing(watch.scrapes, tmp_path) == ever_fired(watch.scrapes, tmp_path) == {(ELSEWHERE[kind], "sequence")}


@pytest.mark.parametrize("kind", AT_IDENTITY)
async def test_a_fault_where_xero_gives_tokens_is_named_by_one_alert(watch: Watch, tmp_path: Path, kind: str) -> None:
    watch.office.companies.xero.faults.add(kind, path="/connect/token", **PARAMS.get(kind, {}))
    await watch.spend(TWO_MINUTES, lambda: refresh(watch))
    named = {(ELSEWHERE[kind], "xero_identity")}
    assert firing(watch.scrapes, tmp_path) == ever_fired(watch.scrapes, tmp_path) == named


async def refresh(watch: Watch) -> None:
    """Call both companies when the access token has just ended."""
    services = watch.office.services
    connection = await services.store.connection(watch.office.account_id)
    assert connection
    async with services.grants.lock(connection.grant_id) as locked:
        await locked.save(locked.grant.model_copy(update={"expires_at": utc_now()}))
    await watch.calls()


async def test_a_place_of_tokens_that_is_not_there_is_named(watch: Watch, tmp_path: Path) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        identity = Identity(http, identity_url="http://127.0.0.1:9", client_id="app", client_secret=None)

        async def ask() -> None:
            with contextlib.suppress(XerosyncError):
                await identity.tokens({})

        await watch.spend(TWO_MINUTES, ask)
    assert ever_fired(watch.scrapes, tmp_path) == {("ApiUnreachable", "xero_identity")}


async def test_a_company_that_is_not_there_is_named(watch: Watch, tmp_path: Path) -> None:
    key = SequenceKey("id", SecretStr("secret"))
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        # Nothing listens there.
        client = SequenceClient(http, "http://127.0.0.1:9", key, SequenceRateLimiter(NoPace()))

        async def ask() -> None:
            with contextlib.suppress(XerosyncError):
                await client.get("read invoice 1", "/invoices/1")

        await watch.spend(TWO_MINUTES, ask)
    assert firing(watch.scrapes, tmp_path) == {("ApiUnreachable", "sequence")}


async def test_refusals_of_documents_are_named_by_the_hold(watch: Watch, tmp_path: Path) -> None:
    office = watch.office
    refs = await office.finals(6)
    office.companies.xero.faults.add("refused", path="/api.xro", place="LineItems", message="Not today")
    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.HELD)
    await watch.spend(TWO_MINUTES)
    assert firing(watch.scrapes, tmp_path) == {("DocumentsHeld", "rejected")}
    office.mend()
    for ref in refs:
        await office.act(ref, "void")
    await office.signal(refs, "voided")
    await office.reach(refs, SyncState.VOIDED)


async def test_a_disconnection_is_named(watch: Watch, tmp_path: Path) -> None:
    store = watch.office.services.store
    account_id = watch.office.account_id
    await store.mark_connection(account_id, ConnectionStatus.DISCONNECTED)
    await watch.spend(TWO_MINUTES)
    await store.mark_connection(account_id, ConnectionStatus.CONNECTED)
    assert firing(watch.scrapes, tmp_path) == {("XeroDisconnected", "")}


async def test_temporal_and_the_database_are_named_when_they_are_away(watch: Watch, tmp_path: Path) -> None:
    before = list(watch.scrapes)
    for _ in range(TWO_MINUTES):
        await watch.scrape(reaches_temporal=False)
    assert firing(watch.scrapes, tmp_path) == {("TemporalUnreachable", "")}
    watch.scrapes = before
    await watch.office.database.cut()
    await watch.spend(TWO_MINUTES, watch.scrape)
    await watch.office.database.mend()
    assert firing(watch.scrapes, tmp_path) == {("DatabaseUnusable", "")}


async def test_forged_webhooks_are_named(watch: Watch, tmp_path: Path) -> None:
    async with open_edge(watch.office) as edge:
        await watch.spend(TWO_MINUTES, lambda: forged(edge, watch.office.account_id))
    assert firing(watch.scrapes, tmp_path) == {("DeliveriesRefused", "sequence")}


async def test_what_xero_refuses_on_purpose_with_its_intent_to_receive_raises_nothing(
    watch: Watch, tmp_path: Path
) -> None:
    async with open_edge(watch.office) as edge:
        for _ in range(3):
            # A person presses the button again and again.
            assert await intent(watch.office, edge, XERO_KEY) == "ok"
            await watch.scrape()
        await watch.spend(3 * TWO_MINUTES)
    assert ever_fired(watch.scrapes, tmp_path) == set()


async def test_an_intent_to_receive_by_another_key_is_named(watch: Watch, tmp_path: Path) -> None:
    async with open_edge(watch.office) as edge:
        assert await intent(watch.office, edge, "another key") == "intent to receive failed"
        await watch.spend(TWO_MINUTES)
    assert ever_fired(watch.scrapes, tmp_path) == {("DeliveriesRefused", "xero")}


async def test_events_of_xero_by_another_key_are_named_although_an_intent_was_right(
    watch: Watch, tmp_path: Path
) -> None:
    body = of_xero(event(watch.office.people.tenant_id, "a"))

    async def delivered() -> None:
        answer = await edge.from_xero(body, **{"x-xero-signature": by_xero(body, "another key")})
        assert answer.status_code == 401

    async with open_edge(watch.office) as edge:
        assert await intent(watch.office, edge, XERO_KEY) == "ok"
        await watch.spend(TWO_MINUTES, delivered)
    assert firing(watch.scrapes, tmp_path) == {("DeliveriesRefused", "xero")}


async def intent(office: Office, edge: Edge, key: str) -> str:
    """Let Xero ask the edge for its intent to receive, and return what Xero then says of the webhook."""
    xero = office.people.xero
    hook = {"url": f"{edge.url}/webhooks/xero", "key": key}
    made = (await xero.post("/_sandbox/webhooks", json=hook, params={"tenant": office.people.tenant_id})).json()
    await xero.delete(f"/_sandbox/webhooks/{made['id']}")
    return made["status"]


async def forged(edge: Edge, account_id: str) -> None:
    answer = await edge.from_sequence(account_id, b"{}", **{"Sequence-Signature": "t=1,v1=forged"})
    assert answer.status_code == 401, SECRET


@pytest.mark.slow
async def test_a_month_of_billing_without_faults_raises_nothing_at_any_time(watch: Watch, tmp_path: Path) -> None:
    office = watch.office
    for _ in range(DAYS):
        refs = await office.finals(2)
        await office.signal(refs, "finalized")
        await watch.spend(2)
        await office.reach(refs, SyncState.PUSHED)
        await watch.spend(1)
        for ref in refs:
            await office.act(ref, "send")
        await office.signal(refs, "sent")
        await watch.spend(2)
        await office.reach(refs, SyncState.SETTLED)
        await watch.spend(1)
    assert ever_fired(watch.scrapes, tmp_path) == set()


async def test_an_alert_that_has_ended_is_seen_all_the_same(watch: Watch, tmp_path: Path) -> None:
    fault = watch.office.companies.xero.faults.add("server_error", path="/api.xro")
    await watch.spend(TWO_MINUTES)
    watch.office.companies.xero.faults.remove(fault.id)
    await watch.spend(2 * TWO_MINUTES)
    assert firing(watch.scrapes, tmp_path) == set()
    assert ever_fired(watch.scrapes, tmp_path) == {("ApiServerErrors", "xero")}
