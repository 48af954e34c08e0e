"""The run of `make chaos ROLLING=1`, small."""

from pathlib import Path

import pytest

from tests.chaos.havoc import Plan
from tests.chaos.rolling import roll


@pytest.mark.slow
async def test_while_a_newer_build_takes_over_no_document_is_lost_doubled_or_wrongly_dated(tmp_path: Path):
    plan = Plan.small(3, 32)
    rolled = await roll(plan, tmp_path)
    assert rolled.findings.problems == []
    assert rolled.begun_by_the_older + rolled.begun_by_the_newer == 32
    assert rolled.is_clean
