"""Every API call is checked: its token, its scope, and whether its organisation is connected to its app."""

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from standins.asgi import answer, header, is_exempt, per_request
from standins.exactjson import dumps
from standins.xero.identity import scopes as scope_rules
from standins.xero.identity.endpoints import bearer_token, problem
from standins.xero.identity.records import AccessRefusedError, canonical
from standins.xero.identity.state import IdentityState

CLIENT = "xero_client"
"""Key of the request's state: client id of the calling app, "" where it is not known."""
TENANT = "xero_tenant"
"""Key of the request's state: tenant id the call is about, "" where none is given."""

_API = "/api.xro/"
_TENANT_HEADER = b"xero-tenant-id"


class IdentityHolder(Protocol):
    """What the middleware reads of a stand-in."""

    identity: IdentityState


class AuthenticationMiddleware:
    """Refuses calls as Xero does and passes on who calls, about which organisation.

    A custom connection sends no tenant header, or an empty one: its organisation is put there. Where tokens are
    not checked, only a disconnected organisation is refused.
    """

    def __init__(self, app: ASGIApp, *, state: IdentityHolder) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if is_exempt(scope) or not scope["path"].startswith(_API):
            await self.app(scope, receive, send)
            return
        identity = self.state.identity
        try:
            client_id, tenant_id = (_check if identity.authentication else _trust)(identity, scope)
        except AccessRefusedError as refusal:
            await answer(send, refusal.status, dumps(problem(refusal)))
            return
        about = per_request(scope)
        about[CLIENT], about[TENANT] = client_id, tenant_id
        if tenant_id and not header(scope, _TENANT_HEADER):
            others = [pair for pair in scope["headers"] if pair[0] != _TENANT_HEADER]
            scope["headers"] = [*others, (_TENANT_HEADER, tenant_id.encode())]
        await self.app(scope, receive, send)


def _check(identity: IdentityState, scope: Scope) -> tuple[str, str]:
    caller = identity.bearer(bearer_token(header(scope, b"authorization")))
    if not scope_rules.suffices(caller.scopes, scope["method"], scope["path"], identity.clock.now()):
        raise AccessRefusedError(401, "AuthorizationUnsuccessful")
    app = identity.apps[caller.client_id]
    tenant_id = canonical(header(scope, _TENANT_HEADER) or app.custom_tenant_id or "")
    if not identity.connections.has(caller.client_id, tenant_id):
        raise AccessRefusedError(403, "AuthenticationUnsuccessful")
    return caller.client_id, tenant_id


def _trust(identity: IdentityState, scope: Scope) -> tuple[str, str]:
    known = identity.connections.organisations
    tenant_id = canonical(header(scope, _TENANT_HEADER) or "")
    if not tenant_id and len(known) == 1:
        tenant_id = next(iter(known))
    if identity.connections.is_cut_off(tenant_id):
        raise AccessRefusedError(403, "AuthenticationUnsuccessful")
    try:
        return identity.bearer(bearer_token(header(scope, b"authorization"))).client_id, tenant_id
    except AccessRefusedError:
        return "", tenant_id
