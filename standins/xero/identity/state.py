"""Consent, tokens and connections.

Invariants: a grant has one current refresh token; every other was replaced at some moment and lives thirty
minutes from then, so that a lost answer can be asked for again. A token belongs to user and app, never to an
organisation: disconnecting one takes the organisation away and leaves refreshing alone.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from standins.clock import Clock
from standins.xero.identity import scopes as scope_rules
from standins.xero.identity.connections import Connections
from standins.xero.identity.records import (
    AccessRefusedError,
    App,
    Bearer,
    Code,
    Grant,
    OAuthError,
    RefreshToken,
    may_redirect_to,
)
from standins.xero.identity.tokens import Signer, challenge_of, digest, opaque, same

ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
GRACE = timedelta(minutes=30)
CODE_LIFE = timedelta(minutes=5)

DEV_CLIENT_ID = "xerosync-dev"
DEV_CLIENT_SECRET = "xerosync-dev-secret"  # noqa: S105 - opens nothing but this stand-in

_ISSUER = "https://identity.xero.com"


class IdentityState:
    """All of identity for one stand-in and its one user.

    With `authentication` off, calls pass with any bearer token or none, as long as their organisation is
    connected; an organisation made known is connected to the development app at once.
    """

    def __init__(self, clock: Clock, authentication: bool = False) -> None:
        self.clock = clock
        self.authentication = authentication
        self.user_id = str(uuid4())
        self.signer = Signer()
        self.apps: dict[str, App] = {}
        self.connections = Connections(clock)
        self.grants: dict[str, Grant] = {}
        self._codes: dict[bytes, Code] = {}
        self.refresh_tokens: dict[bytes, RefreshToken] = {}
        self.live: dict[str, tuple[str, datetime]] = {}
        self.add_app(DEV_CLIENT_ID, DEV_CLIENT_SECRET, (), granular=False)

    def add_app(
        self,
        client_id: str,
        client_secret: str | None,
        redirect_uris: Iterable[str],
        granular: bool,
        custom_tenant_id: str | None = None,
    ) -> App:
        """Register an app, or replace its registration. ValueError for a redirect address that Xero would refuse."""
        uris = tuple(redirect_uris)
        for uri in uris:
            if not may_redirect_to(uri):
                raise ValueError(f"redirect address {uri!r} is neither https nor http://localhost")
        app = App(client_id, client_secret, uris, granular, custom_tenant_id)
        self.apps[client_id] = app
        if custom_tenant_id in self.connections.organisations:
            self.connections.add(client_id, custom_tenant_id, str(uuid4()))
        return app

    def connect(self, tenant_id: str, name: str, client_id: str | None = None) -> None:
        """Make an organisation known, so that consent can choose it.

        It is connected at once to `client_id` where one is named, to its custom connections, and to the
        development app where tokens are not checked.
        """
        self.connections.organisations[tenant_id] = name
        clients = {app.client_id for app in self.apps.values() if app.custom_tenant_id == tenant_id}
        if client_id is not None:
            clients.add(client_id)
        elif not self.authentication:
            clients.add(DEV_CLIENT_ID)
        for client in sorted(clients):
            self.connections.add(client, tenant_id, str(uuid4()))

    def disconnect(self, tenant_id: str, client_id: str | None = None) -> int:
        """Do what "Disconnect" in Xero does, for one app or all; returns how many connections went."""
        return self.connections.remove(tenant_id, client_id)

    def check_request(self, client_id: str, redirect_uri: str, scope: str, challenge: str | None) -> App:
        """Check what an app asks of the user. Raises OAuthError, whose place is Xero's own error page."""
        app = self.apps.get(client_id)
        if app is None or app.custom_tenant_id is not None:
            raise OAuthError("unauthorized_client", "Unknown client or client not enabled")
        if not app.redirects_to(redirect_uri):
            raise OAuthError("unauthorized_client", "Invalid redirect_uri")
        if app.client_secret is None and not challenge:
            raise OAuthError("invalid_request", "code challenge required")
        wrong = scope_rules.refused(scope.split(), granular=app.granular, now=self.clock.now())
        if wrong or not scope.split():
            raise OAuthError("invalid_scope", f"Invalid scope: {' '.join(wrong)}")
        return app

    def consent(
        self, client_id: str, redirect_uri: str, scope: str, tenant_ids: Iterable[str], challenge: str | None = None
    ) -> str:
        """Allow an app into organisations; returns the code. Raises OAuthError as `check_request` does."""
        self.check_request(client_id, redirect_uri, scope, challenge)
        event = str(uuid4())
        for tenant_id in tenant_ids:
            self.connections.add(client_id, tenant_id, event)
        code = opaque()
        expires_at = self.clock.now() + CODE_LIFE
        self._codes[digest(code)] = Code(client_id, redirect_uri, tuple(scope.split()), event, challenge, expires_at)
        return code

    def authenticate_app(self, client_id: str, client_secret: str | None) -> App:
        """Return the app that these credentials belong to. Raises OAuthError invalid_client."""
        app = self.apps.get(client_id)
        if app is None or (app.client_secret is not None and not same(app.client_secret, client_secret or "")):
            raise OAuthError("invalid_client")
        return app

    def redeem(self, app: App, code: str, redirect_uri: str, verifier: str | None) -> dict[str, Any]:
        """Exchange a code, once, for tokens. Raises OAuthError invalid_grant."""
        found = self._codes.pop(digest(code), None)
        if found is None or found.client_id != app.client_id or found.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant")
        if self.clock.now() >= found.expires_at:
            raise OAuthError("invalid_grant")
        if found.challenge and not (verifier and same(challenge_of(verifier), found.challenge)):
            raise OAuthError("invalid_grant")
        grant = self._open_grant(app, found.scopes, found.auth_event_id)
        return self._token_set(grant, found.scopes, signed_in=True)

    def refresh(self, app: App, refresh_token: str, scope: str | None = None) -> dict[str, Any]:
        """Rotate a refresh token. Raises OAuthError invalid_grant, or invalid_scope for more than was granted."""
        found = self.refresh_tokens.get(digest(refresh_token))
        now = self.clock.now()
        if found is None or found.grant.revoked or found.grant.client_id != app.client_id:
            raise OAuthError("invalid_grant")
        if now >= found.expires_at or (found.replaced_at is not None and now >= found.replaced_at + GRACE):
            raise OAuthError("invalid_grant")
        wanted = tuple(scope.split()) if scope else found.grant.scopes
        if not set(wanted) <= set(found.grant.scopes):
            raise OAuthError("invalid_scope")
        return self._token_set(found.grant, wanted)

    def client_credentials(self, app: App, scope: str | None = None) -> dict[str, Any]:
        """Return the access token of a custom connection; there is no refresh token. Raises OAuthError."""
        if app.custom_tenant_id is None:
            raise OAuthError("unauthorized_client")
        wanted = tuple(scope.split()) if scope else scope_rules.EVERYTHING
        if scope_rules.refused(wanted, granular=app.granular, now=self.clock.now()):
            raise OAuthError("invalid_scope")
        return self._token_set(self._open_grant(app, wanted, str(uuid4())), wanted)

    def revoke(self, app: App, token: str) -> None:
        """End the grant of a refresh token and remove the app's connections; unknown tokens change nothing."""
        found = self.refresh_tokens.get(digest(token))
        if found is None or found.grant.client_id != app.client_id:
            return
        self.end_grants(lambda grant: grant is found.grant)
        self.connections.remove_app(app.client_id)

    def end_grants(self, chosen: Callable[[Grant], bool]) -> int:
        """Revoke grants with all their tokens, leaving connections alone; returns how many."""
        ended = [grant for grant in self.grants.values() if chosen(grant) and not grant.revoked]
        for grant in ended:
            grant.revoked = True
        gone = {grant.id for grant in ended}
        self.live = {jti: life for jti, life in self.live.items() if life[0] not in gone}
        return len(ended)

    def expire_access_tokens(self) -> None:
        """Let every access token issued so far be expired."""
        self.live.clear()

    def expire_refresh_tokens(self) -> None:
        """Let every refresh token issued so far be past its sixty days."""
        now = self.clock.now()
        for token in self.refresh_tokens.values():
            token.expires_at = min(token.expires_at, now)

    def bearer(self, token: str | None) -> Bearer:
        """Return whom a bearer token belongs to. Raises AccessRefusedError 401."""
        claims = self.signer.claims(token) if token else None
        if claims is None:
            raise AccessRefusedError(401, "AuthenticationUnsuccessful")
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        if self.clock.now() >= expires_at or claims["jti"] not in self.live:
            grant = self.grants.get(claims["global_session_id"])
            if grant is not None and grant.revoked:
                raise AccessRefusedError(401, "AuthenticationUnsuccessful")
            moment = min(expires_at, self.clock.now())
            raise AccessRefusedError(401, f"TokenExpired: token expired at {moment:%m/%d/%Y %H:%M:%S}")
        return Bearer(claims["client_id"], claims["global_session_id"], tuple(claims["scope"]))

    def _open_grant(self, app: App, scopes: tuple[str, ...], auth_event_id: str) -> Grant:
        grant = Grant(str(uuid4()), app.client_id, scopes, auth_event_id, self.clock.now())
        self.grants[grant.id] = grant
        return grant

    def _token_set(self, grant: Grant, scopes: tuple[str, ...], *, signed_in: bool = False) -> dict[str, Any]:
        now = self.clock.now()
        answer: dict[str, Any] = {
            "access_token": self._access_token(grant, scopes, now),
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(scopes),
        }
        if signed_in and "openid" in scopes:
            answer["id_token"] = self.signer.sign(self._claims(grant, now, ACCESS_LIFE, aud=grant.client_id))
        if scope_rules.OFFLINE in grant.scopes:
            if grant.current is not None:
                self.refresh_tokens[grant.current].replaced_at = now
            token = opaque()
            grant.current = digest(token)
            self.refresh_tokens[grant.current] = RefreshToken(grant, now + REFRESH_LIFE)
            answer["refresh_token"] = token
        return answer

    def _access_token(self, grant: Grant, scopes: tuple[str, ...], now: datetime) -> str:
        jti = uuid4().hex
        self.live = {known: life for known, life in self.live.items() if life[1] > now}
        self.live[jti] = (grant.id, now + ACCESS_LIFE)
        claims = self._claims(grant, now, ACCESS_LIFE, aud=f"{_ISSUER}/resources")
        return self.signer.sign({**claims, "client_id": grant.client_id, "jti": jti, "scope": list(scopes)})

    def _claims(self, grant: Grant, now: datetime, life: timedelta, *, aud: str) -> dict[str, Any]:
        return {
            "iss": _ISSUER,
            "aud": aud,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
            "sub": self.user_id.replace("-", ""),
            "auth_time": int(grant.created_at.timestamp()),
            "xero_userid": self.user_id,
            "global_session_id": grant.id,
            "authentication_event_id": grant.auth_event_id,
        }
