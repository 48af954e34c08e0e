"""Every fault that the stand-ins can play."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standins.faults import FaultRule, Faults


@dataclass(frozen=True)
class Fault:
    """A kind of fault with its parameters, as the stand-ins name them."""

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def befall(
        self, faults: Faults, method: str | None, path: str, *, times: int | None = None, probability: float = 1.0
    ) -> FaultRule:
        """Let it befall calls from now on; the rule tells how often it has."""
        return faults.add(self.kind, method=method, path=path, times=times, probability=probability, **self.params)


_SOON = {"headers": {"retry-after": "1"}}
"""Xero's own wait of half a minute, or of hours for a day, in a second."""

_BY_A_PROXY = {"status": 403, "body": "<html>Forbidden</html>", "headers": {"content-type": "text/html"}}

FAULTS: Mapping[str, Fault] = {
    "drop before the commit": Fault("drop_before"),
    "drop after the commit": Fault("drop_after"),
    "500 amid a batch": Fault("partial", {"k": 1}),
    "slow": Fault("slow", {"seconds": 3}),
    "429 of the minute": Fault("rate_minute", _SOON),
    "429 of the day": Fault("rate_day", _SOON),
    "429 of too many at once": Fault("rate_concurrent"),
    "429 of the app": Fault("rate_appminute", _SOON),
    "401": Fault("unauthorized"),
    "403 by a proxy": Fault("status", _BY_A_PROXY),
    "500": Fault("server_error"),
    "503 in HTML": Fault("maintenance"),
    "malformed": Fault("malformed"),
    "truncated": Fault("truncated"),
}
"""What Xero says to an app that was disconnected is not among them: that is no fault but a hold of its own."""

FAULTS_OF_SEQUENCE: Mapping[str, Fault] = {
    name: FAULTS[name]
    for name in (
        "drop before the commit",
        "drop after the commit",
        "slow",
        "429 of the minute",
        "401",
        "403 by a proxy",
        "500",
        "503 in HTML",
        "malformed",
        "truncated",
    )
}
