"""What the command line's commands share: how a person says things, and what they work with."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from cyclopts import Parameter

from xerosync.cli.running_stack import adopt_running_stack
from xerosync.documents.timeline import ChangeCause, caused_by
from xerosync.logs import configure_logging
from xerosync.services import Services, open_services
from xerosync.settings import Settings

Document = Annotated[str, Parameter(help="a number such as INV-1, or `invoice ID`, or `credit_note ID`")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="print data instead of words")]
Account = Annotated[str | None, Parameter(help="id of the Sequence account; needed only where there are several")]
Customer = Annotated[str, Parameter(help="Sequence's id of the customer")]
AsWritten = Parameter(name_transform=lambda name: name.lower())
"""Choices are spelt as `status` shows them, with underscores."""

_T = TypeVar("_T")


def with_services(command: Callable[[Services], Awaitable[_T]], *, lazy_temporal: bool = False) -> _T:
    """Run a command with what it works with; with `lazy_temporal` also while Temporal is away."""
    return with_settings(lambda services, _: command(services), lazy_temporal=lazy_temporal)


def with_settings(command: Callable[[Services, Settings], Awaitable[_T]], *, lazy_temporal: bool = False) -> _T:
    """Run a command with what it works with, and the settings; what it changes is put down to whoever runs it."""

    async def run() -> _T:
        adopt_running_stack()
        settings = Settings.load()
        configure_logging(settings.log_format, settings.log_level)
        with caused_by(ChangeCause(who=settings.operator or _user())):
            async with open_services(settings, lazy_temporal=lazy_temporal) as services:
                return await command(services, settings)

    return asyncio.run(run())


def _user() -> str:
    """Return the name of this system's user; in a container that knows none, the number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
