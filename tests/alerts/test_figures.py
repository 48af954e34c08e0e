"""Every figure that a process shows is on the dashboard and explained; panels ask for figures and labels there are."""

import json
import re
import runpy
from collections.abc import Iterable

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from tests.alerts.promtool import RULES
from tests.store.samples import connection
from xerosync.core.holds import HoldReason
from xerosync.metrics.process import process_gauges
from xerosync.metrics.store import store_gauges
from xerosync.postgres import Standing
from xerosync.postgres.database import PoolUse
from xerosync.postgres.standing import (
    AccountAges,
    AccountBudget,
    AccountConnection,
    AccountDocuments,
    AccountHolds,
    Queues,
)

ROOT = RULES.parents[2]
RULES_ASK = [rule["expr"] for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]]
PANELS = json.loads((ROOT / "deploy" / "grafana" / "xerosync.json").read_text())["panels"]
OF_PROMETHEUS = {"le", "instance", "worker_type", "alertname"}
"""Labels that Prometheus, or Temporal's core, sets."""


def counted() -> Iterable[Metric]:
    """Return a figure of each kind that is counted, of a registry of its own."""
    counts = runpy.run_path(str(ROOT / "xerosync" / "metrics" / "counts.py"))
    counts["count_answer"]("xero", "GET Invoices", 200, 0.1)
    counts["count_unreadable"]("xero")
    counts["count_batch"]("create Invoices", 3)
    counts["count_activity"]("push_document", "ok")
    counts["count_delivery"]("xero", "kept")
    registry = counts["REGISTRY"]
    assert isinstance(registry, CollectorRegistry)
    return registry.collect()


def figures() -> dict[str, set[str]]:
    """Return the labels of each figure, by its name; counters without `_total`, as Prometheus' library names them."""
    of = connection().account_id
    standing = Standing(
        documents=[AccountDocuments(account_id=of, state="pushed", documents=1)],
        ages=[AccountAges(account_id=of, sent_but_3000=1, oldest_on_its_way=1)],
        holds=[AccountHolds(account_id=of, reason=HoldReason.REJECTED, a_day=1, a_week=0, longer=0)],
        connections=[
            AccountConnection(
                account_id=of, is_connected=True, sweep_age=1, sweep_interval=None, consent_left=1, token_left=1
            )
        ],
        budgets=[AccountBudget(account_id=of, minute_left=1, day_left=1, is_held=False)],
        queues=Queues(hints=0, oldest_hint=0, owed=0, oldest_owed=0),
    )
    shown = [*counted(), *store_gauges(standing, 900), *process_gauges({"database": "ok"}, PoolUse(1, 10, 0))]
    labels = {each.name: {label for sample in each.samples for label in sample.labels} - {"le"} for each in shown}
    return labels | {"xerosync_store_readable": set()}


FIGURES = figures()


def asked_for(expression: str) -> set[str]:
    return {
        re.sub("_(total|bucket|sum|count|created)$", "", name)
        for name in re.findall(r"\bxerosync_[a-z0-9_]+", expression)
    }


def test_every_figure_has_a_panel_and_no_panel_asks_for_another() -> None:
    names = {name for panel in PANELS for target in panel["targets"] for name in asked_for(target["expr"])}
    assert names == set(FIGURES)


def test_rules_ask_for_figures_that_there_are() -> None:
    names = {name for expression in RULES_ASK for name in asked_for(expression)}
    assert len(names) > 10
    assert names <= set(FIGURES)


def test_panels_sort_and_name_by_labels_that_their_figures_have() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            expression = target["expr"]
            has = set().union(OF_PROMETHEUS, *(FIGURES[name] for name in asked_for(expression)))
            by = {label for some in re.findall(r"\bby \(([^)]*)\)", expression) for label in some.split(", ")}
            assert by <= has, panel["title"]
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= by, panel["title"]


@pytest.mark.parametrize(
    ("name", "label", "value"),
    [
        ("xerosync_deliveries_total", "outcome", "refused"),
        ("xerosync_deliveries_total", "outcome", "intent"),
        ("xerosync_deliveries_total", "outcome", "intent_refused"),
        ("xerosync_deliveries_total", "outcome", "not_taken"),
        ("xerosync_database_failures_total", "why", "full"),
        ("xerosync_unreadable_answers_total", "system", "sequence"),
    ],
)
def test_what_a_rule_tells_from_its_first_step_stands_at_nothing_before(name: str, label: str, value: str) -> None:
    fresh = runpy.run_path(str(ROOT / "xerosync" / "metrics" / "counts.py"))["REGISTRY"]
    values = [
        s.value for each in fresh.collect() for s in each.samples if (s.name, s.labels.get(label)) == (name, value)
    ]
    assert values
    assert set(values) == {0}


def test_what_ends_by_itself_has_a_panel_of_its_own_beside_the_others_of_sweeps() -> None:
    place = {panel["title"]: (panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in PANELS}
    row = place["Age of the last sweep"][0]
    assert place["Consent left"][0] == place["Access token left"][0] == row
    assert len(set(place.values())) == len(PANELS)


def test_every_figure_is_explained_with_its_labels() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| `(xerosync_\w+)` \|([^|]*)\|[^|]+\|([^|]+)\|$", page, re.MULTILINE)
    told = {re.sub("_total$", "", name): set(re.findall(r"\w+", labels)) for name, labels, _ in rows}
    assert told == FIGURES
    titles = {panel["title"]: {n for t in panel["targets"] for n in asked_for(t["expr"])} for panel in PANELS}
    for name, _, panel in rows:
        assert re.sub("_total$", "", name) in titles[panel.strip()], name
