"""The script that prepares Temporal in docker-compose.yml, run against a real server of the same version."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from xerosync.core.temporal import SEARCH_ATTRIBUTES

SCRIPT = Path(__file__).parents[2] / "deploy" / "temporal" / "namespace.sh"


async def test_the_namespace_script_makes_what_is_missing_and_can_run_again(
    temporal_address: str, tmp_path: Path
) -> None:
    namespace = f"fresh-{secrets.token_hex(4)}"
    for _ in range(2):
        script = await asyncio.create_subprocess_exec(
            SCRIPT,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "TEMPORAL_ADDRESS": temporal_address,
                "TEMPORAL_NAMESPACE": namespace,
            },
        )
        assert await script.wait() == 0
    client = await Client.connect(temporal_address, namespace=namespace)
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    assert set(SEARCH_ATTRIBUTES) <= set(known.custom_attributes)
