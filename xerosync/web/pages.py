"""Pages of the console: templates filled in, everything in them escaped."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from xerosync.core.clock import utc_now
from xerosync.core.money import money_words

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER / "templates", encoding="utf-8"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def render(request: Request, template: str, /, *, status_code: int = 200, **shown: Any) -> HTMLResponse:
    """Return a page.

    A template sees what is `shown`, `person`, `account` and `path` of the request, and `workflow_url`, which returns
    where a person sees a workflow, or None.
    """
    person = getattr(request.state, "person", None)
    page = _ENVIRONMENT.get_template(template).render(
        {
            "person": person,
            "account": request.path_params.get("account"),
            "path": request.url.path,
            "workflow_url": request.app.state.workflow_url,
            "is_partial": bool(request.headers.get("hx-request")),
            **shown,
        }
    )
    return HTMLResponse(page, status_code)


def number_in(query: Mapping[str, str], name: str) -> int:
    """Return a whole number that an address holds; 0 for anything else."""
    said = query.get(name, "")[:9]
    return int(said) if said.isascii() and said.isdecimal() else 0


def _instant(at: datetime | None) -> str:
    """Return an instant as people read it, in UTC."""
    return f"{at:%d %b %Y %H:%M} UTC" if at else "never"


def _day(day: date) -> str:
    return f"{day:%d %b}"


def _words(name: str) -> str:
    """Return a value of ours, such as `number_taken`, as people read it."""
    return name.replace("_", " ")


_COMMAND = re.compile(r"`((?:starter\.py )?([a-z-]+)[^`]*)`")
_BUTTONS = {
    "adopt": "Adopt",
    "connect": "Connect",
    "ignore": "Ignore",
    "link-customer": "Link the customer",
    "preview": "Preview",
    "push-customer": "Create it in Xero",
    "push-again": "Push again",
    "resync": "Read both sides again",
    "retry": "Retry",
    "settings": "Settings",
    "status": "this page",
}


def _buttons(text: str) -> Markup:
    """Return a text with the console's words in place of commands; what else stands in backticks is only made bold."""

    def button(command: re.Match[str]) -> str:
        return f"<b>{_BUTTONS.get(command[2], command[1])}</b>"

    return Markup(_COMMAND.sub(button, str(escape(text))))  # noqa: S704 - escaped before


_ENVIRONMENT.filters["buttons"] = _buttons
_ENVIRONMENT.filters["day"] = _day
_ENVIRONMENT.filters["instant"] = _instant
_ENVIRONMENT.filters["words"] = _words
_SHOWN_EVERYWHERE: dict[str, Any] = {"money": money_words, "now": utc_now}
_ENVIRONMENT.globals |= _SHOWN_EVERYWHERE
