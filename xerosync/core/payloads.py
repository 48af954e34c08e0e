"""Payloads that people type and other programs send: a mistake gives one sentence and stops nothing."""

from typing import TypeVar

from pydantic import ValidationError

from xerosync.core.base import Message

M = TypeVar("M", bound=Message)


class WrongPayloadError(ValueError):
    """The payload is not what it should be."""


def parsed(model: type[M], payload: object) -> M:
    """Return the message that decoded JSON stands for; nothing at all stands for `{}`.

    Raises:
        WrongPayloadError: names the field and what is wrong with it, never its value.
    """
    try:
        return model.model_validate({} if payload is None else payload)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_context=False, include_input=False)
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        more = f", and {len(others)} more" if others else ""
        raise WrongPayloadError(f"{field}: {first['msg']}{more}") from None
