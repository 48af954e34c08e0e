"""A small OpenID Connect provider over HTTP with keys of its own: it follows the specification, and lies on demand."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from standins.serving import serve

CLIENT, SECRET = "xerosync-console", "secret of the client"
ADA = {"sub": "u-1", "email": "ada@example.com", "roles": ["admin"]}


def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "alg": "RS256", "use": "sig"})


@dataclass
class IdentityProvider:
    """Whoever comes is signed in as `claims` say; `lies` replace claims of the ID token."""

    redirect_uri: str
    url: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    of_userinfo: dict[str, Any] = field(default_factory=dict[str, Any])
    lies: dict[str, Any] = field(default_factory=dict[str, Any])
    refuses: bool = False
    key: RSAKey = field(default_factory=_key)
    signs_with: RSAKey | OctKey | None = None
    algorithm: str = "RS256"
    asked: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def change_keys(self) -> None:
        self.key = _key()

    async def discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, self.redirect_uri)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        answer = {"error": "access_denied"} if self.refuses else {"code": code, "iss": self.url}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode({**answer, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self._codes.pop(str(form["code"]), None)
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or asked["code_challenge"] != challenge or form["redirect_uri"] != self.redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
            **self.lies,
        }
        header = {"alg": self.algorithm, "kid": self.key.kid}
        token = jwt.encode(header, claims, self.signs_with or self.key)
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "id_token": token})

    async def userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer access"
        return JSONResponse({"sub": self.claims["sub"], **self.of_userinfo})


@asynccontextmanager
async def open_provider(redirect_uri: str) -> AsyncGenerator[IdentityProvider]:
    provider = IdentityProvider(redirect_uri)
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/jwks", provider.jwks),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
            Route("/userinfo", provider.userinfo),
        ]
    )
    async with serve(app) as served:
        provider.url = served.url
        yield provider
