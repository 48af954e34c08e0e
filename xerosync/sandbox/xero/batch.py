"""How PUT and POST treat several elements at once.

    summarizeErrors=true (Xero's default)   any bad element: 400 that lists only the bad ones; the good ones are
                                            in the books all the same, and their ids are not told
    summarizeErrors=false                   200; each element carries its own status; the order is not kept

Elements are taken one by one, so an earlier one is seen by a later one. A fault may stop a batch in the middle.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xerosync.sandbox.faults import PARTIAL_AFTER
from xerosync.sandbox.xero.envelope import enveloped
from xerosync.sandbox.xero.errors import InvalidError, PostDataInvalidError, ValidationError
from xerosync.sandbox.xero.query import Parameters
from xerosync.sandbox.xero.state import Organisation

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
    error_flag: str = "HasErrors",
) -> Response:
    """Save each element and answer as summarizeErrors asks.

    `save` commits an element and returns it as answers show it, or raises InvalidError; `echo` returns a refused
    element as it was sent. Raises ValidationError, PostDataInvalidError.
    """
    limit = organisation.settings.batch_limit
    if len(elements) > limit:
        raise PostDataInvalidError(f"A request may hold {limit} elements at most")
    summarize = Parameters(request).flag("summarizeErrors", default=True)
    saved: list[JSON] = []
    refused: list[JSON] = []
    for element in elements[: _stop(request.scope.get("state") or {})]:
        try:
            saved.append(save(element))
        except InvalidError as error:
            refused.append(_refusal(echo(element), error.messages, error_flag))
    if summarize:
        if refused:
            raise ValidationError(refused)
        return enveloped(request, key, saved)
    for body in saved:
        body.update({"StatusAttributeString": "OK", error_flag: False, "ValidationErrors": [], "Warnings": []})
    answers = saved + refused
    if organisation.settings.shuffled_answers:
        organisation.xero.random.shuffle(answers)
    return enveloped(request, key, answers)


def _refusal(body: JSON, messages: Sequence[str], error_flag: str) -> JSON:
    return {
        **body,
        "StatusAttributeString": "ERROR",
        error_flag: True,
        "ValidationErrors": [{"Message": message} for message in messages],
        "Warnings": [],
    }


def _stop(state: Mapping[str, object]) -> int | None:
    after = state.get(PARTIAL_AFTER)
    return after if isinstance(after, int) else None
