"""A folder in which things go wrong that went right everywhere else, and who may not enter it."""

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

NAME = "Rechnungen für Zoë, 請求書 " + "and so on " * 12
"""Spaces, letters outside ASCII, and too long for the path of a socket, which ends at 107 bytes."""
UMASK = 0o077
DEFAULT_PORTS = (5432, 7233, 8233)
"""Of PostgreSQL, Temporal and Temporal's Web UI."""


def hard_folder(base: Path) -> Path:
    """Make it below `base`; the folder above it is closed to everybody but its owner."""
    folder = base / "closed" / NAME.strip() / "xerosync"
    folder.mkdir(parents=True)
    folder.parents[1].chmod(stat.S_IRWXU)
    return folder


def bare_environment(**more: str) -> Mapping[str, str]:
    """Return what a process without a home or a language of its own sees."""
    names = ("PATH", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE")
    return {name: os.environ[name] for name in names if name in os.environ} | {"LANG": "C"} | more


def who_may_enter(folder: Path) -> dict[Path, str]:
    """Return the mode and owner of a folder and of all above it."""
    found = {each: each.stat() for each in (folder, *folder.parents)}
    return {each: f"{stat.filemode(it.st_mode)} {it.st_uid}:{it.st_gid}" for each, it in found.items()}


@contextmanager
def taken(ports: tuple[int, ...]) -> Iterator[None]:
    """Listen on them, unless somebody does already."""
    with ExitStack() as held:
        for port in ports:
            listening = held.enter_context(socket.socket())
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                listening.bind(("127.0.0.1", port))
                listening.listen()
        yield
