"""The run of `make chaos KEYS=1`, small."""

from pathlib import Path

import pytest

from tests.chaos.havoc import Plan
from tests.chaos.keys import renew_keys


@pytest.mark.slow
async def test_with_keys_renewed_three_times_nothing_is_lost_and_a_stranger_reads_nothing(tmp_path: Path):
    plan = Plan.small(7, 32)
    kept = await renew_keys(plan, tmp_path)
    assert kept.findings.problems == []
    assert kept.findings.kills >= 6
    assert list(kept.keys.values()) == [4, 4]
    assert kept.payloads > 32 * 10
    assert (kept.not_encrypted, kept.undecodable, kept.in_the_database) == ([], 0, [])
    assert len(kept.planted_and_found) == 2
    assert kept.unreadable_after_deletion > 0
    assert (kept.read_after_deletion, kept.others_unreadable) == (0, 0)
    assert kept.is_clean
