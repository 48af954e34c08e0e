"""Whose account a request sees: HTTP Basic with a client id and secret, and the header `sequence-version`.

With authentication off, credentials still choose the account whose client id they carry; any others, or none,
see the default account.
"""

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from standins.asgi import answer, header, is_exempt, per_request
from standins.exactjson import dumps
from standins.sequence.errors import Invalid, Refusal, Unauthorized
from standins.sequence.limits import key_of
from standins.sequence.state import Account

VERSION = "2024-07-30"


class _Accounts(Protocol):
    @property
    def authentication(self) -> bool: ...
    @property
    def default(self) -> Account: ...
    def of_key(self, client_id: str | None) -> Account | None: ...


class AuthenticationMiddleware:
    """Puts the account of the key on the request, or answers 401 (key) or 400 (version)."""

    def __init__(self, app: ASGIApp, *, state: _Accounts) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its account, or refuse it."""
        if not is_exempt(scope):
            try:
                per_request(scope)["account"] = self._account(scope)
            except Refusal as refusal:
                headers = {"WWW-Authenticate": "Basic"} if isinstance(refusal, Unauthorized) else {}
                await answer(send, refusal.status, dumps(refusal.body), headers)
                return
        await self._app(scope, receive, send)

    def _account(self, scope: Scope) -> Account:
        key = key_of(scope)
        account = self._state.of_key(key[0] if key else None)
        if not self._state.authentication:
            return account or self._state.default
        if key is None or account is None or key[1] != account.client_secret:
            raise Unauthorized("The client id or secret is missing or wrong")
        if header(scope, b"sequence-version") != VERSION:
            raise Invalid(f"The header sequence-version must be {VERSION}")
        return account
