"""Ready answers for faults: the refusals that an integration must survive, in the shapes Xero documents.

Each is (status, body, headers). The 429s differ only in their headers, as Xero's do: no Retry-After for too
many at once, seconds for a minute, the hours left of it (in seconds too) for a day. Some come without any header, or
(`rate_date`, which `faults` writes) with a date in Retry-After, as HTTP allows.

`forbidden` is the 403 of an organisation that was disconnected; played once, on the API alone, it is the one that
means nothing: /connections lists the organisation all the while. `not_found` is what lists are reported to answer now
and then, and always to an address that is too long (xero-node#189, xero-node#404, Xero-Net#280).
"""

from collections.abc import Mapping
from typing import Any

from standins.exactjson import dumps

_NOWHERE = "00000000-0000-0000-0000-000000000000"
_MINUTE_SECONDS = "27"
_DAY_SECONDS = str(9 * 3600)


NOT_FOUND = "The resource you're looking for cannot be found"
"""The whole body of Xero's 404."""


def _problem(title: str, status: int, detail: str) -> bytes:
    shape: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": _NOWHERE,
        "Extensions": {},
    }
    return dumps(shape)


_MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Xero is offline</title></head>"
    b"<body><h1>We'll be back soon</h1><p>Scheduled maintenance is under way.</p></body></html>"
)

STATUSES: Mapping[str, tuple[int, bytes, Mapping[str, str]]] = {
    "rate_minute": (429, b"", {"x-rate-limit-problem": "minute", "retry-after": _MINUTE_SECONDS}),
    "rate_day": (429, b"", {"x-rate-limit-problem": "day", "retry-after": _DAY_SECONDS}),
    "rate_concurrent": (429, b"", {"x-rate-limit-problem": "concurrent"}),
    "rate_appminute": (429, b"", {"x-rate-limit-problem": "appminute", "retry-after": _MINUTE_SECONDS}),
    "rate_silent": (429, b"", {}),
    "rate_date": (429, b"", {"x-rate-limit-problem": "minute"}),
    "bad_request": (400, b"The request could not be processed.", {"content-type": "text/plain; charset=utf-8"}),
    "not_found": (404, NOT_FOUND.encode(), {"content-type": "text/html; charset=utf-8"}),
    "unauthorized": (
        401,
        _problem("Unauthorized", 401, "TokenExpired: token expired at 01/01/2025 00:00:00"),
        {"www-authenticate": 'OAuth realm="api.xero.com"'},
    ),
    "forbidden": (403, _problem("Forbidden", 403, "AuthenticationUnsuccessful"), {}),
    "server_error": (
        500,
        dumps({"ErrorNumber": 500, "Type": "InternalServerException", "Message": "An error occurred in Xero."}),
        {},
    ),
    "maintenance": (503, _MAINTENANCE, {"content-type": "text/html; charset=utf-8"}),
}
