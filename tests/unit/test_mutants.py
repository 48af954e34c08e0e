"""The table of planted faults fits the code: each can be planted, and none is the same as another."""

from collections import Counter
from contextlib import suppress

import pytest

from tests.simulation import mutants as mutation
from tests.simulation.mutants import ROOT, Change, Mutant, NotPlantedError, ended, mutants

_ALL = mutants()


@pytest.mark.parametrize("mutant", _ALL, ids=lambda mutant: mutant.name)
def test_it_can_be_planted(mutant: Mutant) -> None:
    texts: dict[str, str] = {}
    for change in mutant.changes:
        texts[change.file] = change.planted(texts.get(change.file) or (ROOT / change.file).read_text())
    for file, text in texts.items():
        compile(text, file, "exec")


def test_there_are_fifty_and_the_three_that_happened() -> None:
    assert len(_ALL) >= 50
    assert sum(each.historic for each in _ALL) == 3
    assert max(Counter(each.name for each in _ALL).values()) == 1


def test_a_text_that_is_gone_or_stands_twice_is_told() -> None:
    with pytest.raises(NotPlantedError, match="0 times"):
        Change("a.py", "gone", "").planted("text")
    with pytest.raises(NotPlantedError, match="2 times"):
        Change("a.py", "t", "").planted("text")


def test_a_run_that_goes_on_and_on_is_ended(monkeypatch: pytest.MonkeyPatch):
    def run() -> None:
        while True:
            with suppress(Exception):
                sum(range(1000))

    monkeypatch.setattr(mutation, "SECONDS", 0.1)
    assert ended(run) == "it did not end within 0.1 seconds of a processor"
    assert ended(lambda: "two in Xero") == "two in Xero"
