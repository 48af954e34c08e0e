"""A consent under way, kept in the browser that began it: encrypted, for that session alone, for fifteen minutes.

So the answer of Xero is taken from nobody else's browser, by any copy of the edge, and nothing is stored before Xero
said yes. A browser has one consent under way; a later one takes its place.
"""

import hashlib
from datetime import datetime, timedelta

from pydantic import SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from xerosync.core.base import Message
from xerosync.core.clock import utc_now
from xerosync.postgres import Cipher
from xerosync.postgres.errors import UnreadableSecretError
from xerosync.web.access import Access
from xerosync.xero.oauth.consent import ConsentRequest

LASTS = timedelta(minutes=15)


class PendingConsent(Message):
    """What was asked for an account; once Xero has said yes, the stored grant. `session` is of the browser."""

    account_id: str
    session: str
    expires_at: datetime
    redirect_uri: str
    state: str
    verifier: str | None = None
    grant_id: str | None = None
    auth_event_id: str | None = None

    @property
    def question(self) -> ConsentRequest:
        """The question that Xero's answer must fit."""
        return ConsentRequest(
            url="",
            redirect_uri=self.redirect_uri,
            state=SecretStr(self.state),
            verifier=SecretStr(self.verifier) if self.verifier else None,
        )


class ConsentCookie:
    """Reads and writes the cookie."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def begin(self, request: Request, account_id: str, question: ConsentRequest) -> PendingConsent:
        """Return a consent that begins in the browser that asks."""
        return PendingConsent(
            account_id=account_id,
            session=_session(request),
            expires_at=utc_now() + LASTS,
            redirect_uri=question.redirect_uri,
            state=question.state.get_secret_value(),
            verifier=question.verifier.get_secret_value() if question.verifier else None,
        )

    def read(self, request: Request) -> PendingConsent | None:
        """Return the consent under way in the browser and session that ask, if there is one."""
        sealed = request.cookies.get(_name(request))
        if not sealed:
            return None
        try:
            pending = PendingConsent.model_validate_json(
                self._cipher.decrypt(sealed.encode(), "the consent under way").get_secret_value()
            )
        except (UnreadableSecretError, ValidationError):
            return None
        is_ours = pending.session == _session(request) and pending.expires_at > utc_now()
        return pending if is_ours else None

    def write(self, request: Request, response: Response, pending: PendingConsent) -> Response:
        """Keep the consent in the browser."""
        response.set_cookie(
            _name(request),
            self._cipher.encrypt(SecretStr(pending.model_dump_json())).decode(),
            max_age=int(LASTS.total_seconds()),
            httponly=True,
            secure=_access(request).is_https,
            # Xero sends the browser back by a link of its own site.
            samesite="lax",
            path="/",
        )
        return response

    def clear(self, request: Request, response: Response) -> Response:
        """Forget the consent."""
        response.delete_cookie(
            _name(request), path="/", secure=_access(request).is_https, httponly=True, samesite="lax"
        )
        return response


def _access(request: Request) -> Access:
    found: Access = request.app.state.access
    return found


def _name(request: Request) -> str:
    return f"{_access(request).cookie}-consent"


def _session(request: Request) -> str:
    """Return what tells one session from another, and signs nobody in."""
    return hashlib.sha256(request.cookies.get(_access(request).cookie, "").encode()).hexdigest()
