"""`make chaos`: the long run with its counts; `--json FILE` keeps them as data. Ends with 1 where anything is wrong.

With `--keys` (`make chaos KEYS=1`) payloads are encrypted and the keys renewed three times meanwhile.
With `--rolling` (`make chaos ROLLING=1`) a newer build of the worker takes over from an older one meanwhile.
With `--people` (`make chaos PEOPLE=1`) people act on both sides at random, and every difference left must be theirs.
With `--dashboard FILE` (`make chaos DASHBOARD=1`) a Prometheus reads it all, and what the dashboard shows is written.
"""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from pathlib import Path

from tests.alerts.prometheus import MISSING, PROMETHEUS
from tests.chaos.dashboard import Dashboard, page_of
from tests.chaos.day import live_a_day
from tests.chaos.havoc import Findings, Plan, wreak
from tests.chaos.keys import renew_keys
from tests.chaos.rolling import roll

_PACE_SECONDS = 40.0
"""How long a person takes between two things."""


def main() -> int:
    """Run and print; return 0 where every document is in Xero exactly once and settled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--people", action="store_true", help="a day on which people act on both sides")
    parser.add_argument(
        "--keys", action="store_true", help="payloads are encrypted, and their keys renewed three times"
    )
    parser.add_argument("--rolling", action="store_true", help="a newer build of the worker takes over")
    parser.add_argument("--documents", type=int, help="3,000, or 300 with one of those")
    parser.add_argument("--organisations", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, help="of each worker: 10, or 4 with one of those")
    parser.add_argument("--faults", type=float, default=0.05, help="share of all calls to Xero and to Sequence")
    parser.add_argument("--json", type=Path, help="a file for the counts")
    parser.add_argument("--dashboard", type=Path, help="a page, in Markdown, of what the dashboard shows of the run")
    asked = parser.parse_args()
    if asked.dashboard and (asked.keys or asked.rolling):
        parser.error("--dashboard goes alone or with --people")
    if asked.dashboard and PROMETHEUS is None:
        parser.error(MISSING)
    is_short = asked.people or asked.keys or asked.rolling
    plan = Plan(
        seed=asked.seed,
        documents=asked.documents or (300 if is_short else 3_000),
        branches=asked.organisations,
        workers=asked.workers,
        kills=asked.kills if asked.kills is not None else 4 if is_short else 10,
        seconds_between_kills=25.0,
        fault_share=asked.faults,
    )
    sys.stdout.write(
        f"seed {plan.seed}: {plan.documents} documents, {plan.branches} organisations, {plan.workers} workers\n"
    )
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="xerosync-chaos-") as folder:
        Path(folder).chmod(0o711)
        dashboard = Dashboard(Path(folder) / "dashboard") if asked.dashboard else None
        if asked.people:
            came = asyncio.run(live_a_day(plan, Path(folder), pace=_PACE_SECONDS, dashboard=dashboard))
            more = {**came.acts, **{f"refused: {it}": n for it, n in came.refused.items()}, **came.named}
            findings = came.findings
        elif asked.keys:
            came = asyncio.run(renew_keys(plan, Path(folder)))
            findings, more = came.findings, came.counts()
        elif asked.rolling:
            came = asyncio.run(roll(plan, Path(folder)))
            findings, more = came.findings, came.counts()
        else:
            came = findings = asyncio.run(wreak(plan, Path(folder), dashboard))
            more = {}
    counts = {**_counts(findings), **more}
    lines = [f"{what:38} {count}" for what, count in counts.items()]
    sys.stdout.write("\n".join([*lines, *findings.problems[:20], ""]))
    if dashboard:
        run = f"make chaos{' PEOPLE=1' if asked.people else ''} DASHBOARD=1"
        asked.dashboard.write_text(page_of(dashboard, run, {"seed": plan.seed, "documents": plan.documents, **counts}))
        silent = [f"the dashboard shows nothing for {query}" for query in dashboard.silent]
        sys.stdout.write("\n".join([*silent, ""]))
    if asked.json:
        asked.json.write_text(json.dumps(came.as_json(), indent=2))
    return 0 if came.is_clean else 1


def _counts(findings: Findings) -> dict[str, object]:
    return {
        "seconds": findings.seconds,
        "workers killed": findings.kills,
        "calls to Xero": findings.calls_to_xero,
        "calls to Sequence": findings.calls_to_sequence,
        "faults of Xero": sum(findings.faults_of_xero.values()),
        "faults of Sequence": sum(findings.faults_of_sequence.values()),
        "429 of ours within a minute of a kill": findings.too_many_after_a_restart,
        "429 of ours otherwise": findings.too_many_otherwise,
        "not as they should be": len(findings.problems),
        **findings.states,
    }


if __name__ == "__main__":
    sys.exit(main())
