"""`resync`: read a document on both sides again, and let its workflow act on what is there. Nothing is forgotten."""

from xerosync.cli.app import Account, Document, Json, WithServices
from xerosync.cli.json_forms import InXero, ResyncData
from xerosync.cli.naming import named, typed_name
from xerosync.cli.terminal import console, print_json
from xerosync.operations import resyncing


async def resync(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> None:
    """Read a document on both sides again, and act on what is there. Nothing is forgotten, nothing is doubled."""
    ref = await named(services, document, account)
    read = await resyncing.resync(services, ref)
    if json:
        shown = InXero(**read.found.model_dump(include=set(InXero.model_fields))) if read.found else None
        print_json(ResyncData(document=str(ref), in_sequence=read.document.status, in_xero=shown))
        return
    typed = await typed_name(services, ref, read.document.number)
    console.print(
        f"{read.sentence()} Its workflow acts on that; `starter.py status {typed}` shows what comes of it.",
        markup=False,
    )
