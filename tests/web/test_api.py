"""The JSON API: keys, answers, and what it says of itself."""

import json
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.store.samples import document, hold, ref, xero_view
from tests.web.console import Console, open_console
from xerosync.core.api_keys import Scope
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink

API = "/api/v1"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        console.client.cookies.clear()
        yield console


async def key_of(console: Console, *scopes: Scope, account_id: str = "acme") -> dict[str, str]:
    """The header of a new key."""
    _, secret = await console.services.api_keys.make(account_id, "billing", scopes or [Scope.READ], "Ada")
    return {"Authorization": f"Bearer {secret}"}


async def keep(console: Console, of: DocumentRef, number: str) -> DocumentLink:
    link = DocumentLink(ref=of).read(document(of, number=number))
    return await console.services.store.change(of, lambda _: link)


async def get(console: Console, path: str, header: dict[str, str], expected: int = 200) -> Any:
    answer = await console.client.get(API + path, headers=header)
    assert answer.status_code == expected, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def test_a_document_is_told_as_status_tells_it(console: Console) -> None:
    of = ref("inv-1")
    await keep(console, of, "INV-1")
    await console.services.store.change(
        of, lambda link: link.pushed(xero_view("x-1"), Decimal("119.99"), "t", "!short")
    )
    await console.services.store.change(of, lambda link: link.held(hold(HoldReason.FROZEN_BY_PAYMENT, "Paid in part")))
    shown = await get(console, "/documents/invoice/inv-1", await key_of(console))
    assert (shown["number"], shown["state"], shown["gross_total"]) == ("INV-1", "held", "120.00")
    assert shown["hold"]["reason"] == "frozen_by_payment"
    assert "Paid in part" in shown["sentence"]
    assert shown["drift"]["in_xero"] == "119.99"
    assert shown["xero_url"].endswith("InvoiceID=x-1")
    assert [entry["happened"] for entry in shown["timeline"]["entries"]][:2] == ["read", "adopted"]


async def test_a_list_takes_the_filters_of_the_console_and_goes_on_page_by_page(console: Console) -> None:
    header = await key_of(console)
    for number in range(5):
        await keep(console, ref(f"id-{number}"), f"INV-{number}")
    seen, after = list[str](), ""
    while True:
        page = await get(console, f"/documents?limit=2&kind=invoice{after}", header)
        seen += [each["number"] for each in page["documents"]]
        if page["next"] is None:
            break
        after = f"&after={page['next'].replace('+', '%2B')}"
    assert seen == [f"INV-{number}" for number in range(4, -1, -1)]
    assert len((await get(console, "/documents?issued_from=2026-03-01&issued_to=2026-03-01", header))["documents"]) == 5
    assert (await get(console, "/documents?issued_to=2026-02-28", header))["documents"] == []
    for query, words in {
        "issued_to=31.3.2026": "issued_to is a day such as 2026-03-31",
        "state=lost": "There is no state lost",
        "colour=red": "There is no filter colour",
        "limit=0": "from 1 to 200",
        "alarm=maybe": "Alarm is yes, or left out",
        "after=1~nowhere": "begin with the first page",
        "after=0~0001-01-01T00:00:00%2B14:00~invoice~x": "begin with the first page",
    }.items():
        assert words in (await get(console, f"/documents?{query}", header, 400))["error"]


async def test_documents_and_customers_of_another_account_do_not_exist(console: Console) -> None:
    await keep(console, ref("inv-1"), "INV-1")
    await console.services.store.link_customer("acme", "cust-1", "contact-1", "Ada")
    other = await key_of(console, account_id="other")
    for path in ("/documents/invoice/inv-1", "/customers/cust-1"):
        own = await get(console, path, await key_of(console))
        shown = await get(console, path, other, 404)
        assert own
        assert list(shown) == ["error"]
    assert (await get(console, "/documents", other)) == {"documents": [], "next": None}
    assert "no-such" in (await get(console, "/documents/invoice/no-such", await key_of(console), 404))["error"]


async def test_a_customer_says_how_it_is_linked_and_what_its_documents_wait_for(console: Console) -> None:
    await keep(console, ref("inv-1"), "INV-1")
    await console.services.store.change(ref("inv-1"), lambda link: link.held(hold(HoldReason.CUSTOMER_UNLINKED)))
    header = await key_of(console)
    shown = await get(console, "/customers/cust-1", header)
    assert shown["contact_id"] is None
    assert shown["documents"] == [{"state": "held", "hold": "customer_unlinked", "documents": 1}]
    await console.services.store.link_customer("acme", "cust-1", "contact-1", "Ada")
    assert (await get(console, "/customers/cust-1", header))["contact_id"] == "contact-1"


async def test_without_a_key_nothing_is_open(console: Console) -> None:
    header = await key_of(console)
    for wrong in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": f"{header['Authorization']}x"}):
        answer = await console.client.get(f"{API}/documents", headers=wrong)
        assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")
        assert list(answer.json()) == ["error"]


async def test_a_session_of_the_console_is_no_key(console: Console) -> None:
    await console.sign_in()
    assert (await console.client.get(f"{API}/documents")).status_code == 401


async def test_a_key_may_do_what_its_scopes_say_and_nothing_once_it_is_revoked(console: Console) -> None:
    keys = console.services.api_keys
    key, secret = await keys.make("acme", "billing", [Scope.SIGNAL], "Ada")
    header = {"Authorization": f"Bearer {secret}"}
    assert "has no scope read" in (await get(console, "/documents", header, 403))["error"]
    signalled = await console.client.post(f"{API}/documents/invoice/x/sent", headers=await key_of(console))
    assert signalled.status_code == 403
    await keys.revoke(key.key_id)
    assert "revoked" in (await get(console, "/documents", header, 401))["error"]


async def test_of_a_key_its_digest_alone_is_kept(console: Console) -> None:
    _, secret = await console.services.api_keys.make("acme", "billing", [Scope.READ], "Ada")
    [kept] = await console.services.api_keys.list("acme")
    assert secret not in kept.model_dump_json()
    assert kept.last_used_at is None
    assert await console.services.api_keys.opened_by(secret) == kept
    assert (await console.services.api_keys.list("acme"))[0].last_used_at is not None


async def test_a_signal_that_temporal_does_not_take_is_refused_for_now(console: Console) -> None:
    await keep(console, ref("inv-1"), "INV-1")
    answer = await console.client.post(
        f"{API}/documents/invoice/inv-1/sent", headers=await key_of(console, Scope.SIGNAL)
    )
    assert answer.status_code == 503, answer.text
    assert "Temporal" in answer.json()["error"]
    assert answer.headers["retry-after"]


async def test_the_description_is_valid_and_says_what_is_answered(console: Console) -> None:
    described = (await console.client.get(f"{API}/openapi.json")).json()
    validate(described)
    await keep(console, ref("inv-1"), "INV-1")
    await console.services.store.link_customer("acme", "cust-1", "contact-1", "Ada")
    header = await key_of(console)
    registry: Registry[Any] = Registry().with_resource("api", Resource.from_contents(described, DRAFT202012))
    for path, real in {
        "/documents": "/documents",
        "/documents/{kind}/{id}": "/documents/invoice/inv-1",
        "/customers/{id}": "/customers/cust-1",
    }.items():
        schema = described["paths"][API + path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        OAS31Validator({"$ref": f"api{schema['$ref']}"}, registry=registry).validate(await get(console, real, header))
    refused = await get(console, "/customers/nobody", header, 404)
    OAS31Validator({"$ref": "api#/components/schemas/ApiRefusal"}, registry=registry).validate(refused)


_ANY = st.text(min_size=1, max_size=20)
_PATHS = (
    st.lists(_ANY | st.sampled_from(["documents", "customers", *Kind, "sent"]), max_size=4)
    | st.tuples(st.just("documents"), st.sampled_from(Kind), _ANY)
    | st.tuples(st.just("documents"), st.sampled_from(Kind), _ANY, st.just("sent"))
    | st.tuples(st.just("customers"), _ANY)
    | st.just(("documents",))
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    path=_PATHS,
    query=st.dictionaries(
        st.sampled_from(["search", "state", "hold", "kind", "customer", "alarm", "limit", "after", "x"]),
        st.text(max_size=30) | st.sampled_from(["yes", "held", "0~0001-01-01T00:00:00+14:00~invoice~x", "9" * 30]),
        max_size=4,
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "TRACE"]),
    body=st.binary(max_size=50),
)
async def test_whatever_is_asked_gets_json_and_never_a_fault(
    console: Console, path: Sequence[str], query: dict[str, str], method: str, body: bytes
) -> None:
    address = "/".join([API, *(quote(part.encode("utf-8", "replace"), safe="") for part in path)])
    asked = urlencode({name: value.encode("utf-8", "replace") for name, value in query.items()})
    answer = await console.client.request(
        method, f"{address}?{asked}", content=body, headers=await key_of(console, Scope.READ)
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        assert list(json.loads(answer.text)) == ["error"]
