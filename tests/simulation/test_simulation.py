"""The simulator: clean runs, repeated to the byte, and faults put back into the product that it must find."""

from typing import Any

import pytest

from tests.simulation.city import simulate
from xerosync.documents.create import Creating
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SequenceSweepResult
from xerosync.documents.sequence_sweep import SequenceSweep

DOCUMENTS = 40


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_violated(seed: int) -> None:
    result = simulate(seed, DOCUMENTS)
    assert result.violations == []
    assert result.sent > DOCUMENTS // 2
    assert any("dies with" in step for step in result.trace)


def test_a_seed_repeats_to_the_byte() -> None:
    assert simulate(3, DOCUMENTS // 2).trace == simulate(3, DOCUMENTS // 2).trace
    assert simulate(3, DOCUMENTS // 2).trace != simulate(4, DOCUMENTS // 2).trace


def test_it_finds_a_credit_note_that_is_created_twice_after_a_look_up_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def believe(self: Creating, _: Any, document: Any, intent: Any) -> DocumentLink:
        return await self.links.change(document.ref, lambda link: link.withdrawn(intent))

    async def nothing(*_: object) -> None:
        """Find nothing."""

    monkeypatch.setattr(Creating, "recover", believe)
    monkeypatch.setattr(Creating, "_there", nothing)
    assert any("2 times in Xero" in each for each in simulate(1, DOCUMENTS).violations)


def test_it_finds_that_lost_signals_are_never_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rest(*_: object) -> SequenceSweepResult:
        return SequenceSweepResult()

    monkeypatch.setattr(SequenceSweep, "run", rest)
    assert any("no hold says why" in each for each in simulate(1, DOCUMENTS).violations)
