"""Which keys and secrets count, and how old a signature may be, as the two routes judge it."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.web.receiving import ACCOUNT, Receiving, receiving
from tests.web.signing import SECRET, XERO_KEY, by_sequence, by_xero, of_sequence, of_xero
from xerosync.core.clock import utc_now
from xerosync.postgres import Database

NEW, FOREIGN = "whsec_bmV3", "whsec_Zm9yZWlnbg=="
BODY = of_sequence(ACCOUNT, status="SENT")


async def signed(edge: Receiving, secret: str, age: timedelta = timedelta(0)) -> int:
    """Send a delivery of Sequence, signed by a secret so long ago; return the status of the answer."""
    header = by_sequence(BODY, secret.encode(), at=utc_now() - age)
    return (await edge.from_sequence(BODY, **{"Sequence-Signature": header})).status_code


async def by_key(edge: Receiving, key: str) -> int:
    return (await edge.from_xero(of_xero(), **{"x-xero-signature": by_xero(of_xero(), key)})).status_code


async def test_while_a_secret_of_sequence_is_renewed_both_count_and_no_third(
    database: Database, keys: list[SecretStr]
) -> None:
    edge = await receiving(database, keys)
    await edge.secrets.add(ACCOUNT, "new policy", SecretStr(NEW))
    assert [await signed(edge, each) for each in (SECRET, NEW, FOREIGN)] == [200, 200, 401]
    await edge.secrets.forget(ACCOUNT, ["policy"])
    # Another copy of the edge, or this one seconds later.
    later = await receiving(database, keys)
    await later.secrets.forget(ACCOUNT, ["policy"])
    assert [await signed(later, each) for each in (SECRET, NEW, FOREIGN)] == [401, 200, 401]


async def test_a_secret_of_one_account_signs_for_no_other(database: Database, keys: list[SecretStr]) -> None:
    edge = await receiving(database, keys)
    await edge.secrets.add("other", "policy of the other", SecretStr(NEW))
    assert await signed(edge, NEW) == 401
    body = of_sequence("other", status="SENT")
    for secret, expected in ((SECRET, 401), (NEW, 200)):
        header = {"Sequence-Signature": by_sequence(body, secret.encode())}
        assert (await edge.from_sequence(body, "other", **header)).status_code == expected


async def test_while_the_key_of_xero_is_changed_both_count_and_then_the_new_one_alone(
    database: Database, keys: list[SecretStr]
) -> None:
    before = await receiving(database, keys)
    between = await receiving(database, keys, xero_keys=(XERO_KEY, "the new key"))
    after = await receiving(database, keys, xero_keys=("the new key",))
    tried = (XERO_KEY, "the new key", "a third key")
    assert [await by_key(before, each) for each in tried] == [200, 401, 401]
    assert [await by_key(between, each) for each in tried] == [200, 200, 401]
    assert [await by_key(after, each) for each in tried] == [401, 200, 401]


async def test_without_a_key_xero_is_refused_and_the_log_names_the_setting(
    database: Database, keys: list[SecretStr]
) -> None:
    edge = await receiving(database, keys, xero_keys=())
    with capture_logs() as lines:
        assert await by_key(edge, "") == 401
        assert await by_key(edge, XERO_KEY) == 401
    assert {line["reason"] for line in lines} == {"XEROSYNC_XERO_WEBHOOK_KEYS is not set"}


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(hours=23, minutes=59), 200),
        (timedelta(hours=24, minutes=1), 401),
        (-timedelta(hours=23, minutes=59), 200),
        (-timedelta(hours=24, minutes=1), 401),
    ],
)
async def test_a_signature_counts_for_a_day_before_and_after(
    database: Database, keys: list[SecretStr], age: timedelta, expected: int
) -> None:
    edge = await receiving(database, keys)
    with capture_logs() as lines:
        assert await signed(edge, SECRET, age) == expected
    refused = [line["reason"] for line in lines if line["event"] == "delivery refused"]
    assert refused == ([] if expected == 200 else ["too old"])
