"""`starter.py` in processes of its own that need not import everything first: they are forked off one that has.

    python warm.py keep SOCKET               imports it once, and serves until its standard input closes
    python -S warm.py run SOCKET ARGUMENT …  is the command: its streams, folder, variables, signals and exit status

Most of a short command's time goes into importing, and the tests run more than a hundred of them. The client imports
nothing that it can do without, not even pathlib.
"""
# ruff: noqa: PTH100, PTH106, PTH108, PTH109, PTH120

import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from types import FrameType

_STREAMS = 3
_LENGTH = struct.Struct("!i")
_LOOK_SECONDS = 0.02
_CHUNK = 1 << 16


def keep(path: str) -> None:
    """Import `starter`, then fork a process off for everyone who asks."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    importlib.import_module("starter")

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers end unwatched
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        sys.stdout.write("\n")
        sys.stdout.flush()
        while sys.stdin not in (select.select([door, sys.stdin], [], [])[0]):
            visitor, _ = door.accept()
            if os.fork() == 0:
                door.close()
                os._exit(_tend(visitor))
            visitor.close()
    os.unlink(path)
    os.rmdir(os.path.dirname(path))


def _tend(visitor: socket.socket) -> int:
    """Fork a command off, tell its process id and in the end its status; end it where nobody waits any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, streams = _asked(visitor)
    pid = os.fork()
    if pid == 0:
        visitor.close()
        _become(asked, streams)
    for stream in streams:
        os.close(stream)
    visitor.sendall(_LENGTH.pack(pid))
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            visitor.sendall(_LENGTH.pack(os.waitstatus_to_exitcode(status)))
            return 0
        if select.select([visitor], [], [], _LOOK_SECONDS)[0]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return 0


def _asked(visitor: socket.socket) -> tuple[dict[str, object], list[int]]:
    first, streams, _, _ = socket.recv_fds(visitor, _CHUNK, _STREAMS)
    length, text = _LENGTH.unpack_from(first)[0], bytearray(first[_LENGTH.size :])
    while len(text) < length:
        text += visitor.recv(_CHUNK)
    return json.loads(text), streams


def _become(asked: dict[str, object], streams: list[int]) -> None:
    """Be the command that was asked for; never returns."""
    import traceback  # noqa: PLC0415

    import starter  # noqa: PLC0415 - it is there already

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.setsid()
    status = 1
    try:
        os.chdir(str(asked["folder"]))
        os.environ.clear()
        os.environ.update(asked["variables"])  # pyright: ignore[reportArgumentType, reportCallIssue] - as `run` sent it
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the keeper's may have read ahead
        arguments: list[str] = asked["arguments"]  # pyright: ignore[reportAssignmentType] - as `run` sent it
        status = starter.main(arguments)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # noqa: BLE001 - as the interpreter tells what nobody caught
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def run(path: str, arguments: list[str]) -> int:
    """Have the command run with this process's streams, folder and variables; return its exit status.

    A signal to stop is passed on.
    """
    with socket.socket(socket.AF_UNIX) as keeper:
        keeper.connect(path)
        asked = {"arguments": arguments, "folder": os.getcwd(), "variables": dict(os.environ)}
        text = json.dumps(asked).encode()
        message = _LENGTH.pack(len(text)) + text
        sent = socket.send_fds(keeper, [message[:_CHUNK]], [0, 1, 2])
        keeper.sendall(message[sent:])
        pid = _number(keeper)

        def pass_on(number: int, _: FrameType | None) -> None:
            os.kill(pid, number)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, pass_on)
        return _number(keeper)


def _number(keeper: socket.socket) -> int:
    return _LENGTH.unpack(keeper.recv(_LENGTH.size, socket.MSG_WAITALL))[0]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["keep", where]:
            keep(where)
        case ["run", where, *rest]:
            os._exit(run(where, rest) & 0xFF)
        case _:
            sys.exit(f"{__doc__}")
