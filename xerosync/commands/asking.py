"""How commands ask a person at a terminal. Whoever has none is told what to say on the command line."""

import asyncio
import sys

from xerosync.commands.output import progress


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
