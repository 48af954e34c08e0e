"""From Sequence's JSON to the model, or one sentence that names the document and the field that does not fit."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from xerosync.core.documents import Document, Kind, Line, LineGroup
from xerosync.sequence.client import Item
from xerosync.sequence.errors import UnreadableAnswerError

_T = TypeVar("_T")


def read(what: str, parse: Callable[[Item], _T], answer: Item) -> _T:
    """Return what `parse` makes of an answer about `what`.

    Raises:
        UnreadableAnswerError: a field is missing or not of its type. Values are not repeated: they may be people's.
    """
    try:
        return parse(answer)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_context=False, include_input=False)
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        more = f", and {len(others)} more" if others else ""
        raise UnreadableAnswerError(
            f"Sequence's answer about {what} can't be read: {field}: {first['msg']}{more}."
        ) from None


def document(kind: Kind, answer: Item, what: str | None = None) -> Document:
    """Read an invoice or a credit note without its lines."""
    return read(what or f"{kind.words} {answer.get('id')}", lambda item: Document.from_sequence(kind, item), answer)


def line(what: str, answer: Item) -> Line:
    """Read a line of a document."""
    return read(f"a line of {what}", Line.model_validate, _with_service_period(answer))


def group(what: str, answer: Item) -> LineGroup:
    """Read a heading over lines."""
    return read(f"a group of {what}", LineGroup.model_validate, answer)


def _with_service_period(answer: Item) -> Item:
    # A credit note's line names the two days of its period otherwise than an invoice's line.
    match answer.get("servicePeriod"):
        case {"start": start, "endInclusive": end}:
            return {**answer, "servicePeriod": {"startDate": start, "endDate": end}}
        case _:
            return answer
