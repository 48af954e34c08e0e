"""A process that owns the embedded servers: `python embedded_owner.py FOLDER SQL`.

Runs the SQL, prints one line of JSON (database URL, Temporal's address, children's process ids), and then stays
until it is told to stop or killed.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

import asyncpg
import psutil

from standins.embedded import EmbeddedServers


async def main(folder: Path, sql: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with EmbeddedServers.start(folder, {}) as servers:
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute(sql)
        await connection.close()
        children = [child.pid for child in psutil.Process().children(recursive=True)]
        told = {
            "database_url": servers.database_url,
            "temporal_address": servers.temporal_address,
            "children": children,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
