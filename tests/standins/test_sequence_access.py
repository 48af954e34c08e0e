"""Who may ask the Sequence stand-in what, and how often; journal, faults and clock around it."""

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tests.standins.sequence_play import CUSTOMER, Play, playing

VERSION = {"sequence-version": "2024-07-30"}
KEY = (DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)


@pytest.fixture
async def guarded() -> AsyncIterator[Play]:
    async with playing(authentication=True) as running:
        yield running


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    async with playing() as running:
        yield running


async def test_the_right_key_and_version_are_let_in(guarded: Play):
    answer = await guarded.client.get("/api/customers", auth=KEY, headers=VERSION)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer token",
        "Basic !!!",
        "Basic " + b64encode(b"no colon").decode(),
        "Basic " + b64encode(b"xerosync-dev:wrong").decode(),
        "Basic " + b64encode(b"nobody:xerosync-dev-secret").decode(),
    ],
)
async def test_a_wrong_key_is_401(guarded: Play, authorization: str | None):
    headers = VERSION | ({"Authorization": authorization} if authorization else {})
    answer = await guarded.client.get("/api/customers", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHORIZED"
    assert answer.headers["www-authenticate"] == "Basic"


@pytest.mark.parametrize("headers", [{}, {"sequence-version": "2023-01-01"}])
async def test_a_wrong_version_is_400(guarded: Play, headers: dict[str, str]):
    answer = await guarded.client.get("/api/customers", auth=KEY, headers=headers)
    assert answer.status_code == 400


async def test_each_key_sees_its_own_account_and_numbers(guarded: Play):
    body = {"name": "Second", "clientId": "second", "clientSecret": "s2"}
    second = await guarded.sandbox("/accounts", body, expect=201)
    assert second["clientId"] == "second"
    assert "s2" not in str(second)
    await guarded.sandbox("/accounts", body, expect=400)

    async def bill(key: tuple[str, str]) -> tuple[str, str]:
        async def post(path: str, sent: object = None) -> dict[str, str]:
            return (await guarded.client.post(f"/api{path}", json=sent, auth=key, headers=VERSION)).json()

        customer = (await post("/customers", CUSTOMER))["id"]
        made = (await post("/invoices", {"customerId": customer, "currency": "GBP"}))["id"]
        final = await post(f"/invoices/{made}/finalize")
        assert final["invoiceNumber"] == "INV-1"
        return made, final["sequenceAccountId"]

    (first_invoice, first_account), (_, second_account) = await bill(KEY), await bill(("second", "s2"))
    assert second_account == second["id"] != first_account
    answer = await guarded.client.get(f"/api/invoices/{first_invoice}", auth=("second", "s2"), headers=VERSION)
    assert answer.status_code == 404
    mine = await guarded.client.get("/api/sequence-accounts", auth=("second", "s2"), headers=VERSION)
    assert [each["companyName"] for each in mine.json()["items"]] == ["Second"]
    other = f"/api/sequence-accounts/{first_account}"
    assert (await guarded.client.get(other, auth=("second", "s2"), headers=VERSION)).status_code == 400


async def test_without_authentication_the_client_id_still_chooses_the_account(play: Play):
    second = play.sequence.add_account("Second", "second", "s2")

    async def account(auth: tuple[str, str] | None) -> str:
        answer = await play.client.get("/api/sequence-accounts", auth=auth)
        return answer.json()["items"][0]["id"]

    assert await account(None) == await account(("x", "y")) == play.sequence.default.id
    assert await account(("second", "anything")) == second.id


async def test_the_account_of_a_client_id_is_the_same_in_every_stand_in(play: Play):
    async with playing() as other:
        assert play.sequence.default.id == other.sequence.default.id


async def test_the_limit_is_off_unless_switched_on_and_counts_by_key(play: Play):
    play.sequence.add_account("Second", "second", "s2")
    await play.sandbox("/limits", {"enabled": True, "per_minute": 3})
    for _ in range(3):
        await play.get("/customers")
    answer = await play.client.get("/api/customers")
    assert answer.status_code == 429
    assert answer.json()["code"] == "RATE_LIMITED"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await play.client.get("/api/customers", auth=("second", "s2"))).status_code == 200
    await play.sandbox("/clock", {"advance_seconds": int(answer.headers["retry-after"])})
    await play.get("/customers")
    assert await play.sandbox("/limits", {"enabled": False}) == {"enabled": False, "per_minute": 3}
    for _ in range(4):
        await play.get("/customers")


async def test_the_limit_is_1500_a_minute(play: Play):
    await play.sandbox("/limits", {"enabled": True})
    limits = play.sequence.limits
    assert [limits.take("key") for _ in range(1500)] == [None] * 1500
    assert limits.take("key") == 60


async def test_the_journal_shows_requests_and_never_a_key(play: Play):
    await play.client.get("/api/customers", params={"limit": 5}, auth=KEY)
    (entry,) = (await play.client.get("/_sandbox/journal")).json()
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", "/api/customers", "limit=5")
    assert entry["answer"]["items"] == []
    assert DEFAULT_CLIENT_SECRET not in str(entry)
    assert b64encode(":".join(KEY).encode()).decode() not in str(entry)


async def test_a_refused_and_a_limited_request_are_in_the_journal_too(guarded: Play):
    await guarded.client.get("/api/customers")
    await guarded.sandbox("/limits", {"enabled": True, "per_minute": 0})
    await guarded.client.get("/api/customers")
    assert [entry.status for entry in guarded.sequence.journal.entries()] == [401, 429]


async def test_an_answer_lost_after_the_number_was_given_leaves_it_given(play: Play):
    made = await play.invoice()
    await play.sandbox("/faults", {"kind": "drop_after", "path": "*/finalize", "times": 1}, expect=201)
    with pytest.raises(httpx.TransportError):
        await play.client.post(f"/api/invoices/{made}/finalize")
    assert (await play.get(f"/invoices/{made}"))["invoiceNumber"] == "INV-1"
    await play.post(f"/invoices/{made}/finalize", expect=400)


async def test_an_outage_is_told_before_anything_is_committed(play: Play):
    made = await play.invoice()
    await play.sandbox("/faults", {"kind": "server_error", "path": "/api/invoices", "times": 1}, expect=201)
    answer = await play.client.post(f"/api/invoices/{made}/finalize")
    assert answer.status_code == 500
    assert (await play.get(f"/invoices/{made}"))["status"] == "DRAFT"
