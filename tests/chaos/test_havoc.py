"""The long run of `make chaos`, small."""

from pathlib import Path

import pytest

from tests.chaos.havoc import Plan, wreak


@pytest.mark.slow
async def test_with_workers_killed_and_faults_everywhere_every_document_is_in_xero_once(tmp_path: Path):
    plan = Plan.small(4, 40, kills=3, seconds_between_kills=3.0)
    findings = await wreak(plan, tmp_path)
    assert findings.problems == []
    assert findings.is_clean
    assert findings.kills >= 3
