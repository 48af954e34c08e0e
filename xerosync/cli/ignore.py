"""`ignore`: a person wants a document left alone, for a reason that is kept; and the way back."""

from xerosync.cli.app import Account, Document, Flag, Json, WithServices
from xerosync.cli.json_forms import IgnoreData
from xerosync.cli.naming import named, typed_name
from xerosync.cli.terminal import console, print_json
from xerosync.operations import ignoring
from xerosync.operations.ignoring import LONGEST_REASON, NotIgnoredError


async def ignore(
    *document: Document,
    because: str | None = None,
    undo: Flag = False,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> None:
    """Leave a document alone, whatever comes: nothing is brought to either side any more, and nothing is changed there.

    Args:
        because: the reason, which is kept and shown
        undo: take it up again

    Raises:
        NotIgnoredError: no reason is given, or there is nothing to undo.
    """
    reason = because or ""
    if undo == bool(reason.strip()):
        raise NotIgnoredError(
            f'Give the reason, of {LONGEST_REASON} characters at most: --because "…"; or say --undo alone.'
        )
    ref = await named(services, document, account)
    link = await (ignoring.take_up(services, ref) if undo else ignoring.ignore(services, ref, reason))
    if json:
        print_json(IgnoreData(document=str(ref), ignored=link.ignored))
        return
    name, typed = link.number or ref, await typed_name(services, ref, link.number)
    if link.ignored:
        console.print(f"{name} is ignored from now on. `starter.py retry {typed}` takes it up again.", markup=False)
    else:
        console.print(f"{name} is taken up again. `starter.py status {typed}` shows what comes of it.", markup=False)
