"""Loopback ports that are free now and stay the same from one start to the next.

They are drawn from below the range from which systems hand out ports to outgoing connections (32768 on Linux,
49152 elsewhere), so that a connection of somebody else does not sit on a kept port by chance.
"""

import json
import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
EDGE = "edge"
_LOWEST, _HIGHEST = 15_000, 31_999
_TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now; a connection still in TIME_WAIT does not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError:
            return False
    return True


class Ports:
    """The ports of one data folder, by name, kept in a JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, int] = _read(file)

    def take(self, name: str) -> int:
        """The port of this name: the one kept if it is free, else a new one, which is kept from now on."""
        port = self._kept.get(name)
        if port is None or not is_free(port):
            port = self._kept[name] = self._draw()
            self._file.write_text(json.dumps(self._kept, indent=2) + "\n")
        return port

    def of_servers(self) -> frozenset[int]:
        """The ports to which no webhook may go: those of all servers but the edge, which receives webhooks."""
        return frozenset(port for name, port in self._kept.items() if name != EDGE)

    def _draw(self) -> int:
        taken = set(self._kept.values())
        for _ in range(_TRIES):
            port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311 - spreads stacks over the range, hides nothing
            if port not in taken and is_free(port):
                return port
        raise OSError(f"no free port on {LOOPBACK} between {_LOWEST} and {_HIGHEST}")


def _read(file: Path) -> dict[str, int]:
    # A file cut short by a crash costs a new set of ports, nothing else.
    try:
        kept = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {str(name): int(port) for name, port in kept.items()}
