"""A PostgreSQL and a Temporal of a test's own, which may be killed and started again where they were."""

import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

from standins.embedded import EmbeddedServers
from standins.embedded.ports import Ports
from standins.embedded.postgres import Installation, postgres_server, usable_postgres
from standins.embedded.temporal import temporal_server
from xerosync.core.temporal import SEARCH_ATTRIBUTES


class OwnServers:
    """Both, at ports that stay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = Ports(folder / "ports.json")
        self.database_url = ""
        self.temporal_address = ""
        self._postgres = contextlib.AsyncExitStack()
        self._temporal = contextlib.AsyncExitStack()

    async def installation(self) -> Installation:
        """Return PostgreSQL's programs and the account that they run under."""
        return await usable_postgres(self.folder / "postgres", self.folder / "postgres.log")

    async def start_postgres(self) -> None:
        server = postgres_server(
            await self.installation(), self.folder / "postgres", self.ports, self.folder / "postgres.log", durable=False
        )
        self.database_url = await self._postgres.enter_async_context(server)

    async def kill_postgres(self) -> None:
        """End it as a crash of its machine would; what its processes had written is there."""
        pid = int((self.folder / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)
        await self._postgres.aclose()

    async def start_postgres_again(self) -> None:
        """Start it where it ended by itself, as an orchestrator does."""
        await self._postgres.aclose()
        await self.start_postgres()

    async def start_temporal(self) -> None:
        server = temporal_server(self.folder / "temporal", self.ports, self.folder / "temporal.log", SEARCH_ATTRIBUTES)
        self.temporal_address = (await self._temporal.enter_async_context(server)).address

    async def kill_temporal(self) -> None:
        os.kill(int((self.folder / "temporal" / "lock").read_bytes()), signal.SIGKILL)
        await self._temporal.aclose()

    def forget_temporal(self) -> None:
        """Throw away all that a Temporal that does not run ever knew."""
        for file in (self.folder / "temporal").glob("temporal.db*"):
            file.unlink()

    @property
    def embedded(self) -> EmbeddedServers:
        """Both, as an office takes them."""
        return EmbeddedServers(self.database_url, self.temporal_address, "", self.folder, self.ports)

    async def stop(self) -> None:
        await self._temporal.aclose()
        await self._postgres.aclose()


@contextlib.asynccontextmanager
async def own_servers(folder: Path) -> AsyncGenerator[OwnServers]:
    """Run both until the block ends."""
    servers = OwnServers(folder)
    try:
        await servers.start_postgres()
        await servers.start_temporal()
        yield servers
    finally:
        await servers.stop()


def may_mount(folder: Path) -> bool:
    """Whether this user may make a small disk."""
    try:
        with small_disk(folder, 1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Generator[Path]:
    """Mount a disk of that size, in memory, at a folder."""
    folder.mkdir(exist_ok=True)
    mount = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True, capture_output=True)


def fill(file: Path) -> None:
    """Write behind the end of a file until its disk is full."""
    with contextlib.suppress(OSError), file.open("ab", buffering=0) as end:
        while end.write(b"\0" * 4096):
            pass
