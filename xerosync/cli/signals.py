"""`finalize`, `sent`, `void` and `retry`: signal a document's workflow, as the billing system would."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, AsWritten, Document, Json, WithServices
from xerosync.cli.following import showing_progress
from xerosync.cli.naming import named
from xerosync.cli.terminal import console, print_json
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.documents.messages import Release
from xerosync.documents.timeline import asked
from xerosync.operations.signals import DocumentSignal, signal
from xerosync.operations.signals import retry as retry_document
from xerosync.services import Services

_AT_ONCE = 20


async def finalize(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> None:
    """Signal that a document was finalized in Sequence: it goes to Xero."""
    await _signal(services, document, account, DocumentSignal.FINALIZED, as_json=json)


async def sent(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> None:
    """Signal that a document was sent in Sequence: its real dates go to Xero, where it is marked as sent."""
    await _signal(services, document, account, DocumentSignal.SENT, as_json=json)


async def void(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> None:
    """Signal that a document was voided in Sequence: it is voided in Xero."""
    await _signal(services, document, account, DocumentSignal.VOIDED, as_json=json)


async def retry(
    *document: Document,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    customer: Annotated[str | None, Parameter(help="with --hold: only documents of this customer")] = None,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> None:
    """Release a document's hold, so that it tries again at once, or all that one hold keeps, behind all other work.

    Args:
        hold: instead of a document: all that are held for this reason
    """
    if (hold is None) != bool(document) or (hold is None and customer):
        raise MisconfiguredError("Name a document, or all that a hold keeps with --hold (--account, --customer).")
    if hold is None:
        await _release_one(services, await named(services, document, account), as_json=json)
    else:
        await _release_all(services, hold, account, customer, as_json=json)


async def _signal(
    services: Services, words: Sequence[str], account_id: str | None, hint: DocumentSignal, *, as_json: bool
) -> None:
    """Signal a document's workflow, starting it where none runs. It reads in Sequence what is true."""
    ref = await named(services, words, account_id)
    link = await services.store.document(ref)
    await signal(services, ref, hint)
    _confirm(hint, ref, as_json=as_json)
    if link.ignored and not as_json:
        console.print("It is ignored, so nothing comes of that: `retry` takes it up again.")


async def _release_one(services: Services, ref: DocumentRef, *, as_json: bool) -> None:
    """Release a document's hold, whatever its reason; take up one that is ignored."""
    await retry_document(services, ref)
    _confirm("release", ref, as_json=as_json)


def _confirm(signal: str, ref: DocumentRef, *, as_json: bool) -> None:
    if as_json:
        print_json({"signal": signal, "document": str(ref)})
    else:
        console.print(f"Told {ref}: {signal}. `status` shows what came of it.")


async def _release_all(
    services: Services, reason: HoldReason, account_id: str | None, customer_id: str | None, *, as_json: bool
) -> None:
    """Release what a hold keeps, page by page, in the bulk lane; what is held again is not signalled twice."""

    async def release(ref: DocumentRef) -> None:
        await services.store.tell(ref, asked(f"retry --hold {reason}"))
        await services.workflows.signal(ref, "release", Release(reason=reason, lane=Lane.BULK))

    released = 0
    with showing_progress("Releasing") as step:
        counts = await services.store.counts(account_id)
        of_all = sum(count.documents for count in counts if count.hold is reason)
        after: DocumentRef | None = None
        while page := await services.store.held_page(reason, account_id, customer_id, after=after):
            await some_at_once(release, page, _AT_ONCE)
            released, after = released + len(page), page[-1]
            step(released, None if customer_id else of_all)
    if as_json:
        print_json({"hold": reason, "released": released})
    elif released:
        documents = f"{released} document{'' if released == 1 else 's'}"
        console.print(f"{documents} held as {reason} told to try again.")
    else:
        console.print(f"Nothing is held as {reason}{' there' if account_id or customer_id else ''}.")
