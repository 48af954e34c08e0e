"""The `/_sandbox/identity…` controls: register apps, connect and disconnect, expire and revoke tokens, keep it all."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.controls import ControlError, control, control_body
from standins.exactjson import ExactJSONResponse
from standins.xero.identity import scopes as scope_rules
from standins.xero.identity import snapshot
from standins.xero.identity.endpoints import identity_of
from standins.xero.identity.records import OAuthError, canonical
from standins.xero.identity.state import DEV_CLIENT_ID, IdentityState

_ANY_REDIRECT = "https://anywhere.invalid/callback"
_ALL_SCOPES = " ".join((scope_rules.OFFLINE, *scope_rules.EVERYTHING))


async def show(request: Request) -> Response:
    """Show apps, organisations, connections and grants; no secrets and no tokens."""
    identity = identity_of(request)
    return ExactJSONResponse(
        {
            "authentication": identity.authentication,
            "apps": [
                {
                    "client_id": app.client_id,
                    "public": app.client_secret is None,
                    "granular": app.granular,
                    "redirect_uris": list(app.redirect_uris),
                    "custom_tenant_id": app.custom_tenant_id,
                }
                for app in identity.apps.values()
            ],
            "organisations": identity.connections.organisations,
            "connections": [{**held.as_json(), "clientId": held.client_id} for held in identity.connections.of(None)],
            "grants": [
                {
                    "id": grant.id,
                    "client_id": grant.client_id,
                    "scope": " ".join(grant.scopes),
                    "auth_event_id": grant.auth_event_id,
                    "revoked": grant.revoked,
                }
                for grant in identity.grants.values()
            ],
        }
    )


async def add_app(request: Request) -> Response:
    """Register an app: `{client_id, client_secret?, redirect_uris?, granular?, custom_tenant_id?}`."""
    body = await control_body(request)
    custom = body.get("custom_tenant_id")
    try:
        identity_of(request).add_app(
            _text(body, "client_id"),
            body.get("client_secret"),
            [str(uri) for uri in body.get("redirect_uris", [])],
            granular=bool(body.get("granular", True)),
            custom_tenant_id=canonical(str(custom)) if custom else None,
        )
    except ValueError as error:
        raise ControlError(str(error)) from error
    return Response(status_code=201)


async def grant(request: Request) -> Response:
    """Give consent without the page: `{client_id?, scope?, tenant_ids?}`; answers the tokens."""
    identity, body = identity_of(request), await control_body(request)
    app = identity.apps.get(body.get("client_id", DEV_CLIENT_ID))
    tenants = [canonical(str(tenant)) for tenant in body.get("tenant_ids", identity.connections.organisations)]
    if app is None or any(tenant not in identity.connections.organisations for tenant in tenants):
        raise ControlError("no such app or organisation")
    redirect_uri = next(iter(app.redirect_uris), _ANY_REDIRECT)
    scope = str(body.get("scope", _ALL_SCOPES))
    try:
        code = identity.consent(app.client_id, redirect_uri, scope, tenants)
        return ExactJSONResponse(identity.redeem(app, code, redirect_uri, None))
    except OAuthError as refusal:
        raise ControlError(f"{refusal.code}: {refusal}") from refusal


async def connect(request: Request) -> Response:
    """Connect an organisation without consent: `{tenant_id, client_id?}`, the development app by default."""
    identity, body = identity_of(request), await control_body(request)
    tenant_id = _organisation(identity, body)
    client_id = str(body.get("client_id", DEV_CLIENT_ID))
    identity.connect(tenant_id, identity.connections.organisations[tenant_id], client_id)
    return Response(status_code=204)


async def disconnect(request: Request) -> Response:
    """Disconnect in Xero: `{tenant_id, client_id?}`, from every app by default; refreshing goes on working."""
    identity, body = identity_of(request), await control_body(request)
    gone = identity.disconnect(_organisation(identity, body), body.get("client_id"))
    return ExactJSONResponse({"disconnected": gone})


async def expire(request: Request) -> Response:
    """Expire tokens: `{tokens: "access" | "refresh" | "all"}`, access tokens by default."""
    identity, body = identity_of(request), await control_body(request)
    which = body.get("tokens", "access")
    if which not in {"access", "refresh", "all"}:
        raise ControlError("tokens is access, refresh or all")
    if which != "refresh":
        identity.expire_access_tokens()
    if which != "access":
        identity.expire_refresh_tokens()
    return Response(status_code=204)


async def revoke(request: Request) -> Response:
    """Revoke every grant of an app, or of all apps: `{client_id?}`; connections stay."""
    identity, body = identity_of(request), await control_body(request)
    client_id = body.get("client_id")
    ended = identity.end_grants(lambda held: client_id is None or held.client_id == client_id)
    return ExactJSONResponse({"revoked": ended})


async def take_snapshot(request: Request) -> Response:
    """Answer all of identity, its signing key too, for `load` after a restart."""
    return Response(snapshot.take(identity_of(request)), media_type="application/json")


async def load_snapshot(request: Request) -> Response:
    """Put such a snapshot in the place of all there is. Load the books first."""
    try:
        snapshot.load(identity_of(request), await request.body())
    except snapshot.NotASnapshotError as error:
        raise ControlError(str(error)) from error
    return Response(status_code=204)


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} is missing")
    return value


def _organisation(identity: IdentityState, body: dict[str, Any]) -> str:
    tenant_id = canonical(_text(body, "tenant_id"))
    if tenant_id not in identity.connections.organisations:
        raise ControlError(f"there is no organisation {tenant_id}")
    return tenant_id


control_routes = [
    Route("/_sandbox/identity", control(show), methods=["GET"]),
    Route("/_sandbox/identity/apps", control(add_app), methods=["POST"]),
    Route("/_sandbox/identity/grants", control(grant), methods=["POST"]),
    Route("/_sandbox/identity/connect", control(connect), methods=["POST"]),
    Route("/_sandbox/identity/disconnect", control(disconnect), methods=["POST"]),
    Route("/_sandbox/identity/expire", control(expire), methods=["POST"]),
    Route("/_sandbox/identity/revoke", control(revoke), methods=["POST"]),
    Route("/_sandbox/identity/snapshot", control(take_snapshot), methods=["GET"]),
    Route("/_sandbox/identity/load", control(load_snapshot), methods=["POST"]),
]
