"""The pages of the Sequence stand-in, used as a browser without JavaScript uses them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.sequence import Sequence, create_sequence
from standins.serving import serve
from tests.patience import PATIENCE
from tests.standins.browser import Browser
from tests.standins.sequence_play import CUSTOMER, LINE, Play

CUSTOMER_FORM = {
    "legalName": "Acme & <b>Sons",
    "taxStatus": "TAXED",
    "contact": "Ann",
    "email": "ann@example.com",
    "line1": "1 High Street",
    "town": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}
LINE_FORM = {"title": "Seats", "quantity": "3", "rate": "1000.10", "taxPercent": "20", "ledgerAccount": "205"}


@dataclass
class SequenceBrowser(Browser):
    sequence: Sequence
    play: Play

    @property
    def root(self) -> str:
        return f"/page/{self.sequence.default.id}"

    async def customer(self) -> str:
        await self.press(await self.see(f"{self.root}/customers"), "/customers", **CUSTOMER_FORM)
        return list(self.sequence.default.customers)[-1]

    async def make(self, tab: str = "invoices", **fields: str) -> str:
        form = await self.see(f"{self.root}/{tab}/new")
        chosen = {"customerId": list(self.sequence.default.customers)[-1], "currency": "GBP"}
        return await self.press(form, f"/{tab}", **{**chosen, **LINE_FORM, **fields})


@pytest.fixture
async def browser() -> AsyncIterator[SequenceBrowser]:
    app = create_sequence()
    sequence: Sequence = app.state.sequence
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:
        yield SequenceBrowser(http, sequence, Play(sequence, served.url, http))


async def test_the_first_page_shows_the_accounts_and_moves_the_clock(browser: SequenceBrowser):
    page = await browser.see("/")
    assert browser.sequence.default.name in page
    before = browser.sequence.clock.now()
    moved = await browser.http.post("/page/clock", data={"days": "30", "back": "/"}, follow_redirects=True)
    assert "It is now" in moved.text
    assert (browser.sequence.clock.now() - before).days == 30


async def test_a_customer_is_added_billed_and_archived(browser: SequenceBrowser):
    customer = await browser.customer()
    page = await browser.see(f"{browser.root}/customers")
    assert "Acme &amp; &lt;b&gt;Sons" in page
    assert (await browser.play.get(f"/customers/{customer}"))["contacts"][0]["email"] == "ann@example.com"
    assert f'value="{customer}" selected' in await browser.see(f"{browser.root}/invoices/new?customer={customer}")
    assert "is archived" in await browser.press(page, "/archive")
    assert customer not in await browser.see(f"{browser.root}/invoices/new")


async def test_an_invoice_is_made_finalized_sent_paid_and_refused_to_be_voided(browser: SequenceBrowser):
    await browser.customer()
    page = await browser.make()
    assert "Draft" in page
    for action, told in (("/finalize", "INV-1 is final"), ("/send", "INV-1 is sent")):
        page = await browser.press(page, action)
        assert told in page
    assert "3,600.36" in page
    page = await browser.press(page, "/payment-status", paymentStatus="PAID")
    assert "INV-1 is paid" in page
    page = await browser.press(page, "/void")
    assert "can&#39;t be voided" in page
    (made,) = await browser.play.everything("/invoices")
    assert (made["status"], made["paymentStatus"], made["grossTotal"]) == ("SENT", "PAID", "3600.36")
    (line,) = await browser.play.everything(f"/invoices/{made['id']}/line-items")
    assert line["externalIds"] == [{"key": "Xero", "value": "205"}]


@pytest.mark.parametrize(
    ("then", "status"),
    [("", "DRAFT"), ("finalize", "FINAL"), ("finalize-and-send", "SENT"), ("mark-as-sent", "SENT")],
)
async def test_a_document_is_made_and_moved_on_at_once(browser: SequenceBrowser, then: str, status: str):
    await browser.customer()
    for tab in ("invoices", "credit-notes"):
        await browser.make(tab, then=then)
        assert [each["status"] for each in await browser.play.everything(f"/{tab}")] == [status]


async def test_a_credit_note_for_an_invoice_is_sent_and_voided_from_the_list(browser: SequenceBrowser):
    await browser.customer()
    await browser.make(then="finalize")
    (invoice,) = await browser.play.everything("/invoices")
    page = await browser.see(f"{browser.root}/invoices/{invoice['id']}")
    (address,) = re.findall(r'href="([^"]+invoice=[^"]+)"', page)
    form = await browser.see(address.replace("&amp;", "&"))
    chosen = {"customerId": invoice["customerId"], "currency": "GBP", "then": "finalize"}
    page = await browser.press(form, "/credit-notes", **chosen, **LINE_FORM)
    assert "INV-1" in page
    page = await browser.see(f"{browser.root}/credit-notes")
    for action, told in (("/mark-as-sent", "CN-1 is sent"), ("/void", "CN-1 is voided")):
        page = await browser.press(page, action)
        assert told in page
    (note,) = await browser.play.everything("/credit-notes")
    assert note["status"] == "VOIDED"


async def test_lines_are_added_to_a_draft_alone(browser: SequenceBrowser):
    await browser.customer()
    page = await browser.press(await browser.make(), "/lines", **LINE_FORM | {"title": "More <i>", "taxPercent": ""})
    assert "More &lt;i&gt;" in page
    assert "/lines" not in await browser.press(page, "/finalize")


async def test_a_button_is_told_to_the_webhooks_as_a_call_is(browser: SequenceBrowser):
    told: list[str] = []
    arrived = asyncio.Event()

    async def receive(request: Request) -> Response:
        told.append((await request.json())["notificationType"])
        arrived.set()
        return Response()

    async with serve(Starlette(routes=[Route("/hook", receive, methods=["POST"])])) as hook:
        policy = {"name": "n", "recipients": [f"{hook.url}/hook"], "channel": "WEBHOOK"}
        await browser.play.post("/notifications/policies", policy)
        await browser.customer()
        await browser.press(await browser.make(), "/finalize-and-send")
        await browser.sequence.webhooks.flush()
    assert told == ["CUSTOMER_CREATED", "INVOICE_CREATED", "INVOICE_UPDATED", "INVOICE_ISSUED"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rate": "lots"}, "rate must be a decimal string"),
        ({"taxPercent": "much"}, "much is no amount"),
        ({"customerId": "nobody"}, "customerId names no customer"),
        ({"title": ""}, "title is required"),
        ({"dueDate": "soon"}, "dueDate"),
    ],
)
async def test_a_mistake_in_the_form_is_told_in_words_and_makes_nothing(
    browser: SequenceBrowser, fields: dict[str, str], words: str
):
    await browser.customer()
    page = await browser.make(**fields, then="finalize")
    assert words in page
    assert 'role="alert"' in page
    assert await browser.play.everything("/invoices") == []


async def test_many_documents_are_paged_filtered_and_found(browser: SequenceBrowser):
    said: list[dict[str, Any]] = [{"customerId": "c", "currency": "GBP", "status": "FINAL", "lines": [LINE]}] * 60
    body = {"customers": [CUSTOMER | {"id": "c"}], "invoices": said}
    await browser.play.sandbox("/documents/load", body, expect=201)
    seen: list[str] = []
    for page in (1, 2, 3):
        seen += re.findall(r">(INV-\d+)</a>", await browser.see(f"{browser.root}/invoices?page={page}"))
    assert seen == [f"INV-{number}" for number in range(60, 0, -1)]
    assert "Page 3 of 3" in await browser.see(f"{browser.root}/invoices?page=99&status=FINAL")
    assert "Nothing here yet" in await browser.see(f"{browser.root}/invoices?status=SENT")
    assert "Of Acme Ltd" in await browser.see(f"{browser.root}/invoices?customer=c&page=2")
    assert re.findall(r">(INV-\d+)</a>", await browser.see(f"{browser.root}/invoices?number=INV-7")) == ["INV-7"]
    assert "Acme Ltd" in await browser.see(f"{browser.root}/customers?number=acme")
    assert "nobody with such a name" in await browser.see(f"{browser.root}/customers?number=none")


@pytest.mark.parametrize(
    "path", ["/page/none/invoices", "{root}/bills", "{root}/invoices/none", "{root}/invoices?customer=none"]
)
async def test_what_is_not_there_is_told_so(browser: SequenceBrowser, path: str):
    answer = await browser.http.get(path.format(root=browser.root))
    assert (answer.status_code, "There is no such page" in answer.text) == (404, True)


async def test_half_of_a_surrogate_pair_breaks_no_page(browser: SequenceBrowser):
    body = json.dumps(CUSTOMER | {"legalName": "Half \ud83d"})
    assert (await browser.http.post("/api/customers", content=body)).status_code == 201
    assert "Half ?" in await browser.see(f"{browser.root}/customers")
    assert "Half ?" in await browser.see(f"{browser.root}/invoices/new")


async def test_no_other_page_can_press_a_button(browser: SequenceBrowser):
    await browser.customer()
    await browser.make()
    (made,) = await browser.play.everything("/invoices")
    address = f"{browser.root}/invoices/{made['id']}/finalize"
    for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        assert (await browser.http.post(address, headers=headers)).status_code == 403
    assert (await browser.play.get(f"/invoices/{made['id']}"))["status"] == "DRAFT"


async def test_a_verb_that_is_none_is_not_found(browser: SequenceBrowser):
    await browser.customer()
    await browser.make()
    (made,) = await browser.play.everything("/invoices")
    assert (await browser.http.post(f"{browser.root}/invoices/{made['id']}/explode")).status_code == 404
