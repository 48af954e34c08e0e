"""Run both stand-ins: `python -m standins --xero-port P --sequence-port Q`.

Prints one line with both addresses once they answer, and stops on SIGINT or SIGTERM. Both read the same
clock.
"""

import argparse
import asyncio
import contextlib
import importlib.util
import signal
import sys
from typing import Any

from standins.clock import Clock
from standins.origins import Targets
from standins.serving import serve


def _arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m standins", description="A Xero and a Sequence to try on.")
    parser.add_argument("--xero-port", type=int, default=0, help="port of the Xero stand-in (0: any free one)")
    parser.add_argument("--sequence-port", type=int, default=0, help="port of the Sequence stand-in")
    parser.add_argument("--authentication", action="store_true", help="check tokens, scopes and connections")
    parser.add_argument(
        "--limits",
        type=_limits,
        default="off",
        metavar="off|real|starter|FACTOR",
        help="Xero's rate limits: none, its own, those of its free tier, or its own times FACTOR",
    )
    return parser.parse_args(argv)


def _limits(text: str) -> Any:
    from standins.xero.limits import Limits  # noqa: PLC0415 - `--help` needs neither stand-in

    named = {"off": Limits.off(), "real": Limits.real(), "starter": Limits.real(starter=True)}
    if text in named:
        return named[text]
    try:
        return Limits.scaled(float(text))
    except ValueError:
        raise argparse.ArgumentTypeError("say off, real, starter, or a factor above 0 such as 0.5") from None


async def _run(options: argparse.Namespace) -> None:
    from standins.sequence import create_sequence  # noqa: PLC0415 - as above
    from standins.xero import create_xero  # noqa: PLC0415

    clock, targets = Clock(), Targets()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    xero = create_xero(clock=clock, limits=options.limits, authentication=options.authentication, targets=targets)
    sequence = create_sequence(clock=clock, authentication=options.authentication, targets=targets)
    async with (
        serve(xero, options.xero_port) as xero_served,
        serve(sequence, options.sequence_port) as sequence_served,
    ):
        targets.add_stack_ports(xero_served.port, sequence_served.port)
        sys.stdout.write(f"xero {xero_served.url} sequence {sequence_served.url}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Run until a signal; a port in use is one line of error, exit status 1."""
    options = _arguments()
    loop_factory = None
    if importlib.util.find_spec("uvloop"):
        import uvloop  # noqa: PLC0415 - not there on every platform

        loop_factory = uvloop.new_event_loop
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=loop_factory) as runner:
        try:
            runner.run(_run(options))
        except OSError as error:
            sys.exit(f"standins: {error.strerror or error}")


if __name__ == "__main__":
    main()
