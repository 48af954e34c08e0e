"""Bringing one document into Xero, exactly once, whatever is lost on the way.

no intent ──▶ checks ──▶ intent stored ──▶ create sent ──▶ link stored
│
intent without link ──────────┴──▶ look the number up: adopt, or make sure that it never was
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentWithLines
from xerosync.core.errors import CustomerPendingError, HoldError, MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.money import money_words
from xerosync.core.owed import link_of
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.chart_check import Charts
from xerosync.documents.header_change import view_of_ours
from xerosync.documents.intent import Intent
from xerosync.documents.lifecycle import may_be_pushed
from xerosync.documents.link import DocumentLink
from xerosync.documents.ports import Billing, Books, Links, LinkSource
from xerosync.documents.views import SequenceView
from xerosync.faultpoints import FaultPoint, reach

_CONTACT_GONE = (HoldReason.CONTACT_ARCHIVED, HoldReason.CUSTOMER_UNLINKED)
"""What Xero's words come to where the contact was merged into another: it is archived then, or not found."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Creating:
    """Creates documents in one lane."""

    billing: Billing
    books: Books
    links: Links
    charts: Charts
    new_customers: NewCustomers
    sequence_links: LinkSource
    call_timeout: timedelta
    now: Callable[[], datetime]

    async def create(self, connection: Connection, document: Document) -> DocumentLink:
        """Create a document of which no create is under way, or adopt it where it is in Xero already.

        Raises:
            HoldError: a person must fix something; nothing was created.
            RetryLaterError: the intent lets the next attempt know whether it may have been created.
        """
        ref = document.ref
        contact_id = await self.links.contact_of(ref.account_id, document.customer_id)
        contact_id = contact_id or await self._contact_by_sequence(connection, document)
        if there := await self._there(connection, document, contact_id):
            return there
        whole = await self.billing.with_lines(document)
        await self.charts.check(connection, whole)
        digest = self.books.payload_digest(connection, whole, contact_id)
        intent = Intent(number=document.number or "", payload_digest=digest, at=self.now(), header=document.header)
        reach(FaultPoint.BEFORE_INTENT)
        link = await self.links.change(ref, lambda link: link.intended(intent, connection.tenant_id))
        reach(FaultPoint.AFTER_INTENT)
        if link.intent != intent:
            # An attempt that Temporal gave up goes on where its worker is only cut off from Temporal.
            raise RetryLaterError(f"Another attempt brings {ref} into Xero.")
        try:
            answer = await self.books.create(
                connection, whole, contact_id, send_before=intent.send_before(self.call_timeout)
            )
        except HoldError as error:
            reach(FaultPoint.AFTER_REFUSAL)
            await self.links.change(ref, lambda link: link.withdrawn(intent))
            if error.reason in _CONTACT_GONE and await self._follow(connection, document, contact_id):
                return await self.create(connection, document)
            return await self._refused(connection, whole, contact_id, error)
        except RetryLaterError as error:
            if not error.ambiguous:
                await self.links.change(ref, lambda link: link.withdrawn(intent))
            raise
        return await self._pushed(connection, document, answer)

    async def _contact_by_sequence(self, connection: Connection, document: Document) -> str:
        """Return the contact of a customer without a link in the store: the one that Sequence shows, now linked.

        Raises:
            HoldError: `customer_unlinked`, after the customer's push was started where new ones are pushed;
                `contact_archived`.
        """
        account_id, customer_id = document.account_id, document.customer_id
        pushes = self.new_customers if connection.push_new_customers else None
        # A push looks at what Sequence shows, too: what it met within the hour is not asked again.
        is_known = pushes is not None and await pushes.was_tried(account_id, customer_id)
        if not is_known:
            contact_id = await self.sequence_links.take_over(connection, customer_id)
            if contact_id:
                return contact_id
        if pushes is None:
            raise HoldError(HoldReason.CUSTOMER_UNLINKED)
        raise CustomerPendingError(await pushes.push(account_id, customer_id))

    async def _follow(self, connection: Connection, document: Document, contact_id: str) -> bool:
        """Link the customer to the contact that its own was merged into, if it was; return whether it was."""
        merged_into = await self.books.merged_into(connection, contact_id)
        if merged_into is None:
            return False
        log.info("followed a merged contact", customer_id=document.customer_id, contact_id=merged_into)
        owed = link_of(document.account_id, document.customer_id)
        await self.links.owe([owed])
        await self.links.link_customer(document.account_id, document.customer_id, merged_into)
        reach(FaultPoint.LINK_STORED)
        if await self.billing.show_link(document.account_id, document.customer_id, merged_into):
            await self.links.settle([owed])
        return True

    async def _refused(
        self, connection: Connection, whole: DocumentWithLines, contact_id: str, refusal: HoldError
    ) -> DocumentLink:
        """Adopt a document whose number is in use, or raise the refusal, explained."""
        if refusal.reason is not HoldReason.NUMBER_TAKEN:
            raise await self.charts.explain(refusal, connection, whole)
        adopted = await self._adopted(connection, whole.document, contact_id, refusal.words)
        if adopted is None:
            raise HoldError(HoldReason.NUMBER_TAKEN, f"{refusal.words} It was not found by its number.")
        return adopted

    async def recover(self, connection: Connection, document: Document, intent: Intent) -> DocumentLink:
        """Learn what became of a create whose answer was lost: adopt it, or make sure that it never was."""
        asked_at = self.now()
        found = await self.books.find(connection, document.ref.kind, intent.number)
        contact_id = await self.links.contact_of(document.account_id, document.customer_id)
        if found and self.books.is_ours(found, document, contact_id):
            log.info("adopted after a lost answer", xero_id=found.xero_id)
            return await self._pushed(connection, document, found, intent)
        is_second_refused = may_be_pushed(SequenceView.of(document)) and not document.kind.may_double
        unsettled = intent.settled_at(self.call_timeout, certain=not is_second_refused) - asked_at
        if unsettled > timedelta(0):
            # The create may have been on its way while Xero looked; only a look that began later proves anything.
            raise RetryLaterError(f"Waiting to learn whether {document.ref} reached Xero.", retry_after=unsettled)
        reach(FaultPoint.AFTER_LOOKUP)
        return await self.links.change(document.ref, lambda link: link.withdrawn(intent))

    async def _there(self, connection: Connection, document: Document, contact_id: str) -> DocumentLink | None:
        """Adopt a document that is in Xero already, as far as that is looked for before a create."""
        if document.linked_xero_id and (linked := await self._linked(connection, document, document.linked_xero_id)):
            return linked
        return await self._adopted(connection, document, contact_id) if document.kind.may_double else None

    async def _linked(self, connection: Connection, document: Document, xero_id: str) -> DocumentLink | None:
        """Adopt the document that Sequence says it is in Xero, from its own integration, if a look there agrees.

        None: it is not in these books, or not in force any more. By number first: such look-ups share calls.

        Raises:
            HoldError: `number_taken`: it is there, with another number, currency or contact.
        """
        found = await self.books.find(connection, document.kind, document.number or "")
        if found is None or found.xero_id != xero_id:
            try:
                found = await self.books.get(connection, document.kind, xero_id)
            except MissingError:
                return None
        if found.status.is_gone:
            return None
        contact_id = await self.links.contact_of(document.account_id, document.customer_id)
        theirs = (found.number, found.currency, found.contact_id)
        if theirs != (document.number, document.currency, contact_id):
            differences = self.books.differences(found, document, contact_id or "")
            raise HoldError(HoldReason.NUMBER_TAKEN, f"Sequence links it to another one. {_found(found, differences)}")
        log.info("adopted by Sequence's own link", xero_id=found.xero_id)
        return await self._pushed(connection, document, found)

    async def _adopted(
        self, connection: Connection, document: Document, contact_id: str, words: str = ""
    ) -> DocumentLink | None:
        """Look up who has the number, while no create of ours may be under way, and adopt it. None: nobody has it.

        An invoice that leads to this very document is ours. Anything else may be somebody else's, and is adopted
        where it plainly is this one: in force, with nothing that leads elsewhere, and the same in every figure. The
        rest is for a person to decide, who gets the words of Xero's refusal, too.

        Raises:
            HoldError: `number_taken`.
        """
        found = await self.books.find(connection, document.kind, document.number or "")
        if found is None:
            return None
        is_proven = bool(found.url) and self.books.is_ours(found, document, contact_id)
        differences = self.books.differences(found, document, contact_id)
        if differences and not is_proven:
            raise HoldError(HoldReason.NUMBER_TAKEN, f"{words} {_found(found, differences)}".strip())
        log.info("adopted by number", xero_id=found.xero_id, is_proven=is_proven)
        return await self._pushed(connection, document, found)

    async def _pushed(
        self, connection: Connection, document: Document, answer: XeroDocument, lost: Intent | None = None
    ) -> DocumentLink:
        """Store that a document is in Xero, as it answered, be it by the create of a `lost` answer."""
        view = view_of_ours(answer, document, lost.header if lost else None)
        reach(FaultPoint.BEFORE_STORE)
        link = await self.links.change(
            document.ref,
            lambda link: link.pushed(view, answer.total, connection.tenant_id, connection.short_code).showing(answer),
        )
        reach(FaultPoint.AFTER_STORE)
        if link.origin_owed and await self.books.note_origin(connection, document.ref, document.number, answer.xero_id):
            link = await self.links.change(document.ref, DocumentLink.origin_noted)
        return link


def _found(found: XeroDocument, differences: Sequence[str]) -> str:
    """Say what carries the number in Xero, and what keeps it from being taken for the document."""
    total = money_words(found.total, found.currency)
    return f"In Xero {found.number} is {found.status}, {total}: {'; '.join(differences)}."
