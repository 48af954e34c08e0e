"""One call to Xero, as bytes over the wire. Nothing is tried again here, but for once after an expired token.

A call takes 30 seconds at most, all together (connecting, sending, Xero's work, reading, and once more after an expired
token), so that no request outlives its caller's patience. What failed before the request left is told apart from what
may have happened all the same.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx

from xerosync.connection.connection import Connection
from xerosync.connection.grant import GrantKind
from xerosync.core.clock import utc_now
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.faultpoints import FaultPoint, reach, reach_on_the_wire
from xerosync.metrics.counts import CallResult, System, count_answer, count_no_answer, operation_of
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.unanswered import NEVER_LEFT, count_unanswered
from xerosync.xero.errors import TokenUnavailableError, XeroUnavailableError, XeroUnreachableError
from xerosync.xero.oauth.tenants import XeroTenants
from xerosync.xero.oauth.tokens import AccessToken, Tokens

ACCOUNTING = "/api.xro/2.0"


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of Xero: a path below the Accounting API, query parameters, a JSON body."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    modified_since: datetime | None = None


class Transport:
    """Sends calls through one injected `httpx.AsyncClient`, which all of the process shares."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        tokens: Tokens,
        *,
        api_url: str,
        clock: Callable[[], datetime] = utc_now,
        timeout: timedelta = CALL_TIMEOUT,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._base = api_url.rstrip("/") + ACCOUNTING
        self._tenants = XeroTenants(client, tokens, api_url=api_url, clock=clock)
        self._timeout = timeout.total_seconds()
        self.clock = clock

    async def authorise(self, connection: Connection) -> AccessToken:
        """Return a token for the connection's grant, refreshed if need be. Raises as `Tokens.access_token`."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._tokens.access_token(connection.grant_id)
        except TimeoutError:
            raise TokenUnavailableError("No token for Xero could be had in time.") from None

    async def exchange(self, connection: Connection, call: Call, token: AccessToken | None = None) -> Answer:
        """Return Xero's answer, whatever its status.

        Raises:
            RetryLaterError: there is none. XeroUnavailableError is ambiguous, XeroUnreachableError is not.
            HoldError, MissingError, MisconfiguredError: no token could be had, as `Tokens.access_token` says.
        """
        token = token or await self.authorise(connection)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._once(connection, call, token)
                if answer.status == HTTPStatus.UNAUTHORIZED and b"AuthorizationUnsuccessful" not in answer.content:
                    token = await self._tokens.access_token(connection.grant_id, rejected=token)
                    answer = await self._once(connection, call, token)
                if answer.status == HTTPStatus.FORBIDDEN and b"AuthenticationUnsuccessful" in answer.content:
                    await self._make_sure(connection)
                return answer
        except TimeoutError:
            raise XeroUnavailableError("Xero did not answer in time.") from None

    async def _make_sure(self, connection: Connection) -> None:
        """Ask whether an organisation that refused a call is still connected; such a refusal may mean nothing.

        Raises:
            XeroUnavailableError: it is. DisconnectedError: the grant has ended.
        """
        tenants = await self._tenants.all(connection.grant_id)
        if connection.tenant_id.lower() in {tenant.tenant_id.lower() for tenant in tenants}:
            raise XeroUnavailableError(
                "Xero refused a call, but lists the organisation as connected: it is tried again.",
                status=HTTPStatus.FORBIDDEN,
            )

    async def _once(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token.value.get_secret_value()}"}
        if token.kind is not GrantKind.CUSTOM:
            headers["xero-tenant-id"] = connection.tenant_id
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        if call.modified_since is not None:
            # Xero reads it as UTC, to the second.
            headers["If-Modified-Since"] = call.modified_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        request = self._client.build_request(
            call.method,
            self._base + call.path,
            params=call.params or None,
            content=call.body,
            headers=headers,
            extensions={"trace": reach_on_the_wire},
        )
        reach(FaultPoint.BEFORE_SEND)
        sent_at = self.clock()
        operation = operation_of(call.method, call.path)
        try:
            response = await self._client.send(request)
        # `from None`: httpx's errors hold the request, and the request holds the token.
        except NEVER_LEFT as error:
            count_unanswered(System.XERO, operation, error)
            raise XeroUnreachableError(
                f"Xero could not be reached ({type(error).__name__}): try again, or correct XEROSYNC_XERO_API_URL."
            ) from None
        except httpx.TransportError as error:
            count_unanswered(System.XERO, operation, error)
            raise XeroUnavailableError(f"Xero's answer was lost ({type(error).__name__}).") from None
        except asyncio.CancelledError:
            # Its time is over, or the process stops: Xero may have done it all the same.
            count_no_answer(System.XERO, operation, CallResult.LOST)
            raise
        reach(FaultPoint.AFTER_ANSWER)
        answer = Answer(
            status=response.status_code,
            headers=response.headers,
            content=response.content,
            sent_at=sent_at,
            received_at=self.clock(),
        )
        seconds = (answer.received_at - sent_at).total_seconds()
        count_answer(System.XERO, operation, answer.status, seconds, is_day_limit=answer.problem == "day")
        return answer
