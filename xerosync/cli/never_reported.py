"""What `status` says of a document that only Sequence knows: it is a draft, or nobody reported it here."""

from typing import NamedTuple

from xerosync.cli.next_steps import command
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.errors import XerosyncError
from xerosync.documents.describe import name_of
from xerosync.documents.link import DocumentLink
from xerosync.operations.next_steps import Act, NextStep
from xerosync.operations.signals import SIGNAL_OF
from xerosync.services import Services


class NeverReported(NamedTuple):
    """A document as Sequence shows it now, in a `link` that nothing stores; where it stands, and what can be done."""

    link: DocumentLink
    sentence: str
    commands: tuple[str, ...]


async def never_reported(services: Services, link: DocumentLink, *, several_accounts: bool) -> NeverReported | None:
    """Return what Sequence shows of a document of which the store knows nothing; None while it can't be read."""
    try:
        document = await services.billing.document(link.ref)
    except XerosyncError:
        return None
    shown = link.read(document)
    is_there = f"{name_of(link.ref, shown.known)} is {document.status} in Sequence"
    if document.status not in SIGNAL_OF:
        return NeverReported(
            shown, f"{is_there}: it goes to Xero once it is finalized, and comes here by itself then.", ()
        )

    def typed(act: Act) -> str:
        step = NextStep(act, link.ref.account_id, link.ref, document.number, document.customer_id)
        return command(step, several_accounts=several_accounts)

    said = f"{is_there}, but nobody reported it here, so nothing was done about it."
    connection = await services.store.connection(link.ref.account_id)
    if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
        said += (
            " The account is not connected to Xero: once it is connected again, the document is looked for by itself."
        )
        return NeverReported(shown, said, (typed(Act.CONNECT),))
    report = typed(Act(SIGNAL_OF[document.status].value))
    return NeverReported(shown, f"{said} Report it: it then goes the usual way.", (report, typed(Act.PREVIEW)))
