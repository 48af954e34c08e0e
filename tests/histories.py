"""All that Temporal keeps of a workflow, decoded, so that a test can look for what must not be there."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from temporalio.client import WorkflowHandle


async def kept_of(handle: WorkflowHandle[Any, Any]) -> str:
    """Return every text that Temporal keeps of a workflow: its events, and what it knows of running activities."""
    history, description = await handle.fetch_history(), await handle.describe()
    return "\n".join(_texts([*history.events, description.raw_description]))


def _texts(value: object) -> Iterator[str]:
    """Yield the texts of protobuf messages: payloads are bytes there, whatever they are of."""
    match value:
        case Message():
            for _, inner in value.ListFields():
                yield from _texts(inner)
        case str():
            yield value
        case bytes():
            yield value.decode(errors="replace")
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case int() | float():
            return
        case _:
            for inner in value:  # type: ignore[attr-defined] - the rest is repeated
                yield from _texts(inner)
