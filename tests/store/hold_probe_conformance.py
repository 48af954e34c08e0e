"""What every store does with the last probe of an account's holds."""

from tests.doubles.memory_hold_probes import MemoryHoldProbes
from tests.store.samples import NOON, ref
from xerosync.documents.hold_probes import HoldProbe
from xerosync.postgres import PostgresHoldProbes

AnyHoldProbes = MemoryHoldProbes | PostgresHoldProbes


class HoldProbeConformance:
    async def test_the_last_probe_stands_until_it_is_forgotten(self, hold_probes: AnyHoldProbes) -> None:
        assert await hold_probes.last("acme") is None
        await hold_probes.save("acme", HoldProbe(at=NOON))
        last = HoldProbe(at=NOON, accounts=frozenset({"200 OUTPUT2"}), currencies=frozenset({"GBP"}), sent_ahead=ref())
        await hold_probes.save("acme", last)
        assert await hold_probes.last("acme") == last
        assert await hold_probes.last("other") is None
        await hold_probes.forget("acme")
        assert await hold_probes.last("acme") is None
