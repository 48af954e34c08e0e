"""`ignore`: a person wants a document left alone, for a reason that is kept; and the way back."""

from datetime import UTC, datetime

from xerosync.cli.app import Account, Document, Flag, Json, WithServices
from xerosync.cli.naming import named
from xerosync.cli.terminal import console, print_json
from xerosync.core.errors import MisconfiguredError
from xerosync.core.owed import owing, signal_of
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.timeline import cause
from xerosync.faultpoints import FaultPoint, reach

_LONGEST = 500


class NotIgnoredError(MisconfiguredError):
    """The document can't be ignored, or is not."""


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
    reason = " ".join((because or "").split())
    if undo == bool(reason) or len(reason) > _LONGEST:
        raise NotIgnoredError(f'Give the reason, of {_LONGEST} characters at most: --because "…"; or say --undo alone.')
    ref = await named(services, document, account)
    before = await services.store.document(ref)
    if undo and before.ignored is None:
        raise NotIgnoredError(f"{before.number or ref} is not ignored.")
    async with owing(services.store, signal_of(ref)):
        if undo:
            link = await services.store.change(ref, DocumentLink.taken_up)
        else:
            decision = Ignored(because=reason, who=cause().who, since=datetime.now(UTC))
            link = await services.store.change(ref, lambda link: link.let_be(decision))
        reach(FaultPoint.DOCUMENT_STORED)
        await services.workflows.signal(ref, "amended")
    if json:
        print_json({"document": str(ref), "ignored": link.ignored})
    elif link.ignored:
        console.print(
            f"{link.number or ref} is ignored from now on. `ignore --undo` or `retry` takes it up again.", markup=False
        )
    else:
        console.print(f"{link.number or ref} is taken up again. `status` shows what comes of it.", markup=False)
