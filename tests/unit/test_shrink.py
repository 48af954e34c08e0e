"""A failing plan is shortened to what it needs."""

import random
from dataclasses import replace

import pytest

from tests.simulation.plan import Fault, Plan
from tests.simulation.shards import shards
from tests.simulation.shrink import minimal, shrink


@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_fails_and_nothing_of_it_can_be_left_out(seed: int) -> None:
    die = random.Random(seed)
    items = list(range(die.randint(1, 60)))
    needed = set(die.sample(items, die.randint(1, min(4, len(items)))))
    assert set(minimal(items, lambda kept: needed <= set(kept))) == needed


def test_documents_and_faults_that_matter_stay() -> None:
    whole = Plan.of(1, 40)

    def fails(plan: Plan) -> bool:
        return {7, 31} <= set(plan.documents) and Fault.LOST in plan.faults

    assert shrink(whole, fails) == replace(whole, documents=(7, 31), faults=frozenset({Fault.LOST}))


def test_it_ends_after_so_many_runs_with_a_plan_that_fails() -> None:
    runs: list[Plan] = []

    def fails(plan: Plan) -> bool:
        runs.append(plan)
        return {7, 31} <= set(plan.documents)

    found = shrink(Plan.of(1, 400), fails, at_most=15)
    assert len(runs) == 15
    assert {7, 31} <= set(found.documents)


def test_a_large_run_is_dealt_out_to_shards_with_seeds_of_their_own() -> None:
    parts = shards(3, 100_001, 90, 10_000)
    assert sum(len(each.documents) for each in parts) == 100_001
    assert len({each.seed for each in parts}) == len(parts) == 11
    assert not {each.seed for each in parts} & {each.seed for each in shards(4, 100_001, 90, 10_000)}
    assert shards(3, 100, 5, 10_000) == [Plan.of(3, 100)]
