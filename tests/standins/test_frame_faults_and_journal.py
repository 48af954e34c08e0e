"""Journal, faults, controls and the server, over real HTTP, on an application of three lines."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.clock import Clock
from standins.controls import shared_controls
from standins.exactjson import ExactJSONResponse
from standins.faults import PARTIAL_AFTER, FaultMiddleware, Faults
from standins.journal import Journal, JournalMiddleware, _collapse
from standins.serving import serve
from tests.patience import PATIENCE


class Bench:
    """A counter behind the middlewares, and a client in front of them."""

    def __init__(self, client: httpx.AsyncClient, state: Any) -> None:
        self.client = client
        self.state = state
        self.committed = state.committed


def build() -> tuple[Starlette, Any]:
    state = SimpleNamespace(clock=Clock(), journal=Journal(), faults=Faults(), committed=[])

    async def things(request: Request) -> Response:
        body = await request.body()
        state.committed.append((body, getattr(request.state, PARTIAL_AFTER, None)))
        return ExactJSONResponse({"thing": "x" * 1000, "access_token": "secret"})

    app = Starlette(
        routes=[
            Route("/things", things, methods=["GET", "PUT", "POST"]),
            Route("/things/{id}", things, methods=["GET", "PUT"]),
            *shared_controls(state.clock, state.journal, state.faults),
        ],
        middleware=[
            Middleware(JournalMiddleware, state=state),
            Middleware(FaultMiddleware, state=state),
        ],
    )
    return app, state


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    app, state = build()
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as client:
        yield Bench(client, state)


async def test_a_drop_before_commits_nothing_and_the_client_sees_a_broken_connection(bench: Bench):
    await bench.client.post("/_sandbox/faults", json={"kind": "drop_before", "path": "/things", "times": 1})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await bench.client.put("/things", content=b"1")
    assert bench.committed == []
    assert (await bench.client.put("/things", content=b"2")).status_code == 200
    broken, fine = bench.state.journal.entries()
    assert (broken.status, broken.fault, broken.body) == (None, "drop_before", 1)
    assert (fine.status, fine.fault) == (200, None)


async def test_a_drop_after_commits_and_the_client_sees_a_broken_connection(bench: Bench):
    bench.state.faults.add("drop_after", method="PUT", times=1)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await bench.client.put("/things", content=b"1")
    assert bench.committed == [(b"1", None)]


async def test_a_partial_batch_tells_the_resources_how_far_and_answers_500(bench: Bench):
    bench.state.faults.add("partial", k=3, times=1)
    answer = await bench.client.put("/things", content=b"1")
    assert answer.status_code == 500
    assert bench.committed == [(b"1", 3)]


async def test_a_truncated_answer_promises_more_than_it_sends(bench: Bench):
    bench.state.faults.add("truncated", times=1)
    async with bench.client.stream("GET", "/things") as answer:
        assert answer.status_code == 200
        promised, got = int(answer.headers["content-length"]), b""
        chunks = answer.aiter_raw()
        got += await anext(chunks)
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(chunks)
    assert 0 < len(got) < promised


async def test_a_malformed_answer_is_200_with_json_that_ends_too_soon(bench: Bench):
    bench.state.faults.add("malformed", times=1)
    answer = await bench.client.get("/things")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert len(bench.committed) == 1


@pytest.mark.parametrize(
    ("kind", "status", "headers"),
    [
        ("rate_minute", 429, {"x-rate-limit-problem": "minute", "retry-after": "27"}),
        ("rate_day", 429, {"x-rate-limit-problem": "day", "retry-after": "32400"}),
        ("rate_concurrent", 429, {"x-rate-limit-problem": "concurrent", "retry-after": None}),
        ("rate_silent", 429, {"x-rate-limit-problem": None, "retry-after": None}),
        ("rate_date", 429, {"x-rate-limit-problem": "minute", "retry-after": "Mon, 02 Nov 2026 08:00:27 GMT"}),
        ("bad_request", 400, {"content-type": "text/plain; charset=utf-8"}),
        ("not_found", 404, {"content-type": "text/html; charset=utf-8"}),
        ("unauthorized", 401, {}),
        ("forbidden", 403, {}),
        ("server_error", 500, {}),
        ("maintenance", 503, {"content-type": "text/html; charset=utf-8"}),
    ],
)
async def test_the_ready_refusals_come_as_xero_documents_them_and_commit_nothing(
    bench: Bench, kind: str, status: int, headers: dict[str, str | None]
):
    bench.state.clock.set(datetime(2026, 11, 2, 8, 0, 0, tzinfo=UTC))
    bench.state.faults.add(kind)
    answer = await bench.client.get("/things")
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert bench.committed == []


async def test_any_status_body_and_headers_can_be_asked_for(bench: Bench):
    rule = {"kind": "status", "params": {"status": 418, "body": {"tea": True}, "headers": {"X-Pot": 1}}}
    await bench.client.post("/_sandbox/faults", json=rule)
    answer = await bench.client.get("/things")
    assert (answer.status_code, answer.json(), answer.headers["x-pot"]) == (418, {"tea": True}, "1")


async def test_slow_waits_and_lets_the_next_rule_decide(bench: Bench):
    bench.state.faults.add("slow", seconds=0.05)
    bench.state.faults.add("server_error")
    loop = asyncio.get_running_loop()
    before = loop.time()
    assert (await bench.client.get("/things")).status_code == 500
    assert loop.time() - before >= 0.05


async def test_rules_choose_by_method_glob_count_and_skip(bench: Bench):
    bench.state.faults.add("server_error", method="put", path="/th*/b", times=1, skip=1)
    seen = [
        (await bench.client.request(method, path)).status_code
        for method, path in [("GET", "/things/b"), ("PUT", "/things/a")] + [("PUT", "/things/b")] * 3
    ]
    assert seen == [200, 200, 200, 500, 200]


def test_a_seed_repeats_the_same_probable_faults():
    def run(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add("drop_before", probability=0.5)
        return [bool(faults.draw("GET", "/")) for _ in range(64)]

    assert run(1) == run(1) != run(2)
    assert 16 < sum(run(1)) < 48


async def test_a_rule_that_makes_no_sense_is_refused_in_words(bench: Bench):
    for rule in (
        {"kind": "meteor"},
        {"kind": "status"},
        {},
        {"kind": "slow", "times": "x"},
        {"kind": "slow", "k": 2},
        {"kind": "refused", "place": "Payments"},
        [1],
    ):
        answer = await bench.client.post("/_sandbox/faults", json=rule)
        assert answer.status_code == 400, rule
        assert answer.json()["error"]
    assert (await bench.client.get("/_sandbox/faults")).json() == []


async def test_rules_are_listed_with_how_often_they_fired_and_removed(bench: Bench):
    rule = (await bench.client.post("/_sandbox/faults", json={"kind": "slow", "seconds": 0})).json()
    await bench.client.get("/things")
    (listed,) = (await bench.client.get("/_sandbox/faults")).json()
    assert (listed["id"], listed["fired"], listed["params"]) == (rule["id"], 1, {"seconds": 0})
    assert (await bench.client.delete(f"/_sandbox/faults/{rule['id']}")).status_code == 204
    assert (await bench.client.delete(f"/_sandbox/faults/{rule['id']}")).status_code == 404


async def test_the_journal_shows_requests_and_answers_without_tokens(bench: Bench):
    await bench.client.post(
        "/things?code=abc&x=1",
        data={"refresh_token": "R1", "client_secret": "S", "scope": "a"},
        headers={"Authorization": "Bearer AT", "Cookie": "c=1", "X-Seen": "yes"},
    )
    (entry,) = (await bench.client.get("/_sandbox/journal", params={"method": "POST"})).json()
    assert entry["path"] == "/things"
    assert entry["query"] == "code=***&x=1"
    assert entry["body"] == "refresh_token=***&client_secret=***&scope=a"
    assert entry["headers"]["x-seen"] == "yes"
    assert not {"authorization", "cookie"} & set(entry["headers"])
    assert entry["answer"]["access_token"] == "***"
    assert entry["status"] == 200


async def test_counts_outlive_entries_and_fold_the_ids_of_records(bench: Bench):
    bench.state.journal.max_entries = 2
    for number in range(5):
        await bench.client.get(f"/things/INV-{number}")
    assert len(bench.state.journal.entries()) == 2
    assert bench.state.journal.count("GET", "/things/") == 5
    counts = (await bench.client.get("/_sandbox/journal/counts", params={"path": "/things"})).json()
    assert counts == {
        "total": 5,
        "counts": [{"method": "GET", "path": "/things/{id}", "status": 200, "count": 5}],
    }
    assert bench.state.journal.count(path_prefix="/things/INV-4") == 1
    await bench.client.delete("/_sandbox/journal")
    assert bench.state.journal.count() == 0


def test_versions_in_a_path_are_not_taken_for_ids():
    assert _collapse("/api.xro/2.0/Invoices/3f2a-1/History") == "/api.xro/2.0/Invoices/{id}/History"
    assert _collapse("/v1/customers/cus_9") == "/v1/customers/{id}"


async def test_the_journal_is_bounded_in_bytes(bench: Bench):
    bench.state.journal.max_bytes = 10_000
    for _ in range(30):
        await bench.client.put("/things", content=b"y" * 1000)
    assert 1 <= len(bench.state.journal.entries()) <= 5


async def test_the_sandbox_and_the_page_are_neither_journaled_nor_faulted(bench: Bench):
    bench.state.faults.add("server_error")
    for path in ("/_sandbox/clock", "/", "/page/x"):
        assert (await bench.client.get(path)).status_code in {200, 404}
    assert bench.state.journal.entries() == []


async def test_the_clock_is_moved_over_http(bench: Bench):
    await bench.client.post("/_sandbox/clock", json={"set": "2031-05-06T07:08:09Z"})
    moved = (await bench.client.post("/_sandbox/clock", json={"advance_seconds": 86400})).json()
    assert moved["now"].startswith("2031-05-07T07:08")
    assert bench.state.clock.now().year == 2031
    for wrong in ({}, {"set": "soon"}, {"advance_seconds": "x"}):
        assert (await bench.client.post("/_sandbox/clock", json=wrong)).status_code == 400
    assert (await bench.client.post("/_sandbox/clock", json={"reset": True})).status_code == 200


async def test_a_port_in_use_is_an_error_of_the_caller():
    app, _ = build()
    async with serve(app) as served:
        with pytest.raises(OSError, match="in use"):
            async with serve(app, served.port):
                pytest.fail("two servers on one port")


async def test_a_server_lets_answers_under_way_end_when_it_stops():
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def waits(_: Request) -> Response:
        arrived.set()
        await go_on.wait()
        return Response("done")

    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        async with serve(Starlette(routes=[Route("/", waits)])) as served:
            pending = asyncio.create_task(client.get(served.url))
            await asyncio.wait_for(arrived.wait(), PATIENCE)
            asyncio.get_running_loop().call_later(0.05, go_on.set)
        assert (await pending).text == "done"


@pytest.mark.parametrize("turns", range(8))
async def test_no_connection_outlasts_a_server_whenever_it_came(turns: int):
    async def connect(port: int) -> socket.socket | None:
        for _ in range(turns):
            await asyncio.sleep(0)
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port))
        return None

    async with serve(Starlette()) as served:
        connecting = asyncio.create_task(connect(served.port))
    if client := await connecting:
        with client, contextlib.suppress(ConnectionError):
            client.settimeout(PATIENCE)
            assert await asyncio.to_thread(client.recv, 1) == b""
