"""What can go wrong with the embedded stack: one sentence for a person, naming the log that knows more."""

import contextlib
from collections.abc import Generator
from pathlib import Path

import asyncpg


class EmbeddedError(Exception):
    """The embedded stack could not do what was asked; the message is one sentence to show as it is."""


@contextlib.contextmanager
def in_one_sentence(folder: Path) -> Generator[None]:
    """Turn what files, ports and PostgreSQL refuse while a stack starts on `folder` into EmbeddedError."""
    try:
        yield
    except (OSError, asyncpg.PostgresError) as error:
        raise EmbeddedError(f"cannot start on the data folder {folder}: {error}") from error
