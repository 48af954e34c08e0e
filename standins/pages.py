"""What the pages for people share, in both stand-ins: templates, lists in pages, forms and the way back from them.

There is no JavaScript: every button is a form that posts and comes back to the page it stood on, with a notice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from standins.clock import Clock

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]

ROWS = 25
_SEE_OTHER = 303
_LONGEST_STEP_DAYS = 3_650
_TONES = {
    **dict.fromkeys(("AUTHORISED", "FINAL"), "blue"),
    **dict.fromkeys(("PAID", "ACTIVE", "SENT"), "good"),
    **dict.fromkeys(("VOIDED", "DELETED"), "bad"),
}


class FormError(ValueError):
    """A field of a form makes no sense; the message says which."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list: its rows, newest first, its number, how many pages and how many records there are."""

    rows: Sequence[T]
    page: int
    pages: int
    total: int

    @classmethod
    def found(cls, rows: Sequence[T]) -> "Listed[T]":
        """Return the one page of a search."""
        return cls(rows, 1, 1, len(rows))

    @classmethod
    def asked(cls, request: Request, total: int, span: Callable[[int, int], Sequence[T]]) -> "Listed[T]":
        """Return the page that the address names; `span` returns the records of a range, oldest first."""
        pages = max(1, -(-total // ROWS))
        wanted = request.query_params.get("page", "1")
        page = min(max(1, int(wanted) if wanted.isdecimal() else 1), pages)
        stop = total - (page - 1) * ROWS
        return cls(span(max(0, stop - ROWS), stop)[::-1], page, pages, total)


def show(
    request: Request, company: str, template: str, clock: Clock, *, http_status: int = 200, **context: Any
) -> Response:
    """Render a page with what every page needs: the clock, the notice of the last action, where the user is."""
    return render(
        company,
        template,
        http_status=http_status,
        now=clock.now(),
        notice=request.query_params.get("notice"),
        problem=request.query_params.get("problem"),
        here=_address(request),
        **context,
    )


def render(company: str, template: str, *, http_status: int = 200, **context: Any) -> HTMLResponse:
    """Return the page that a template makes of `context`: one of `xero` or `sequence`, or one that both share."""
    page = _environment(company).get_template(template).render(company=company.title(), tone=_tone, **context)
    # Half of a surrogate pair, which JSON may carry and UTF-8 may not, is shown as a question mark
    body = page.encode(errors="replace")
    # Nobody may be led to press its buttons inside another page
    return HTMLResponse(body, status_code=http_status, headers={"x-frame-options": "DENY"})


async def act(request: Request, action: Callable[[FormData], str], refusal: type[Exception]) -> Response:
    """Do what a form asks for and go back to its page, with the words that `action` returns or refuses with.

    An action that returns an address below `/page/` leads there instead.
    """
    form = await request.form()
    target = _inside(text_of(form, "back"))
    try:
        done = action(form)
        if done.startswith("/page/"):
            return RedirectResponse(done, status_code=_SEE_OTHER)
        outcome = {"notice": done}
    except (refusal, FormError) as error:
        outcome = {"problem": str(error)}
    joint = "&" if "?" in target else "?"
    return RedirectResponse(f"{target}{joint}{urlencode(outcome)}", status_code=_SEE_OTHER)


def move_clock(clock: Clock) -> Callable[[FormData], str]:
    """Return what moves the clock by some `days` or `hours`, or with `reset` back to the wall clock."""

    def action(form: FormData) -> str:
        if text_of(form, "reset"):
            clock.reset()
            return "The clock shows wall time again."
        days, hours = number_of(form, "days") or Decimal(0), number_of(form, "hours") or Decimal(0)
        if abs(days) > _LONGEST_STEP_DAYS or abs(hours) > _LONGEST_STEP_DAYS:
            raise FormError(f"The clock moves by {_LONGEST_STEP_DAYS} days at most")
        clock.advance(timedelta(days=float(days), hours=float(hours)))
        return f"It is now {clock.now():%d %b %Y %H:%M} UTC."

    return action


def or_missing(handler: Handler, not_found: type[Exception], missing: Callable[[Request], Response]) -> Handler:
    """Return `handler`, answering `missing` where it looks for something that is not there."""

    async def handled(request: Request) -> Response:
        try:
            return await handler(request)
        except (not_found, KeyError):
            return missing(request)

    return handled


def text_of(form: FormData, name: str) -> str:
    """Return a field, "" where it is not there."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def day_of(form: FormData, name: str) -> date | None:
    """Return a date. Raises FormError."""
    text = text_of(form, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise FormError(f"{text} is no date") from error


def number_of(form: FormData, name: str) -> Decimal | None:
    """Return a number, thousands in groups or not. Raises FormError."""
    text = text_of(form, name).replace(",", "")
    try:
        found = Decimal(text) if text else None
    except InvalidOperation as error:
        raise FormError(f"{text} is no amount") from error
    if found is not None and not found.is_finite():
        raise FormError(f"{text} is no amount")
    return found


def money(value: Any) -> str:
    """Return an amount with two decimals and thousands in groups; a dash for none."""
    return "\N{EN DASH}" if value is None else f"{Decimal(value):,.2f}"


def _as_day(text: Any) -> Any:
    return None if text is None else date.fromisoformat(text)


def _tone(word: str) -> str:
    return _TONES.get(word, "")


@cache
def _environment(company: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(f"standins.{company}.page"), PackageLoader("standins")]),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = money
    environment.filters["as_day"] = _as_day
    return environment


def _address(request: Request) -> str:
    """Return where the user is, without the notice of the last action, for the forms to come back to."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in {"notice", "problem"}]
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path


def _inside(back: str) -> str:
    """Return an address of these pages: no form leads anywhere else."""
    parts = urlsplit(back)
    is_inside = back == "/" or (back.startswith("/page/") and not parts.scheme and not parts.netloc)
    return back if is_inside else "/"
