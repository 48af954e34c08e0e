"""The first page: the accounts that a person may see; of one alone its overview at once."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.core.people import Person, Role
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.pages import render


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the route of the first page."""
    return [Route("/", AccountsPage(services).show)]


class AccountsPage:
    """Shows which accounts there are."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """List the accounts with their organisations."""
        person: Person = request.state.person
        connections = [each for each in await self._services.store.connections() if person.sees(each.account_id)]
        if len(connections) == 1:
            return RedirectResponse(f"/accounts/{connections[0].account_id}", 303)
        return render(request, "accounts.html", connections=connections)
