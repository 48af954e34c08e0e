"""Connecting an account to an organisation, in a browser.

/connect ▸ /connect/{account} ▸ Xero ▸ /oauth/callback ▸ …/organisation ▸ …/defaults ▸ …/done

What a person has begun is in a cookie of that browser (`ConsentCookie`). Until an organisation is chosen nothing of the
account is changed.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.connection.chart import UnusableDefaultError
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.people import Person, Role
from xerosync.operations.connecting import (
    Connected,
    OtherOrganisationError,
    check_before_connecting,
    custom_grant,
    establish,
    hook_sequence,
    known_accounts,
    offered,
)
from xerosync.operations.defaults import SettingChanges, change_settings, waiting_for_ledger_account
from xerosync.operations.sweeping import sweep_both_sides
from xerosync.postgres import Cipher
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.access import needs
from xerosync.web.consent_cookie import ConsentCookie, PendingConsent
from xerosync.web.forms import fields
from xerosync.web.pages import number_in, render
from xerosync.xero.errors import ConsentError, DisconnectedError
from xerosync.xero.oauth.consent import CALLBACK_PATH, Consents, code_in, redirect_problem
from xerosync.xero.oauth.tenants import Tenant

_DEMO = "Demo Company"
"""How Xero begins the name of the organisation that it gives to everybody for trying."""


def routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return the routes of connecting."""
    pages = ConnectPages(services, settings)
    return [
        Route("/connect", pages.accounts),
        Route("/connect/{account}", pages.before),
        Route("/connect/{account}", pages.ask, methods=["POST"]),
        Route("/connect/{account}/custom", pages.connect_custom, methods=["POST"]),
        Route(CALLBACK_PATH, pages.answered),
        Route("/connect/{account}/organisation", pages.organisations),
        Route("/connect/{account}/organisation", pages.choose, methods=["POST"]),
        Route("/connect/{account}/defaults", pages.defaults),
        Route("/connect/{account}/defaults", pages.set_defaults, methods=["POST"]),
        Route("/connect/{account}/done", pages.done),
    ]


class ConnectPages:
    """The pages in the order in which a person sees them."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings
        self._consents = Consents(services.xero.identity, login_url=settings.xero_login_url)
        self._cookie = ConsentCookie(Cipher(settings.token_keys))

    @needs(Role.ADMIN)
    async def accounts(self, request: Request) -> Response:
        """List the accounts that can be connected."""
        person: Person = request.state.person
        known = [each for each in await known_accounts(self._services) if person.sees(each)]
        connections = {each.account_id: each for each in await self._services.store.connections()}
        return render(request, "connect_accounts.html", known=known, connections=connections)

    @needs(Role.ADMIN)
    async def before(self, request: Request) -> Response:
        """Say what connecting an account means, with the button that leads to Xero."""
        return await self._before(request)

    @needs(Role.ADMIN)
    async def ask(self, request: Request) -> Response:
        """Send a person to Xero."""
        account_id = request.path_params["account"]
        if problem := self._address_problem():
            raise HTTPException(409, problem)
        await check_before_connecting(self._services, account_id)
        before = self._cookie.read(request)
        if before and before.grant_id:
            await self._services.grants.forget(before.grant_id)
        question = self._consents.ask(f"{self._settings.public_url}{CALLBACK_PATH}", self._settings.xero_scopes)
        response = RedirectResponse(question.url, 303)
        return self._cookie.write(request, response, self._cookie.begin(request, account_id, question))

    @needs(Role.ADMIN)
    async def connect_custom(self, request: Request) -> Response:
        """Connect the account by a custom connection: the app's own credentials, and nobody's consent."""
        account_id = request.path_params["account"]
        grant = custom_grant(account_id, self._settings)
        await check_before_connecting(self._services, account_id)
        before = await self._services.store.connection(account_id)
        await self._services.grants.add(grant)
        try:
            connected = await establish(
                self._services,
                account_id,
                grant.grant_id,
                None,
                every=self._settings.sweep_interval,
                move="move" in await fields(request),
            )
        except BaseException as error:
            if before is None or before.grant_id != grant.grant_id:
                await self._services.grants.forget(grant.grant_id)
            if isinstance(error, OtherOrganisationError):
                return await self._before(request, other=error)
            raise
        return await self._to_defaults(connected)

    @needs(Role.ADMIN)
    async def answered(self, request: Request) -> Response:
        """Take Xero's answer, once."""
        pending = self._cookie.read(request)
        person: Person = request.state.person
        if pending is None or pending.grant_id is not None or not person.sees(pending.account_id):
            words = (
                "This answer of Xero was used already, or came after more than fifteen minutes, or belongs to nothing "
                "that was begun in this browser. Nothing was changed."
            )
            return self._refused(request, words, None)
        try:
            code = code_in(str(request.url), pending.question)
            consented = await self._consents.redeem(pending.question, code)
        except ConsentError as refusal:
            return self._cookie.clear(request, self._refused(request, str(refusal), pending.account_id))
        await self._services.grants.add(consented.grant)
        allowed = pending.model_copy(
            update={"grant_id": consented.grant.grant_id, "auth_event_id": consented.auth_event_id, "verifier": None}
        )
        response = RedirectResponse(f"/connect/{pending.account_id}/organisation", 303)
        return self._cookie.write(request, response, allowed)

    @needs(Role.ADMIN)
    async def organisations(self, request: Request) -> Response:
        """Show the organisations that Xero lets us into."""
        pending, tenants = await self._tenants(request)
        return await self._choice(request, pending, tenants)

    @needs(Role.ADMIN)
    async def choose(self, request: Request) -> Response:
        """Connect the account to the organisation that was chosen."""
        pending, tenants = await self._tenants(request)
        form = await fields(request)
        chosen = next((each for each in tenants if each.tenant_id == form.get("organisation")), None)
        if chosen is None:
            return await self._choice(request, pending, tenants, problem="Choose one of the organisations.")
        account_id, grant_id = pending.account_id, str(pending.grant_id)
        try:
            connected = await establish(
                self._services,
                account_id,
                grant_id,
                chosen.tenant_id,
                every=self._settings.sweep_interval,
                move=form.get("move") == chosen.tenant_id,
            )
        except OtherOrganisationError as other:
            return await self._choice(request, pending, tenants, chosen=chosen, other=other)
        return self._cookie.clear(request, await self._to_defaults(connected))

    @needs(Role.ADMIN)
    async def defaults(self, request: Request) -> Response:
        """Show what the connection assumes, to be chosen from the organisation's chart."""
        return await self._defaults(request, await self._connection(request))

    @needs(Role.ADMIN)
    async def set_defaults(self, request: Request) -> Response:
        """Set the default ledger account and the tax of exempt customers."""
        connection = await self._connection(request)
        form = await fields(request)
        changes = SettingChanges(
            ledger_account=form.get("ledger_account") or None, exempt_tax=form.get("exempt_tax") or None
        )
        try:
            changed = await change_settings(
                self._services, connection, changes, usual_interval=self._settings.sweep_interval
            )
        except UnusableDefaultError as error:
            return await self._defaults(request, connection, problem=str(error))
        released = number_in(request.query_params, "released") + changed.released
        return RedirectResponse(f"/connect/{connection.account_id}/done?released={released}", 303)

    @needs(Role.ADMIN)
    async def done(self, request: Request) -> Response:
        """Say that the account is connected, and what went on for it."""
        connection = await self._connection(request)
        chart, code = await self._services.store.chart(connection.account_id), connection.default_ledger_account
        chosen = chart.account(code) if chart and code else None
        return render(
            request,
            "connect_done.html",
            connection=connection,
            ledger_account=f"{chosen.code} {chosen.name}" if chosen else code,
            released=number_in(request.query_params, "released"),
        )

    async def _before(self, request: Request, *, other: OtherOrganisationError | None = None) -> Response:
        account_id = request.path_params["account"]
        return render(
            request,
            "connect.html",
            status_code=409 if other else 200,
            account=None,
            account_id=account_id,
            connection=await self._services.store.connection(account_id),
            problem=self._address_problem(),
            can_be_custom=self._settings.xero_client_secret is not None,
            other=other,
        )

    async def _to_defaults(self, connected: Connected) -> Response:
        """Do what follows a connection that was made, and go on to what it assumes."""
        account_id = connected.connection.account_id
        hook = await hook_sequence(self._services, account_id, self._settings.public_url)
        await sweep_both_sides(self._services, account_id)
        shown = {"released": connected.released, **({"hook": "missing"} if hook.problem else {})}
        return RedirectResponse(f"/connect/{account_id}/defaults?{urlencode(shown)}", 303)

    def _address_problem(self) -> str | None:
        """Return why Xero could not send a person back to us."""
        public_url = self._settings.public_url
        if public_url is None:
            return (
                "XEROSYNC_PUBLIC_URL is not set: it is where Xero sends people back to. "
                "`starter.py connect` connects from a terminal."
            )
        problem = redirect_problem(public_url + CALLBACK_PATH)
        return f"{problem} Change XEROSYNC_PUBLIC_URL, or use `starter.py connect`." if problem else None

    async def _tenants(self, request: Request) -> tuple[PendingConsent, Sequence[Tenant]]:
        """Return the consent under way, and the organisations that it lets us into. Raises HTTPException 409."""
        pending = self._cookie.read(request)
        if pending is None or pending.grant_id is None or pending.account_id != request.path_params["account"]:
            raise HTTPException(409, "No consent is under way in this browser: begin again at Settings, Connect.")
        try:
            return pending, offered(await self._services.xero.tenants.all(pending.grant_id), pending.auth_event_id)
        except (ConsentError, DisconnectedError) as refusal:
            raise HTTPException(409, refusal.in_full) from None

    async def _choice(
        self,
        request: Request,
        pending: PendingConsent,
        tenants: Sequence[Tenant],
        *,
        chosen: Tenant | None = None,
        problem: str | None = None,
        other: OtherOrganisationError | None = None,
    ) -> Response:
        before = await self._services.store.connection(pending.account_id)
        preferred = before.tenant_id if before else tenants[0].tenant_id
        return render(
            request,
            "connect_organisation.html",
            status_code=409 if problem or other else 200,
            account=None,
            account_id=pending.account_id,
            organisations=[(each, each.tenant_name.startswith(_DEMO)) for each in tenants],
            checked=chosen.tenant_id if chosen else preferred,
            chosen=chosen,
            problem=problem,
            other=other,
        )

    async def _defaults(self, request: Request, connection: Connection, problem: str | None = None) -> Response:
        account_id = connection.account_id
        return render(
            request,
            "connect_defaults.html",
            status_code=409 if problem else 200,
            connection=connection,
            chart=await self._services.store.chart(account_id),
            waiting=await waiting_for_ledger_account(self._services, account_id),
            released=number_in(request.query_params, "released"),
            is_hook_missing="hook" in request.query_params,
            problem=problem,
        )

    async def _connection(self, request: Request) -> Connection:
        connection = await self._services.store.connection(request.path_params["account"])
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            raise HTTPException(409, "The account is not connected: begin at Connect.")
        return connection

    def _refused(self, request: Request, words: str, account_id: str | None) -> Response:
        return render(request, "connect_refused.html", status_code=409, words=words, account_id=account_id)
