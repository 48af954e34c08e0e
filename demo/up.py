"""`up`: the whole stack on stand-ins, kept in `.xerosync/` and left running until Ctrl-C, SIGTERM or SIGHUP."""

from pathlib import Path

from demo.stack import RunningStack, running_stack
from xerosync.cli.running_stack import how_to_reach
from xerosync.cli.sign_in import sign_in_link
from xerosync.cli.terminal import console, print_json
from xerosync.core.people import Person, Role
from xerosync.process import until_stopped
from xerosync.settings import Settings


async def up(folder: Path, *, as_json: bool) -> None:
    """Run the stack, say where everything is, and wait to be stopped."""
    async with until_stopped() as stopped, running_stack(folder, push_new_customers=True) as running:
        settings = Settings.load(env_file=None)
        link = await sign_in_link(running.services, settings, Person(name="you", role=Role.ADMIN))
        show_addresses(running, link, as_json=as_json)
        await running.unless_it_fails(stopped.wait())
        console.print("Stopping; everything is kept.")


def show_addresses(running: RunningStack, sign_in: str, *, as_json: bool) -> None:
    """Say where the servers are. The stand-ins' keys open nothing else, so they may be shown."""
    stack = running.stack
    addresses = {
        "temporal_ui": stack.temporal_ui_url,
        "temporal": stack.temporal_address,
        "xero": stack.xero_url,
        "sequence": f"{stack.sequence_url}/api",
        "console": running.edge_url,
        "sign_in": sign_in,
        "account_id": running.people.account_id,
        "data": str(stack.data_dir),
    }
    if as_json:
        print_json(addresses)
        return
    console.print(f"Temporal Web UI   {stack.temporal_ui_url}   every document and its state")
    console.print(f"Sequence stand-in {stack.sequence_url}   make, finalize and send invoices")
    console.print("                  its API is at /api, key xerosync-dev, secret xerosync-dev-secret")
    console.print(f"Xero stand-in     {stack.xero_url}   mark as sent, pay, void what arrives there")
    console.print(f"Console           {sign_in}")
    console.print("                  signs you in once; `starter.py sign-in` makes another link")
    console.print(f"Temporal          {stack.temporal_address}   for the `temporal` command (TEMPORAL_ADDRESS)")
    console.print(f"Account           {running.people.account_id}")
    console.print(f"In another terminal: `{how_to_reach(stack.data_dir)}`. Ctrl-C stops it; the data stays.")
