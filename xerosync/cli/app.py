"""How a command is run, and the parameters that commands share.

A command is an async function: its signature and docstring are what `--help` shows. What it works with it names as
keyword arguments that are not typed: `services: WithServices`, `settings: WithSettings`.
"""

import asyncio
import getpass
import inspect
import os
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from xerosync.cli.running_stack import adopt_running_stack
from xerosync.cli.terminal import print_json, progress
from xerosync.core.errors import MisconfiguredError, XerosyncError
from xerosync.documents.timeline import ChangeCause, caused_by
from xerosync.logs import configure_logging
from xerosync.services import Services, open_services
from xerosync.settings import Settings

Document = Annotated[str, Parameter(help="a number such as INV-1, or `invoice ID`, or `credit_note ID`")]
Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False, help="print data instead of words")]
Account = Annotated[str | None, Parameter(help="id of the Sequence account; needed only where there are several")]
Customer = Annotated[str, Parameter(help="Sequence's id of the customer")]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]
AsWritten = Parameter(name_transform=lambda name: name.lower())
"""Choices are spelt as `status` shows them, with underscores."""

WithSettings = Annotated[Settings, Parameter(parse=False)]
WithServices = Annotated[Services, Parameter(parse=False)]
WithoutTemporal = Annotated[Services, Parameter(parse=False), "Temporal is asked when it is first needed"]
"""Services for a command that is of use also while Temporal is away."""


def command_line(commands: Iterable[Callable[..., Any]]) -> App:
    """Return the command line of these commands, by the names of the functions."""
    app = App(
        name="starter.py",
        help="Keeps customers, invoices and credit notes of Sequence and Xero in step.",
        version=_version,
    )
    for command in commands:
        app.command(command)
    return app


def _version() -> str:
    """Return the version, as the project's own description says it."""
    described = Path(__file__).parents[2] / "pyproject.toml"
    return str(tomllib.loads(described.read_text())["project"]["version"])


def run(app: App, arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 where something does not answer or is not right, 2 for a wrong setting or argument."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        _check_text(given)
        command, bound, unparsed = app.parse_args(arguments, exit_on_error=False, print_error=False)
        result = (
            command(*bound.args, **bound.kwargs)
            if not _is_ours(command)
            else asyncio.run(_call(command, bound, unparsed))
        )
        sys.stdout.flush()
    except (CycloptsError, XerosyncError) as error:
        return _refuse(error, as_json="--json" in given)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0


def _check_text(arguments: Sequence[str]) -> None:
    """Refuse what nothing behind can keep or send. Raises MisconfiguredError."""
    for place, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise MisconfiguredError(f"Argument {place} is not text in UTF-8: type it again.") from None


def _refuse(error: CycloptsError | XerosyncError, *, as_json: bool) -> int:
    """Say what is wrong: in words on standard error, or as data on standard output. Return the exit code."""
    message = _sentence(error) if isinstance(error, CycloptsError) else error.in_full
    code = 2 if isinstance(error, CycloptsError | MisconfiguredError) else 1
    if as_json:
        print_json({"error": {"type": type(error).__name__, "message": message, "exit_code": code}})
    else:
        progress.print(message, markup=False)
    return code


def _is_ours(command: Callable[..., Any]) -> bool:
    """Whether it is one of our commands, not the help."""
    return inspect.iscoroutinefunction(command)


async def _call(command: Callable[..., Any], bound: inspect.BoundArguments, wanted: Iterable[str]) -> Any:
    """Call a command with what it works with; what it changes is put down to whoever runs it."""
    if not wanted:
        return await command(*bound.args, **bound.kwargs)
    adopt_running_stack()
    settings = Settings.load()
    configure_logging(settings.log_format, settings.log_level)
    given = {**bound.kwargs, **({"settings": settings} if "settings" in wanted else {})}
    if "services" not in wanted:
        return await command(*bound.args, **given)
    lazy_temporal = get_type_hints(command, include_extras=True)["services"] == WithoutTemporal
    with caused_by(ChangeCause(who=settings.operator or _user())):
        async with open_services(settings, lazy_temporal=lazy_temporal) as services:
            return await command(*bound.args, **given, services=services)


def _user() -> str:
    """Return the name of this system's user; in a container that knows none, the number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def _sentence(error: CycloptsError) -> str:
    """Return what is wrong with the arguments, and where it says what they may be, on one line."""
    what = f"{error}".strip()
    if isinstance(error, UnusedCliTokensError):
        what = f"Nothing is known to do with {' '.join(error.unused_tokens or [])}."
    return f"{' '.join(what.split())} See `{' '.join(['starter.py', *(error.command_chain or []), '--help'])}`."
