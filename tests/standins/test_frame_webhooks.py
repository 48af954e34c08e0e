"""Webhooks against a receiver over real HTTP that checks signatures by itself."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.serving import serve
from standins.xero import create_xero
from standins.xero.webhooks import Webhooks
from standins.xero.webhooks.hook import ANSWER_WITHIN_SECONDS
from tests.patience import PATIENCE
from tests.standins.frame_xero import ORG, Bench, bare_xero

KEY = "a+webhook/key=="
INVOICE = "33333333-3333-4333-8333-333333333333"


@dataclass
class Receiver:
    """Answers as Xero wants it, unless `spoil` says otherwise."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    spoil: Callable[[bool], Response | None] = lambda _: None
    came: asyncio.Event = field(default_factory=asyncio.Event)
    is_right: Callable[[str, str], bool] = hmac.compare_digest
    """Whether a signature ("" where there is none) counts as the wanted one."""
    signatures: list[tuple[str | None, str]] = field(default_factory=list)
    """Each signature that came, and the right one."""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["events"]]

    async def handle(self, request: Request) -> Response:
        raw = await request.body()
        wanted = base64.b64encode(hmac.new(KEY.encode(), raw, hashlib.sha256).digest()).decode()
        signed = request.headers.get("x-xero-signature")
        self.signatures.append((signed, wanted))
        right = self.is_right(signed or "", wanted)
        answer = self.spoil(right) or Response(status_code=200 if right else 401)
        if right:
            self.bodies.append(json.loads(raw))
            self.came.set()
        return answer

    async def wait_for(self, bodies: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.bodies) < bodies:
                self.came.clear()
                await self.came.wait()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Bench, Receiver]]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.handle, methods=["POST"])])
    async with serve(app) as served, bare_xero() as bench:
        receiver.url = served.url + "/hook"
        yield bench, receiver


async def test_registration_asks_for_the_intent_to_receive_signed_rightly_and_wrongly():
    async with receiving() as (bench, receiver):
        shown = await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        assert shown["status"] == "ok"
        assert [delivery["status"] for delivery in shown["deliveries"]] == [200, 401, 401, 401]
        (intent,) = receiver.bodies
        (signed, right), (changed, _), (shorter, _), (missing, _) = receiver.signatures
        assert (signed, shorter, missing) == (right, right[:-1], None)
        assert changed
        assert [place for place in range(len(right)) if changed[place] != right[place]] == [0]
        assert intent["events"] == []
        assert (intent["firstEventSequence"], intent["lastEventSequence"]) == (0, 0)
        assert len(intent["entropy"]) == 20
        assert KEY not in (await bench.http.get("/_sandbox/webhooks")).text


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda _: Response(status_code=200), "answered 200, not 401"),
        (lambda _: Response(status_code=401), "answered 401, not 200"),
        (lambda right: Response("hi") if right else None, "has a body"),
        (lambda right: Response(headers={"set-cookie": "a=1"}) if right else None, "sets a cookie"),
    ],
)
async def test_a_receiver_that_answers_wrongly_gets_no_events(spoil: Callable[[bool], Response | None], problem: str):
    async with receiving() as (bench, receiver):
        receiver.spoil = spoil
        shown = await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        assert shown["status"] == "intent to receive failed"
        assert problem in " ".join(shown["intent_problems"])
        bench.xero.webhooks.emit("INVOICE", "CREATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        assert receiver.events == []
        receiver.spoil = lambda _: None
        assert (await bench.sandbox(f"webhooks/{shown['id']}/intent"))["status"] == "ok"


@pytest.mark.parametrize(
    "is_right",
    [
        lambda signed, right: signed[1:] == right[1:],
        lambda signed, right: bool(signed) and right.startswith(signed),
        lambda signed, right: signed in {"", right},
    ],
    ids=["its end", "its beginning", "that there is none"],
)
async def test_a_receiver_that_takes_a_part_of_the_signature_for_the_whole_fails_its_intent(
    is_right: Callable[[str, str], bool],
):
    async with receiving() as (bench, receiver):
        receiver.is_right = is_right
        shown = await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        assert shown["status"] == "intent to receive failed"
        assert shown["intent_problems"] == ["answered 200, not 401, to a body signed wrongly"]


async def test_an_address_where_nobody_answers_fails_its_intent():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/hook"
        async with bare_xero() as bench:
            shown = await bench.sandbox("webhooks", url=url, key=KEY)
        assert "ConnectError" in shown["intent_problems"][0]


async def test_events_of_one_call_arrive_together_signed_and_without_state():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        for event_type in ("CREATE", "UPDATE"):
            bench.xero.webhooks.emit("INVOICE", event_type, INVOICE, ORG, {"Status": "AUTHORISED"})
        await receiver.wait_for(2)
        body = receiver.bodies[1]
        assert (body["firstEventSequence"], body["lastEventSequence"]) == (1, 2)
        first = body["events"][0]
        assert first.pop("eventDateUtc")
        assert first == {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{INVOICE}",
            "resourceId": INVOICE,
            "tenantId": ORG,
            "tenantType": "ORGANISATION",
            "eventCategory": "INVOICE",
            "eventType": "CREATE",
        }


async def test_a_credit_note_tells_its_type_and_status():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        data = {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"}
        bench.xero.webhooks.emit("CREDITNOTE", "CREATE", INVOICE, ORG, data)
        await receiver.wait_for(2)
        (event,) = receiver.events
        assert event["data"] == data
        assert event["resourceUrl"].endswith(f"/CreditNotes/{INVOICE}")


async def test_events_of_payments_come_to_a_hook_that_asks_for_them():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        bench.xero.webhooks.emit("PAYMENT", "CREATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        assert receiver.events == []
        await bench.sandbox("webhooks", url=receiver.url, key=KEY, categories=["PAYMENT"])
        bench.xero.webhooks.emit("PAYMENT", "CREATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        assert [event["resourceUrl"][-45:-37] for event in receiver.events] == ["Payments"]


async def test_an_unknown_category_reaches_every_hook_on_demand():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY, categories=["INVOICE"])
        await bench.sandbox("webhooks/emit", category="BANKFEED", type="CREATE", resourceId=INVOICE, tenantId=ORG)
        await bench.sandbox("webhooks/flush")
        assert [event["eventCategory"] for event in receiver.events] == ["BANKFEED"]


async def test_what_is_refused_is_tried_again_more_slowly_until_it_is_taken():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        receiver.spoil = lambda _: Response(status_code=500 if len(receiver.bodies) < 4 else 200)
        (hook,) = bench.xero.webhooks.hooks
        bench.xero.webhooks.emit("CONTACT", "UPDATE", INVOICE, ORG)
        for attempt in range(2, 5):
            await receiver.wait_for(attempt)
            await until(lambda attempt=attempt: hook.retry_at is not None and len(hook.deliveries) == attempt + 3)
            bench.xero.clock.set(hook.retry_at)
        await until(lambda: hook.retry_at is None)
        assert [event["resourceId"] for event in receiver.events] == [INVOICE] * 4
        assert hook.status.value == "ok"
        moments = [datetime.fromisoformat(delivery.at) for delivery in hook.deliveries][4:]
        gaps = [round((later - earlier).total_seconds()) for earlier, later in itertools.pairwise(moments)]
        assert gaps == [5, 10, 20]


async def test_a_hook_that_fails_for_a_day_is_switched_off():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        receiver.spoil = lambda _: Response(status_code=500)
        bench.xero.webhooks.emit("CONTACT", "UPDATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        (hook,) = bench.xero.webhooks.hooks
        assert hook.status.value == "retrying"
        bench.xero.clock.advance(timedelta(hours=24))
        await bench.sandbox("webhooks/flush")
        assert (hook.status.value, hook.waiting) == ("switched off", 0)
        told = len(receiver.bodies)
        bench.xero.webhooks.emit("CONTACT", "UPDATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        assert len(receiver.bodies) == told


async def test_deliveries_are_doubled_on_demand_and_kept_to_the_categories_asked_for():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY, categories=["INVOICE"])
        await bench.sandbox("webhooks/disorder", duplicate=1)
        bench.xero.webhooks.emit("CONTACT", "UPDATE", INVOICE, ORG)
        bench.xero.webhooks.emit("INVOICE", "UPDATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        await receiver.wait_for(3)
        assert [event["eventCategory"] for event in receiver.events] == ["INVOICE"] * 2
        assert {body["firstEventSequence"] for body in receiver.bodies[1:]} == {1}


async def test_deliveries_overtake_each_other_on_demand():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        await bench.sandbox("webhooks/disorder", reorder=1)
        for event_type in ("CREATE", "UPDATE"):
            bench.xero.webhooks.emit("INVOICE", event_type, INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        await receiver.wait_for(3)
        assert [body["firstEventSequence"] for body in receiver.bodies] == [0, 2, 1]
        assert [event["eventType"] for event in receiver.events] == ["UPDATE", "CREATE"]


async def test_a_lost_event_leaves_a_gap_in_the_sequence():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        await bench.sandbox("webhooks/disorder", lose=1)
        bench.xero.webhooks.emit("INVOICE", "CREATE", INVOICE, ORG)
        await bench.sandbox("webhooks/disorder", lose=0)
        bench.xero.webhooks.emit("INVOICE", "UPDATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        await receiver.wait_for(2)
        assert [body["firstEventSequence"] for body in receiver.bodies] == [0, 2]


async def test_a_forged_delivery_is_almost_signed_rightly_and_should_be_answered_401():
    async with receiving() as (bench, receiver):
        await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        await bench.sandbox("webhooks/disorder", forge=1)
        for number in range(12):
            bench.xero.webhooks.emit("INVOICE", "UPDATE", f"{number}", ORG)
            await bench.sandbox("webhooks/flush")
        await receiver.wait_for(13)
        (hook,) = bench.xero.webhooks.hooks
        forged = [delivery for delivery in hook.deliveries if delivery.forged][3:]
        assert {(delivery.status, delivery.problem) for delivery in forged} == {(401, None)}
        wrong = [(signed, right) for signed, right in receiver.signatures[4:] if signed != right]
        assert {None if signed is None else len(right) - len(signed) for signed, right in wrong} == {None, 0, 1}


@pytest.mark.parametrize("wrong", [{"forge": 2}, {"lose": "often"}, {"duplicate": True}, {"seed": -1}])
async def test_a_disorder_that_makes_no_sense_is_refused(wrong: dict[str, Any]):
    async with bare_xero() as bench:
        assert (await bench.http.post("/_sandbox/webhooks/disorder", json=wrong)).status_code == 400


async def test_a_removed_hook_is_told_nothing_more():
    async with receiving() as (bench, receiver):
        shown = await bench.sandbox("webhooks", url=receiver.url, key=KEY)
        assert (await bench.http.delete(f"/_sandbox/webhooks/{shown['id']}")).status_code == 204
        bench.xero.webhooks.emit("INVOICE", "UPDATE", INVOICE, ORG)
        await bench.sandbox("webhooks/flush")
        assert receiver.events == []


@pytest.mark.parametrize(
    "wrong", [{}, {"url": "x", "key": "k"}, {"url": "http://a"}, {"url": "http://a", "key": "k", "categories": ["X"]}]
)
async def test_a_registration_that_makes_no_sense_is_refused(wrong: dict[str, Any]):
    async with bare_xero() as bench:
        assert (await bench.http.post("/_sandbox/webhooks", json=wrong)).status_code == 400


async def test_a_slow_receiver_is_not_waited_for_longer_than_five_seconds():
    assert ANSWER_WITHIN_SECONDS == 5
    go_on = asyncio.Event()

    async def waits(_: Request) -> Response:
        await go_on.wait()
        return Response()

    async with serve(Starlette(routes=[Route("/hook", waits, methods=["POST"])])) as served, bare_xero() as bench:
        bench.xero.webhooks = Webhooks(bench.xero.clock, answer_within=0.05)
        shown = await bench.sandbox("webhooks", url=served.url + "/hook", key=KEY)
        go_on.set()
        assert shown["intent_problems"][0].startswith("no answer within")


async def test_our_own_writes_are_told_and_those_that_are_refused_are_not():
    receiver = Receiver()
    receiving_app = Starlette(routes=[Route("/hook", receiver.handle, methods=["POST"])])
    xero_app = create_xero()
    async with (
        serve(receiving_app) as hook,
        serve(xero_app) as served,
        httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http,
    ):
        await http.post("/_sandbox/webhooks", json={"url": hook.url + "/hook", "key": KEY})
        for name in ("Acme", "acme"):
            await http.put("/api.xro/2.0/Contacts", json={"Contacts": [{"Name": name}]})
        await http.post("/_sandbox/webhooks/flush")
        (event,) = receiver.events
        assert (event["eventCategory"], event["eventType"]) == ("CONTACT", "CREATE")
        assert event["tenantId"] in xero_app.state.xero.organisations
