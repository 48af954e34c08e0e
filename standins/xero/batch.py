"""How PUT and POST treat several elements at once.

    summarizeErrors=true (Xero's default)   any bad element: 400 that lists only the bad ones; the good ones are
                                            in the books all the same, and their ids are not in the answer
    summarizeErrors=false                   200; each element carries its own status; the order is not kept

Elements are taken one by one, so an earlier one is seen by a later one. A fault may stop a batch in the middle, or
have its elements refused in an unusual place.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from standins.faults import PARTIAL_AFTER, REFUSAL, Refusal
from standins.xero.envelope import enveloped
from standins.xero.errors import InvalidError, PostDataInvalidError, ValidationError
from standins.xero.query import Parameters
from standins.xero.state import Organisation

JSON = dict[str, Any]
Save = Callable[[JSON], JSON]
Echo = Callable[[JSON], JSON]


def write_all(
    request: Request,
    organisation: Organisation,
    elements: Sequence[JSON],
    *,
    key: str,
    save: Save,
    echo: Echo,
    error_flag: str | None = "HasErrors",
    warns: bool = True,
) -> Response:
    """Save each element and answer as summarizeErrors asks.

    `save` commits an element and returns it as answers show it, or raises InvalidError; `echo` returns a refused
    element as it was sent. Not every record has the `error_flag` or Warnings (Xero's OpenAPI description).
    Raises ValidationError, PostDataInvalidError.
    """
    limit = organisation.settings.batch_limit
    if len(elements) > limit:
        raise PostDataInvalidError(f"A request may hold {limit} elements at most")
    summarize = Parameters(request).flag("summarizeErrors", default=True)
    saved: list[JSON] = []
    refused: list[JSON] = []
    state: Mapping[str, object] = request.scope.get("state") or {}
    refusal = state.get(REFUSAL)
    played = refusal if isinstance(refusal, Refusal) else None
    for element in elements[: _stop(state)]:
        try:
            saved.append(_attempt(save, element, played))
        except InvalidError as error:
            shown = echo(element)
            if played and played.place == "nowhere":
                saved.append(shown)
                continue
            flat, place, nested = error.messages, "Contact", error.contact
            if played:
                flat, place, nested = [], played.place, [*flat, *nested]
            shown |= _outcome("ERROR", flat, error_flag, warns=warns)
            refused.append(_nested(shown, place, nested) if nested else shown)
    if summarize:
        if refused:
            raise ValidationError(refused)
        return enveloped(request, key, saved)
    for body in saved:
        body.update(_outcome("OK", (), error_flag, warns=warns))
    answers = saved + refused
    if organisation.settings.shuffled_answers:
        organisation.xero.random.shuffle(answers)
    return enveloped(request, key, answers)


def _outcome(status: str, messages: Sequence[str], error_flag: str | None, *, warns: bool) -> JSON:
    """Return what an element of a batch says of its own fate."""
    outcome: JSON = {"StatusAttributeString": status}
    if error_flag is not None:
        outcome[error_flag] = status == "ERROR"
    return outcome | _errors(messages) | ({"Warnings": []} if warns else {})


def _errors(messages: Sequence[str]) -> JSON:
    return {"ValidationErrors": [{"Message": message} for message in messages]}


def _attempt(save: Save, element: JSON, played: Refusal | None) -> JSON:
    if played and played.message:
        raise InvalidError(played.message)
    return save(element)


def _nested(body: JSON, place: str, messages: Sequence[str]) -> JSON:
    """Return a refused element with messages in one of the places where clients have found them."""
    errors: JSON = {"HasValidationErrors": True, **_errors(messages)}
    if place == "Warnings":
        return {**body, "Warnings": errors["ValidationErrors"]}
    if place == "Contact":
        return {**body, "Contact": {**(body.get("Contact") or {}), **errors}}
    first, *others = body.get("LineItems") or [{}]
    if place == "Tracking":
        errors = {"Tracking": [{**tracking, **errors} for tracking in first.get("Tracking") or [{}]]}
    return {**body, "LineItems": [{**first, **errors}, *others]}


def _stop(state: Mapping[str, object]) -> int | None:
    after = state.get(PARTIAL_AFTER)
    return after if isinstance(after, int) else None
