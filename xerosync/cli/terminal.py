"""How commands speak: results on standard output, as words or as JSON; progress and questions on standard error.

A person is asked at a terminal only. Whoever has none reads what to type on the command line.
"""

import asyncio
import json
import sys
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.text import Text

from xerosync.core.text import escape_json, harmless


class _Terminal(Console):
    """A terminal that obeys nothing that stands in a text."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(harmless(text), **options)


console = _Terminal(highlight=False, soft_wrap=True)
progress = _Terminal(stderr=True, highlight=False, soft_wrap=True)


class NoAnswerError(Exception):
    """Nobody answers any more: the input has ended."""


def can_ask() -> bool:
    """Whether a person sits at a terminal."""
    return sys.stdin.isatty()


async def line(prompt: str) -> str:
    """Return the line that answers a prompt; Ctrl-C works meanwhile.

    Raises:
        NoAnswerError: the input has ended.
    """
    progress.print(prompt, end="", markup=False)
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin)
    answer = sys.stdin.readline()
    if not answer:
        raise NoAnswerError
    return answer.strip()


def print_json(value: Any) -> None:
    """Print as JSON: decimals and dates as strings. Who reads a pipe sees it at once, though the command goes on."""
    document = json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False)
    sys.stdout.write(f"{escape_json(document)}\n")
    sys.stdout.flush()


def counted(number: int, what: str) -> str:
    """Return how many there are, such as `1 document` or `1,200 documents`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
