"""What the two routes answer to whoever knows the address, and to whoever knows the secret as well."""

import gzip
import json
import string
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import product
from time import monotonic

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.store.breaker import Breaker
from tests.store.samples import NOON, document, hold, ref, xero_view
from tests.web.receiving import ACCOUNT, TENANT, Receiving, receiving
from tests.web.signing import by_sequence, by_xero, event, of_sequence, of_xero
from xerosync.core.documents import DocumentStatus
from xerosync.core.hints import Hint, HintAct, HintOutcome
from xerosync.postgres import Database, open_database
from xerosync.web.webhooks.receiver import LOGGED_BURST, LOGGED_PER_SECOND

BOTH = ("/webhooks/xero", f"/webhooks/sequence/{ACCOUNT}")


@pytest.fixture
async def edge(database: Database, keys: list[SecretStr]) -> AsyncIterator[Receiving]:
    edge = await receiving(database, keys)
    async with edge.client:
        yield edge


async def pending(edge: Receiving) -> Sequence[Hint]:
    return list((await edge.inbox.claim(0, 1_000)).values())


def damaged(**fields: object) -> bytes:
    return json.dumps(json.loads(of_sequence(ACCOUNT, status="FINAL")) | fields).encode()


NOT_OF_SEQUENCE = [
    damaged(resourceId="a\x00b"),
    damaged(resourceId="half an emoji \ud83d"),
    damaged(resourceId="i" * 10_000),
    damaged(resourceId="a/../b\n"),
    damaged(resourceId={}),
    damaged(notificationType="N" * 10_000),
    damaged(sequenceAccountId="another"),
    b"[" * 500_000,
    b'{"a":' * 150_000,
    b'{"resourceId": ' + b"9" * 100_000 + b"}",
    b'{"resourceId": NaN}',
    gzip.compress(of_sequence(ACCOUNT), mtime=0),
    of_sequence(ACCOUNT).decode().encode("utf-16"),
    b"",
]


async def test_what_is_signed_but_not_understood_is_400(edge: Receiving) -> None:
    for body in NOT_OF_SEQUENCE:
        answer = await edge.from_sequence(body, **{"Content-Encoding": "gzip"})
        assert (answer.status_code, answer.content) == (400, b""), body[:60]
    assert not await pending(edge)


async def test_a_resource_that_is_not_understood_is_a_hint_all_the_same(edge: Receiving) -> None:
    for resource in (None, [], "x", {"status": {"a": 1}}, {"status": "SENT\x00"}, {"status": 7}):
        assert (await edge.from_sequence(damaged(resource=resource))).status_code == 200, resource
    assert [hint.act for hint in await pending(edge)] == [HintAct.AMENDED] * 6


async def test_words_with_half_an_emoji_or_a_nul_do_not_keep_a_delivery_out(edge: Receiving) -> None:
    body = damaged(resource={"status": "FINAL", "memo": "half an emoji \ud83d and a NUL \x00"})
    assert (await edge.from_sequence(body)).status_code == 200
    assert [hint.act for hint in await pending(edge)] == [HintAct.FINALIZED]


NOT_OF_XERO = [
    of_xero(event(TENANT, "a\x00b")),
    of_xero(event("\ud83d", "a")),
    of_xero(event(TENANT, "i" * 10_000)),
    of_xero(event(TENANT, "a", "C" * 10_000)),
    of_xero({}),
    json.dumps({"events": [None, 3, "x"], "firstEventSequence": 1, "lastEventSequence": 3}).encode(),
    json.dumps({"events": {}, "firstEventSequence": 1, "lastEventSequence": 1}).encode(),
    json.dumps({"events": [], "firstEventSequence": -1, "lastEventSequence": 10**30}).encode(),
    json.dumps({"events": [], "firstEventSequence": 2, "lastEventSequence": 1}).encode(),
    b"[" * 500_000,
    b"",
]


async def test_what_xero_signed_is_never_refused_and_sweeps_all_where_it_is_not_understood(edge: Receiving) -> None:
    for body in NOT_OF_XERO:
        answer = await edge.from_xero(body)
        assert (answer.status_code, answer.content) == (200, b""), body[:60]
    hints = await pending(edge)
    assert {(hint.account_id, hint.act) for hint in hints} == {(ACCOUNT, HintAct.SWEEP)}
    assert len(hints) == len(NOT_OF_XERO)


async def test_one_event_that_is_not_understood_costs_none_of_the_others(edge: Receiving) -> None:
    body = of_xero(event(TENANT, "a", "PREPAYMENT"), {}, event(TENANT, "b", "PAYMENT"))
    assert (await edge.from_xero(body)).status_code == 200
    assert sorted(hint.resource_id for hint in await pending(edge)) == ["", "a", "b"]


async def test_missing_events_wake_the_sweeps_of_all(edge: Receiving) -> None:
    for first in (5, 6, 9):
        await edge.from_xero(of_xero(event("another-tenant", "x"), first=first))
    assert [(hint.type, hint.act) for hint in await pending(edge)] == [("gap", HintAct.SWEEP)]


async def test_the_intent_to_receive_wakes_the_sweeps_of_all_since_the_webhook_was_off_until_then(
    edge: Receiving,
) -> None:
    asked = of_xero(first=0)
    for _ in range(2):
        assert (await edge.from_xero(asked)).status_code == 200
    assert (await edge.from_xero(asked, **{"x-xero-signature": by_xero(asked, "other")})).status_code == 401
    hints = await pending(edge)
    assert [(hint.account_id, hint.type, hint.act) for hint in hints] == [(ACCOUNT, "intent to receive", HintAct.SWEEP)]


async def test_an_event_of_xero_is_dropped_where_it_is_no_later_than_what_is_known(edge: Receiving) -> None:
    stamp = NOON.replace(microsecond=400_000)
    answered = xero_view("x-1", updated_at=stamp).model_copy(update={"revision": 1})
    await edge.store.change(ref(), lambda link: link.read(document()).seen(answered))
    for number, at in enumerate((NOON - timedelta(seconds=1), NOON, stamp + timedelta(milliseconds=500)), 1):
        shown = at.replace(tzinfo=None).isoformat(timespec="milliseconds")
        assert (await edge.from_xero(of_xero(event(TENANT, "x-1", at=shown), first=number))).status_code == 200
    await edge.from_xero(of_xero(event(TENANT, "k-1", "CONTACT"), event(TENANT, "s", "SUBSCRIPTION"), first=4))
    assert not await pending(edge)
    for number, shown in enumerate((f"{NOON + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}", "someday"), 6):
        await edge.from_xero(of_xero(event(TENANT, "x-1", at=shown), first=number))
    await edge.let_rested_go()
    assert [(hint.resource_id, hint.act) for hint in await pending(edge)] == [("x-1", HintAct.SWEEP)] * 2


async def test_a_delivery_that_shows_what_is_known_of_a_document_in_xero_asks_for_nothing(edge: Receiving) -> None:
    known = document(status=DocumentStatus.SENT)
    shown = {
        "sequenceAccountId": ACCOUNT,
        "invoiceNumber": known.number,
        "currency": "GBP",
        "issueDate": "2026-03-01",
        "dueDate": "2026-03-31",
        "customerId": known.customer_id,
        "customerLegalCompanyName": known.customer_name,
        "netTotal": "120.00",
        "totalTax": "0",
        "grossTotal": "120.00",
        "status": "SENT",
    }

    async def hints(**differs: str) -> Sequence[HintAct]:
        body = of_sequence(ACCOUNT, resource_id="inv-1", **(shown | differs))
        assert (await edge.from_sequence(body)).status_code == 200
        keys = await edge.inbox.claim(0, 10)
        await edge.inbox.settle(dict.fromkeys(keys, HintOutcome.DELIVERED))
        return [hint.act for hint in keys.values()]

    await edge.store.change(ref(), lambda link: link.read(known))
    assert await hints() == [HintAct.SENT], "it is not in Xero yet"
    await edge.store.change(ref(), lambda link: link.seen(xero_view(sent=True, applied=known.header)))
    assert await hints(paymentStatus="PAID") == []
    assert await hints(memo="a memo has no place in Xero") == []
    for field, value in (
        ("status", "VOIDED"),
        ("dueDate", "2026-04-01"),
        ("grossTotal", "121.00"),
        ("invoiceNumber", "INV-2"),
        ("customerId", "another"),
        ("reference", "PO 1"),
        ("issueDate", "no date"),
    ):
        assert len(await hints(**{field: value})) == 1, field
    await edge.store.change(ref(), lambda link: link.held(hold()))
    assert await hints() == [HintAct.SENT], "it is held"


async def test_an_address_that_names_no_account_of_ours_is_401(edge: Receiving) -> None:
    for path in ("%00", "%ff", "a%0d%0aSet-Cookie:x", "i" * 10_000, "%20", "..%5cxero", "ä", "nobody"):
        answer = await edge.from_sequence(of_sequence(ACCOUNT), account_id=path)
        assert (answer.status_code, answer.content) == (401, b""), path
        assert "set-cookie" not in answer.headers


async def test_an_address_that_is_like_ours_is_none(edge: Receiving) -> None:
    for path in ("sequence/", "sequence/a%2fb", "/xero", "XERO", "xero%2f"):
        assert (await edge.client.post(f"/webhooks/{path}")).status_code in (404, 307), path


async def test_a_method_that_is_not_post_is_405(edge: Receiving) -> None:
    for path, method in product(BOTH, ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")):
        answer = await edge.client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_signature_that_comes_twice_is_none(edge: Receiving) -> None:
    sequence, xero = of_sequence(ACCOUNT), of_xero()
    for path, body, name, value in (
        (BOTH[1], sequence, "Sequence-Signature", by_sequence(sequence)),
        (BOTH[0], xero, "x-xero-signature", by_xero(xero)),
    ):
        for headers in ([(name, value), (name, value)], [(name, "x"), (name, value)], [(name, value), (name, "x")]):
            assert (await edge.client.post(path, content=body, headers=headers)).status_code == 401
        assert (await edge.client.post(path, content=body, headers=[(name, value)])).status_code == 200


async def test_an_instant_beyond_all_calendars_is_no_signature(edge: Receiving) -> None:
    body = of_sequence(ACCOUNT)
    for stamp in ("999999999999999", "99999999999999", "0", "-1", "1e3", "١٢٣"):
        header = by_sequence(body, stamp=stamp)
        answer = await edge.client.post(BOTH[1], content=body, headers=[(b"Sequence-Signature", header.encode())])
        assert answer.status_code == 401, stamp


async def test_no_cookie_and_no_word_of_the_server_leaves_with_an_answer(edge: Receiving) -> None:
    answer = await edge.from_xero(of_xero())
    assert (answer.status_code, answer.content) == (200, b"")
    assert not {"set-cookie", "server", "x-powered-by"} & set(answer.headers)
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_secret_that_is_stored_while_the_edge_runs_counts_at_once(edge: Receiving) -> None:
    body = of_sequence(ACCOUNT)
    assert (await edge.from_sequence(body)).status_code == 200
    await edge.secrets.add("late", "policy", SecretStr("whsec_late"))
    late = of_sequence("late")
    signed = {"Sequence-Signature": by_sequence(late, b"whsec_late")}
    assert (await edge.from_sequence(late, "late", **signed)).status_code == 200


async def test_a_secret_that_no_key_opens_has_the_sender_try_again(edge: Receiving, database: Database) -> None:
    async with database.session() as session:
        await session._connection.execute("UPDATE webhook_secrets SET secret = 'x'")
    assert (await edge.from_sequence(of_sequence(ACCOUNT))).status_code == 503


async def test_while_the_database_is_down_temporal_has_each_hint_or_the_sender_keeps_it(
    breaker: Breaker, keys: list[SecretStr]
) -> None:
    async with open_database(breaker.url) as database:
        edge = await receiving(database, keys)
        assert (await edge.from_sequence(of_sequence(ACCOUNT, status="DRAFT"))).status_code == 200
        assert (await edge.from_xero(of_xero(event(TENANT, "a")))).status_code == 200
        await breaker.cut()
        assert (await edge.from_sequence(of_sequence(ACCOUNT, status="FINAL"))).status_code == 200
        assert (await edge.from_xero(of_xero(event(TENANT, "b"), first=2))).status_code == 200
        assert edge.signals.given == {("inv-1", "finalized"): 1, (ACCOUNT, "urgent sweep"): 1}
        edge.signals.is_down = True
        assert (await edge.from_sequence(of_sequence(ACCOUNT, status="SENT"))).status_code == 503
        assert (await edge.from_xero(of_xero(event(TENANT, "c"), first=3))).status_code == 503
        assert (await edge.from_sequence(of_sequence("never seen"), "never-seen")).status_code == 503


async def test_a_database_that_is_away_is_not_logged_with_every_delivery(
    breaker: Breaker, keys: list[SecretStr]
) -> None:
    async with open_database(breaker.url) as database:
        edge = await receiving(database, keys)
        assert (await edge.from_sequence(of_sequence(ACCOUNT, status="DRAFT"))).status_code == 200
        await breaker.cut()
        for is_down, status, event_name in ((False, 200, "inbox not reached"), (True, 503, "delivery not taken")):
            edge.signals.is_down = is_down
            began = monotonic()
            with capture_logs() as lines:
                for _ in range(5 * LOGGED_BURST):
                    assert (await edge.from_sequence(of_sequence(ACCOUNT, status="FINAL"))).status_code == status
            logged = [line["event"] for line in lines].count(event_name)
            assert 1 <= logged <= LOGGED_BURST + LOGGED_PER_SECOND * (monotonic() - began) + 1, event_name


async def test_a_database_that_says_nothing_costs_a_sender_no_more_than_its_second(
    database: Database, database_url: str, keys: list[SecretStr]
) -> None:
    edge = await receiving(database, keys, seconds=0.3)
    lock = await asyncpg.connect(database_url)
    try:
        await edge.from_sequence(of_sequence(ACCOUNT, status="DRAFT"))
        async with lock.transaction():
            await lock.execute("LOCK TABLE deliveries")
            for status in ("FINAL", "SENT"):
                assert (await edge.from_sequence(of_sequence(ACCOUNT, status=status))).status_code == 200
            assert edge.signals.given == {("inv-1", "finalized"): 1, ("inv-1", "sent"): 1}
            edge.signals.is_down = True
            assert (await edge.from_sequence(of_sequence(ACCOUNT, status="VOIDED"))).status_code == 503
    finally:
        await lock.close()


async def test_a_flood_of_forged_deliveries_is_no_flood_of_lines(edge: Receiving) -> None:
    with capture_logs() as lines:
        for _ in range(100):
            assert (await edge.from_xero(of_xero(), **{"x-xero-signature": "x"})).status_code == 401
    assert 1 <= len(lines) < 50


async def test_forged_deliveries_leave_an_account_its_limit(edge: Receiving) -> None:
    body = of_sequence(ACCOUNT)
    for _ in range(50):
        assert (await edge.from_sequence(body, **{"Sequence-Signature": "t=1,s=0"})).status_code == 401
    assert (await edge.from_sequence(body)).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
SEQUENCE_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "notificationType": st.sampled_from(["INVOICE_UPDATED", "CUSTOMER_CREATED", "CREDIT_NOTE_ISSUED"]) | JSON,
        "sequenceAccountId": st.just(ACCOUNT) | JSON,
        "resourceId": st.text() | JSON,
        "resource": st.fixed_dictionaries({"status": st.sampled_from(["FINAL", "SENT"]) | JSON}) | JSON,
    },
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "tenantId": st.just(TENANT) | JSON,
        "resourceId": st.text() | JSON,
        "eventCategory": st.sampled_from(["INVOICE", "PAYMENT"]) | JSON,
        "eventType": JSON,
    },
)
XERO_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "events": st.lists(EVENTS | JSON, max_size=4) | JSON,
        "firstEventSequence": st.integers(-1, 9) | JSON,
        "lastEventSequence": st.integers(-1, 9) | JSON,
    },
)
ANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ANY
@given(body=st.binary() | (SEQUENCE_BODIES | JSON).map(lambda said: json.dumps(said).encode()))
async def test_whatever_sequence_signs_is_taken_or_refused(edge: Receiving, body: bytes) -> None:
    answer = await edge.from_sequence(body)
    assert answer.status_code in (200, 400)
    assert answer.content == b""


@ANY
@given(body=st.binary() | (XERO_BODIES | JSON).map(lambda said: json.dumps(said).encode()))
async def test_whatever_xero_signs_is_taken(edge: Receiving, body: bytes) -> None:
    answer = await edge.from_xero(body)
    assert (answer.status_code, answer.content) == (200, b"")


_HEADER = st.text(string.printable.strip() + " \xff", max_size=80).map(lambda text: text.strip().encode("latin-1"))


@ANY
@given(
    body=st.binary(max_size=200) | JSON.map(lambda said: json.dumps(said).encode()),
    signatures=st.lists(_HEADER, max_size=2),
    account_id=st.text(max_size=20),
)
async def test_what_is_not_signed_is_never_taken(
    edge: Receiving, body: bytes, signatures: list[bytes], account_id: str
) -> None:
    address = "".join(f"%{byte:02x}" for byte in account_id.encode("utf-8", "surrogatepass"))
    for path, name in (
        (f"/webhooks/sequence/{address}", b"sequence-signature"),
        (BOTH[1], b"sequence-signature"),
        (BOTH[0], b"x-xero-signature"),
    ):
        answer = await edge.client.post(path, content=body, headers=[(name, each) for each in signatures])
        assert answer.status_code in (401, 404, 307), path
