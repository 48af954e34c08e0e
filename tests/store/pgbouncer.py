"""PgBouncer before a database, as Debian has it, in a mode that a test chooses."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.patience import PATIENCE

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
IGNORED = "idle_in_transaction_session_timeout, tcp_keepalives_idle, tcp_keepalives_interval, tcp_keepalives_count"


@asynccontextmanager
async def pgbouncer(url: str, folder: Path, mode: str, ignored: str = IGNORED) -> AsyncGenerator[str]:
    """Run it while the block does; yield the URL by way of it."""
    assert PGBOUNCER
    parts = urlsplit(url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _configure(folder, url, port, mode, ignored)
    # Root may not run it; in a container nobody else may be there.
    user = ("--user", "nobody") if os.getuid() == 0 else ()
    process = await asyncio.create_subprocess_exec(
        PGBOUNCER, *user, folder / "pgbouncer.ini", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not await _listens(port):
                assert process.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.05)
        yield parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _configure(folder: Path, url: str, port: int, mode: str, ignored: str) -> None:
    parts = urlsplit(url)
    database = parts.path.lstrip("/")
    (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{database} = host={parts.hostname} port={parts.port}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = plain\n"
        f"auth_file = {folder}/users.txt\npool_mode = {mode}\nlogfile = {folder}/log\n"
        f"ignore_startup_parameters = {ignored}\n"
    )
    folder.chmod(0o755)
    (folder / "log").touch()
    (folder / "log").chmod(0o666)
