"""Whether this process can do its work: what it rests on, asked when a probe asks.

`/healthz` says that the process answers, so whoever restarts what hangs asks that. `/readyz` says whether database and
Temporal answer, the database takes writes, and has the schema of this version; a process that can't work for their
sake gets better without a restart.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from xerosync.core.errors import XerosyncError
from xerosync.core.temporal import NO_ANSWER
from xerosync.small_http import HttpAnswer, Reader

_SECONDS = 3

WELL = "ok"

Check = Callable[[], Awaitable[object]]


class Readiness:
    """Asks database and Temporal. The edge is ready without Temporal: what comes waits in the inbox."""

    def __init__(self, *, database: Check, temporal: Check, needs_temporal: bool = True) -> None:
        self._database = database
        self._temporal = temporal
        self._needs_temporal = needs_temporal

    async def ask(self) -> Mapping[str, str]:
        """Return how database and Temporal are: `ok`, or what is wrong in words."""
        database, temporal = await asyncio.gather(_state(self._database), _state(self._temporal))
        return {"database": database, "temporal": temporal}

    async def readyz(self) -> HttpAnswer:
        """Answer 200 or 503, and how database and Temporal are, as JSON."""
        found = await self.ask()
        is_ready = found["database"] == WELL and (found["temporal"] == WELL or not self._needs_temporal)
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return HttpAnswer(status, json.dumps(found).encode(), "application/json")

    def pages(self) -> Mapping[str, Reader]:
        """Return the addresses of both probes."""
        return {"/healthz": healthz, "/readyz": self.readyz}


async def healthz() -> HttpAnswer:
    """Answer at all."""
    return HttpAnswer(HTTPStatus.OK, b"ok\n")


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer in {_SECONDS} seconds"
    except XerosyncError as error:
        return str(error)
    except NO_ANSWER:
        return "no answer"
    return WELL
