"""What a worker looks at before it says that it started: a refused key stops it, a company that is away does not."""

from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from tests.store.samples import connection, grant
from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.postgres.errors import UnreadableSecretError
from xerosync.startup_checks import check_keys
from xerosync.xero.errors import ClientRefusedError, TokenUnavailableError

REFUSED = MisconfiguredError("Sequence does not know this key.")


def services(
    *, stored: Exception | None = None, secret: Exception | None = None, keys: dict[str, Exception] | None = None
) -> Any:
    """All that is asked, each answering or raising what is given."""

    async def answer(error: Exception | None, found: Any = None) -> Any:
        if error:
            raise error
        return found

    return SimpleNamespace(
        accounts=SimpleNamespace(key=lambda _: answer(None)),
        grants=SimpleNamespace(read=lambda _: answer(stored, grant())),
        xero=SimpleNamespace(identity=SimpleNamespace(check_client=lambda: answer(secret))),
        sequence=SimpleNamespace(try_key=lambda account_id: answer((keys or {}).get(account_id))),
    )


BOTH = [connection("acme"), connection("beta")]

AT_ONCE = (0.0, 0.0)
"""A refusal is asked about again without waiting."""


@pytest.mark.parametrize(
    ("asked", "connections", "error"),
    [
        (services(stored=UnreadableSecretError("x")), BOTH, UnreadableSecretError),
        (services(secret=ClientRefusedError()), [], ClientRefusedError),
        (services(keys={"acme": REFUSED}), BOTH[:1], MisconfiguredError),
        (services(keys={"acme": REFUSED, "beta": REFUSED}), BOTH, MisconfiguredError),
    ],
)
async def test_a_key_that_can_not_work_stops_the_worker(
    asked: Any, connections: list[Connection], error: type[Exception]
):
    with pytest.raises(error):
        await check_keys(asked, connections, AT_ONCE)


async def test_an_outage_of_xero_or_sequence_does_not_stop_the_worker():
    away = services(secret=TokenUnavailableError(), keys={"acme": RetryLaterError(), "beta": RetryLaterError()})
    with structlog.testing.capture_logs() as logs:
        await check_keys(away, BOTH)
    assert [(each["event"], each["system"]) for each in logs] == [
        ("key not checked", "Xero"),
        ("key not checked", "Sequence"),
        ("key not checked", "Sequence"),
    ]


async def test_one_account_s_refused_key_leaves_the_others_their_worker():
    with structlog.testing.capture_logs() as logs:
        await check_keys(services(keys={"beta": REFUSED}), BOTH, AT_ONCE)
    assert [(each["event"], each["log_level"]) for each in logs] == [
        ("key refused, asking again", "debug"),
        ("key refused, asking again", "debug"),
        ("key of sequence refused", "error"),
    ]


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_proxy_that_refuses_now_and_then_does_not_stop_the_worker(refusals: int):
    answers = iter([REFUSED] * refusals)

    async def try_key(_: str) -> None:
        if error := next(answers, None):
            raise error

    asked = services()
    asked.sequence.try_key = try_key
    await check_keys(asked, BOTH[:1], AT_ONCE)
