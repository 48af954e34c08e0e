"""How commands find the stack that `up` or `demo` runs: a file of settings in the data folder, while it runs.

The stack holds the file's lock, which the kernel takes back however the stack ends: what a killed one left behind is
known by that and passed over.
"""

import fcntl
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values

DATA = Path(".xerosync")
_FILE = "running.env"
_NAMES_A_SYSTEM = "XEROSYNC_DATABASE_URL"


@contextmanager
def announced(folder: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Write the settings of a running stack, readable by its owner alone, and take them away at the end."""
    file = folder / _FILE
    file.touch(mode=0o600)
    with file.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        opened.write("".join(f"{name}={value}\n" for name, value in environment.items()))
        opened.flush()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def how_to_reach(folder: Path) -> str:
    """Return the command line by which another terminal sees the documents of the stack in `folder`."""
    command = ".venv/bin/python starter.py status"
    if folder.absolute().parent == DATA.absolute():
        return command
    return f"env $(cat {folder / _FILE}) {command}"


def adopt_running_stack(folder: Path = DATA, env_file: Path = Path(".env")) -> None:
    """Take the settings of a running stack, unless the environment or `.env` name a database.

    All of them or none: a database of one's own with the stand-ins' Xero would be neither.
    """
    if os.environ.get(_NAMES_A_SYSTEM) or _in_file(env_file):
        return
    for file in sorted(folder.glob(f"*/{_FILE}")):
        if settings := _of_a_running_one(file):
            os.environ.update(settings)
            return


def _in_file(env_file: Path) -> bool:
    try:
        return bool(dotenv_values(env_file).get(_NAMES_A_SYSTEM))
    except (OSError, UnicodeDecodeError):
        return True  # whoever loads the settings says what is wrong with the file


def _of_a_running_one(file: Path) -> dict[str, str] | None:
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            lines = [line.partition("=") for line in opened.read().splitlines()]
            return {name: value for name, _, value in lines}
    return None
