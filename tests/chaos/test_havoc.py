"""The long run of `make chaos`, small."""

from pathlib import Path

from tests.chaos.havoc import Plan, wreak
from tests.patience import PATIENCE


async def test_with_workers_killed_and_faults_everywhere_every_document_is_in_xero_once(tmp_path: Path):
    plan = Plan(
        seed=4,
        documents=40,
        branches=2,
        workers=2,
        kills=3,
        seconds_between_kills=3.0,
        call_timeout="PT2S",
        has_limits=False,
        patience_seconds=PATIENCE,
    )
    findings = await wreak(plan, tmp_path)
    assert findings.problems == []
    assert findings.is_clean
    assert findings.kills >= 3
