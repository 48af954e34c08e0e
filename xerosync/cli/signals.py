"""`finalize`, `sent`, `void` and `retry`: tell a document's workflow what the billing system would tell it."""

from collections.abc import Sequence
from typing import Literal

from xerosync.cli.naming import named
from xerosync.cli.terminal import console, print_json
from xerosync.core.documents import DocumentRef
from xerosync.core.owed import owing, signal_of
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release
from xerosync.documents.timeline import asked
from xerosync.faultpoints import FaultPoint, reach
from xerosync.services import Services

Hint = Literal["finalized", "sent", "voided"]

_COMMANDS: dict[Hint, str] = {"finalized": "finalize", "sent": "sent", "voided": "void"}


async def tell(services: Services, words: Sequence[str], hint: Hint, *, as_json: bool) -> None:
    """Signal a document's workflow, starting it where none runs. It reads in Sequence what is true."""
    ref = await named(services, words)
    link = await services.store.document(ref)
    await services.store.tell(ref, asked(_COMMANDS[hint]))
    await services.workflows.signal(ref, hint)
    _confirm(hint, ref, as_json=as_json)
    if link.ignored and not as_json:
        console.print("It is ignored, so nothing comes of that: `retry` takes it up again.")


async def retry(services: Services, words: Sequence[str], *, as_json: bool) -> None:
    """Release a document's hold, whatever its reason, so that it tries again at once; take up one that is ignored."""
    ref = await named(services, words)
    await services.store.tell(ref, asked("retry"))
    async with owing(services.store, signal_of(ref)):
        if (await services.store.document(ref)).ignored:
            await services.store.change(ref, DocumentLink.taken_up)
            reach(FaultPoint.DOCUMENT_STORED)
        await services.workflows.signal(ref, "release", Release())
    _confirm("release", ref, as_json=as_json)


def _confirm(signal: str, ref: DocumentRef, *, as_json: bool) -> None:
    if as_json:
        print_json({"signal": signal, "document": str(ref)})
    else:
        console.print(f"Told {ref}: {signal}. `status` shows what came of it.")
