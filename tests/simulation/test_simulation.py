"""The simulator: clean runs, repeated to the byte, and faults put back into the product that it must find."""

import re
from dataclasses import replace

import pytest
import structlog

from tests.simulation.__main__ import shortened
from tests.simulation.city import simulate
from tests.simulation.plan import Fault, Plan
from xerosync.documents.create import Creating
from xerosync.documents.messages import SequenceSweepResult
from xerosync.documents.sequence_sweep import SequenceSweep

DOCUMENTS = 40


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_violated(seed: int) -> None:
    result = simulate(Plan.of(seed, DOCUMENTS))
    assert result.violation is None
    assert result.sent > DOCUMENTS // 2
    assert result.paid > DOCUMENTS // 8
    assert result.deaths > 0


def test_a_plan_repeats_to_the_byte() -> None:
    plan = Plan.of(3, DOCUMENTS // 2)
    first, again, other = simulate(plan), simulate(plan), simulate(replace(plan, seed=4))
    assert (first.digest, first.steps) == (again.digest, again.steps)
    assert first.digest != other.digest


def test_faults_can_be_left_out() -> None:
    calm = simulate(Plan.of(1, DOCUMENTS).with_faults(frozenset(), traced=True))
    assert calm.violation is None
    assert calm.deaths == 0
    assert not any("is lost" in line or "Error" in line for line in calm.trace)
    only = simulate(Plan.of(1, DOCUMENTS).with_faults(frozenset({Fault.LOST}), traced=True))
    assert any("is lost" in line for line in only.trace)


def test_it_finds_that_lost_signals_are_never_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rest(*_: object) -> SequenceSweepResult:
        return SequenceSweepResult()

    monkeypatch.setattr(SequenceSweep, "run", rest)
    result = simulate(Plan.of(1, DOCUMENTS))
    # Nothing looks after what waits: a lost signal stays lost, and a hold is never tried again.
    assert re.search("no hold says why|is held without need|0 times in Xero at the end", result.violation or "")


@pytest.mark.slow
def test_what_fails_is_shortened_to_what_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulation.world.World.in_xero", lambda *_: [])
    result = simulate(Plan.of(1, 4))
    assert result.violation
    log = structlog.get_config()
    *_, command = shortened(result)
    assert structlog.get_config() == log, "what is played quietly leaves the log of this process as it was"
    assert re.search(r"--seed 1 --days 5 --only \d --without", command)


@pytest.mark.slow
def test_it_finds_that_what_a_restored_store_forgot_is_created_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan.of(3, 2 * DOCUMENTS).with_faults(frozenset({Fault.RESTORED}), traced=False)
    assert simulate(plan).violation is None

    async def nobody_has_the_number(*_: object) -> None:
        return None

    monkeypatch.setattr(Creating, "_adopted", nobody_has_the_number)
    assert re.search(r"CN-\d+ is 2 times in Xero", simulate(plan).violation or "")
