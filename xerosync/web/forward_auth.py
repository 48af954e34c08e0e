"""Who a reverse proxy says is signed in, in headers that it sets. They count with its secret, and from it alone.

    X-Xerosync-Proxy-Secret: XEROSYNC_FORWARD_AUTH_SECRET
    X-Forwarded-User: ada@example.com
    X-Forwarded-Role: operator
    X-Forwarded-Accounts: 5f1d…, 8a2c…      where XEROSYNC_FORWARD_AUTH_ACCOUNTS is set; * means all

The caller must be one of XEROSYNC_TRUSTED_PROXIES: the one that holds the connection, not one that a header names.
"""

import hmac
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import structlog
from pydantic import SecretStr
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from xerosync.core.people import Person, Role, accounts_in
from xerosync.web.errors import NoAccountError, NoRoleError

_PEER = "xerosync_peer"
_SECRET, _USER, _ROLE = "x-xerosync-proxy-secret", "x-forwarded-user", "x-forwarded-role"
_ACCOUNTS = "x-forwarded-accounts"
_LONGEST_NAME = 200
_LONGEST_ACCOUNTS = 4_000

log = structlog.get_logger()


class PeerNote:
    """Notes who holds the connection, before the forwarded address of the caller takes that place."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the note."""
        if scope["type"] == "http":
            scope[_PEER] = scope.get("client")
        await self._app(scope, receive, send)


class ForwardAuth:
    """Finds the person in a request's headers."""

    def __init__(self, secret: SecretStr, proxies: Sequence[IPv4Network | IPv6Network], *, by_account: bool) -> None:
        self._secret = secret.get_secret_value().encode()
        self._proxies = proxies
        self._by_account = by_account

    def person(self, request: Request) -> Person | None:
        """Return who is signed in; None where the proxy names nobody.

        Raises:
            NoRoleError: the proxy names somebody without a role of ours.
            NoAccountError: it should name the accounts that the person may see, and names none.
        """
        name = _text(request, _USER)
        if not name or not self._is_proxy(request):
            return None
        role = _text(request, _ROLE).lower()
        if role not in [each.word for each in Role]:
            raise NoRoleError(name, f"the header {_ROLE}")
        if not self._by_account:
            return Person(name=name, role=Role.of(role))
        accounts = accounts_in(_text(request, _ACCOUNTS, _LONGEST_ACCOUNTS).split(","))
        if accounts == ():
            raise NoAccountError(name, f"the header {_ACCOUNTS}")
        return Person(name=name, role=Role.of(role), accounts=accounts)

    def _is_proxy(self, request: Request) -> bool:
        peer = request.scope.get(_PEER) or request.scope.get("client")
        given = request.headers.get(_SECRET, "").encode("latin-1")
        try:
            address = ip_address(peer[0]) if peer else None
        except ValueError:
            address = None
        is_trusted = address is not None and any(address in network for network in self._proxies)
        if is_trusted and hmac.compare_digest(given, self._secret):
            return True
        reason = "wrong secret" if is_trusted else "not one of XEROSYNC_TRUSTED_PROXIES"
        log.warning("headers of a proxy not believed", peer=str(address), reason=reason)
        return False


def _text(request: Request, header: str, longest: int = _LONGEST_NAME) -> str:
    """Return a header's text, empty where it is given twice or can't be printed."""
    values = request.headers.getlist(header)
    if len(values) != 1:
        return ""
    text = values[0].encode("latin-1").decode("utf-8", "replace").strip()
    return text if text.isprintable() and len(text) <= longest else ""
