"""Signing in and out. Closed by default: without one of the ways that are set up nobody gets in.

A link that the terminal prints signs its person in once. It leads to a page with a button, so that a program which
looks at links before a person does uses none up.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xerosync.web.access import Access, local
from xerosync.web.pages import render


async def show(request: Request) -> Response:
    """Show how to sign in; with a link's `token`, the button that does it."""
    return render(
        request,
        "sign_in.html",
        token=request.query_params.get("token"),
        to=local(request.query_params.get("to", "/")),
    )


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


routes = [
    Route("/sign-in", show),
    Route("/sign-in/link", use_link, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
