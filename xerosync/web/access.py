"""Who may ask for what. Every route of the console names the role that it needs; without one it is closed.

    @needs(Role.OPERATOR)
    async def retry(request: Request) -> Response: …

A request without a session is sent to sign in; one whose person may not is refused; what changes something must come
from our own pages. The person is `request.state.person`, and what the request does is put down to that name.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xerosync.core.people import Person, Role
from xerosync.documents.timeline import ChangeCause, caused_by
from xerosync.postgres import PostgresSessions
from xerosync.settings import Settings
from xerosync.web.forward_auth import ForwardAuth
from xerosync.web.path_params import can_name

SAFE_METHODS = ("GET", "HEAD")
SIGN_IN = "/sign-in"

Handler = Callable[..., Awaitable[Response]]
"""A function of the request, or a method."""


def needs(role: Role) -> Callable[[Handler], Handler]:
    """Close a route to whoever is not signed in with that role, and for an account that the person may not see.

    The route's `{account}`, where it has one, is the account. Of one that the person may not see it is not said
    whether it exists.
    """

    def close(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(*arguments: Any) -> Response:
            request: Request = arguments[-1]
            access: Access = request.app.state.access
            person = await access.person(request)
            if person is None:
                return _to_sign_in(request)
            if request.method not in SAFE_METHODS:
                access.check_origin(request)
            account_id = request.path_params.get("account")
            is_hidden = account_id is not None and not person.sees(account_id)
            if is_hidden or not all(can_name(value) for value in request.path_params.values()):
                raise HTTPException(404, "There is no such page.")
            if not person.may(role):
                raise HTTPException(403, f"{person.name} is signed in as {person.role.word}; this needs {role.word}.")
            request.state.person = person
            with caused_by(ChangeCause(who=person.name)):
                return await handler(*arguments)

        guarded.__dict__["needs_role"] = role
        return guarded

    return close


class Access:
    """Finds who asks, by the proxy before us or the cookie of the session, and whether a page of ours asks."""

    def __init__(self, sessions: PostgresSessions, settings: Settings) -> None:
        self.sessions = sessions
        self._public = urlsplit(settings.public_url or "")
        secret = settings.forward_auth_secret
        self._forward_auth = (
            ForwardAuth(secret, settings.trusted_proxies, by_account=settings.forward_auth_accounts) if secret else None
        )

    @property
    def is_https(self) -> bool:
        """Whether people reach us by https."""
        return self._public.scheme == "https"

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; with the prefix a browser takes it from this host alone."""
        return "__Host-xerosync" if self.is_https else "xerosync"

    async def person(self, request: Request) -> Person | None:
        """Return who asks, if somebody is signed in: at the proxy before us, else here.

        Raises:
            NoRoleError, NoAccountError: it is somebody without a role, or who may see no account.
        """
        if self._forward_auth and (named := self._forward_auth.person(request)):
            return named
        token = request.cookies.get(self.cookie)
        return await self.sessions.person(token) if token else None

    async def sign_in(self, request: Request, person: Person, to: str = "/") -> Response:
        """Begin a session and go on to a page of ours."""
        del request
        response = RedirectResponse(local(to), 303)
        response.set_cookie(
            self.cookie,
            await self.sessions.begin(person),
            httponly=True,
            secure=self.is_https,
            samesite="lax",
            path="/",
        )
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        if token := request.cookies.get(self.cookie):
            await self.sessions.end(token)
        response = RedirectResponse(SIGN_IN, 303)
        response.delete_cookie(self.cookie, path="/", secure=self.is_https, httponly=True, samesite="lax")
        return response

    def check_origin(self, request: Request) -> None:
        """Refuse what another site's page sends. Raises HTTPException 403."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        ours = {f"{self._public.scheme}://{self._public.netloc}", f"{request.url.scheme}://{request.url.netloc}"}
        if (site is not None and site != "same-origin") or (origin is None and site is None):
            raise HTTPException(403, "This can be done from a page of this console alone.")
        if origin is not None and origin not in ours:
            raise HTTPException(403, "This can be done from a page of this console alone.")


def local(address: str) -> str:
    """Return an address if it leads to a page of ours, else the first page."""
    parts = urlsplit(address)
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if is_ours and address.isprintable() else "/"


def _to_sign_in(request: Request) -> Response:
    """Send a person to the page where one signs in, and back here afterwards."""
    if request.headers.get("hx-request"):
        # htmx would put that page into a part of this one.
        return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
    if request.method not in SAFE_METHODS:
        raise HTTPException(401, "Sign in first: your session has ended.")
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{SIGN_IN}?to={quote(target, safe='')}", 303)
