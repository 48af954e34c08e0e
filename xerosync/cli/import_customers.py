"""`import-customers`: Xero's customers into Sequence, all or chosen, or a look ahead; with a report of each contact."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from xerosync.cli.connection.defaults import connected
from xerosync.cli.terminal import Queries, check_folder, console, follow, print_json, print_table, progress, write_csv
from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow
from xerosync.customers.describe import import_sentence
from xerosync.customers.messages import ImportInput, ImportProgress
from xerosync.documents.describe import contact_link
from xerosync.services import Services

SHOWN = 20
"""Contacts with a problem that the table lists; the file has all."""

_COLUMNS = ("contact_id", "name", "email", "outcome", "reasons", "customer_id", "in_xero")
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PROBLEMS = (ImportOutcome.INVALID, ImportOutcome.SIMILAR)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What is to be imported: all customers, or the contacts named."""

    account_id: str | None = None
    contact_ids: tuple[str, ...] = ()
    everything: bool = False
    preview: bool = False
    as_new: bool = False
    report: Path | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all customers are wanted."""
        return not self.contact_ids


async def import_customers(services: Services, wish: ImportOptions, *, as_json: bool) -> int:
    """Import, and report what became of each contact; return 1 where the account turned out not to be connected.

    Interrupted, the import goes on without it, and the same command finds it again.

    Raises:
        MisconfiguredError: the wish does not say which contacts, the account has no connection, or the report can't
            be written.
        NoWorkerError: nobody works.
    """
    _check(wish)
    check_folder(wish.report)
    connection = await connected(services, wish.account_id)
    done = await _run(services, connection.account_id, wish)
    rows = await services.imports.rows(connection.account_id, done.import_id)
    if wish.report:
        write_csv(wish.report, _COLUMNS, (_cells(connection, row) for row in rows))
    if as_json:
        print_json({**done.model_dump(mode="json"), "report": [_data(connection, row) for row in rows]})
    else:
        _show(done, rows, wish.report)
    return int(done.stopped)


def _check(wish: ImportOptions) -> None:
    if wish.everything and wish.contact_ids:
        raise MisconfiguredError("Say --all or --contact, not both.")
    if not (wish.everything or wish.contact_ids or wish.preview):
        raise MisconfiguredError(
            "Say --all, or --contact with a ContactID; --preview shows first what would become of it."
        )
    if wish.as_new and not wish.contact_ids:
        raise MisconfiguredError("--as-new is for contacts that were looked at: name them with --contact.")
    for contact_id in wish.contact_ids:
        if not _ID.fullmatch(contact_id.lower()):
            raise MisconfiguredError(
                f"{contact_id} is not a ContactID: it is the end of the contact's address in Xero, such as "
                "bd2270c3-8706-4c11-9cfb-000b551c3f51."
            )


async def _run(services: Services, account_id: str, wish: ImportOptions) -> ImportProgress:
    ids = tuple(dict.fromkeys(contact_id.lower() for contact_id in wish.contact_ids))
    start = ImportInput(account_id=account_id, contact_ids=ids, preview=wish.preview, as_new=wish.as_new)
    while not await services.customer_workflows.start_import(start):
        seen = await Queries("the import").answer(lambda: services.customer_workflows.import_progress(account_id))
        if seen.is_whole and wish.is_whole and seen.preview == wish.preview:
            progress.print("Such an import of this account is under way: this is how far it is.")
            break
        progress.print("Another import of this account is under way: this one comes after it.")
        await _follow(services, account_id)
    return await _follow(services, account_id)


async def _follow(services: Services, account_id: str) -> ImportProgress:
    handle = services.customer_workflows.importing(account_id)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress, transient=not progress.is_terminal) as bar:
        task = bar.add_task("Reading Sequence", total=None)

        async def look() -> None:
            seen = await services.customer_workflows.import_progress(account_id)
            counts = await services.imports.tally(account_id, seen.import_id)
            if counts:
                bar.update(task, description="Judging" if seen.preview else "Importing")
            waiting = 0 if seen.preview else counts.get(ImportOutcome.READY, 0)
            bar.update(task, completed=sum(counts.values()) - waiting, total=seen.contacts)

        return await follow(handle, "the import", look)


def _show(done: ImportProgress, rows: Sequence[ImportRow], file: Path | None) -> None:
    console.print(import_sentence(done))
    counts = done.counts.model_dump()
    table = [(count, name, ImportOutcome(name).words) for name, count in counts.items() if count]
    if table:
        print_table("What became of them", ("contacts", "", "meaning"), table)
    problems = [row for row in rows if row.outcome in _PROBLEMS]
    if problems:
        print_table(
            f"the first {SHOWN} of {len(problems)} to look at" if len(problems) > SHOWN else "to look at",
            ("contact", "customer", "problem"),
            [(row.contact_id, row.name, " ".join(row.reasons)) for row in problems[:SHOWN]],
        )
    similar = next((row for row in problems if row.outcome is ImportOutcome.SIMILAR), None)
    if similar:
        console.print(
            f"To link one: `starter.py link-customer {similar.customer_id} {similar.contact_id}`. To make it a new "
            f"customer: `starter.py import-customers --contact {similar.contact_id} --as-new`.",
            markup=False,
        )
    if file:
        console.print(f"All {len(rows)} are in {file}.", markup=False)


def _cells(connection: Connection, row: ImportRow) -> Sequence[object]:
    return (
        row.contact_id,
        row.name,
        row.email,
        row.outcome.value,
        " ".join(row.reasons),
        row.customer_id,
        contact_link(connection.short_code, row.contact_id),
    )


def _data(connection: Connection, row: ImportRow) -> dict[str, object]:
    return {**row.model_dump(mode="json"), "in_xero": contact_link(connection.short_code, row.contact_id)}
