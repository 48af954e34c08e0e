"""The organisations that a user lets the app into: `/connections`, which lies outside the Accounting API.

These calls count towards no organisation's limits.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

import httpx
from pydantic import Field, ValidationError

from xerosync.core.base import ApiModel
from xerosync.core.clock import utc_now
from xerosync.metrics.counts import System, count_answer, operation_of
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.unanswered import count_unanswered
from xerosync.xero.errors import XeroMissingError, XeroUnavailableError
from xerosync.xero.oauth.tokens import AccessToken, Tokens
from xerosync.xero.refusals import error_from

_TIMEOUT = timedelta(seconds=30)
_ORGANISATION = "ORGANISATION"


class Tenant(ApiModel):
    """An organisation that is connected to the app. `id` is the connection's own, for ending it."""

    id: str
    tenant_id: str
    tenant_type: str = _ORGANISATION
    tenant_name: str = ""
    auth_event_id: str | None = Field(default=None)


class XeroTenants:
    """Lists and ends connections at Xero.

    Both methods raise RetryLaterError while Xero does not answer, DisconnectedError where the consent has ended.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        tokens: Tokens,
        *,
        api_url: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._url = api_url.rstrip("/") + "/connections"
        self._clock = clock

    async def all(self, grant_id: str) -> list[Tenant]:
        """Return the organisations that the grant's user has connected; practices and the like are left out."""
        answer = await self._call("GET", self._url, grant_id)
        try:
            found = [Tenant.model_validate(element) for element in answer.json()]
        except (ValueError, TypeError, ValidationError):
            raise XeroUnavailableError("Xero's answer about the connections could not be read.") from None
        return [tenant for tenant in found if tenant.tenant_type == _ORGANISATION]

    async def end(self, grant_id: str, connection_id: str) -> None:
        """Disconnect an organisation from the app; one that is gone already is left so."""
        try:
            await self._call("DELETE", f"{self._url}/{quote(connection_id, safe='')}", grant_id)
        except XeroMissingError:
            return

    async def _call(self, method: str, url: str, grant_id: str) -> Answer:
        token = await self._tokens.access_token(grant_id)
        answer = await self._once(method, url, token)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = await self._once(method, url, await self._tokens.access_token(grant_id, rejected=token))
        if answer.status == HTTPStatus.FORBIDDEN:
            # That the consent has ended is learnt from tokens; this one is of nobody's organisation.
            raise XeroUnavailableError("Xero refused to list the connections.", status=answer.status)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise error_from(answer)
        return answer

    async def _once(self, method: str, url: str, token: AccessToken) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token.value.get_secret_value()}"}
        sent_at = self._clock()
        operation = operation_of(method, "/connections")
        try:
            response = await self._client.request(method, url, headers=headers, timeout=_TIMEOUT.total_seconds())
        # `from None`: httpx's errors hold the request, and the request holds the token.
        except httpx.TransportError as error:
            count_unanswered(System.IDENTITY, operation, error)
            raise XeroUnavailableError(f"Xero's answer was lost ({type(error).__name__}).") from None
        answer = Answer(
            status=response.status_code,
            headers=response.headers,
            content=response.content,
            sent_at=sent_at,
            received_at=self._clock(),
        )
        count_answer(System.IDENTITY, operation, answer.status, (answer.received_at - sent_at).total_seconds())
        return answer
