"""A small flood; `make flood` is the large one."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from demo.connect_standins import settings_for
from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_namespace
from tests.flood.flood import Flood
from tests.flood.plan import Plan
from tests.store.breaker import Breaker
from tests.web.signing import XERO_KEY
from xerosync.core.temporal import connect


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_and_nothing_forged_accepted(
    embedded: EmbeddedServers, database_url: str, tmp_path: Path
) -> None:
    database, temporal = Breaker(database_url), Breaker(f"tcp://{embedded.temporal_address}")
    await database.mend()
    await temporal.mend()
    # Of its own: an office of another test would take these documents up.
    namespace = await a_namespace(embedded)
    client = await connect(target_host=embedded.temporal_address, namespace=namespace)
    environment = settings_for(
        database_url=database.url.get_secret_value(),
        temporal_address=temporal.address,
        xero_url="http://127.0.0.1:1",
        sequence_url="http://127.0.0.1:1",
        token_key=Fernet.generate_key().decode(),
    ) | {"XEROSYNC_XERO_WEBHOOK_KEYS": XERO_KEY, "TEMPORAL_NAMESPACE": namespace}
    plan = Plan(seed=1, deliveries=400, kills=2, documents=5)
    try:
        findings = await Flood(plan, tmp_path, environment, database_url, client, database, temporal).run()
    finally:
        await database.cut()
        await temporal.cut()
    assert findings.is_clean, findings
    assert findings.kills == 2
    assert findings.not_in_inbox > 0
    assert findings.answers["401"] > 0
