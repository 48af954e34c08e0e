"""How commands find the stack that `up` or `demo` runs: a file of settings in the data folder, while it runs."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

DATA = Path(".xerosync")
_FILE = "running.env"


@contextmanager
def announced(folder: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Write the settings of a running stack, readable by its owner alone, and take them away at the end."""
    file = folder / _FILE
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def adopt_running_stack(folder: Path = DATA) -> None:
    """Take the settings of a running stack for those that the environment does not name."""
    for file in sorted(folder.glob(f"*/{_FILE}")):
        for line in file.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)
        return
