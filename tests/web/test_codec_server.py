"""The Temporal Web UI shows encrypted payloads to whoever is signed in to the console, and may see that account."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import WorkflowSerializationContext

from tests.web.console import Console, open_console
from xerosync.core.payload_codec import ENCODING
from xerosync.core.people import Role

UI = "https://temporal.example.com"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"document_id": "INV-1"}')


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    settings = {"XEROSYNC_TEMPORAL_UI_URL": f"{UI}/ui", "XEROSYNC_ENCRYPT_PAYLOADS": "true"}
    async with open_console(database_url, **settings) as console:
        console.client.headers.update({"Origin": UI, "Sec-Fetch-Site": "same-site", "Accept": "*/*"})
        yield console


async def hidden(console: Console, account_id: str = "acme") -> Payload:
    context = WorkflowSerializationContext(namespace="default", workflow_id=f"invoice-sync/{account_id}/invoice/1")
    [payload] = await console.services.codec.with_context(context).encode([PLAIN])
    return payload


async def decode(console: Console, *payloads: Payload, **headers: str) -> httpx.Response:
    body = MessageToDict(Payloads(payloads=payloads))
    return await console.client.post("/codec/decode", json=body, headers={"x-namespace": "default", **headers})


def shown(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)["payloads"]


async def test_whoever_is_signed_in_sees_what_is_encrypted_and_what_is_plain(console: Console) -> None:
    await console.sign_in(Role.VIEWER)
    answer = await decode(console, await hidden(console), PLAIN)
    plain = MessageToDict(PLAIN)
    assert shown(answer) == [plain, plain]
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "Origin"


async def test_what_a_person_may_not_see_stays_encrypted(console: Console) -> None:
    await console.sign_in(Role.ADMIN, accounts=("other",))
    ours, theirs = await hidden(console), await hidden(console, "other")
    assert shown(await decode(console, ours, theirs)) == [MessageToDict(ours), MessageToDict(PLAIN)]


async def test_what_nobody_can_read_stays_encrypted_and_stops_nothing(console: Console) -> None:
    lost = await hidden(console)
    await console.services.payload_keys.delete("acme")
    console.services.codec.keys._known.clear()
    console.services.codec.keys._newest.clear()
    broken = [Payload(metadata={"encoding": ENCODING, "key": key}, data=b"x") for key in (b"\xff", b"\x00", b"")]
    expected = [MessageToDict(each) for each in (lost, *broken, PLAIN)]
    assert shown(await decode(console, lost, *broken, PLAIN)) == expected


async def test_nobody_sees_anything_without_a_session(console: Console) -> None:
    payload = await hidden(console)
    console.client.cookies.clear()
    answer = await decode(console, payload)
    assert (answer.status_code, answer.text) == (401, "Sign in to the console first.\n")


@pytest.mark.parametrize("origin", ["https://evil.example", f"{UI}.evil.example", "null", "http://127.0.0.1:8080"])
async def test_no_other_site_may_ask_with_the_session_of_a_person(console: Console, origin: str) -> None:
    for method in ("POST", "OPTIONS"):
        answer = await console.client.request(method, "/codec/decode", headers={"Origin": origin}, content=b"{}")
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    del console.client.headers["Origin"]
    assert (await console.client.post("/codec/decode", content=b"{}")).status_code == 403


async def test_the_browser_is_told_before_it_asks(console: Console) -> None:
    console.client.cookies.clear()
    answer = await console.client.options("/codec/decode", headers={"Access-Control-Request-Method": "POST"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, UI)
    assert answer.headers["access-control-allow-headers"] == "content-type, x-namespace"


@pytest.mark.parametrize("body", [b"", b"no", b'{"payloads": 1}', b'{"payloads": [{"data": 1}]}', b"\xff"])
async def test_a_body_that_is_not_understood_is_refused_in_one_line(console: Console, body: bytes) -> None:
    answer = await console.client.post("/codec/decode", content=body)
    assert (answer.status_code, answer.text) == (400, "The body is not JSON of payloads.\n")


async def test_without_the_address_of_the_web_ui_there_is_no_codec_server(database_url: str) -> None:
    async with open_console(database_url) as console:
        assert (await console.client.post("/codec/decode", content=b"{}")).status_code == 403
