"""Signing in at an OpenID Connect provider: there, and back with a role."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.core.people import Person
from xerosync.settings import Settings
from xerosync.web.access import Access, local
from xerosync.web.errors import NoAccountError, NoRoleError
from xerosync.web.oidc import OidcProvider, SignInFlow, SignInRefusedError
from xerosync.web.sealing import Seal

START = "/sign-in/oidc"
CALLBACK = f"{START}/callback"

_LASTS = timedelta(minutes=10)
_LONGEST_ADDRESS = 1_000


def oidc_routes(settings: Settings) -> Sequence[BaseRoute]:
    """Return the two routes, for settings that name a provider."""
    assert settings.oidc_issuer is not None
    assert settings.oidc_client_id is not None
    provider = OidcProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        role_claim=settings.oidc_role_claim,
        account_claim=settings.oidc_account_claim,
        redirect_uri=f"{settings.public_url}{CALLBACK}",
    )
    flows = Seal(SignInFlow, settings.token_keys, "oidc", lasts=_LASTS)
    sign_in = OidcSignIn(provider, flows, settings.oidc_role_claim, settings.oidc_account_claim)
    return [Route(START, sign_in.start), Route(CALLBACK, sign_in.finish)]


class OidcSignIn:
    """Sends a person to the provider, and begins a session when the person comes back.

    What belongs to one sign-in stands in a cookie of the browser alone: an answer that another browser began is none.
    """

    def __init__(
        self, provider: OidcProvider, flows: Seal[SignInFlow], role_claim: str, account_claim: str | None
    ) -> None:
        self._provider = provider
        self._flows = flows
        self._role_claim = role_claim
        self._account_claim = account_claim

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider."""
        access: Access = request.app.state.access
        to = local(request.query_params.get("to", "/"))
        flow, address = await self._provider.begin(to if len(to) <= _LONGEST_ADDRESS else "/")
        response = RedirectResponse(address, 303)
        response.set_cookie(
            _cookie(access),
            self._flows.seal(flow),
            max_age=int(_LASTS.total_seconds()),
            httponly=True,
            secure=access.is_https,
            samesite="lax",
            path="/",
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Begin a session for whom the provider vouches, and who has a role there."""
        access: Access = request.app.state.access
        flow = self._flows.open(request.cookies.get(_cookie(access), ""))
        if flow is None:
            raise HTTPException(
                403, "This sign-in took longer than ten minutes, or began in another browser: begin again."
            )
        try:
            identity = await self._provider.finish(flow, request.query_params)
        except SignInRefusedError as refusal:
            raise HTTPException(403, str(refusal)) from None
        if identity.role is None:
            raise NoRoleError(identity.name, f"the claim {self._role_claim}")
        if identity.accounts == ():
            raise NoAccountError(identity.name, f"the claim {self._account_claim}")
        person = Person(name=identity.name, role=identity.role, accounts=identity.accounts)
        response = await access.sign_in(request, person, flow.to)
        response.delete_cookie(_cookie(access), path="/", secure=access.is_https, httponly=True, samesite="lax")
        return response


def _cookie(access: Access) -> str:
    return f"{access.cookie}-oidc"
