"""`starter.py demo`: a newcomer's first command."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from tests.integration.program import Ended, run

PLACEHOLDERS = {"invoice": "3000-01-01 / 3000-01-01", "credit_note": "3000-01-01"}
STATES = {
    "sent in Sequence": "settled",
    "marked sent in Xero": "settled",
    "not sent": "pushed",
    "voided": "voided",
}


def assert_as_it_should_be(ended: Ended) -> None:
    """Compare what the demo shows to the story that it plays, document by document."""
    assert ended.code == 0, ended.err
    shown: list[dict[str, Any]] = ended.data["documents"]
    assert Counter(each["kind"] for each in shown) == {"invoice": 30, "credit_note": 6}
    assert len({(each["kind"], each["number"]) for each in shown}) == 36
    assert {each["amount"].split()[1] for each in shown} == {"GBP", "EUR", "USD"}
    assert Counter(each["fate"] for each in shown) == {
        "sent in Sequence": 25,
        "marked sent in Xero": 6,
        "not sent": 4,
        "voided": 1,
    }
    for each in shown:
        sent = each["fate"].startswith(("sent", "marked"))
        assert each["problems"] == []
        assert each["state"] == STATES[each["fate"]]
        assert each["sent_in_xero"] is sent
        assert ("3000" not in each["dates_in_xero"]) if sent else (each["dates_in_xero"] == PLACEHOLDERS[each["kind"]])
    assert ended.data["counts"] == {"settled": 31, "pushed": 4, "voided": 1}
    reconciled = ended.data["reconcile"]
    assert (reconciled["in_step"], reconciled["documents"], reconciled["in_xero"]) == (True, 36, 36)
    assert (reconciled["differences"], reconciled["findings"], reconciled["xero_calls"]) == (0, [], 2)


async def test_two_demos_side_by_side_end_as_they_should(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    as_data, in_words = await asyncio.gather(run("demo", "--json", folder=folders[0]), run("demo", folder=folders[1]))
    assert_as_it_should_be(as_data)
    # At the very least a call for each of the six notes on credit notes, and one to create each kind.
    assert 8 <= as_data.data["xero_calls"] <= 36 * 3
    assert "INV-20 waits: Its customer is not linked" in as_data.err

    assert in_words.code == 0, in_words.err
    assert "31 settled, 4 pushed, 1 voided" in in_words.out
    assert "Every document is as it should be." in in_words.out
    assert "reconcile: 36 documents, 0 differences; 2 calls to Xero for its lists" in in_words.out
    assert sum(line.startswith(("INV-", "CN-")) for line in map(str.strip, in_words.out.splitlines())) == 36
