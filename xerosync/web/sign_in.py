"""Signing in and out. Closed by default: without one of the ways that are set up nobody gets in.

Links of the command line are here, an OpenID Connect provider is in oidc_sign_in.py, a proxy that signs people in is in
forward_auth.py.

A link that the terminal prints signs its person in once. It leads to a page with a button, so that a program which
looks at links before a person does uses none up.
"""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xerosync.settings import Settings
from xerosync.web.access import Access, local
from xerosync.web.oidc_sign_in import START, oidc_routes
from xerosync.web.pages import render


async def show(request: Request, *, has_provider: bool) -> Response:
    """Show how to sign in; with a link's `token`, the button that does it."""
    to = local(request.query_params.get("to", "/"))
    provider_url = f"{START}?{urlencode({'to': to})}" if has_provider else None
    token = request.query_params.get("token")
    return render(request, "sign_in.html", token=token, to=to, provider_url=provider_url)


async def use_link(request: Request) -> Response:
    """Sign in by a link."""
    access: Access = request.app.state.access
    access.check_origin(request)
    form = await request.form(max_files=0, max_fields=4)
    person = await access.sessions.use_link(str(form.get("token", "")))
    if person is None:
        raise HTTPException(403, "This link was used already, or is older than ten minutes: make a new one.")
    return await access.sign_in(request, person, str(form.get("to", "/")))


async def sign_out(request: Request) -> Response:
    """End the session."""
    access: Access = request.app.state.access
    access.check_origin(request)
    return await access.sign_out(request)


def sign_in_routes(settings: Settings) -> Sequence[BaseRoute]:
    """Return the routes of signing in and out, by the ways that are set up."""
    return [
        Route("/sign-in", partial(show, has_provider=settings.oidc_issuer is not None)),
        Route("/sign-in/link", use_link, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
        *(oidc_routes(settings) if settings.oidc_issuer else ()),
    ]
