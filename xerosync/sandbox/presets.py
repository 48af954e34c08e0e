"""Ready answers for faults: the refusals that an integration must survive, in the shapes Xero documents.

Each is (status, body, headers). The 429s differ only in their headers, as Xero's do: no Retry-After for too
many at once, seconds for a minute, the hours left of it (in seconds too) for a day.
"""

from collections.abc import Mapping
from typing import Any

from xerosync.sandbox.exactjson import dumps

_NOWHERE = "00000000-0000-0000-0000-000000000000"
_MINUTE_SECONDS = "27"
_DAY_SECONDS = str(9 * 3600)


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
