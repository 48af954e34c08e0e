"""What every store does with the last look at an account's holds."""

from tests.doubles.memory_hold_probes import MemoryHoldProbes
from tests.store.samples import NOON, ref
from xerosync.documents.hold_probe import HoldProbe
from xerosync.postgres import PostgresHoldProbes

Looks = MemoryHoldProbes | PostgresHoldProbes


class LooksConformance:
    async def test_the_last_look_stands_until_it_is_forgotten(self, looks: Looks) -> None:
        assert await looks.look("acme") is None
        await looks.save("acme", HoldProbe(at=NOON))
        last = HoldProbe(at=NOON, accounts=frozenset({"200 OUTPUT2"}), currencies=frozenset({"GBP"}), probe=ref())
        await looks.save("acme", last)
        assert await looks.look("acme") == last
        assert await looks.look("other") is None
        await looks.forget("acme")
        assert await looks.look("acme") is None
