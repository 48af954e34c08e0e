"""`make chaos`: the long run with its counts; `--json FILE` keeps them as data. Ends with 1 where anything is wrong."""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.havoc import Findings, Plan, wreak


def main() -> int:
    """Run and tell; return 0 where every document is in Xero exactly once and settled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--documents", type=int, default=3_000)
    parser.add_argument("--organisations", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=10, help="of each worker")
    parser.add_argument("--faults", type=float, default=0.05, help="share of all calls to Xero and to Sequence")
    parser.add_argument("--json", type=Path, help="a file for the counts")
    asked = parser.parse_args()
    plan = Plan(
        seed=asked.seed,
        documents=asked.documents,
        branches=asked.organisations,
        workers=asked.workers,
        kills=asked.kills,
        seconds_between_kills=25.0,
        fault_share=asked.faults,
    )
    sys.stdout.write(
        f"seed {plan.seed}: {plan.documents} documents, {plan.branches} organisations, {plan.workers} workers\n"
    )
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="xerosync-chaos-") as folder:
        Path(folder).chmod(0o711)
        findings = asyncio.run(wreak(plan, Path(folder)))
    _tell(findings)
    if asked.json:
        asked.json.write_text(json.dumps(findings.as_json(), indent=2))
    return 0 if findings.is_clean else 1


def _tell(findings: Findings) -> None:
    told = {
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
    lines = [f"{what:38} {count}" for what, count in told.items()]
    sys.stdout.write("\n".join([*lines, *findings.problems[:20], ""]))


if __name__ == "__main__":
    sys.exit(main())
