"""What became of each document of a backfill, as a table in the terminal."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from xerosync.backfill.report import BackfillResult, BackfillRow
from xerosync.cli.next_steps import spelled_out
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, counted
from xerosync.core.money import money_words

SHOWN = 20
"""Documents on hold that the table lists; the file has all."""


def show(entries: Sequence[BackfillRow], file: Path | None, account_id: str, *, several_accounts: bool) -> None:
    """Print the counts, and the first of those on hold."""
    if not entries:
        console.print("There is nothing to bring to Xero: no document is FINAL or SENT in Sequence.")
        return
    counts = Counter((entry.became, ", ".join(entry.holds)) for entry in entries)
    print_table(
        counted(len(entries), "document"),
        ("documents", "became", "hold"),
        [(count, *what) for what, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))],
    )
    held = [entry for entry in entries if entry.holds or entry.became is BackfillResult.UNREADABLE]
    if held:
        print_table(
            f"the first {SHOWN} of {len(held)} on hold" if len(held) > SHOWN else "on hold",
            ("number", "kind", "customer", "amount", "problem"),
            [
                (
                    entry.number or entry.document_id,
                    entry.kind.words,
                    entry.customer,
                    _amount(entry),
                    spelled_out(
                        entry.words,
                        entry.ref(account_id),
                        entry.number,
                        entry.customer_id,
                        several_accounts=several_accounts,
                    ),
                )
                for entry in held[:SHOWN]
            ],
        )
    drifting = sum(entry.difference is not None for entry in entries)
    if drifting:
        console.print(
            f"{counted(drifting, 'document')} with another total in Xero than in Sequence: `starter.py status "
            "--drifting` lists them."
        )
    if file:
        console.print(f"All {len(entries)} are in {file}.", markup=False)


def _amount(entry: BackfillRow) -> str | None:
    return None if entry.total is None else money_words(entry.total, entry.currency)
