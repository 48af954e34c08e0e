"""Figures that were scraped, as a test of Prometheus' own `promtool`: which alerts do they raise?"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
PROMTOOL = shutil.which("promtool")
EVERY_SECONDS = 15
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is missing: on Debian `apt-get install prometheus` brings it"
)

Scrape = Mapping[str, float]
"""Values by series, such as `up{job="x"}`."""


def scraped(page: str) -> Scrape:
    """Read a page of figures."""
    return {
        _series(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def _series(name: str, labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}"


def firing(scrapes: Sequence[Scrape], folder: Path) -> set[tuple[str, str]]:
    """Return name and system, reason or provider of each alert that fires at the last of these scrapes."""
    return asked('ALERTS{alertstate="firing"}', scrapes, folder)


def ever_fired(scrapes: Sequence[Scrape], folder: Path) -> set[tuple[str, str]]:
    """Return those that fire at any of these scrapes."""
    return asked('max_over_time(ALERTS{alertstate="firing"}[1d])', scrapes, folder)


def asked(expression: str, scrapes: Sequence[Scrape], folder: Path) -> set[tuple[str, str]]:
    """Return name and system, reason or provider of each alert that an expression finds at the last scrape."""
    assert PROMTOOL
    names = sorted({name for scrape in scrapes for name in scrape})
    series = [{"series": name, "values": " ".join(str(scrape.get(name, "_")) for scrape in scrapes)} for name in names]
    ask = {"expr": expression, "eval_time": f"{(len(scrapes) - 1) * EVERY_SECONDS}s"}
    test = {
        "interval": f"{EVERY_SECONDS}s",
        "input_series": series,
        # Nothing is so: promtool then tells what is there instead.
        "promql_expr_test": [{**ask, "exp_samples": [{"labels": "nothing", "value": -1}]}],
    }
    file = folder / "alerts_test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": [test]}))
    ended = subprocess.run([PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    assert "got:" in said, said
    got = said[said.index("got:") :]
    found: set[tuple[str, str]] = set()
    for labels in re.findall(r"\{[^{}]*alertname=[^{}]*\}", got):
        of = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        found.add((of["alertname"], of.get("system") or of.get("reason") or of.get("provider") or ""))
    return found
