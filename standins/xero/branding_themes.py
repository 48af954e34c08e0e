"""/BrandingThemes: the one theme every organisation has."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import NotFoundError
from standins.xero.query import organisation_of
from standins.xero.state import Organisation


def theme_json(organisation: Organisation) -> JSON:
    """Return the theme as answers show it."""
    return {
        "BrandingThemeID": organisation.profile.branding_theme_id,
        "Name": "Standard",
        "Type": "INVOICE",
        "SortOrder": 0,
        "CreatedDateUTC": f"/Date({organisation.profile.created}+0000)/",
    }


async def index(request: Request) -> Response:
    """Answer GET on the list."""
    return enveloped(request, "BrandingThemes", [theme_json(organisation_of(request))])


async def one(request: Request) -> Response:
    """Answer GET on a theme."""
    theme = theme_json(organisation_of(request))
    if theme["BrandingThemeID"] != request.path_params["theme_id"].lower():
        raise NotFoundError(request.path_params["theme_id"])
    return enveloped(request, "BrandingThemes", [theme])


routes: list[Route] = [
    Route(f"{API}/BrandingThemes", index, methods=["GET"]),
    Route(f"{API}/BrandingThemes/{{theme_id}}", one, methods=["GET"]),
]
