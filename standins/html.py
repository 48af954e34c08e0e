"""Jinja2 templates of the Xero stand-in to HTML answers: escaped, and strict about names that are missing."""

from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse


def money(value: Any) -> str:
    """Return an amount with two decimals and thousands in groups; a dash for none."""
    return "\N{EN DASH}" if value is None else f"{Decimal(value):,.2f}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("standins.xero.page"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = money
    return environment


def render(template: str, *, http_status: int = 200, **context: Any) -> HTMLResponse:
    """Return the page `template` makes of `context`."""
    page = _environment().get_template(template).render(context)
    # Nobody may be led to press its buttons inside another page
    return HTMLResponse(page, status_code=http_status, headers={"x-frame-options": "DENY"})
