"""The day of `make chaos PEOPLE=1`, small, and on the dashboard where there is a Prometheus."""

from pathlib import Path

import pytest

from tests.alerts.prometheus import PROMETHEUS
from tests.chaos.dashboard import Dashboard
from tests.chaos.day import live_a_day
from tests.chaos.havoc import Plan


@pytest.mark.slow
async def test_after_a_day_with_people_on_both_sides_every_difference_is_named_and_somebodys_act(tmp_path: Path):
    plan = Plan.small(1, 60, kills=2, seconds_between_kills=4.0)
    dashboard = Dashboard(tmp_path / "dashboard", every_seconds=1) if PROMETHEUS else None
    evening = await live_a_day(plan, tmp_path, pace=5.0, dashboard=dashboard)
    assert evening.findings.problems == []
    assert evening.findings.kills >= 2
    assert len(evening.acts) >= 10
    if dashboard:
        # No alert needs to fire in so short a day.
        assert [query for query in dashboard.silent if "ALERTS" not in query] == []
