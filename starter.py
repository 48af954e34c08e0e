"""The command line: starts, signals, shows. `starter.py --help` lists the commands."""

import asyncio
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError
from cyclopts.validators import Number

from xerosync.cli.app import Account, Customer, Json, with_services, with_settings
from xerosync.cli.backfill import BackfillOptions
from xerosync.cli.backfill import backfill as run_backfill
from xerosync.cli.connection.connect import PORT, ConnectOptions
from xerosync.cli.connection.connect import connect as run_connect
from xerosync.cli.connection.defaults import SettingChanges, preferences
from xerosync.cli.connection.disconnect import disconnect as run_disconnect
from xerosync.cli.connection.keys import keep_key, read_key
from xerosync.cli.connection.keys import rotate_keys as run_rotate_keys
from xerosync.cli.customers import link_customer as run_link_customer
from xerosync.cli.customers import push_customer as run_push_customer
from xerosync.cli.customers import unlink_customer as run_unlink_customer
from xerosync.cli.documents import DOCUMENT_COMMANDS
from xerosync.cli.import_customers import ImportOptions as ImportWish
from xerosync.cli.import_customers import import_customers as run_import_customers
from xerosync.cli.migrate import show_migrating
from xerosync.cli.reconcile import ReconcileOptions as Comparison
from xerosync.cli.reconcile import reconcile as run_reconcile
from xerosync.cli.running_stack import DATA, adopt_running_stack
from xerosync.cli.sign_in import sign_in as run_sign_in
from xerosync.cli.sweep import sweep as run_sweep
from xerosync.cli.terminal import progress
from xerosync.cli.webhooks import webhooks as run_webhooks
from xerosync.core.errors import MisconfiguredError, XerosyncError
from xerosync.logs import configure_logging
from xerosync.process import leave
from xerosync.settings import Settings

app = App(
    name="starter.py",
    help="Keeps customers, invoices and credit notes of Sequence and Xero in step.",
    version_flags=[],
)

for command in DOCUMENT_COMMANDS:
    app.command(command)


@app.command
def demo(*, json: Json = False, stay: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Play a month of billing on stand-ins and show the result.

    Parameters
    ----------
    stay
        leave everything open at the end, until Ctrl-C
    """
    with _stand_ins():
        from demo.show import demo as run_demo  # noqa: PLC0415 - an image leaves the stand-ins out
    return asyncio.run(run_demo(DATA / "demo", as_json=json, stay=stay))


@app.command
def up(*, json: Json = False, data: Path = DATA / "up") -> None:
    """Run the whole stack on stand-ins until Ctrl-C; its data is kept and found again.

    Parameters
    ----------
    data
        the folder of its data; `.xerosync/demo` opens what the demo left
    """
    with _stand_ins():
        from demo.up import up as run_up  # noqa: PLC0415 - an image leaves the stand-ins out
    asyncio.run(run_up(data, as_json=json))


@app.command
def migrate(*, json: Json = False) -> None:
    """Bring the tables of the database up to this version: before the first start, and with every new version."""
    adopt_running_stack()
    asyncio.run(show_migrating(Settings.load().database_url, as_json=json))


@app.command
def serve() -> None:
    """Serve the webhooks of both companies until SIGTERM or Ctrl-C; as many of these as you like behind a proxy."""
    from xerosync.web.serve import run as run_edge  # noqa: PLC0415 - no other command needs a web server

    adopt_running_stack()
    loaded = Settings.load()
    configure_logging(loaded.log_format, loaded.log_level)
    asyncio.run(run_edge(loaded))


@app.command
def sign_in(
    *,
    name: Annotated[str | None, Parameter(help="who signs in; without it, whoever runs this")] = None,
    role: Annotated[str, Parameter(help="viewer, operator or admin")] = "admin",
) -> None:
    """Print a link that signs somebody in to the console once, within ten minutes."""
    with_settings(lambda services, settings: run_sign_in(services, settings, name, role))


@app.command
def webhooks(
    *,
    account: Account = None,
    renew: Annotated[bool, Parameter(negative="")] = False,
    test: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> int:
    """Show whether both companies call us, and when they last did; the exit code is 1 where one does not.

    Parameters
    ----------
    renew
        make Sequence call us, with a new secret
    test
        send a delivery that asks for nothing to our own public address
    """
    return with_settings(
        lambda services, settings: run_webhooks(services, settings, account, renew=renew, test=test, as_json=json)
    )


@app.command
def connect(
    *,
    account: Account = None,
    organisation: str | None = None,
    ledger_account: str | None = None,
    custom: Annotated[bool, Parameter(negative="")] = False,
    move: Annotated[bool, Parameter(negative="")] = False,
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = PORT,
    paste: Annotated[bool, Parameter(negative="")] = False,
    browser: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Connect an account of Sequence to an organisation of Xero, or connect it again.

    Parameters
    ----------
    organisation
        its name or id, where Xero lets the app into several
    ledger_account
        code of the account for lines that have none of their own
    custom
        a custom connection: no consent, the app's own credentials open its one organisation
    move
        leave the organisation that the account was connected to, and what is in its books
    port
        where Xero's answer is waited for: http://localhost:PORT/oauth/callback, as the app at Xero must know it
    paste
        wait for nothing: ask for the address that the browser ends at, which may be on another machine
    browser
        open the browser, too
    """
    wishes = ConnectOptions(account, organisation, ledger_account, custom, move, port, paste, browser)
    with_settings(lambda services, settings: run_connect(services, settings, wishes, as_json=json))


@app.command
def disconnect(*, account: Account = None, json: Json = False) -> None:
    """End the connection to Xero, here and there. Documents wait until the account is connected again."""
    with_settings(lambda services, settings: run_disconnect(services, account, settings.public_url, as_json=json))


@app.command
def settings(
    *,
    account: Account = None,
    ledger_account: str | None = None,
    exempt_tax: str | None = None,
    sweep_interval: str | None = None,
    push_new_customers: bool | None = None,
    report_payments: bool | None = None,
    allocate_credit_notes: bool | None = None,
    json: Json = False,
) -> None:
    """Show what the connections to Xero assume, or set it for one.

    Parameters
    ----------
    ledger_account
        code of the account for lines that have none of their own
    exempt_tax
        tax type on lines of customers who pay no tax, such as NONE
    sweep_interval
        how often Xero is asked what changed, as an ISO 8601 duration such as PT15M
    push_new_customers
        whether new customers of Sequence are created in Xero by themselves
    report_payments
        whether Sequence is told how far its invoices are paid in Xero; they then stay open until they are
    allocate_credit_notes
        whether a credit note is set against the invoice that it credits, in Xero too
    """
    changes = SettingChanges(
        ledger_account, exempt_tax, sweep_interval, push_new_customers, report_payments, allocate_credit_notes
    )
    with_settings(lambda services, all_: preferences(services, all_, account, changes, as_json=json))


@app.command
def sequence_key(*, account: Account = None, json: Json = False) -> None:
    """Keep the API key of one of several Sequence accounts: asked for, or two lines on standard input."""
    key = read_key()
    with_services(lambda services: keep_key(services, account, key, as_json=json))


@app.command
def rotate_keys(*, json: Json = False) -> None:
    """Encrypt all that is stored encrypted with the newest key, so that older keys may go."""
    with_settings(lambda services, all_: run_rotate_keys(services, all_, as_json=json))


@app.command
def backfill(
    *,
    since: date | None = None,
    preview: Annotated[bool, Parameter(negative="")] = False,
    report: Path | None = None,
    account: Account = None,
    json: Json = False,
) -> None:
    """Bring every document that is FINAL or SENT already into Xero, and report what became of each.

    Parameters
    ----------
    since
        only documents issued on this day or later, such as 2026-01-31
    preview
        only look ahead: nothing is started, and Xero is not asked
    report
        a CSV file to write, one row a document
    """
    wish = BackfillOptions(account, since, preview, report)
    with_services(lambda services: run_backfill(services, wish, as_json=json))


@app.command
def reconcile(
    *,
    fix: Annotated[bool, Parameter(negative="")] = False,
    since: date | None = None,
    last: Annotated[bool, Parameter(negative="")] = False,
    report: Path | None = None,
    account: Account = None,
    json: Json = False,
) -> int:
    """Compare every document of Sequence with every one of Xero; the exit code is 1 where something is to be mended.

    Parameters
    ----------
    fix
        mend what is safe: tell the workflows of documents what they missed, and look what came of it
    since
        leave out what was never brought to Xero and was issued before this day, such as 2026-01-31
    last
        compare nothing: show what the last comparison found, such as the weekly one
    report
        a CSV file to write, one row a difference
    """
    wish = Comparison(account, fix, since, last, report)
    return with_services(lambda services: run_reconcile(services, wish, as_json=json))


@app.command
def sweep(*, account: Account = None, json: Json = False) -> None:
    """Ask Xero at once what changed there, as it is asked every so often by itself."""
    with_services(lambda services: run_sweep(services, account, as_json=json))


@app.command
def import_customers(
    *,
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    contact: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    preview: Annotated[bool, Parameter(negative="")] = False,
    as_new: Annotated[bool, Parameter(negative="")] = False,
    report: Path | None = None,
    account: Account = None,
    json: Json = False,
) -> int:
    """Make Xero's customers customers of Sequence, and report what became of each contact.

    Parameters
    ----------
    everything
        all contacts that are customers in Xero
    contact
        only these, by ContactID
    preview
        only look ahead: nothing is created
    as_new
        with --contact: create a customer even where one looks the same
    report
        a CSV file to write, one row a contact
    """
    wish = ImportWish(account, contact, everything, preview, as_new, report)
    return with_services(lambda services: run_import_customers(services, wish, as_json=json))


@app.command
def push_customer(customer: Customer, /, *, account: Account = None, json: Json = False) -> int:
    """Make a customer of Sequence a contact in Xero, or bring what changed of it there."""
    return with_services(lambda services: run_push_customer(services, account, customer, as_json=json))


@app.command
def link_customer(
    customer: Customer,
    contact: Annotated[str | None, Parameter(help="ContactID in Xero; without it, likely ones are suggested")] = None,
    /,
    *,
    account: Account = None,
    json: Json = False,
) -> None:
    """Link a customer to a contact that is in Xero; documents that waited for it go at once."""
    with_services(lambda services: run_link_customer(services, account, customer, contact, as_json=json))


@app.command
def unlink_customer(customer: Customer, /, *, account: Account = None, json: Json = False) -> None:
    """Forget which contact a customer is linked to; what is in Xero stays."""
    with_services(lambda services: run_unlink_customer(services, account, customer, as_json=json))


@contextmanager
def _stand_ins() -> Generator[None]:
    """Say in one line that the stand-ins are not here, where that is so."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MisconfiguredError(
            f"This command runs the stand-ins, which are not installed here ({error.name}): run it in a checkout."
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 where something does not answer or is not right, 2 for a wrong setting or argument."""
    try:
        result = app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        progress.print(_told(error), markup=False)
        return 2
    except MisconfiguredError as error:
        progress.print(error.in_full, markup=False)
        return 2
    except XerosyncError as error:
        progress.print(error.in_full, markup=False)
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0


def _told(error: CycloptsError) -> str:
    """Return what is wrong with the arguments, and where it says what they may be, on one line."""
    what = f"{error}".strip()
    if isinstance(error, UnusedCliTokensError):
        what = f"Nothing is known to do with {' '.join(error.unused_tokens or [])}."
    return f"{' '.join(what.split())} See `{' '.join(['starter.py', *(error.command_chain or []), '--help'])}`."


if __name__ == "__main__":
    leave(main())
