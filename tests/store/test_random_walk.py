"""Both stores answer a random walk alike, to the last row."""

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.store.random_walk import Stores, Walk
from xerosync.postgres import Database, PostgresImports, PostgresReconciles, PostgresStore

_STEPS = 500


@pytest.mark.parametrize("seed", range(4))
async def test_both_stores_answer_a_random_walk_alike(database: Database, seed: int) -> None:
    memory = MemoryStore()
    both = (
        Stores(memory, MemoryImports(memory), MemoryReconciles()),
        Stores(PostgresStore(database), PostgresImports(database), PostgresReconciles(database)),
    )
    walk, told = Walk(seed), list[str]()
    for _ in range(_STEPS):
        step = walk.step()
        told.append(step.said)
        in_memory, in_postgres = [await step.answer(stores) for stores in both]
        assert in_memory == in_postgres, "\n".join(told[-20:])
    for step in walk.reading():
        in_memory, in_postgres = [await step.answer(stores) for stores in both]
        assert in_memory == in_postgres, step.said
