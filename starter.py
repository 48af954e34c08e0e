"""The command line: starts, signals, shows. `starter.py --help` lists the commands; each stands in `xerosync/cli/`."""

import shlex
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from xerosync.cli.adopt import adopt
from xerosync.cli.api_key import api_key
from xerosync.cli.app import Flag, Json, WithServices, WithSettings, command_line, run
from xerosync.cli.backfill import backfill
from xerosync.cli.connect import connect
from xerosync.cli.customer_list import customers
from xerosync.cli.customers import link_customer, push_customer, unlink_customer
from xerosync.cli.defaults import settings
from xerosync.cli.disconnect import disconnect
from xerosync.cli.ignore import ignore
from xerosync.cli.import_customers import import_customers
from xerosync.cli.keys import rotate_keys, sequence_key
from xerosync.cli.migrate import migrate
from xerosync.cli.payload_keys import payload_keys
from xerosync.cli.preview import preview
from xerosync.cli.purge import purge
from xerosync.cli.push_again import push_again
from xerosync.cli.reconcile import reconcile
from xerosync.cli.resync import resync
from xerosync.cli.running_stack import DATA
from xerosync.cli.sign_in import sign_in
from xerosync.cli.signals import finalize, retry, sent, void
from xerosync.cli.status import status
from xerosync.cli.sweep import sweep
from xerosync.cli.webhooks import webhooks
from xerosync.core.errors import MisconfiguredError
from xerosync.process import leave

_HERE = str(Path(__file__).absolute())
_SHORT = "xerosync"
"""What a shell that completes calls the command line."""


async def demo(*, json: Json = False, stay: Flag = False) -> int:
    """Play a month of billing on stand-ins and show the result.

    Args:
        stay: leave everything open at the end, until Ctrl-C
    """
    with _stand_ins():
        from demo.show import demo as run_demo  # noqa: PLC0415 - an image leaves the stand-ins out
    return await run_demo(DATA / "demo", as_json=json, stay=stay)


async def up(*, json: Json = False, data: Path = DATA / "up") -> None:
    """Run the whole stack on stand-ins until Ctrl-C; its data is kept and found again.

    Args:
        data: the folder of its data; `.xerosync/demo` opens what the demo left
    """
    with _stand_ins():
        from demo.up import up as run_up  # noqa: PLC0415 - an image leaves the stand-ins out
    await run_up(data, as_json=json)


async def serve(*, settings: WithSettings) -> None:
    """Serve the webhooks of both companies until SIGTERM or Ctrl-C; as many of these as you like behind a proxy."""
    from xerosync.web.serve import run as run_edge  # noqa: PLC0415 - no other command needs a web server

    await run_edge(settings)


async def replay(
    *,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    save: Path | None = None,
    count: Annotated[int, Parameter(validator=Number(gte=1))] = 100,
    json: Json = False,
    services: WithServices,
    settings: WithSettings,
) -> int:
    """Replay histories of what runs with this version, before its workers are deployed.

    Args:
        from_: a folder of histories, in place of those that Temporal has
        save: a folder where the histories are kept that were replayed
        count: how many of each type of workflow, of open ones and of closed ones
    """
    from worker import WORKFLOWS  # noqa: PLC0415 - no other command needs the workflows
    from xerosync.cli.replay import run_replay  # noqa: PLC0415 - nor Temporal's worker

    return await run_replay(services.temporal, settings, WORKFLOWS, count=count, folder=from_, save=save, as_json=json)


async def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print what makes `xerosync` a command of your shell that completes: `source <(… starter.py completion bash)`."""
    started = shlex.join((sys.executable, _HERE))
    run_it = f"function {_SHORT}; {started} $argv; end" if shell == "fish" else f'{_SHORT}() {{ {started} "$@"; }}'
    complete_it = f"\ncompdef _cyclopts_{_SHORT} {_SHORT}\n" if shell == "zsh" else "\n"
    sys.stdout.write(f"{run_it}\n{app.generate_completion(prog_name=_SHORT, shell=shell)}{complete_it}")


@contextmanager
def _stand_ins() -> Generator[None]:
    """Say in one line that the stand-ins are not here, where that is so."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MisconfiguredError(
            f"This command runs the stand-ins, which are not installed here ({error.name}): run it in a checkout."
        ) from error


app = command_line(
    (
        *(
            demo,
            up,
            completion,
            migrate,
            connect,
            disconnect,
            settings,
            sequence_key,
            rotate_keys,
            payload_keys,
            purge,
            serve,
            sign_in,
            webhooks,
        ),
        api_key,
        *(status, preview, finalize, sent, void, retry, adopt, ignore, resync, push_again),
        *(customers, import_customers, push_customer, link_customer, unlink_customer),
        *(backfill, reconcile, sweep, replay),
    )
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    return run(app, arguments)


if __name__ == "__main__":
    leave(main())
