"""`starter.py demo`: a newcomer's first command."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.integration.program import run

PLACEHOLDERS = {"invoice": "3000-01-01 / 3000-01-01", "credit_note": "3000-01-01"}
STATES = {
    "sent in Sequence": "settled",
    "marked sent in Xero": "settled",
    "not sent": "pushed",
    "voided": "voided",
}


async def test_the_demo_shows_every_document_as_its_story_has_it(tmp_path: Path) -> None:
    ended = await run("demo", "--json", folder=tmp_path)
    assert ended.code == 0, ended.err
    assert "INV-20 waits: Its customer is not linked" in ended.err

    shown: list[dict[str, Any]] = ended.data["documents"]
    assert Counter(each["kind"] for each in shown) == {"invoice": 30, "credit_note": 6}
    assert len({(each["kind"], each["number"]) for each in shown}) == 36
    assert {each["amount"].split()[1] for each in shown} == {"GBP", "EUR", "USD"}
    assert Counter(each["scenario"] for each in shown) == {
        "sent in Sequence": 25,
        "marked sent in Xero": 6,
        "not sent": 4,
        "voided": 1,
    }
    for each in shown:
        sent = each["scenario"].startswith(("sent", "marked"))
        assert each["problems"] == []
        assert each["state"] == STATES[each["scenario"]]
        assert each["sent_in_xero"] is sent
        assert ("3000" not in each["dates_in_xero"]) if sent else (each["dates_in_xero"] == PLACEHOLDERS[each["kind"]])
    assert ended.data["counts"] == {"settled": 31, "pushed": 4, "voided": 1}
    # At the very least a note on each of the six credit notes, and a call to create each kind.
    assert 8 <= ended.data["xero_calls"] <= 36 * 3
