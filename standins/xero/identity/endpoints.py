"""The pages and endpoints of `login.xero.com`, `identity.xero.com` and `/connections`, at one address.

Refusals of the authorize page are shown to the user, as Xero does, and never sent to the redirect address;
the one exception is `access_denied`, when the user cancels.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus, urlencode
from uuid import uuid4

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.pages import render
from standins.xero.identity.records import AccessRefusedError, App, OAuthError, canonical
from standins.xero.identity.state import IdentityState

_ASKED = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "response_type")
_NO_STORE = {"cache-control": "no-store"}


def identity_of(request: Request) -> IdentityState:
    """Return the stand-in's identity."""
    found: IdentityState = request.app.state.xero.identity
    return found


def bearer_token(authorization: str | None) -> str | None:
    """Return the token of an Authorization header, None when it carries no bearer."""
    kind, _, token = (authorization or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def problem(refusal: AccessRefusedError) -> dict[str, Any]:
    """Return Xero's problem body for a refused token or organisation."""
    return {
        "Type": None,
        "Title": {401: "Unauthorized", 403: "Forbidden"}[refusal.status],
        "Status": refusal.status,
        "Detail": refusal.detail,
        "Instance": str(uuid4()),
        "Extensions": {},
    }


async def authorize(request: Request) -> Response:
    """Show what the app asks for, or take the user's answer and send the browser back to the app."""
    identity = identity_of(request)
    source: QueryParams | FormData = request.query_params if request.method == "GET" else await request.form()
    asked = {name: str(source.get(name, "")) for name in _ASKED}
    try:
        app = _checked(identity, asked)
    except OAuthError as refusal:
        return render("xero", "refused.html", http_status=400, code=refusal.code, description=str(refusal))
    organisations = identity.connections.organisations
    if request.method == "GET":
        return render("xero", "authorize.html", app=app, asked=asked, organisations=organisations)
    if source.get("answer") != "allow":
        return _back(asked, {"error": "access_denied"})
    chosen = [str(value) for value in FormData(source).getlist("tenant") if value in organisations]
    if not chosen:
        return render("xero", "authorize.html", app=app, asked=asked, organisations=organisations, nothing_chosen=True)
    code = identity.consent(
        app.client_id, asked["redirect_uri"], asked["scope"], chosen, asked["code_challenge"] or None
    )
    return _back(asked, {"code": code, "scope": asked["scope"]})


async def token(request: Request) -> Response:
    """Answer a grant with tokens, or 400 with the error of RFC 6749."""
    identity, form = identity_of(request), await request.form()
    try:
        return ExactJSONResponse(_grant(identity, _client(identity, request, form), form), headers=_NO_STORE)
    except OAuthError as refusal:
        return ExactJSONResponse({"error": refusal.code}, status_code=400, headers=_NO_STORE)


async def revocation(request: Request) -> Response:
    """Revoke a refresh token; 200 whether or not it was known, as RFC 7009 has it."""
    identity, form = identity_of(request), await request.form()
    try:
        identity.revoke(_client(identity, request, form), str(form.get("token", "")))
    except OAuthError as refusal:
        return ExactJSONResponse({"error": refusal.code}, status_code=400)
    return Response(status_code=200)


async def connections(request: Request) -> Response:
    """List the connections of the token's app; `authEventId` keeps those of one consent."""
    identity = identity_of(request)
    try:
        client_id = _caller(identity, request)
    except AccessRefusedError as refusal:
        return ExactJSONResponse(problem(refusal), status_code=refusal.status)
    event = request.query_params.get("authEventId")
    held = identity.connections.of(client_id, canonical(event) if event else None)
    return ExactJSONResponse([connection.as_json() for connection in held])


async def connection(request: Request) -> Response:
    """Disconnect: 204, or 404 when the app has no such connection."""
    identity = identity_of(request)
    try:
        client_id = _caller(identity, request)
    except AccessRefusedError as refusal:
        return ExactJSONResponse(problem(refusal), status_code=refusal.status)
    removed = identity.connections.delete(canonical(request.path_params["id"]), client_id)
    return Response(status_code=204 if removed else 404)


def _checked(identity: IdentityState, asked: dict[str, str]) -> App:
    if asked["response_type"] != "code":
        raise OAuthError("unsupported_response_type")
    if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
        raise OAuthError("invalid_request", "Transform algorithm not supported")
    return identity.check_request(
        asked["client_id"], asked["redirect_uri"], asked["scope"], asked["code_challenge"] or None
    )


def _back(asked: dict[str, str], outcome: dict[str, str]) -> Response:
    if asked["state"]:
        outcome["state"] = asked["state"]
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{joint}{urlencode(outcome)}", status_code=302)


def _client(identity: IdentityState, request: Request, form: FormData) -> App:
    """Return the app that signs a call to the token endpoint, by Basic header or by form."""
    client_id, secret = str(form.get("client_id", "")), form.get("client_secret")
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise OAuthError("invalid_client") from error
        client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    return identity.authenticate_app(client_id, str(secret) if secret is not None else None)


def _grant(identity: IdentityState, app: App, form: FormData) -> dict[str, Any]:
    given = {name: str(value) for name, value in form.items()}
    match given.get("grant_type"):
        case "authorization_code":
            code, redirect_uri = given.get("code", ""), given.get("redirect_uri", "")
            return identity.redeem(app, code, redirect_uri, given.get("code_verifier"))
        case "refresh_token":
            return identity.refresh(app, given.get("refresh_token", ""), given.get("scope"))
        case "client_credentials":
            return identity.client_credentials(app, given.get("scope"))
        case _:
            raise OAuthError("unsupported_grant_type")


def _caller(identity: IdentityState, request: Request) -> str | None:
    """Return the app whose connections a call sees: None, all of them, where tokens are not checked."""
    presented = bearer_token(request.headers.get("authorization"))
    if identity.authentication:
        return identity.bearer(presented).client_id
    try:
        return identity.bearer(presented).client_id
    except AccessRefusedError:
        return None


endpoint_routes = [
    Route("/identity/connect/authorize", authorize, methods=["GET", "POST"]),
    Route("/connect/token", token, methods=["POST"]),
    Route("/connect/revocation", revocation, methods=["POST"]),
    *(Route(path, connections, methods=["GET"]) for path in ("/connections", "/Connections")),
    *(Route(f"{path}/{{id}}", connection, methods=["DELETE"]) for path in ("/connections", "/Connections")),
]
