"""The keys of the JSON API of an account: made, listed by how they begin, revoked. A secret is shown once."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.core.api_keys import Scope
from xerosync.core.errors import MisconfiguredError
from xerosync.core.people import Role
from xerosync.operations.api_keys import LONGEST_NAME, make_key
from xerosync.operations.defaults import the_connection
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.forms import fields, ticked
from xerosync.web.pages import render


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the keys."""
    page = ApiKeysPage(services)
    address = "/accounts/{account}/settings/keys"
    return [
        Route(address, page.show),
        Route(address, page.make, methods=["POST"]),
        Route(f"{address}/{{key}}/revoke", page.revoke, methods=["POST"]),
    ]


class ApiKeysPage:
    """Shows the keys of an account, makes and revokes them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.ADMIN)
    async def show(self, request: Request) -> Response:
        """Show the keys, without their secrets."""
        return await self._page(request)

    @needs(Role.ADMIN)
    async def make(self, request: Request) -> Response:
        """Make a key, and show it this once."""
        account_id = await self._account_id(request)
        name, scopes = (await fields(request)).get("name", ""), await ticked(request, "scope")
        if unknown := set(scopes) - set(Scope):
            raise HTTPException(400, f"A key may {' or '.join(Scope)}, not {min(unknown)[:40]}.")
        try:
            key, secret = await make_key(self._services, account_id, name, [Scope(each) for each in scopes])
        except MisconfiguredError as mistake:
            return await self._page(request, problem=str(mistake))
        return render(request, "api_key_made.html", key=key, secret=secret)

    @needs(Role.ADMIN)
    async def revoke(self, request: Request) -> Response:
        """Revoke a key, at once and for good."""
        account_id = await self._account_id(request)
        key = await self._services.api_keys.revoke(request.path_params["key"], account_id)
        return RedirectResponse(f"/accounts/{account_id}/settings/keys?revoked={key.key_id}", 303)

    async def _account_id(self, request: Request) -> str:
        return (await the_connection(self._services, request.path_params["account"])).account_id

    async def _page(self, request: Request, *, problem: str | None = None) -> Response:
        keys = await self._services.api_keys.list(await self._account_id(request))
        revoked = request.query_params.get("revoked")
        return render(
            request,
            "api_keys.html",
            status_code=409 if problem else 200,
            keys=sorted(keys, key=lambda key: key.revoked_at is not None),
            scopes=list(Scope),
            longest_name=LONGEST_NAME,
            problem=problem,
            revoked=next((key for key in keys if key.key_id == revoked and key.revoked_at), None),
        )
