"""What a web page of somebody else can do to a stand-in on the same machine: nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from standins.embedded.ports import EDGE, Ports
from standins.embedded.standins import stand_ins
from standins.origins import Targets
from standins.sequence import create_sequence
from standins.serving import serve
from standins.xero import create_xero
from tests.patience import PATIENCE
from tests.standins.sequence_play import playing

EVIL = "evil.example"


@pytest.fixture(params=[create_xero, create_sequence])
async def stand_in(request: pytest.FixtureRequest) -> AsyncIterator[tuple[httpx.AsyncClient, Starlette]]:
    app = request.param()
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=PATIENCE) as http:
        yield http, app


@pytest.mark.parametrize(
    "headers",
    [
        {"host": EVIL, "origin": f"http://{EVIL}"},
        {"host": EVIL},
        {"origin": f"http://{EVIL}"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"host": f"127.0.0.1.{EVIL}"},
        {"host": f"{EVIL}:80@127.0.0.1"},
        {"host": ""},
    ],
)
async def test_a_page_of_somebody_else_reads_no_secret_and_changes_nothing(
    stand_in: tuple[httpx.AsyncClient, Starlette], headers: dict[str, str]
):
    http, app = stand_in
    state = app.state.xero if hasattr(app.state, "xero") else app.state.sequence
    before = state.clock.now()

    for method, path, body in (
        ("GET", "/_sandbox/identity/snapshot", None),
        ("GET", "/_sandbox/snapshot", None),
        ("GET", "/_sandbox/journal", None),
        ("GET", "/", None),
        ("POST", "/_sandbox/faults", '{"kind": "server_error"}'),
        ("POST", "/_sandbox/webhooks", '{"url": "http://127.0.0.1:15000/", "key": "k", "duplicate": 1}'),
        ("POST", "/_sandbox/clock", '{"advance_seconds": 86400}'),
        ("POST", "/page/clock", "days=1"),
        ("POST", "/identity/connect/authorize", "answer=allow"),
        ("PUT", "/api.xro/2.0/Contacts", '{"Name": "Evil"}'),
        ("POST", "/api/notification-policies", "{}"),
    ):
        # What a form or a simple request of a page can send
        answer = await http.request(method, path, content=body, headers={"content-type": "text/plain", **headers})
        assert answer.status_code == 403, path
        assert "access-control-allow-origin" not in answer.headers

    assert state.faults.rules == []
    assert state.journal.entries() == []
    assert (state.clock.now() - before).total_seconds() < 3600


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_its_own_pages_and_programs_without_an_origin_are_answered(
    stand_in: tuple[httpx.AsyncClient, Starlette], name: str
):
    http, _ = stand_in
    host = f"{name}:{http.base_url.port}"

    for headers in ({"host": host}, {"host": host, "origin": f"http://{host.lower()}"}):
        assert (await http.get("/_sandbox/faults", headers=headers)).status_code == 200
        assert (await http.post("/_sandbox/clock", json={"reset": True}, headers=headers)).status_code == 200


async def test_no_other_page_may_show_those_of_the_stand_in():
    async with serve(create_xero()) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:
        assert (await http.get("/")).headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/hook",
        "http://127.0.0.1.evil.example/hook",
        "http://127.0.0.1@evil.example:15000/hook",
        "http://169.254.169.254:15000/latest/meta-data",
        "http://0.0.0.0:15000/",
        "http://localhost:5432/",
        "http://[::1]:7233/",
        "http://127.0.0.1:8233/api",
        "http://127.0.0.1/",
        "http://127.0.0.1:22/",
        "ftp://127.0.0.1:15000/",
        "file:///etc/passwd",
        "http://127.0.0.1:port/",
        "",
    ],
)
def test_webhooks_go_to_no_other_machine_and_to_no_port_of_the_stack(url: str):
    assert Targets().refusal(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:15000/x", "https://localhost:8080/", "http://[::1]:31999"])
def test_webhooks_go_to_the_other_ports_of_this_machine(url: str):
    assert Targets().refusal(url) is None


def test_webhooks_go_to_no_port_that_a_started_stack_listens_on(tmp_path: Path):
    ports = Ports(tmp_path / "ports.json")
    taken = {name: ports.take(name) for name in ("postgres", "temporal", "xero", EDGE)}
    targets = Targets(ports.of_servers())
    refused = {name for name, port in taken.items() if targets.refusal(f"http://127.0.0.1:{port}/")}
    assert refused == {"postgres", "temporal", "xero"}


async def test_stand_ins_deliver_to_no_port_of_the_stack_that_runs_them(tmp_path: Path):
    ports = Ports(tmp_path / "ports.json")
    database, edge = ports.take("postgres"), ports.take(EDGE)
    async with stand_ins(ports, None) as standing, httpx.AsyncClient(timeout=PATIENCE) as http:
        hooks = f"{standing.xero_url}/_sandbox/webhooks"
        for url in (f"http://127.0.0.1:{database}/", f"{standing.sequence_url}/_sandbox/reset"):
            refused = await http.post(hooks, json={"url": url, "key": "k"})
            assert refused.status_code == 400
            assert "is not one for receivers" in refused.json()["error"]
        assert (await http.post(hooks, json={"url": f"http://127.0.0.1:{edge}/", "key": "k"})).status_code == 201


async def test_neither_stand_in_can_be_aimed_at_another_machine():
    url = "http://evil.example:8080/hook"
    policy = {"name": "n", "channel": "WEBHOOK", "recipients": [url], "webhookSecret": "s"}
    async with (
        playing() as play,
        serve(create_xero()) as served,
        httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http,
    ):
        refused = await http.post("/_sandbox/webhooks", json={"url": url, "key": "k"})
        assert (refused.status_code, (await http.get("/_sandbox/webhooks")).json()) == (400, [])
        assert refused.json()["error"].startswith("url: a stand-in delivers to 127.0.0.1")

        # Sequence takes any address in a policy: it is taken, and nothing goes there
        await play.post("/notifications/policies", policy)
        await play.customer()
        await play.sequence.webhooks.flush()
        assert [delivery.status for delivery in play.sequence.webhooks.deliveries] == [None]
        assert play.sequence.webhooks._client is None
