"""Rules, runbook and dashboard: each can be read, and each names what is there."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import temporalio.bridge
import yaml

from tests.alerts.promtool import PROMTOOL, RULES, asked, ever_fired, firing, needs_promtool

ROOT = RULES.parents[2]
ALERTS = {rule["alert"]: rule for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "xerosync.json").read_text())
MINUTE = 4
"""Scrapes."""

QUIET = {
    'up{job="xerosync",instance="w"}': 1.0,
    'xerosync_reaches{what="temporal"}': 1.0,
    'xerosync_reaches{what="database"}': 1.0,
}

SHOWN = {
    "SentBut3000": ({'xerosync_documents_sent_but_3000{account="a"}': 1.0}, 31),
    "DocumentStuck": ({'xerosync_oldest_on_its_way_seconds{account="a"}': 3700.0}, 31),
    "SweepLate": (
        {'xerosync_sweep_age_seconds{account="a"}': 26_000.0, 'xerosync_sweep_interval_seconds{account="a"}': 900.0},
        21,
    ),
    "ConsentEndsSoon": ({'xerosync_consent_left_seconds{account="a"}': 500_000.0}, 2),
    "DatabasePoolExhausted": ({'xerosync_database_waiting{instance="w"}': 3.0}, 6),
    "XeroDaySpent": ({'xerosync_calls_left_of_day{account="a"}': 49.0}, 1),
    "ProcessDown": ({'up{job="xerosync",instance="w"}': 0.0}, 2),
    "HintsWait": ({'xerosync_waiting_oldest_seconds{queue="hints"}': 400.0}, 2),
    "OwedActsWait": ({'xerosync_waiting_oldest_seconds{queue="owed"}': 9000.0}, 11),
}


def test_each_alert_has_its_paragraph_in_the_runbook_and_no_other_is_there() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    section = re.search(r"^## Alerts\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    assert section
    assert set(re.findall(r"^### (\w+)$", section[1], re.MULTILINE)) == set(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


@needs_promtool
@pytest.mark.parametrize("name", SHOWN)
def test_an_alert_of_the_store_fires_after_its_time_and_alone(tmp_path: Path, name: str) -> None:
    figures, minutes = SHOWN[name]
    scrapes = [{**QUIET, **figures}] * (minutes * MINUTE + 1)
    assert {alert for alert, _ in firing(scrapes, tmp_path)} == {name}
    if "for" in ALERTS[name]:
        assert firing(scrapes[:2], tmp_path) == set()


TEMPORAL = {
    "TasksWait": (
        {
            'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{instance="w",le="10"}': 0.0,
            'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{instance="w",le="100"}': 5.0,
            'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{instance="w",le="+Inf"}': 5.0,
        },
        {},
        16,
    ),
    "WorkerSlotsUsedUp": (
        {},
        {'temporal_worker_task_slots_available{instance="w",worker_type="ActivityWorker"}': 0.0},
        11,
    ),
    "WorkflowCacheSmall": (
        {
            'temporal_sticky_cache_miss_total{instance="w"}': 60.0,
            'temporal_sticky_cache_hit_total{instance="w"}': 30.0,
        },
        {},
        26,
    ),
    "WorkflowTasksFail": (
        {'temporal_workflow_task_execution_failed_total{failure_reason="NonDeterminismError",instance="w"}': 1.0},
        {},
        1,
    ),
}
"""What of Temporal's own figures rises by how much a scrape, what stands, and after how many minutes that is told."""

USUAL = {
    'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{instance="w",le="10"}': 5.0,
    'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{instance="w",le="100"}': 5.0,
    'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{instance="w",le="+Inf"}': 5.0,
    'temporal_sticky_cache_miss_total{instance="w"}': 2.0,
    'temporal_sticky_cache_hit_total{instance="w"}': 60.0,
}
SLOTS = {'temporal_worker_task_slots_available{instance="w",worker_type="ActivityWorker"}': 180.0}


@needs_promtool
@pytest.mark.parametrize("name", TEMPORAL)
def test_what_temporals_own_figures_tell_is_named_alone_and_usual_ones_raise_nothing(tmp_path: Path, name: str) -> None:
    rising, standing, minutes = TEMPORAL[name]
    places = range(1, (minutes + 1) * MINUTE)
    odd = [{**QUIET, **standing, **{each: by * place for each, by in rising.items()}} for place in places]
    assert {alert for alert, _ in ever_fired([QUIET] * 40 + odd, tmp_path)} == {name}
    usual = [{**QUIET, **SLOTS, **{each: by * place for each, by in USUAL.items()}} for place in range(40 * MINUTE)]
    assert ever_fired(usual, tmp_path) == set()


def test_rules_and_panels_ask_for_figures_that_temporals_core_has() -> None:
    [core] = Path(temporalio.bridge.__file__).parent.glob("temporal_sdk_bridge*")
    known = core.read_bytes()
    expressions = [rule["expr"] for rule in ALERTS.values()]
    expressions += [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    asked = set(re.findall(r"\btemporal_([a-z_]+)", " ".join(expressions)))
    assert asked
    for name in asked:
        assert re.sub("(_seconds_bucket|_total)$", "", name).encode() in known, name


STEPS = {
    "DatabaseFull": ({'xerosync_database_failures_total{instance="w",why="full"}': 1.0}, {}),
    "DatabaseReadOnly": (
        {'xerosync_database_failures_total{instance="w",why="read_only"}': 1.0},
        {'xerosync_reaches{what="database"}': 0.0},
    ),
    "DatabaseOutOfConnections": (
        {'xerosync_database_failures_total{instance="w",why="connections"}': 1.0},
        {'xerosync_reaches{what="database"}': 0.0, 'xerosync_database_waiting{instance="w"}': 3.0},
    ),
    "DatabaseUnusable": (
        {'xerosync_database_failures_total{instance="w",why="away"}': 1.0},
        {'xerosync_reaches{what="database"}': 0.0},
    ),
    "DeliveriesNotTaken": ({'xerosync_deliveries_total{instance="e",outcome="not_taken",provider="xero"}': 1.0}, {}),
    "LogLinesLost": ({'xerosync_log_lines_lost_total{instance="w"}': 1.0}, {}),
}
"""What rises by one a scrape, and what else is so meanwhile."""


@needs_promtool
@pytest.mark.parametrize("name", STEPS)
def test_what_ails_the_database_the_inbox_or_the_log_is_named_alone_within_two_minutes(
    tmp_path: Path, name: str
) -> None:
    rising, besides = STEPS[name]
    before = [{**QUIET, **dict.fromkeys(rising, 0.0)}] * 4
    during = [{**QUIET, **besides, **{each: float(place) for each in rising}} for place in range(1, 9)]
    assert {alert for alert, _ in firing(before, tmp_path)} == set()
    assert {alert for alert, _ in ever_fired(before + during, tmp_path)} == {name}
    # An hour of it is still the one alert.
    lasting = [{**QUIET, **besides, **{each: float(place) for each in rising}} for place in range(1, 60 * MINUTE)]
    assert {alert for alert, _ in ever_fired(before + lasting, tmp_path)} == {name}
    after = [{**QUIET, **dict.fromkeys(rising, 8.0)}] * (3 * MINUTE)
    assert firing(before + during + after, tmp_path) == set()


@needs_promtool
def test_the_first_fault_of_our_own_counts(tmp_path: Path) -> None:
    series = 'xerosync_activities_total{activity="push_document",outcome="UnexpectedError"}'
    scrapes = [QUIET] * 10 + [{**QUIET, series: 1.0}]
    assert firing(scrapes, tmp_path) == {("OwnFault", "")}
    assert firing(scrapes + [{**QUIET, series: 1.0}] * 20, tmp_path) == set()


COUNTED = {
    "Calls by system and outcome": 'xerosync_calls_total{instance="w",outcome="lost",system="xero"}',
    "Calls by operation": 'xerosync_calls_total{instance="w",operation="GET Invoices",outcome="ok",system="xero"}',
    "Webhooks by outcome": 'xerosync_deliveries_total{instance="w",outcome="refused",provider="xero"}',
    "Attempts of activities": 'xerosync_activities_total{activity="sweep_xero",instance="w",outcome="RetryLaterError"}',
}


@needs_promtool
@pytest.mark.parametrize("panel", COUNTED)
def test_a_panel_shows_the_first_of_its_kind_and_nothing_five_minutes_later(tmp_path: Path, panel: str) -> None:
    [expression] = [
        target["expr"]
        for each in DASHBOARD["panels"]
        if each["title"] == panel
        for target in each["targets"]
        if COUNTED[panel].partition("{")[0] in target["expr"]
    ]
    shown = f'label_replace({expression} > 0, "alertname", "shown", "", "")'
    scrapes = [QUIET] * 10 + [{**QUIET, COUNTED[panel]: 1.0}]
    assert asked(shown, scrapes, tmp_path)
    assert not asked(shown, scrapes + [{**QUIET, COUNTED[panel]: 1.0}] * (6 * MINUTE), tmp_path)


@needs_promtool
def test_rules_panels_and_configuration_are_read_by_prometheus(tmp_path: Path) -> None:
    assert PROMTOOL
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert len(asked) >= len(DASHBOARD["panels"])
    rules = [{"record": f"panel:{place}", "expr": expression} for place, expression in enumerate(asked)]
    panels = tmp_path / "panels.yml"
    panels.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    for arguments in (("rules", RULES), ("rules", panels), ("config", RULES.parent / "prometheus.yml")):
        ended = subprocess.run([PROMTOOL, "check", *map(str, arguments)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_alert_is_raised_by_a_test() -> None:
    played = (Path(__file__).with_name("test_faults.py")).read_text()
    raised = {*SHOWN, *TEMPORAL, *STEPS, *re.findall(r'"([A-Z]\w+)"', played), "OwnFault"}
    assert set(ALERTS) - raised == set()
