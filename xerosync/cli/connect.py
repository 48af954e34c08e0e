"""`connect`: let a person consent at Xero, choose the organisation, and start keeping its books."""

import asyncio
import contextlib
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from xerosync.cli.app import Account, Flag, Json, WithServices, WithSettings
from xerosync.cli.callback import callback
from xerosync.cli.defaults import as_data
from xerosync.cli.json_forms import ConnectData
from xerosync.cli.terminal import NoAnswerError, can_ask, console, counted, line, print_json, progress
from xerosync.connection.chart import UnusableDefaultError
from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError
from xerosync.operations.connecting import (
    Connected,
    check_before_connecting,
    custom_grant,
    establish,
    hook_sequence,
    offered,
)
from xerosync.operations.defaults import set_ledger_account
from xerosync.operations.sweeping import sweep_both_sides
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.xero.errors import ConsentError
from xerosync.xero.oauth.consent import CALLBACK_PATH, Consented, ConsentRequest, Consents, code_in
from xerosync.xero.oauth.tenants import Tenant

PORT = 8400
"""Where Xero's answer is waited for, unless an option says otherwise. The app at Xero must know the address."""


@Parameter(name="*")
@dataclass(frozen=True)
class ConnectOptions:
    """How to connect."""

    account: Account = None

    organisation: str | None = None
    """its name or id, where Xero lets the app into several"""

    ledger_account: str | None = None
    """code of the account for lines that have none of their own"""

    custom: Flag = False
    """a custom connection: no consent, the app's own credentials open its one organisation"""

    move: Flag = False
    """leave the organisation that the account was connected to, and what is in it"""

    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = PORT
    """where Xero's answer is waited for: http://localhost:PORT/oauth/callback, as the app at Xero must know it"""

    paste: Flag = False
    """wait for nothing: ask for the address that the browser ends at, which may be on another machine"""

    browser: Flag = False
    """open the browser, too"""


_USUAL = ConnectOptions()


async def connect(
    *, options: ConnectOptions = _USUAL, json: Json = False, services: WithServices, settings: WithSettings
) -> None:
    """Connect an account of Sequence to an organisation of Xero, or connect it again.

    Raises:
        MisconfiguredError: something named does not fit; says what would.
        ConsentError: the consent came to nothing.
        XerosyncError: Xero, Sequence or the store does not answer.
    """
    _check(options)
    account_id = options.account or await _only_account(services, settings)
    custom = custom_grant(account_id, settings) if options.custom else None
    await check_before_connecting(services, account_id)
    before = await services.store.connection(account_id)
    asks = can_ask() and not json
    if custom:
        grant, tenant_id = custom, None
        await services.grants.add(grant)
    else:
        consented = await _consent(services, settings, options)
        grant = consented.grant
        await services.grants.add(grant)
        try:
            tenants = await services.xero.tenants.all(grant.grant_id)
            tenant_id = await _choose(tenants, consented.auth_event_id, options, before, asks=asks)
        except BaseException:
            await services.grants.forget(grant.grant_id)
            raise
    try:
        connected = await establish(
            services, account_id, grant.grant_id, tenant_id, every=settings.sweep_interval, move=options.move
        )
    except BaseException:
        await services.grants.forget(grant.grant_id)
        raise
    connection = await _with_ledger_account(services, connected, options.ledger_account, asks=asks)
    hook = await hook_sequence(services, account_id, settings.public_url)
    await sweep_both_sides(services, account_id)
    if hook.problem:
        progress.print(
            f"Sequence does not call us yet ({hook.problem}): `starter.py webhooks --renew --account {account_id}` "
            "tries it again."
        )
    if json:
        about = dict(as_data(connection, connected.chart))
        print_json(ConnectData(**about, released=connected.released, webhook=hook.url))
        return
    console.print(f"Account {account_id} is connected to {connection.organisation_name}.", markup=False)
    if connected.released:
        console.print(f"{counted(connected.released, 'document')} that waited for it can go on.")
    if connection.default_ledger_account is None:
        console.print(
            "It has no default ledger account: documents with a line that has none of its own wait for "
            f"`starter.py settings --account {account_id} --ledger-account CODE`."
        )


def _check(options: ConnectOptions) -> None:
    """Refuse options that contradict each other. Raises MisconfiguredError."""
    if options.custom and (options.paste or options.browser or options.organisation):
        raise MisconfiguredError(
            "A custom connection needs no consent and has one organisation: --custom goes without --paste, --browser "
            "and --organisation."
        )
    if options.paste and options.browser:
        raise MisconfiguredError("Say --paste where the browser is on another machine, or --browser: not both.")


async def _only_account(services: Services, settings: Settings) -> str:
    """Return the account of the key in the settings, else the only one with a stored key. Raises MisconfiguredError."""
    stored = [] if settings.sequence_client_id else await services.accounts.account_ids()
    if len(stored) > 1:
        raise MisconfiguredError(f"Several accounts have a key: name one with --account: {', '.join(stored)}.")
    return stored[0] if stored else await services.billing.account_id()


async def _consent(services: Services, settings: Settings, options: ConnectOptions) -> Consented:
    consents = Consents(services.xero.identity, login_url=settings.xero_login_url)
    if options.paste:
        question = consents.ask(f"http://localhost:{options.port}{CALLBACK_PATH}", settings.xero_scopes)
        _show(question)
        return await consents.redeem(question, code_in(await _answer("Then paste where it ended: "), question))
    async with callback(options.port) as waiting:
        question = consents.ask(waiting.redirect_uri, settings.xero_scopes)
        _show(question)
        if options.browser:
            await asyncio.to_thread(webbrowser.open, question.url)
        progress.print(f"Waiting for Xero's answer at {waiting.redirect_uri}; Ctrl-C gives up.", markup=False)
        return await consents.redeem(question, await waiting.answer_to(question))


def _show(question: ConsentRequest) -> None:
    progress.print("Open this address in a browser, and let the app into the organisation:", markup=False)
    progress.print(question.url, markup=False)


async def _choose(
    tenants: Sequence[Tenant],
    auth_event_id: str | None,
    options: ConnectOptions,
    before: Connection | None,
    *,
    asks: bool,
) -> str:
    """Return the organisation to connect: the one named, the one there was, the only one, or the one that is chosen."""
    to_choose = offered(tenants, auth_event_id)
    if options.organisation is not None:
        wanted = options.organisation.strip().casefold()
        named = [each for each in tenants if wanted in (each.tenant_id.casefold(), each.tenant_name.casefold())]
        if len(named) != 1:
            problem = "is not one of" if not named else "names several of"
            raise MisconfiguredError(f"{options.organisation} {problem} the organisations: {_listed(tenants)}.")
        return named[0].tenant_id
    if before and before.tenant_id in {each.tenant_id for each in to_choose}:
        return before.tenant_id
    if len(to_choose) == 1:
        return to_choose[0].tenant_id
    if not asks:
        raise MisconfiguredError(
            f"Xero lets the app into several organisations: {_listed(to_choose)}. Name one with --organisation."
        )
    for place, each in enumerate(to_choose, start=1):
        progress.print(f"{place:3}  {each.tenant_name}", markup=False)
    while True:
        choice = await _answer("Which one (number): ")
        if choice.isdecimal() and 1 <= int(choice) <= len(to_choose):
            return to_choose[int(choice) - 1].tenant_id


async def _with_ledger_account(services: Services, connected: Connected, code: str | None, *, asks: bool) -> Connection:
    """Set the default ledger account that was named, or ask for one where there is none."""
    connection = connected.connection
    account_id = connection.account_id
    if code is not None:
        try:
            return await set_ledger_account(services, account_id, code, connected.chart)
        except UnusableDefaultError as error:
            raise UnusableDefaultError(f"{connection.organisation_name} is connected, but: {error}") from error
    if connection.default_ledger_account is not None:
        try:
            connected.chart.check_ledger_account(connection.default_ledger_account)
        except UnusableDefaultError as error:
            progress.print(
                f"Set another default with `starter.py settings --account {account_id} --ledger-account CODE`: {error}",
                markup=False,
            )
        return connection
    if not asks:
        return connection
    for account in connected.chart.income_accounts:
        progress.print(f"{account.code:>6}  {account.name}", markup=False)
    with contextlib.suppress(NoAnswerError):
        while answer := await line("Ledger account for lines without one of their own (code, or Enter for none): "):
            try:
                return await set_ledger_account(services, account_id, answer, connected.chart)
            except UnusableDefaultError as error:
                progress.print(f"{error}", markup=False)
    return connection


async def _answer(prompt: str) -> str:
    try:
        return await line(prompt)
    except NoAnswerError:
        raise ConsentError("No answer was given: connect again.") from None


def _listed(tenants: Sequence[Tenant]) -> str:
    return ", ".join(f"{each.tenant_name} ({each.tenant_id})" for each in tenants)
