"""Pages for a frame in the billing system: who may open them, who may frame them, what they show."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from tests.store.samples import connection, document, hold, ref, xero_view
from tests.web.console import URL, Console, open_console
from xerosync.core.api_keys import Scope
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.web.embed.tokens import EMBED_LASTS, EmbedToken, embed_seal

TOKENS = "/api/v1/embed-tokens"
DOCUMENT = {"kind": "invoice", "document_id": "inv-1"}


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        console.client.cookies.clear()
        of = ref("inv-1")
        link = DocumentLink(ref=of).read(document(of, number="<b>INV-1"))
        await console.services.store.change(of, lambda _: link)
        yield console


async def key_of(console: Console, account_id: str = "acme") -> tuple[str, dict[str, str]]:
    key, secret = await console.services.api_keys.make(account_id, "sidebar", [Scope.READ], "Ada")
    return key.key_id, {"Authorization": f"Bearer {secret}"}


async def address(console: Console, header: dict[str, str], wanted: dict[str, str]) -> str:
    made = await console.client.post(TOKENS, headers=header, json=wanted)
    assert made.status_code == 201, made.text
    left = datetime.fromisoformat(made.json()["expires_at"]) - datetime.now(UTC)
    assert left <= EMBED_LASTS
    return made.json()["url"].removeprefix(URL)


async def test_a_document_shows_linked_synced_held_and_the_way_to_xero(console: Console) -> None:
    _, header = await key_of(console)
    url = await address(console, header, DOCUMENT)
    page = (await console.client.get(url)).text
    assert "its customer has no contact in Xero" in page
    assert "&lt;b&gt;INV-1" in page
    store = console.services.store
    await store.link_customer("acme", "cust-1", "contact-1", "Ada")
    await store.change(ref("inv-1"), lambda link: link.pushed(xero_view("x-1"), Decimal(120), "t", "!short"))
    await store.change(ref("inv-1"), lambda link: link.held(hold(HoldReason.LOCKED_PERIOD, "Locked <until> May")))
    page = (await console.client.get(url)).text
    for words in ("The date lies in a period that is locked in Xero.", "Locked &lt;until&gt; May", "InvoiceID=x-1"):
        assert words in page
    assert "/accounts/acme/documents/invoice/inv-1" in page


async def test_a_customer_shows_its_link_and_what_its_documents_wait_for(console: Console) -> None:
    await console.services.store.save_connection(connection())
    await console.services.store.change(ref("inv-1"), lambda link: link.held(hold()))
    _, header = await key_of(console)
    url = await address(console, header, {"customer_id": "cust-1"})
    assert "Its customer is not linked to a Xero contact." in (await console.client.get(url)).text
    await console.services.store.link_customer("acme", "cust-1", "contact-1", "Ada")
    page = (await console.client.get(url)).text
    assert "/Contacts/View/contact-1" in page


async def test_what_is_not_known_yet_says_so(console: Console) -> None:
    _, header = await key_of(console)
    for wanted in ({"kind": "invoice", "document_id": "later"}, {"customer_id": "later"}):
        page = await console.client.get(await address(console, header, wanted))
        assert page.status_code == 200
        assert "does not know it yet" in page.text


async def test_a_token_opens_its_own_page_alone(console: Console) -> None:
    _, header = await key_of(console)
    url = await address(console, header, DOCUMENT)
    token = urlsplit(url).query
    for path in ("/embed/documents/invoice/inv-2", "/embed/documents/credit_note/inv-1", "/embed/customers/cust-1"):
        assert (await console.client.get(f"{path}?{token}")).status_code == 403
    changed = url[:-3] + ("AAA" if not url.endswith("AAA") else "BBB")
    for wrong in (changed, url.partition("?")[0], f"{url.partition('?')[0]}?token=é"):
        refused = await console.client.get(wrong)
        assert (refused.status_code, "has expired" in refused.text) == (403, True)


async def test_a_token_of_another_account_shows_nothing_of_this_one(console: Console) -> None:
    _, header = await key_of(console, "other")
    page = await console.client.get(await address(console, header, DOCUMENT))
    assert "INV-1" not in page.text
    assert "does not know it yet" in page.text


async def test_a_token_ends_with_its_key(console: Console) -> None:
    key_id, header = await key_of(console)
    url = await address(console, header, DOCUMENT)
    await console.services.api_keys.revoke(key_id)
    assert (await console.client.get(url)).status_code == 403


async def test_a_token_that_is_too_old_or_of_another_purpose_does_not_open(keys: list) -> None:
    token = EmbedToken(account_id="acme", page="customers/c", key_id="k")
    seal = embed_seal(keys)
    sealed = seal.seal(token)
    assert seal.open(sealed) == token
    assert embed_seal([*keys[1:], keys[0]]).open(sealed) == token
    assert embed_seal(keys[1:]).open(sealed) is None
    old = seal._fernet.encrypt_at_time(token.model_dump_json().encode(), 1_000)
    assert seal.open(old.decode()) is None


async def test_a_body_that_names_no_page_is_told_what_to_send(console: Console) -> None:
    _, header = await key_of(console)
    for body in (
        b"",
        b"[",
        b"{}",
        b'{"kind": "invoice"}',
        b'{"kind": "x", "document_id": "1"}',
        b'{"customer_id": ""}',
    ):
        answer = await console.client.post(TOKENS, headers=header, content=body)
        assert (answer.status_code, list(answer.json())) == (422, ["error"])
    answer = await console.client.post(TOKENS, headers=header, json={**DOCUMENT, "customer_id": "c"})
    assert answer.json() == {"error": "Name a document by kind and document_id, or a customer by customer_id."}


@pytest.mark.parametrize(
    ("ancestors", "policy"),
    [("", "frame-ancestors 'none'"), ("https://app.example.com", "frame-ancestors https://app.example.com;")],
)
async def test_only_sites_that_are_named_may_frame_a_page(database_url: str, ancestors: str, policy: str) -> None:
    async with open_console(database_url, XEROSYNC_EMBED_ANCESTORS=ancestors) as console:
        answer = await console.client.get("/embed/customers/c")
        assert policy in answer.headers["content-security-policy"]
        assert ("x-frame-options" in answer.headers) is (ancestors == "")
        assert answer.headers["referrer-policy"] == "no-referrer"
        own = await console.client.get("/")
        assert own.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in own.headers["content-security-policy"]
