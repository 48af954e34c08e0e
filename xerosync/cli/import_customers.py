"""`import-customers`: Xero's customers into Sequence, all or chosen, or a preview; with a report of each contact."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Flag, Json, WithServices
from xerosync.cli.following import Queries, follow, showing_progress
from xerosync.cli.json_forms import ImportData, ImportedContact
from xerosync.cli.naming import account_option
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json, progress
from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow
from xerosync.customers.describe import import_sentence
from xerosync.customers.messages import ImportInput, ImportProgress
from xerosync.documents.describe import contact_link
from xerosync.operations.defaults import connected
from xerosync.operations.spreadsheet import check_folder, write_csv
from xerosync.services import Services

SHOWN = 20
"""Contacts that a table lists; the file has all."""

_COLUMNS = ("contact_id", "name", "email", "outcome", "reasons", "customer_id", "in_xero")
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PROBLEMS = (ImportOutcome.INVALID, ImportOutcome.SIMILAR)


@Parameter(name="*")
@dataclass(frozen=True)
class ImportOptions:
    """What is to be imported: all customers, or the contacts named."""

    everything: Annotated[bool, Parameter(name="--all", negative="")] = False
    """all contacts that are customers in Xero"""

    contact_ids: Annotated[tuple[str, ...], Parameter(name="--contact", consume_multiple=True, negative="")] = ()
    """only these, by ContactID"""

    preview: Flag = False
    """only show what would happen: nothing is created"""

    as_new: Flag = False
    """with --contact: create a customer even where one looks the same"""

    @property
    def is_whole(self) -> bool:
        """Whether all customers are wanted."""
        return not self.contact_ids


_NONE = ImportOptions()


async def import_customers(
    *,
    options: ImportOptions = _NONE,
    report: Path | None = None,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> int:
    """Make Xero's customers customers of Sequence, and report what became of each contact.

    Interrupted, the import goes on without it, and the same command finds it again.

    Args:
        report: a CSV file to write, one row a contact

    Raises:
        MisconfiguredError: the options do not say which contacts, the account has no connection, or the report can't
            be written.
        NoWorkerError: nobody works.
    """
    _check(options)
    check_folder(report)
    connection = await connected(services, account)
    done = await _run(services, connection.account_id, options)
    rows = await services.imports.rows(connection.account_id, done.import_id)
    if report:
        write_csv(report, _COLUMNS, (_cells(connection, row) for row in rows))
    if json:
        print_json(ImportData(**dict(done), report=tuple(_data(connection, row) for row in rows)))
    else:
        _show(done, rows, report, await account_option(services, connection.account_id))
    return int(done.stopped)


def _check(options: ImportOptions) -> None:
    if options.everything and options.contact_ids:
        raise MisconfiguredError("Say --all or --contact, not both.")
    if not (options.everything or options.contact_ids or options.preview):
        raise MisconfiguredError(
            "Say --all, or --contact with a ContactID; --preview shows first what would become of it."
        )
    if options.as_new and not options.contact_ids:
        raise MisconfiguredError("--as-new is for contacts that were looked at: name them with --contact.")
    for contact_id in options.contact_ids:
        if not _ID.fullmatch(contact_id.lower()):
            raise MisconfiguredError(
                f"{contact_id} is not a ContactID: it is the end of the contact's address in Xero, such as "
                "bd2270c3-8706-4c11-9cfb-000b551c3f51."
            )


async def _run(services: Services, account_id: str, options: ImportOptions) -> ImportProgress:
    ids = tuple(dict.fromkeys(contact_id.lower() for contact_id in options.contact_ids))
    start = ImportInput(account_id=account_id, contact_ids=ids, preview=options.preview, as_new=options.as_new)
    while not await services.customer_workflows.start_import(start):
        seen = await Queries("the import").answer(lambda: services.customer_workflows.import_progress(account_id))
        if seen.is_whole and options.is_whole and seen.preview == options.preview:
            progress.print("Such an import of this account is under way: this is how far it is.")
            break
        progress.print("Another import of this account is under way: this one comes after it.")
        await _follow(services, account_id)
    return await _follow(services, account_id)


async def _follow(services: Services, account_id: str) -> ImportProgress:
    handle = services.customer_workflows.importing(account_id)
    with showing_progress("Contacts of Xero") as step:

        async def check() -> None:
            seen = await services.customer_workflows.import_progress(account_id)
            counts = await services.imports.tally(account_id, seen.import_id)
            waiting = 0 if seen.preview else counts.get(ImportOutcome.READY, 0)
            step(sum(counts.values()) - waiting, seen.contacts)

        return await follow(handle, "the import", check)


def _show(done: ImportProgress, rows: Sequence[ImportRow], file: Path | None, option: str) -> None:
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
    ready = [row for row in rows if row.outcome is ImportOutcome.READY]
    if ready:
        print_table(
            f"the first {SHOWN} of {len(ready):,} ready to be imported"
            if len(ready) > SHOWN
            else "ready to be imported",
            ("contact", "customer", "e-mail"),
            [(row.contact_id, row.name, row.email) for row in ready[:SHOWN]],
        )
        console.print(
            f"To import all: `starter.py import-customers --all{option}`. To import one: `starter.py import-customers "
            f"--contact {ready[0].contact_id}{option}`.",
            markup=False,
        )
    similar = next((row for row in problems if row.outcome is ImportOutcome.SIMILAR), None)
    if similar:
        console.print(
            f"To link one: `starter.py link-customer {similar.customer_id} {similar.contact_id}{option}`. To make it a "
            f"new customer: `starter.py import-customers --contact {similar.contact_id} --as-new{option}`.",
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


def _data(connection: Connection, row: ImportRow) -> ImportedContact:
    return ImportedContact(**dict(row), in_xero=contact_link(connection.short_code, row.contact_id))
