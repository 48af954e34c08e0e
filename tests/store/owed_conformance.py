"""What every store does with what is owed."""

from datetime import timedelta

from tests.doubles.memory import MemoryStore
from tests.store.samples import NOON, ref
from xerosync.core.owed import link_of, removal_of, signal_of
from xerosync.postgres import PostgresStore

Store = MemoryStore | PostgresStore


class OwedConformance:
    async def test_what_is_owed_is_overdue_after_a_while_until_it_is_settled(self, store: Store) -> None:
        first = signal_of(ref()).model_copy(update={"since": NOON})
        second = link_of("acme", "cust-1").model_copy(update={"since": NOON + timedelta(seconds=1)})
        await store.owe([second, first])
        assert await store.overdue("acme", NOON) == []
        assert list(await store.overdue("acme", NOON + timedelta(minutes=1))) == [first, second]
        assert await store.overdue("other", NOON + timedelta(minutes=1)) == []
        anew = first.model_copy(update={"since": NOON + timedelta(seconds=2)})
        await store.owe([anew])
        await store.settle([first, second])
        assert list(await store.overdue("acme", NOON + timedelta(minutes=1))) == [anew]

    async def test_a_customer_is_being_unlinked_as_long_as_the_removal_is_owed(self, store: Store) -> None:
        removal = removal_of("acme", "cust-1").model_copy(update={"since": NOON})
        await store.owe([removal, link_of("acme", "cust-2"), removal_of("other", "cust-2")])
        assert await store.unlinking("acme", ["cust-1", "cust-2"]) == {"cust-1"}
        assert await store.unlinking("acme", []) == frozenset()
        await store.settle([removal])
        assert await store.unlinking("acme", ["cust-1"]) == frozenset()
