"""`make demo`, `make up` and `make test` from a fresh clone where everything is hard at once.

Each row: a folder above that is closed, umask 077, a path of more than 150 characters with spaces and letters outside
ASCII, no home, LANG=C, and the default ports taken.
"""

import asyncio
import json
import os
from collections.abc import Iterator

import pytest

from tests.integration.test_up import billed
from tests.setup.fresh import VERSIONS, Fresh, Row, fresh_clone
from tests.setup.hard_folder import DEFAULT_PORTS, taken, who_may_enter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
THIS = "this user"
ROWS = {(who, version): Row(who != THIS, version) for version in VERSIONS for who in (THIS, "an ordinary user")}


@pytest.fixture(scope="module")
def fresh(request: pytest.FixtureRequest) -> Iterator[Fresh]:
    row: Row = request.param
    if row.as_ordinary and os.geteuid() != 0:
        pytest.skip("this user is an ordinary one")
    python = row.interpreter()
    if python is None:
        pytest.skip(f"there is no Python {row.python} with ensurepip here that the account may run")
    with fresh_clone(row, python) as clone, taken(DEFAULT_PORTS):
        yield clone


@pytest.mark.parametrize("fresh", ROWS.values(), ids=map(" with ".join, ROWS), indirect=True)
def test_demo_and_up_work_from_a_fresh_clone(fresh: Fresh):
    before = who_may_enter(fresh.folder)
    assert "Every document is as it should be." in fresh.make("demo")
    with fresh.up() as stack:
        asyncio.run(billed({"sequence": stack["XEROSYNC_SEQUENCE_API_URL"]}))
        fresh.starter("finalize", "INV-1")
    with fresh.up():
        kept = json.loads(fresh.starter("status", "--json"))["documents"]
    assert [each["number"] for each in kept] == ["INV-1"]
    assert who_may_enter(fresh.folder) == before


@pytest.mark.parametrize(
    "fresh", [ROWS[who, "3.11"] for who in (THIS, "an ordinary user")], ids=(THIS, "an ordinary user"), indirect=True
)
def test_every_test_passes_from_a_fresh_clone(fresh: Fresh):
    assert " passed" in fresh.make("test")
