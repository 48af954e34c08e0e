"""`/healthz`: this process answers. `/readyz`: it can do its work, and what of it not.

Ready means that deliveries are kept: the database answers and has the schema of this version. Without Temporal they
wait in the inbox, so that is told in the body and does not take the edge out of a load balancer.
"""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from temporalio.service import RPCError

from xerosync.core.errors import XerosyncError

_SECONDS = 3

Check = Callable[[], Awaitable[object]]


async def healthz(_: Request) -> Response:
    """Answer at all."""
    return PlainTextResponse("ok\n")


class Readiness:
    """Asks what this process rests on."""

    def __init__(self, *, database: Check, temporal: Check) -> None:
        self._database = database
        self._temporal = temporal

    async def readyz(self, _: Request) -> Response:
        """Answer 200 or 503, and how database and Temporal are."""
        database, temporal = await asyncio.gather(_state(self._database), _state(self._temporal))
        status = 200 if database == _WELL else 503
        return JSONResponse({"database": database, "temporal": temporal}, status_code=status)


_WELL = "ok"


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer in {_SECONDS} seconds"
    except XerosyncError as error:
        return str(error)
    except (RPCError, RuntimeError):
        # Temporal's client: RuntimeError before it has connected for the first time.
        return "no answer"
    return _WELL
