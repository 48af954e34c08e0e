"""What Temporal keeps, as somebody sees it who has its database and no key of ours."""

import re
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from pathlib import Path

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.client import Client, WorkflowHandle, WorkflowHistory

_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AMOUNT = re.compile(rb"\d+\.\d{2}")


async def histories(address: str, namespace: str) -> AsyncGenerator[tuple[str, WorkflowHistory]]:
    """Return the id of every workflow with the history of each of its runs, as they are kept."""
    stranger = await Client.connect(address, namespace=namespace)
    async for each in stranger.list_workflows():
        handle: WorkflowHandle[object, object] = stranger.get_workflow_handle(each.id, run_id=each.run_id)
        yield each.id, await handle.fetch_history()


def payloads_of(value: object) -> Iterator[Payload]:
    """Every payload in a message but search attributes, which Temporal must be able to read."""
    match value:
        case Payload():
            yield value
        case SearchAttributes():
            return
        case Message():
            for _, inner in value.ListFields():
                yield from payloads_of(inner)
        case Mapping():
            for inner in value.values():
                yield from payloads_of(inner)
        case str() | bytes() | int() | float():
            return
        case _:
            for inner in value:  # type: ignore[attr-defined] - the rest is repeated
                yield from payloads_of(inner)


def found_in(
    database: Path, *, texts: Iterable[str], ids: Iterable[str] = (), amounts: Iterable[str] = ()
) -> list[str]:
    """Return which of these the files of Temporal's database hold: texts anywhere, ids and amounts as whole words.

    Looked through are the files as bytes, what was deleted and not yet overwritten among it, and every value of every
    table, since a long value does not stand in one piece in the file.
    """
    wanted = {text.encode() for text in texts}
    listed = {each.encode() for each in (*ids, *amounts)}
    found: Counter[bytes] = Counter()
    for data in (*_files(database), *_values(database)):
        found.update(text for text in wanted if text in data)
        found.update(listed.intersection(_ID.findall(data)))
        found.update(listed.intersection(_AMOUNT.findall(data)))
    return sorted(each.decode() for each in found)


def _files(database: Path) -> Iterator[bytes]:
    for file in database.parent.glob(f"{database.name}*"):
        yield file.read_bytes()


def _values(database: Path) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            quoted = table.replace('"', '""')
            for row in connection.execute(f'SELECT * FROM "{quoted}"'):
                for value in row:
                    if isinstance(value, str | bytes):
                        yield value.encode() if isinstance(value, str) else value
    finally:
        connection.close()
