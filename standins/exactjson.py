"""JSON without floats: a number with a point or an exponent becomes a Decimal and leaves as the same digits.

Money crosses the stand-ins in this form only. `Decimal("1.10")` is written `1.10`, never `1.1` or `"1.10"`.
"""

from typing import Any

import simplejson
from starlette.requests import Request
from starlette.responses import Response


class MalformedJSON(ValueError):  # noqa: N818 - the word of the field
    """The body is not JSON."""


def loads(text: bytes | str) -> Any:
    """Parse UTF-8 bytes or text. Raises MalformedJSON for all that is not JSON, NaN included."""
    try:
        return simplejson.loads(text, use_decimal=True, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise MalformedJSON(str(error)) from error


def dumps(value: Any) -> bytes:
    """Write compact UTF-8 JSON. Decimals keep their digits; a float is the caller's mistake.

    Half of a surrogate pair, which JSON may carry and UTF-8 may not, is written as its escape.
    """
    try:
        return _PLAIN.encode(value).encode()
    except UnicodeEncodeError:
        return _ESCAPING.encode(value).encode()


def _encoder(*, ensure_ascii: bool) -> Any:
    return simplejson.JSONEncoder(use_decimal=True, ensure_ascii=ensure_ascii, separators=(",", ":"), allow_nan=False)


_PLAIN, _ESCAPING = _encoder(ensure_ascii=False), _encoder(ensure_ascii=True)


class ExactJSONResponse(Response):
    """A Starlette answer whose content is written by `dumps`."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body for `content`."""
        return dumps(content)


async def body_json(request: Request) -> Any:
    """Return the parsed body of `request`; None when it is empty. Raises MalformedJSON."""
    body = await request.body()
    return loads(body) if body.strip() else None
