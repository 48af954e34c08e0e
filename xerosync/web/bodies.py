"""Reading the body of a request that may be too long, too slow, or broken off."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

MOST_BYTES = 1024 * 1024
READ_SECONDS = 10


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """Return the whole body.

    Raises:
        HTTPException: 413 it is longer than `most` bytes, 408 it did not come within ten seconds, 400 it broke off.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > most:
        raise HTTPException(413, f"A body may have {most} bytes.")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(413, f"A body may have {most} bytes.")
    except TimeoutError:
        raise HTTPException(408, f"The body did not come within {READ_SECONDS} seconds.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The body broke off.") from None
    return bytes(body)
