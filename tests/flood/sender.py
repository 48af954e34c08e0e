"""A sender as the two companies are: it tries each delivery again until it is acknowledged. Lean, to send many."""

import asyncio
import contextlib
import random
from array import array
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.flood.deliveries import Acknowledged, Sent

ANSWER_SECONDS = 10.0
_AGAIN_SECONDS = 0.1
_OK, _UNAUTHORIZED = 200, 401


class Connection:
    """One HTTP connection, kept alive, opened again when it broke."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, sent: Sent, client: str) -> int:
        """Send a delivery once; return the status of the answer. OSError or EOFError where there was none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(self._parts.hostname, self._parts.port)
                reader, writer = self._streams
                writer.write(
                    f"POST {sent.path} HTTP/1.1\r\nHost: {self._parts.hostname}\r\nX-Forwarded-For: {client}\r\n"
                    f"{sent.header}: {sent.signature}\r\nContent-Length: {len(sent.body)}\r\n\r\n".encode()
                    + sent.body
                )
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
                await reader.readexactly(length)
                if b"connection: close" in lines:
                    self.close()
                return int(head[9:12])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None


@dataclass
class Tally:
    """What came of all deliveries. `seconds` are those of answers that acknowledge."""

    acknowledged: list[Acknowledged] = field(default_factory=list[Acknowledged])
    forged_acknowledged: list[Sent] = field(default_factory=list[Sent])
    answers: Counter[str] = field(default_factory=Counter[str])
    seconds: "array[float]" = field(default_factory=lambda: array("d"))


class Sender:
    """Sends one delivery after the other to any of the copies."""

    def __init__(self, urls: list[str], tally: Tally, chance: random.Random) -> None:
        self._connections = [Connection(url) for url in urls]
        self._tally = tally
        self._chance = chance
        self._client = f"198.51.{chance.randrange(256)}.{chance.randrange(256)}"

    async def send(self, sent: Sent) -> None:
        """Send until it is acknowledged; what is forged until somebody answers that it is."""
        while True:
            began = asyncio.get_running_loop().time()
            try:
                status = await self._chance.choice(self._connections).post(sent, self._client)
            except (OSError, EOFError):
                # So it is, too, where a copy was killed after it had kept the delivery.
                self._tally.answers["none"] += 1
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self._tally.answers[f"{status}"] += 1
            if status == _OK:
                self._tally.seconds.append(asyncio.get_running_loop().time() - began)
                if sent.is_forged:
                    self._tally.forged_acknowledged.append(sent)
                else:
                    self._tally.acknowledged.append(Acknowledged.of(sent))
                return
            if sent.is_forged and status == _UNAUTHORIZED:
                return
            assert status in (429, 503), f"{status} for {sent.path}"
            await asyncio.sleep(_AGAIN_SECONDS)

    def close(self) -> None:
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.close()
