"""A filter of documents as an address holds it, so that it survives a reload and can be shared."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import ListPlace, Selection

_FLAGS = ("alarm", "drift", "ignored")
_LONGEST = 200

_Choice = TypeVar("_Choice", bound=StrEnum)


def selection_of(asked: QueryParams | Mapping[str, Any]) -> Selection:
    """Return the filter that an address or a form asks for. Raises HTTPException 400 where a part of it is unknown."""
    return Selection(
        search=" ".join(text_in(asked, "search").split()),
        state=_choice(asked, "state", SyncState),
        hold=_choice(asked, "hold", HoldReason),
        kind=_choice(asked, "kind", Kind),
        customer_id=text_in(asked, "customer") or None,
        issued_from=_day(asked, "issued_from"),
        issued_to=_day(asked, "issued_to"),
        **{name: flag_in(asked, name) for name in _FLAGS},
    )


def query_of(selection: Selection, after: ListPlace | str | None = None) -> str:
    """Return the filter as the query of an address, the empty text where it lets all through."""
    query = urlencode(filter_fields(selection) | ({"after": str(after)} if after else {}))
    return f"?{query}" if query else ""


def filter_fields(selection: Selection) -> dict[str, str]:
    """Return the parts of a filter that are set, as an address or a form holds them."""
    parts = {
        "search": selection.search,
        "state": selection.state,
        "hold": selection.hold,
        "kind": selection.kind,
        "customer": selection.customer_id,
        "issued_from": selection.issued_from,
        "issued_to": selection.issued_to,
        **{name: "yes" for name in _FLAGS if getattr(selection, name)},
    }
    return {name: str(value) for name, value in parts.items() if value}


def place_of(asked: QueryParams) -> ListPlace | None:
    """Return the place in the list that an address goes on from. Raises HTTPException 400 where it is none."""
    after = text_in(asked, "after")
    try:
        return ListPlace.parse(after) if after else None
    except ValueError:
        raise HTTPException(400, "The address names no place in the list: begin with the first page.") from None


def text_in(asked: QueryParams | Mapping[str, Any], name: str) -> str:
    """Return a text of an address or a form, empty where it is left out. Raises HTTPException 400 for a bad one."""
    value = str(asked.get(name, "")).strip()
    if len(value) > _LONGEST or "\x00" in value:
        raise HTTPException(400, f"{name.capitalize()} may have {_LONGEST} characters that can be read.")
    return value


def _day(asked: QueryParams | Mapping[str, Any], name: str) -> date | None:
    value = text_in(asked, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise HTTPException(400, f"{name} is a day such as 2026-03-31.") from None


def flag_in(asked: QueryParams | Mapping[str, Any], name: str) -> bool:
    """Return whether an address or a form says yes. Raises HTTPException 400 for another word."""
    value = text_in(asked, name)
    if value not in ("", "yes"):
        raise HTTPException(400, f"{name.capitalize()} is yes, or left out.")
    return bool(value)


def _choice(asked: QueryParams | Mapping[str, Any], name: str, choices: type[_Choice]) -> _Choice | None:
    value = text_in(asked, name)
    try:
        return choices(value) if value else None
    except ValueError:
        known = ", ".join(choices)
        raise HTTPException(400, f"There is no {name} {value}: choose one of {known}.") from None
