"""All that Temporal keeps of a workflow, decoded, so that a test can look for what must not be there."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from temporalio.client import WorkflowHandle, WorkflowHistory


async def kept_of(handle: WorkflowHandle[Any, Any]) -> str:
    """Return every text that Temporal keeps of a workflow: its events, and what it knows of running activities."""
    history, description = await handle.fetch_history(), await handle.describe()
    return "\n".join((texts_of(history), *_texts(description.raw_description)))


def texts_of(history: WorkflowHistory) -> str:
    """Return every text of a history's events."""
    return "\n".join(_texts(history.events))


def _texts(value: object) -> Iterator[str]:
    """Yield the texts of protobuf messages: payloads are bytes there, whatever they are of."""
    match value:
        case Message():
            for _, inner in value.ListFields():
                yield from _texts(inner)
        case str():
            yield value
        case bytes():
            yield (text := value.decode(errors="replace"))
            yield _unescaped(text)
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case int() | float():
            return
        case _:
            for inner in value:  # type: ignore[attr-defined] - the rest is repeated
                yield from _texts(inner)


def _unescaped(text: str) -> str:
    """Return JSON without the escapes that may stand for letters outside ASCII."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return ""
