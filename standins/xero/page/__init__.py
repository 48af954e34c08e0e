"""The stand-in's pages for people: what Xero's own pages would show and let someone do, without JavaScript.

`/` shows the organisations; `/page/…` their invoices, credit notes, contacts and settings. Every button is a form
that posts and comes back. `views` read, `forms` act, through the same functions as `/_sandbox/…`.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.errors import NotFoundError
from standins.xero.page import forms, views

_DOCUMENTS = "/page/{tenant}/{tab}"


def _page(show: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def shown(request: Request) -> Response:
        try:
            return show(request)
        except (NotFoundError, KeyError):
            return _missing(request)

    return shown


def _form(act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def acted(request: Request) -> Response:
        try:
            return await act(request)
        except (NotFoundError, KeyError):
            return _missing(request)

    return acted


def _missing(request: Request) -> Response:
    return views.show(request, "missing.html", http_status=404)


routes = [
    Route("/", _page(views.overview), methods=["GET"]),
    Route("/page/clock", _form(forms.clock), methods=["POST"]),
    Route("/page/{tenant}/contacts", _page(views.contacts), methods=["GET"]),
    Route("/page/{tenant}/settings", _page(views.settings), methods=["GET"]),
    Route("/page/{tenant}/contacts/{record}/{verb}", _form(forms.contact), methods=["POST"]),
    Route("/page/{tenant}/accounts/{record}/{verb}", _form(forms.account), methods=["POST"]),
    Route("/page/{tenant}/organisation/{verb}", _form(forms.organisation), methods=["POST"]),
    Route(_DOCUMENTS, _page(views.documents), methods=["GET"]),
    Route(_DOCUMENTS + "/{record}", _page(views.document), methods=["GET"]),
    Route(_DOCUMENTS + "/{record}/{verb}", _form(forms.document), methods=["POST"]),
]
