"""What the stand-ins hold in memory, kept in a data folder from one start to the next."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from standins.embedded import EmbeddedError
from standins.embedded.ports import Ports
from standins.embedded.standins import stand_ins
from tests.patience import PATIENCE
from tests.standins.sequence_play import CUSTOMER

CUT = "Launch \ud83d party"
"""A text that JSON may carry as an escape and UTF-8 can't hold."""


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


async def test_half_of_a_surrogate_pair_is_kept_at_the_end_and_found_again(tmp_path: Path):
    ports = Ports(tmp_path / "ports.json")
    async with (
        stand_ins(ports, tmp_path) as first,
        httpx.AsyncClient(base_url=first.sequence_url, timeout=PATIENCE) as http,
    ):
        body = json.dumps(CUSTOMER | {"legalName": CUT})
        (await http.post("/api/customers", content=body)).raise_for_status()
    async with (
        stand_ins(ports, tmp_path) as again,
        httpx.AsyncClient(base_url=again.sequence_url, timeout=PATIENCE) as http,
    ):
        assert [each["legalName"] for each in (await http.get("/api/customers")).json()["items"]] == [CUT]


async def test_what_can_not_be_kept_is_told_in_one_sentence_and_the_rest_is_kept(tmp_path: Path):
    in_the_way = tmp_path / "xero.json"
    with pytest.raises(EmbeddedError, match=f"cannot write {in_the_way}, which is as it was before: "):
        async with stand_ins(Ports(tmp_path / "ports.json"), tmp_path):
            in_the_way.mkdir()
    assert {"identity.json", "sequence.json", "clock.json"} <= names_in(tmp_path)


async def test_a_stand_in_that_gives_no_snapshot_is_told_in_one_sentence(tmp_path: Path):
    never: Any = object()
    with pytest.raises(EmbeddedError, match=r"the Sequence stand-in gives no snapshot \(HTTP 500\)"):
        async with stand_ins(Ports(tmp_path / "ports.json"), tmp_path) as running:
            running.sequence.account(None).created_at = never
