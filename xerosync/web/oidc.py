"""OpenID Connect as a relying party: discovery, authorization code with PKCE, state and nonce.

    /sign-in/oidc ──▶ provider ──▶ /sign-in/oidc/callback ──▶ code for ID token ──▶ signature and claims ──▶ role

Authlib checks the claims of the ID token (OpenID Connect Core, 3.1.3.7), joserfc its signature.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import SecretStr

from xerosync.core.base import Message
from xerosync.core.errors import RetryLaterError, XerosyncError
from xerosync.core.people import Role, accounts_in

_SECONDS = 10
_LEEWAY_SECONDS = 60
_SCOPES = "openid profile email"
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key pair: a shared secret, or no signature, is not accepted whatever a provider offers."""

# Providers may add headers of their own.
_REGISTRY = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
_LONGEST_NAME = 200
_OK = 200


class ProviderUnavailableError(RetryLaterError):
    """The identity provider does not answer as it should."""


class SignInRefusedError(XerosyncError):
    """The identity provider did not sign the person in, or its answer does not hold."""


class SignInFlow(Message):
    """What a browser keeps while its person is at the provider, and where the person goes afterwards."""

    state: str
    nonce: str
    verifier: str
    to: str


@dataclass(frozen=True)
class OidcIdentity:
    """Who the provider says it is. A role of None: none of ours is among the claim's values.

    `accounts` are those that the person may see; None means all.
    """

    name: str
    role: Role | None
    accounts: tuple[str, ...] | None


class OidcProvider:
    """One provider and one client of it."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: SecretStr | None,
        *,
        role_claim: str,
        account_claim: str | None,
        redirect_uri: str,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._role_claim = role_claim
        self._account_claim = account_claim
        self._redirect_uri = redirect_uri
        self._metadata: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None

    async def begin(self, to: str) -> tuple[SignInFlow, str]:
        """Return a new flow and the provider's address that it begins at.

        Raises:
            ProviderUnavailableError: the provider does not answer.
        """
        flow = SignInFlow(
            state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48), to=to
        )
        async with _http() as http:
            endpoint = str((await self._discover(http))["authorization_endpoint"])
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": _SCOPES,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": create_s256_code_challenge(flow.verifier),
            "code_challenge_method": "S256",
        }
        return flow, f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def finish(self, flow: SignInFlow, answer: Mapping[str, str]) -> OidcIdentity:
        """Return who the answer, the query of the address that the provider sent the person to, says it is.

        Raises:
            SignInRefusedError: the answer is none to this flow, the provider refused, or its token does not hold.
            ProviderUnavailableError: the provider does not answer.
        """
        if not secrets.compare_digest(flow.state.encode(), answer.get("state", "").encode()):
            raise SignInRefusedError("This is no answer to a sign-in of this browser: begin again.")
        if "error" in answer or "code" not in answer:
            raise SignInRefusedError("The identity provider did not sign you in.")
        async with _http() as http:
            metadata = await self._discover(http)
            if answer.get("iss", metadata["issuer"]) != metadata["issuer"]:
                raise SignInRefusedError("The answer is of another identity provider.")
            tokens = await self._exchange(http, metadata, answer["code"], flow.verifier)
            claims = await self._verified(http, metadata, tokens, flow.nonce)
            more: Mapping[str, Any] = {}
            asked_for = [claim for claim in (self._role_claim, self._account_claim) if claim is not None]
            if any(_at(claims, claim) is None for claim in asked_for) and "userinfo_endpoint" in metadata:
                more = await _userinfo(http, metadata, tokens, str(claims["sub"]))
        roles, *accounts = (next(_found(claim, claims, more), None) for claim in asked_for)
        return OidcIdentity(
            _name({**more, **claims}), _highest(roles), accounts_in(_listed(accounts[0])) if accounts else None
        )

    async def _discover(self, http: httpx.AsyncClient) -> Mapping[str, Any]:
        if self._metadata is None:
            url = f"{self._issuer}/.well-known/openid-configuration"
            found = await _json(http, http.build_request("GET", url))
            needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer or not all(name in found for name in needed):
                raise ProviderUnavailableError(f"{url} does not describe the provider of XEROSYNC_OIDC_ISSUER.")
            self._metadata = found
        return self._metadata

    async def _exchange(
        self, http: httpx.AsyncClient, metadata: Mapping[str, Any], code: str, verifier: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        auth: httpx.BasicAuth | None = None
        if self._client_secret is not None:
            secret = self._client_secret.get_secret_value()
            if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
                auth = httpx.BasicAuth(self._client_id, secret)
            else:
                form["client_secret"] = secret
        request = http.build_request("POST", str(metadata["token_endpoint"]), data=form)
        return await _json(http, request, auth, refusal="The identity provider does not take its own code back.")

    async def _verified(
        self, http: httpx.AsyncClient, metadata: Mapping[str, Any], tokens: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """Return the claims of the ID token, once its signature and they themselves hold."""
        try:
            token = await self._decoded(http, metadata, str(tokens.get("id_token", "")))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"values": [metadata["issuer"]]}, "aud": {"values": [self._client_id]}},
                {"nonce": nonce, "client_id": self._client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise SignInRefusedError(
                f"The token of the identity provider does not hold ({type(error).__name__})."
            ) from None
        return dict(claims)

    async def _decoded(self, http: httpx.AsyncClient, metadata: Mapping[str, Any], id_token: str) -> jwt.Token:
        is_fresh = self._keys is None
        if self._keys is None:
            self._keys = await _keys(http, metadata)
        try:
            return jwt.decode(id_token, self._keys, registry=_REGISTRY)
        except InvalidKeyIdError:
            if is_fresh:
                raise
            # The provider changed its keys since.
            self._keys = await _keys(http, metadata)
            return jwt.decode(id_token, self._keys, registry=_REGISTRY)


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False)


async def _keys(http: httpx.AsyncClient, metadata: Mapping[str, Any]) -> KeySet:
    found: Any = await _json(http, http.build_request("GET", str(metadata["jwks_uri"])))
    return KeySet.import_key_set(found)


async def _userinfo(
    http: httpx.AsyncClient, metadata: Mapping[str, Any], tokens: Mapping[str, Any], subject: str
) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
    found = await _json(http, http.build_request("GET", str(metadata["userinfo_endpoint"]), headers=headers))
    if found.get("sub") != subject:
        raise SignInRefusedError("The identity provider answers about somebody else.")
    return found


async def _json(
    http: httpx.AsyncClient, request: httpx.Request, auth: httpx.BasicAuth | None = None, *, refusal: str = ""
) -> Mapping[str, Any]:
    """Return the JSON object that a request answers. A 4xx is a refusal where that has words."""
    try:
        answer = await http.send(request, auth=auth)
        if refusal and answer.is_client_error:
            raise SignInRefusedError(refusal)
        found: Any = answer.json() if answer.status_code == _OK else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderUnavailableError(f"{request.url.host} does not answer ({type(error).__name__}).") from None
    if not isinstance(found, dict):
        raise ProviderUnavailableError(f"{request.url.host} answers {answer.status_code} instead of a JSON object.")
    return found


def _at(claims: Mapping[str, Any], claim: str) -> Any:
    """Return a claim by its name, or by the way to it with dots, such as `realm_access.roles`."""
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for part in claim.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _found(claim: str, *among: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a claim is in each of several sets of claims that have it."""
    return (value for claims in among if (value := _at(claims, claim)) is not None)


def _highest(values: Any) -> Role | None:
    """Return the highest of our roles among a claim's values, one text or several."""
    return max((role for role in Role if role.word in _listed(values)), default=None)


def _listed(values: Any) -> Sequence[Any]:
    """Return what a claim holds, one value or several, as a list."""
    return values if isinstance(values, list) else [values]


def _name(claims: Mapping[str, Any]) -> str:
    """Return what a person is called in timelines: the address of e-mail, else a name, else the subject."""
    for claim in ("email", "preferred_username", "name", "sub"):
        name = str(claims.get(claim) or "").strip()
        if name and name.isprintable():
            return name[:_LONGEST_NAME]
    return "somebody without a name"
