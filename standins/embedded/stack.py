"""Everything the product talks to, in one block: Temporal, PostgreSQL, Xero and Sequence."""

import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

from standins.clock import Clock
from standins.embedded.errors import in_one_sentence
from standins.embedded.keeping import Keeper
from standins.embedded.ports import EDGE
from standins.embedded.servers import EmbeddedServers
from standins.embedded.standins import stand_ins
from standins.sequence import Sequence
from standins.xero import Limits, Xero


@dataclass(frozen=True, slots=True)
class EmbeddedStack:
    """Where everything answers. URLs have no trailing slash; Sequence's API stands under `/api` of its own.

    `xero`, `sequence` and the `clock` of both are what is behind the stand-ins, for use in this process.
    """

    database_url: str
    temporal_address: str
    temporal_ui_url: str
    xero_url: str
    sequence_url: str
    edge_port: int
    xero: Xero
    sequence: Sequence
    clock: Clock
    data_dir: Path

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        data_dir: Path | None,
        search_attributes: Mapping[str, str],
        *,
        limits: Limits | None = None,
        authentication: bool = False,
        fresh: bool = False,
        keeper: Keeper | None = None,
    ) -> AsyncGenerator["EmbeddedStack"]:
        """Run all four until the block ends; `data_dir` None means a temporary folder, removed at the end.

        `search_attributes` maps names to Temporal's types, such as {"XeroHold": "Keyword"}; `limits` are Xero's
        rate limits (off unless given); with `authentication` both stand-ins check who asks. With a `data_dir`
        everything is found again at the next start, on the same ports as far as they are free; `fresh` forgets it.
        A `keeper` starts Temporal and PostgreSQL again should they end.
        Raises EmbeddedError, one sentence, with nothing left running.
        """
        async with (
            EmbeddedServers.start(data_dir, search_attributes, fresh=fresh, keeper=keeper) as servers,
            contextlib.AsyncExitStack() as held,
        ):
            folder = servers.data_dir / "stand-ins" if data_dir else None
            with in_one_sentence(servers.data_dir):
                standing = await held.enter_async_context(
                    stand_ins(servers.ports, folder, limits=limits, authentication=authentication)
                )
            yield cls(
                database_url=servers.database_url,
                temporal_address=servers.temporal_address,
                temporal_ui_url=servers.temporal_ui_url,
                xero_url=standing.xero_url,
                sequence_url=standing.sequence_url,
                edge_port=servers.ports.take(EDGE),
                xero=standing.xero,
                sequence=standing.sequence,
                clock=standing.clock,
                data_dir=servers.data_dir,
            )
