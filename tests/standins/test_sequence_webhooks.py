"""Notification policies of the Sequence stand-in, and the signed webhooks they cause."""

import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.serving import serve
from tests.standins.sequence_play import CUSTOMER, LINE, Play, playing


@dataclass
class Inbox:
    """A recipient: keeps what it is sent, and refuses the first `refusals` of it."""

    url: str = ""
    refusals: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    raw: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    forged: list[str | None] = field(default_factory=list[str | None])
    secret: str | None = None

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        header = request.headers.get("sequence-signature")
        if self.secret is not None and not signed_with(self.secret, header, body):
            self.forged.append(header)
            return Response(status_code=401)
        self.raw.append((header or "", body))
        if self.refusals > 0:
            self.refusals -= 1
            return Response(status_code=503)
        self.taken.append(json.loads(body))
        return Response(status_code=200)

    @property
    def types(self) -> list[str]:
        return [each["notificationType"] for each in self.taken]

    @property
    def statuses(self) -> list[str]:
        return [each["resource"]["status"] for each in self.taken]


def signed_with(secret: str, header: str | None, body: bytes) -> bool:
    stamp, _, signature = (header or "").removeprefix("t=").partition(",s=")
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest() == signature


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    async with playing() as running:
        yield running


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    made = Inbox()
    app = Starlette(routes=[Route("/hook", made.receive, methods=["POST"])])
    async with serve(app) as served:
        made.url = f"{served.url}/hook"
        yield made


async def policy(play: Play, inbox: Inbox, **said: Any) -> dict[str, Any]:
    body = {"name": "hooks", "recipients": [inbox.url], "channel": "WEBHOOK"}
    return await play.post("/notifications/policies", body | said, expect=201)


async def flush(play: Play) -> None:
    answer = await play.client.post("/_sandbox/webhooks/flush")
    assert answer.status_code == 204


async def test_a_life_is_told_in_order_and_signed(play: Play, inbox: Inbox):
    secret = (await policy(play, inbox, webhookSecret="whsec_ours"))["webhookSecret"]
    assert secret == "whsec_ours"
    made = await play.invoice(LINE)
    for verb in ("finalize", "send", "void"):
        await play.post(f"/invoices/{made}/{verb}")
    await flush(play)
    assert inbox.types == [
        "CUSTOMER_CREATED",
        "INVOICE_CREATED",
        "INVOICE_UPDATED",
        "INVOICE_UPDATED",
        "INVOICE_UPDATED",
        "INVOICE_ISSUED",
        "INVOICE_UPDATED",
    ]
    assert inbox.statuses[1:] == ["DRAFT", "DRAFT", "FINAL", "SENT", "SENT", "VOIDED"]
    last = inbox.taken[-1]
    assert (last["resourceType"], last["resourceId"]) == ("INVOICE", made)
    assert last["sequenceAccountId"] == play.sequence.default.id
    assert last["resource"] == await play.get(f"/invoices/{made}")
    for header, body in inbox.raw:
        assert signed_with(secret, header, body)
        stamp = header.removeprefix("t=").partition(",")[0]
        assert abs(int(stamp) / 1000 - play.sequence.clock.now().timestamp()) < 60


async def test_mark_as_sent_tells_nobody(play: Play, inbox: Inbox):
    made = await play.invoice(LINE)
    await policy(play, inbox)
    await play.post(f"/invoices/{made}/mark-as-sent")
    await flush(play)
    assert inbox.taken == []


async def test_credit_notes_and_customers_are_told_by_their_own_names(play: Play, inbox: Inbox):
    await policy(play, inbox)
    customer = await play.customer()
    note = await play.credit_note(customerId=customer)
    await play.post(f"/credit-notes/{note}/finalize-and-send")
    await play.put(f"/customers/{customer}", CUSTOMER)
    await play.post(f"/customers/{customer}/archive")
    await flush(play)
    assert inbox.types == [
        "CUSTOMER_CREATED",
        "CREDIT_NOTE_CREATED",
        "CREDIT_NOTE_UPDATED",
        "CREDIT_NOTE_ISSUED",
        "CUSTOMER_UPDATED",
        "CUSTOMER_ARCHIVED",
    ]


async def test_a_policy_with_types_is_told_of_these_alone(play: Play, inbox: Inbox):
    made = await policy(play, inbox, notificationTypes=["INVOICE_ISSUED"])
    await play.post(f"/invoices/{await play.invoice()}/finalize-and-send")
    path = f"/notifications/policies/{made['id']}"
    await play.post(f"{path}/notification-types", {"notificationTypes": ["INVOICE_CREATED"]}, expect=200)
    await play.invoice()
    await play.delete(f"{path}/notification-types/INVOICE_ISSUED")
    await play.post(f"/invoices/{await play.invoice()}/finalize-and-send")
    await flush(play)
    assert inbox.types == ["INVOICE_ISSUED", "INVOICE_CREATED", "INVOICE_CREATED"]


async def test_a_deleted_policy_and_a_removed_recipient_are_told_nothing(play: Play, inbox: Inbox):
    gone, kept = await policy(play, inbox), await policy(play, inbox)
    await play.delete(f"/notifications/policies/{gone['id']}")
    await play.get(f"/notifications/policies/{gone['id']}", expect=400)
    other = f"{inbox.url}?second"
    path = f"/notifications/policies/{kept['id']}/recipients"
    assert (await play.post(path, {"recipients": [other]}, expect=200))["recipients"] == [inbox.url, other]
    assert (await play.delete(f"{path}/{inbox.url}"))["recipients"] == [other]
    await play.customer()
    await flush(play)
    assert inbox.types == ["CUSTOMER_CREATED"]


async def test_policies_are_listed_by_type_and_have_a_secret(play: Play, inbox: Inbox):
    everything = await policy(play, inbox)
    issued = await policy(play, inbox, notificationTypes=["INVOICE_ISSUED"])
    mail = await policy(play, inbox, channel="EMAIL", recipients=["a@example.com"])
    assert everything["webhookSecret"].startswith("whsec_")
    assert everything["webhookSecret"] != issued["webhookSecret"]
    assert "webhookSecret" not in mail
    assert "notificationTypes" not in everything
    found = await play.everything("/notifications/policies", limit=1)
    assert [each["id"] for each in found] == [mail["id"], issued["id"], everything["id"]]
    named = await play.get("/notifications/policies", notificationType="CUSTOMER_CREATED")
    assert [each["id"] for each in named["items"]] == [mail["id"], everything["id"]]


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "SMS"},
        {"channel": None},
        {"recipients": []},
        {"recipients": ["a@example.com"]},
        {"name": ""},
        {"notificationTypes": ["INVOICE_PAID"]},
    ],
)
async def test_a_policy_of_the_wrong_form_is_refused(play: Play, change: dict[str, Any]):
    body = {"name": "hooks", "recipients": ["https://a.example"], "channel": "WEBHOOK"} | change
    await play.post("/notifications/policies", body, expect=400)


async def test_a_refused_delivery_is_tried_again_until_it_is_taken(play: Play, inbox: Inbox):
    await policy(play, inbox)
    inbox.refusals = 3
    await play.customer()
    await flush(play)
    assert len(inbox.raw) == 1
    for _ in range(3):
        await play.sandbox("/clock", {"advance_seconds": 60})
        await flush(play)
    assert inbox.types == ["CUSTOMER_CREATED"]
    assert len({body for _, body in inbox.raw}) == 1
    shown = (await play.client.get("/_sandbox/webhooks")).json()["deliveries"]
    assert [(each["attempt"], each["status"]) for each in shown] == [(1, 503), (2, 503), (3, 503), (4, 200)]


async def test_a_delivery_that_is_refused_for_a_day_is_given_up(play: Play, inbox: Inbox):
    await policy(play, inbox)
    inbox.refusals = 1_000
    await play.customer()
    await flush(play)
    for _ in range(23):
        await play.sandbox("/clock", {"advance_seconds": 3600})
        await flush(play)
    assert len(inbox.raw) == 24
    for _ in range(3):
        await play.sandbox("/clock", {"advance_seconds": 3600})
        await flush(play)
    assert len(inbox.raw) == 25
    assert inbox.taken == []


async def test_a_recipient_that_is_not_there_stops_nothing(play: Play, inbox: Inbox):
    await policy(play, inbox, recipients=["http://127.0.0.1:9/", inbox.url])
    await play.customer()
    await flush(play)
    assert inbox.types == ["CUSTOMER_CREATED"]
    shown = (await play.client.get("/_sandbox/webhooks")).json()["deliveries"]
    assert {(each["url"], each["status"]) for each in shown} == {
        ("http://127.0.0.1:9/", None),
        (inbox.url, 200),
    }


async def test_duplicates_come_when_asked_for(play: Play, inbox: Inbox):
    await play.sandbox("/webhooks", {"duplicate": 1})
    await policy(play, inbox)
    await play.customer()
    await flush(play)
    assert inbox.types == ["CUSTOMER_CREATED"] * 2
    assert inbox.taken[0] == inbox.taken[1]


async def test_disorder_comes_when_asked_for_and_loses_nothing(play: Play, inbox: Inbox):
    made = await play.invoice()
    await play.sandbox("/webhooks", {"reorder": 0.5, "seed": 3})
    await policy(play, inbox)
    memos = [str(n) for n in range(20)]
    for memo in memos:
        await play.patch(f"/invoices/{made}", {"memo": memo})
    await flush(play)
    memos_taken = [each["resource"]["memo"] for each in inbox.taken]
    assert sorted(memos_taken, key=int) == memos
    assert memos_taken != memos


async def test_a_lost_delivery_never_comes(play: Play, inbox: Inbox):
    await policy(play, inbox)
    await play.sandbox("/webhooks", {"lose": 1})
    await play.customer()
    await flush(play)
    assert inbox.raw == []


async def test_a_forged_delivery_is_almost_signed_rightly_and_adds_to_the_real_one(play: Play, inbox: Inbox):
    inbox.secret = "whsec_ours"
    await policy(play, inbox, webhookSecret=inbox.secret)
    await play.sandbox("/webhooks", {"forge": 1})
    for _ in range(12):
        await play.customer()
    await flush(play)
    assert (len(inbox.taken), len(inbox.forged)) == (12, 12)
    right = len(inbox.raw[0][0])
    assert {None if header is None else right - len(header) for header in inbox.forged} == {None, 0, 1}
    shown = (await play.client.get("/_sandbox/webhooks")).json()["deliveries"]
    assert {(each["forged"], each["status"]) for each in shown} == {(True, 401), (False, 200)}


async def test_an_unknown_type_reaches_every_policy_on_demand(play: Play, inbox: Inbox):
    await policy(play, inbox, notificationTypes=["INVOICE_CREATED"])
    body = {"notificationType": "CONTRACT_SIGNED", "resourceType": "CONTRACT", "resourceId": "c-1"}
    await play.sandbox("/webhooks/emit", body, expect=204)
    await flush(play)
    assert inbox.types == ["CONTRACT_SIGNED"]


@pytest.mark.parametrize("body", [{"duplicate": 2}, {"reorder": "often"}, {"seed": -1}, {"lose": -1}])
async def test_a_setting_that_makes_no_sense_is_refused(play: Play, body: dict[str, Any]):
    before = (await play.client.get("/_sandbox/webhooks")).json()
    await play.sandbox("/webhooks", body, expect=400)
    assert (await play.client.get("/_sandbox/webhooks")).json() == before


@pytest.mark.parametrize("said", [{"webhookSecret": "\ud83d"}, {"recipients": ["http://127.0.0.1:9000/\ud83d"]}])
async def test_a_policy_that_no_webhook_could_be_signed_or_sent_by_is_refused(play: Play, said: dict[str, Any]):
    body = {"name": "hooks", "recipients": ["http://127.0.0.1:9000/"], "channel": "WEBHOOK"} | said
    answer = await play.client.post("/api/notifications/policies", content=json.dumps(body))
    assert answer.status_code == 400
    assert "that UTF-8 can hold" in answer.json()["errors"][0]["message"]
