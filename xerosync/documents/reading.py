"""What every step does first and last: it reads the document in Sequence, and stores what it found."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import ISSUED, Document, DocumentRef
from xerosync.core.errors import DeniedError, HoldError, MissingError, RefusedReadError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Outcome, StepInput
from xerosync.documents.ports import Billing, Links
from xerosync.documents.views import SequenceView, XeroView
from xerosync.faultpoints import FaultPoint, reach

READS_OF_MISSING = 6
"""How often Sequence must deny a document (for about a minute) before a step believes it."""

_WAIT_FOR_UNKNOWN = timedelta(days=7)
"""How long a document that Sequence never knew is held, and looked for, before it is taken for a mistake."""


_ELSEWHERE = "It is in the books of the organisation that the account was connected to before."


class NotConnectedHoldError(HoldError):
    """The store knows that the account is not connected to the document's organisation: Xero was not asked."""

    def __init__(self, words: str = "") -> None:
        super().__init__(HoldReason.DISCONNECTED, words)


class ReadDocument(NamedTuple):
    """What a step knows once it has read: the document, unless Sequence denies it, its link and its connection."""

    document: Document | None
    link: DocumentLink
    connection: Connection | None
    denial: MissingError | None = None

    def connected(self, link: DocumentLink | None = None) -> Connection:
        """Return the connection to the document's organisation, as a later `link` names it. Raises HoldError."""
        connection = self.connection
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            raise NotConnectedHoldError
        if (link or self.link).is_elsewhere(connection.tenant_id):
            raise NotConnectedHoldError(_ELSEWHERE)
        return connection


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Reads documents for steps. `denials` says how often Sequence denied the document to earlier attempts."""

    billing: Callable[[Lane], Billing]
    links: Links
    denials: Callable[[], int]
    now: Callable[[], datetime]

    async def read(self, step: StepInput) -> ReadDocument:
        """Read the document and bring its link up to date with it, and with what the workflow saw in Xero.

        One that a backfill found, and nobody has heard of since, is read with others of its page of the list.
        """
        if step.listed_after is not None and (known := await self._read_with_others(step, step.listed_after)):
            return known
        asked_at = self.now()
        found, connection = await asyncio.gather(
            self._read(step.ref, step.lane), self.links.connection(step.ref.account_id)
        )
        document, denial = (found, None) if isinstance(found, Document) else (None, found)

        def learn(link: DocumentLink) -> DocumentLink:
            # Only the store knows which document of Xero it is: a signal may say how that stands, not which.
            seen = link.seen(step.xero) if step.xero and link.xero else link
            return (seen.read(document, asked_at) if document else seen).following(connection, document)

        link = await self.links.change(step.ref, learn)
        reach(FaultPoint.AFTER_READ)
        if document and link.is_later(asked_at):
            raise RetryLaterError(f"Another attempt read {step.ref} later.")
        return ReadDocument(document, link, connection, denial)

    async def _read_with_others(self, step: StepInput, after: str) -> ReadDocument | None:
        """Return what a page of Sequence's list, read after this was asked, shows of a document to be created.

        None: it has to be read singly, since the page does not show it as FINAL or SENT, or something is known of it.
        """
        asked_at = self.now()
        document, connection = await asyncio.gather(
            self.billing(step.lane).listed(step.ref, after), self.links.connection(step.ref.account_id)
        )
        if document is None or document.status not in ISSUED:
            return None

        def learn(link: DocumentLink) -> DocumentLink:
            return link.read(document, asked_at).following(connection, document) if link.is_unheard_of else link

        link = await self.links.change(step.ref, learn)
        reach(FaultPoint.AFTER_READ)
        is_learned = link.sequence_read_at == asked_at and link.sequence == SequenceView.of(document)
        return ReadDocument(document, link, connection) if is_learned else None

    async def done(self, ref: DocumentRef, view: XeroView | None = None, answer: XeroDocument | None = None) -> Outcome:
        """Store what a step saw and Xero's `answer`, free of any hold, and return how both sides stand."""

        def take_in(link: DocumentLink) -> DocumentLink:
            wrote = link.wrote(view) if view else link
            return (wrote.showing(answer) if answer else wrote).freed()

        reach(FaultPoint.BEFORE_STORE)
        link = await self.links.change(ref, take_in)
        reach(FaultPoint.AFTER_STORE)
        return link.outcome

    async def at_rest(self, known: ReadDocument) -> Outcome:
        """Do nothing about a document that a person wants left alone; settle a draft that was deleted.

        Sequence deletes nothing else, so for the rest something is amiss there. What Sequence never knew is most likely
        on its way, or a mistake of whoever signalled: a person should see it.
        """
        link, denial = known.link, known.denial
        if link.ignored and link.sequence:
            return link.outcome
        if link.is_finalized:
            raise HoldError(
                HoldReason.REJECTED,
                _with_denial("Sequence does not know it any more: is it asked with the right key?", denial),
            )
        looked_for = self.now() - link.hold.since if link.hold else timedelta(0)
        if not link.was_read and looked_for < _WAIT_FOR_UNKNOWN:
            unknown = f"Sequence knows no {link.ref}: is its id right, and is it of this account?"
            raise HoldError(HoldReason.REJECTED, _with_denial(unknown, denial))
        if isinstance(denial, RefusedReadError) and await self.billing(Lane.LIVE).lists(link.ref, link.customer_id):
            raise HoldError(HoldReason.REJECTED, denial.in_full)
        return (await self.links.change(link.ref, DocumentLink.deleted)).outcome

    async def _read(self, ref: DocumentRef, lane: Lane = Lane.LIVE) -> Document | MissingError:
        """Return the document; what Sequence says instead once it has denied it often enough.

        A signal may overtake the commit that makes its document visible, so one "not found" proves nothing.
        """
        try:
            return await self.billing(lane).document(ref)
        except MissingError as error:
            if self.denials() + 1 < READS_OF_MISSING:
                raise DeniedError(f"Sequence does not show {ref} yet.") from error
            return error


def _with_denial(sentence: str, denial: MissingError | None) -> str:
    """Add what Sequence said, where it said more than that there is no such thing."""
    return f"{sentence} {denial.in_full}" if isinstance(denial, RefusedReadError) else sentence
