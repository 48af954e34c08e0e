"""A person's consent to the app: what Xero's login page is asked for, and the grant that its answer becomes.

Authorization code as Xero documents it: the app proves itself at the end by its secret or, where it has none, by PKCE
(RFC 7636, S256). The code lives for five minutes and works once. `state` ties the answer to the question.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import SecretStr

from xerosync.connection.grant import Grant, GrantKind, ScopeSet
from xerosync.core.clock import utc_now
from xerosync.xero.calls.answer import read_json
from xerosync.xero.errors import ConsentError
from xerosync.xero.oauth.identity import Identity

CALLBACK_PATH = "/oauth/callback"
"""Behind whatever address a person's browser reaches us at: Xero sends its answer there."""

_BOTH = ("accounting.contacts", "accounting.settings.read")
_DOCUMENTS = {ScopeSet.GRANULAR: "accounting.invoices", ScopeSet.BROAD: "accounting.transactions"}
"""Invoices, credit notes and their History notes. Payments show on them: no scope of payments is needed."""

_OFFLINE = "offline_access"
"""Without it there is no refresh token, and the consent would be worth 30 minutes."""


def scopes_of(chosen: ScopeSet, *, kind: GrantKind = GrantKind.CONSENT) -> tuple[str, ...]:
    """Return the least that the app needs. A custom connection signs in anew and refreshes nothing."""
    offline = (_OFFLINE,) if kind is GrantKind.CONSENT else ()
    return (*offline, _DOCUMENTS[chosen], *_BOTH)


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What a person is asked: the address of Xero's page, and what only we know of it."""

    url: str
    redirect_uri: str
    state: SecretStr
    verifier: SecretStr | None

    def is_answered_by(self, state: str) -> bool:
        """Whether an answer belongs to this question; takes as long for a near miss as for any other."""
        return hmac.compare_digest(self.state.get_secret_value().encode(), state.encode("utf-8", "replace"))


class StateMismatchError(ConsentError):
    """The answer belongs to another question than the one that was just asked."""


def code_in(address: str, question: ConsentRequest) -> SecretStr:
    """Return the code in the address that Xero sent a browser to.

    Raises:
        StateMismatchError: it does not answer this question.
        ConsentError: the person said no, or Xero did.
    """
    said = parse_qs(urlsplit(address.strip()).query)
    if not question.is_answered_by(said.get("state", [""])[0]):
        raise StateMismatchError
    if "code" in said:
        return SecretStr(said["code"][0])
    refusal = re.sub(r"[^a-z_]", "", said.get("error", [""])[0])[:40]
    if refusal == "access_denied":
        raise ConsentError("Access was denied on Xero's page; nothing was changed.")
    raise ConsentError(f"Xero did not let the app in ({refusal or 'without a reason'}); nothing was changed.")


def redirect_problem(redirect_uri: str) -> str | None:
    """Return why Xero would send nobody to an address, by its documentation; None where it does."""
    parts = urlsplit(redirect_uri)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost"):
        return None
    return (
        f"Xero sends nobody back to {parts.scheme}://{parts.netloc}: it takes https, or http on localhost by that name."
    )


@dataclass(frozen=True, slots=True)
class Consented:
    """A consent as it was just given. `auth_event_id` marks the connections that it made or renewed."""

    grant: Grant
    auth_event_id: str | None


class Consents:
    """Asks for consent and turns the answer into a grant."""

    def __init__(self, identity: Identity, *, login_url: str, clock: Callable[[], datetime] = utc_now) -> None:
        self._identity = identity
        self._url = login_url.rstrip("/") + "/identity/connect/authorize"
        self._clock = clock

    def ask(self, redirect_uri: str, scopes: ScopeSet) -> ConsentRequest:
        """Return the question. Xero sends the answer to `redirect_uri`: https, or http on `localhost` by that name."""
        state = secrets.token_urlsafe(32)
        verifier = None if self._identity.has_secret else secrets.token_urlsafe(64)
        asked = {
            "response_type": "code",
            "client_id": self._identity.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes_of(scopes)),
            "state": state,
        }
        if verifier:
            digest = hashlib.sha256(verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return ConsentRequest(
            url=f"{self._url}?{urlencode(asked)}",
            redirect_uri=redirect_uri,
            state=SecretStr(state),
            verifier=SecretStr(verifier) if verifier else None,
        )

    async def redeem(self, question: ConsentRequest, code: SecretStr) -> Consented:
        """Exchange the code for a grant of that user, not yet stored.

        Raises:
            ConsentError: Xero does not take the code, or gives no refresh token.
            TokenUnavailableError: Xero's answer was lost, and the code with it.
            ClientRefusedError: Xero does not take the app.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code.get_secret_value(),
            "redirect_uri": question.redirect_uri,
        }
        if question.verifier:
            form["code_verifier"] = question.verifier.get_secret_value()
        given = await self._identity.tokens(form)
        if given is None:
            raise ConsentError("Xero did not take the code: it works once, within five minutes. Connect again.")
        return self.consented(given)

    def consented(self, given: dict[str, Any]) -> Consented:
        """Return the grant that an answer of the identity service holds. Raises ConsentError."""
        if not given.get("refresh_token"):
            raise ConsentError("Xero gave no refresh token: the app must be allowed offline access. Connect again.")
        access_token = str(given["access_token"])
        claims = _claims(access_token)
        user = claims.get("xero_userid")
        grant = Grant(
            # A token is the user's for the app: a later consent of the same user takes the place of this one.
            grant_id=f"user-{user}" if user else f"consent-{secrets.token_hex(8)}",
            kind=GrantKind.CONSENT,
            access_token=SecretStr(access_token),
            expires_at=self._clock() + timedelta(seconds=int(given["expires_in"])),
            refresh_token=SecretStr(str(given["refresh_token"])),
            scopes=tuple(str(given.get("scope") or "").split()),
        )
        event = claims.get("authentication_event_id")
        return Consented(grant, str(event) if event else None)


def _claims(access_token: str) -> dict[str, Any]:
    """Read what an access token says of itself. Nothing rests on it but names, so its signature is not checked."""
    middle = [*access_token.split("."), "", ""][1]
    try:
        claims = read_json(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}
