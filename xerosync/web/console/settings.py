"""The settings of an account: what its connection assumes, its webhooks, and the end of the connection."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.connection.connection import Connection, ConnectionStatus, DefaultSetting
from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.core.people import Role
from xerosync.operations.defaults import SettingChanges, change_settings, read_chart, waiting_for_ledger_account
from xerosync.operations.disconnecting import end_connection
from xerosync.operations.sequence_hook import renew
from xerosync.operations.webhooks import ARRIVED, WebhookState, webhook_states
from xerosync.sequence import SequenceRefusedError
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.access import needs
from xerosync.web.forms import fields
from xerosync.web.pages import number_in, render


class Choice(NamedTuple):
    """A setting that is on or off, as a box to tick."""

    name: str
    words: str
    hint: str


CHOICES = (
    Choice(
        "push_new_customers",
        "Create new customers of Sequence in Xero",
        "Without this a customer is linked, imported or pushed by a person first.",
    ),
    Choice(
        "report_payments",
        "Report payments to Sequence",
        "Sequence then shows how far an invoice is paid in Xero; an invoice stays open until it is paid.",
    ),
    Choice(
        "allocate_credit_notes",
        "Set credit notes against their invoices in Xero",
        "A credit note that credits an invoice in Sequence then reduces that invoice in Xero, too.",
    ),
)


def routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return the routes of the settings."""
    page = SettingsPage(services, settings)
    address = "/accounts/{account}/settings"
    return [
        Route(address, page.show),
        Route(address, page.save, methods=["POST"]),
        Route(f"{address}/chart", page.read_chart, methods=["POST"]),
        Route(f"{address}/webhooks/renew", page.renew_webhook, methods=["POST"]),
        Route(f"{address}/webhooks/test", page.test_webhook, methods=["POST"]),
        Route(f"{address}/disconnect", page.before_disconnecting),
        Route(f"{address}/disconnect", page.disconnect, methods=["POST"]),
    ]


class SettingsPage:
    """Shows the settings and changes them."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show what the connection assumes, and whether both companies call us."""
        return await self._page(request, await self._connection(request))

    @needs(Role.ADMIN)
    async def save(self, request: Request) -> Response:
        """Set what was changed in the form, and only that."""
        connection = await self._connection(request)
        form = await fields(request)
        changes, unset = _changes(connection, form), _taken_back(connection, form)
        if changes.are_none and not unset:
            return await self._page(request, connection, done="Nothing was changed.")
        try:
            changed = await change_settings(
                self._services, connection, changes, usual_interval=self._settings.sweep_interval, unset=unset
            )
        except MisconfiguredError as mistake:
            return await self._page(request, connection, problem=str(mistake))
        return self._back(connection, f"saved={changed.released}")

    @needs(Role.ADMIN)
    async def read_chart(self, request: Request) -> Response:
        """Read the chart, tax rates and currencies again."""
        connection = await self._connection(request)
        await read_chart(self._services, connection.account_id)
        return self._back(connection, "read=chart")

    @needs(Role.ADMIN)
    async def renew_webhook(self, request: Request) -> Response:
        """Have Sequence call us, with a new secret, and look at once for what it did not tell."""
        connection = await self._connection(request)
        try:
            await renew(self._services, connection.account_id, self._public_url())
        except SequenceRefusedError as refusal:
            return await self._page(request, connection, problem=refusal.in_full)
        return self._back(connection, "webhook=renewed")

    @needs(Role.ADMIN)
    async def test_webhook(self, request: Request) -> Response:
        """Send a delivery that asks for nothing to our own public address."""
        connection = await self._connection(request)
        try:
            states = await self._webhooks(connection, test=True)
        except RetryLaterError as error:
            return await self._page(request, connection, problem=str(error))
        tried = next(state.test for state in states if state.test)
        if tried == ARRIVED:
            return await self._page(request, connection, done="The test delivery arrived.")
        return await self._page(request, connection, problem=f"The test delivery did not arrive: {tried}.")

    @needs(Role.ADMIN)
    async def before_disconnecting(self, request: Request) -> Response:
        """Ask whether the connection shall end."""
        return render(request, "disconnect.html", connection=await self._connection(request))

    @needs(Role.ADMIN)
    async def disconnect(self, request: Request) -> Response:
        """End the connection, here and at Xero."""
        connection = await self._connection(request)
        ended = await end_connection(self._services, connection, self._settings.public_url)
        return self._back(connection, f"disconnected={ended.open_documents}")

    async def _connection(self, request: Request) -> Connection:
        connection = await self._services.store.connection(request.path_params["account"])
        if connection is None:
            raise HTTPException(404, "This account was never connected.")
        return connection

    def _public_url(self) -> str:
        if self._settings.public_url is None:
            raise HTTPException(409, "XEROSYNC_PUBLIC_URL is not set: it is where webhooks reach us.")
        return self._settings.public_url

    async def _webhooks(self, connection: Connection, *, test: bool = False) -> Sequence[WebhookState]:
        return await webhook_states(
            self._services,
            [connection],
            self._public_url(),
            has_xero_keys=bool(self._settings.xero_webhook_keys),
            test=test,
        )

    def _back(self, connection: Connection, what: str) -> Response:
        return RedirectResponse(f"/accounts/{connection.account_id}/settings?{what}", 303)

    async def _page(
        self, request: Request, connection: Connection, *, problem: str | None = None, done: str | None = None
    ) -> Response:
        webhooks, no_webhooks = None, None
        try:
            webhooks = await self._webhooks(connection)
        except (RetryLaterError, MisconfiguredError, SequenceRefusedError) as error:
            no_webhooks = error.in_full
        except HTTPException as missing:
            no_webhooks = missing.detail
        return render(
            request,
            "settings.html",
            status_code=409 if problem else 200,
            connection=connection,
            is_connected=connection.status is ConnectionStatus.CONNECTED,
            chart=await self._services.store.chart(connection.account_id),
            waiting=await waiting_for_ledger_account(self._services, connection.account_id),
            sweep_minutes=_minutes(connection.sweep_interval),
            usual_minutes=_minutes(self._settings.sweep_interval),
            choices=[(choice, getattr(connection, choice.name)) for choice in CHOICES],
            webhooks=webhooks,
            kept_days=self._settings.keep_deliveries.days,
            no_webhooks=no_webhooks,
            is_admin=request.state.person.may(Role.ADMIN),
            problem=problem,
            done=done or _done(request),
        )


def _done(request: Request) -> str | None:
    """Return what the request before this one did."""
    query = request.query_params
    if "saved" in query:
        released = number_in(query, "saved")
        went = f" {released} {'document that waited goes' if released == 1 else 'documents that waited go'} on."
        return f"Saved.{went if released else ''}"
    if "disconnected" in query:
        waiting = number_in(query, "disconnected")
        are = "document is open and waits" if waiting == 1 else "documents are open and wait"
        return f"Disconnected, here and at Xero. {waiting} {are} until you connect again."
    if "read" in query:
        return "The chart of accounts, tax rates and currencies were read from Xero."
    if "webhook" in query:
        return "Sequence calls us with a new secret. A sweep looks now for what it did not tell."
    return None


def _minutes(every: timedelta | None) -> str:
    return f"{every.total_seconds() / 60:g}" if every else ""


def _taken_back(connection: Connection, form: dict[str, str]) -> Sequence[DefaultSetting]:
    """Return what a form leaves empty that is set."""
    now = {
        "ledger_account": (DefaultSetting.LEDGER_ACCOUNT, connection.default_ledger_account),
        "sweep_minutes": (DefaultSetting.SWEEP_INTERVAL, connection.sweep_interval),
    }
    return [setting for name, (setting, is_set) in now.items() if is_set and form.get(name) == ""]


def _changes(connection: Connection, form: dict[str, str]) -> SettingChanges:
    """Return what a form sets that is not so already."""
    minutes = form.get("sweep_minutes")

    def text(name: str, now: str | None) -> str | None:
        given = form.get(name) or None
        return None if given == now else given

    def ticked(name: str) -> bool | None:
        is_on = name in form
        return None if is_on == getattr(connection, name) else is_on

    return SettingChanges(
        ledger_account=text("ledger_account", connection.default_ledger_account),
        exempt_tax=text("exempt_tax", connection.exempt_tax_type),
        sweep_interval=f"PT{minutes}M" if minutes and minutes != _minutes(connection.sweep_interval) else None,
        push_new_customers=ticked("push_new_customers"),
        report_payments=ticked("report_payments"),
        allocate_credit_notes=ticked("allocate_credit_notes"),
    )
