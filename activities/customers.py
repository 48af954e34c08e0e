"""Pushing one customer of Sequence into Xero: its contact is made once, and shows what Sequence has.

linked ───────────────▶ what differs is written
not linked ──▶ ContactNumber is ours: linked ──▶ what differs is written
           └─▶ name in use: proposed to a person ── else ──▶ intent ──▶ create ──▶ linked
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from temporalio import activity

from activities.interceptor import held_if_it_comes_back
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.errors import HoldError, MissingError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroContact
from xerosync.customers.contact_fields import PushHold, differences, wanted
from xerosync.customers.customer import Customer
from xerosync.customers.links import Awaited, Linking
from xerosync.customers.messages import PushOutcome, PushResult, PushStep
from xerosync.customers.ports import Contacts, CustomerLinks, Customers, Intents
from xerosync.customers.sequence_links import SequenceLinks
from xerosync.documents.link import CALL_TIMEOUT, Intent
from xerosync.documents.ports import PushHolds, Releases

_LOOKS_FOR_MISSING = 3

log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _HeldError(XerosyncError):
    """A person must decide."""

    def __init__(self, hold: PushHold, *, contact_id: str | None = None, proposal: str | None = None) -> None:
        super().__init__(hold.sentence)
        self.result = PushResult(outcome=PushOutcome.HELD, hold=hold, contact_id=contact_id, proposal=proposal)


@dataclass(frozen=True)
class CustomerActivities:
    """Activities of one customer. Clients are shared by all of them."""

    customers: Customers
    contacts: Contacts
    links: CustomerLinks
    intents: Intents
    workflows: Releases
    holds: PushHolds
    call_timeout: timedelta = CALL_TIMEOUT
    now: Callable[[], datetime] = _utc_now

    @activity.defn
    async def push_customer(self, push: PushStep) -> PushResult:
        """Bring a customer into Xero, or what changed of it; tell what was done, or why a person must decide.

        The intent stands in the store before the create leaves. Whoever finds one without a link looks the
        ContactNumber up first, and creates only once no create can be under way any more.
        """
        result, words = await self._pushed_or_held(push)
        awaited = Awaited(self.holds, self.links, self.workflows, self.now)
        await awaited.told(push.account_id, push.customer_id, result, words)
        return result

    async def _pushed_or_held(self, push: PushStep) -> tuple[PushResult, str]:
        """Return what came of a push, and Xero's words where it refused: these may name people."""
        began = self.now()
        customer = await self._read(push)
        if customer is None:
            return PushResult(outcome=PushOutcome.HELD, hold=PushHold.CUSTOMER_MISSING), ""
        try:
            with held_if_it_comes_back():
                return await self._push(push, customer), ""
        except _HeldError as held:
            return held.result, ""
        except HoldError as refusal:
            if refusal.reason is HoldReason.DISCONNECTED:
                await self.links.mark_disconnected(push.account_id, since=began)
                return PushResult(outcome=PushOutcome.HELD, hold=PushHold.DISCONNECTED), ""
            return PushResult(outcome=PushOutcome.HELD, hold=PushHold.REJECTED), refusal.words

    async def _push(self, push: PushStep, customer: Customer) -> PushResult:
        if customer.archived_at:
            raise _HeldError(PushHold.CUSTOMER_ARCHIVED)
        connection = await self.links.connection(push.account_id)
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            raise _HeldError(PushHold.DISCONNECTED)
        outcome, contact = PushOutcome.UNCHANGED, await self._linked(connection, customer)
        if contact is None and not (push.asked or connection.push_new_customers):
            return PushResult(outcome=PushOutcome.SKIPPED)
        if contact is None:
            outcome, contact = await self._made(connection, customer)
        linking = Linking(self.customers, self.links, self.workflows)
        await linking.link(push.account_id, customer.id, contact.contact_id, customer.legal_name)
        await self.intents.linked(push.account_id, [_subject(customer)])
        if contact.is_archived:
            raise _HeldError(PushHold.CONTACT_ARCHIVED, contact_id=contact.contact_id)
        fields = differences(customer, contact)
        if outcome is not PushOutcome.CREATED and not fields.is_empty:
            try:
                await self.contacts.update(connection, contact.contact_id, fields)
            except HoldError as refusal:
                await self._raise_if_named(connection, customer, but=contact)
                raise refusal from None
            outcome = PushOutcome.UPDATED if outcome is PushOutcome.UNCHANGED else outcome
        return PushResult(outcome=outcome, contact_id=contact.contact_id)

    async def _linked(self, connection: Connection, customer: Customer) -> XeroContact | None:
        """Return the contact that the customer is linked to, in our store or by Sequence's word.

        One that the organisation does not have is no link: Sequence may still name a contact of another one.
        """
        stored = await self.links.contact_of(connection.account_id, customer.id)
        if stored:
            with suppress(MissingError):
                return await self.contacts.follow(connection, stored)
        sequence_links = SequenceLinks(self.customers, self.contacts, self.links, self.workflows)
        return await sequence_links.contact(connection, customer) if customer.xero_contact_id != stored else None

    async def _made(self, connection: Connection, customer: Customer) -> tuple[PushOutcome, XeroContact]:
        """Return the contact that carries our number: found, or created now."""
        account_id, subject, asked_at = connection.account_id, _subject(customer), self.now()
        if found := await self._ours(connection, customer):
            return PushOutcome.ADOPTED, found
        before = (await self.intents.intents(account_id, [subject])).get(subject)
        if before:
            unsettled = _intent(customer, before).settled_at(self.call_timeout) - asked_at
            if unsettled > timedelta(0):
                # The create may have been on its way while Xero looked; only a look that began later proves anything.
                raise RetryLaterError(f"Waiting to learn whether {subject} reached Xero.", retry_after=unsettled)
            await self.intents.withdraw(account_id, {subject: before})
        await self._raise_if_named(connection, customer)
        intent = _intent(customer, self.now())
        if not await self.intents.intend(account_id, [subject], intent.at):
            raise RetryLaterError(f"Another attempt brings {subject} into Xero.")
        try:
            created = await self.contacts.create(
                connection, customer, send_before=intent.send_before(self.call_timeout)
            )
        except HoldError as refusal:
            await self.intents.withdraw(account_id, {subject: intent.at})
            if found := await self._ours(connection, customer):
                return PushOutcome.ADOPTED, found
            await self._raise_if_named(connection, customer)
            raise refusal from None
        except RetryLaterError as error:
            if not error.ambiguous:
                await self.intents.withdraw(account_id, {subject: intent.at})
            raise
        return PushOutcome.CREATED, created

    async def _ours(self, connection: Connection, customer: Customer) -> XeroContact | None:
        found = await self.contacts.find_by_number(connection, wanted(customer).contact_number or "")
        return await self.contacts.follow(connection, found.merged_to) if found and found.merged_to else found

    async def _raise_if_named(
        self, connection: Connection, customer: Customer, *, but: XeroContact | None = None
    ) -> None:
        """Propose to link the contact that has the customer's name, if there is one."""
        namesake = await self.contacts.find_by_name(connection, wanted(customer).name or "")
        if namesake is None or (but and namesake.contact_id == but.contact_id):
            return
        hold = PushHold.NAME_ARCHIVED if namesake.is_archived and not namesake.merged_to else PushHold.NAME_TAKEN
        contact_id = but.contact_id if but else None
        raise _HeldError(hold, contact_id=contact_id, proposal=namesake.merged_to or namesake.contact_id)

    async def _read(self, push: PushStep) -> Customer | None:
        """Return the customer; None once Sequence has denied it often enough.

        Word of it may overtake the commit that makes it visible, so one "not found" proves nothing.
        """
        try:
            return await self.customers.get(push.account_id, push.customer_id)
        except MissingError as error:
            if activity.info().attempt < _LOOKS_FOR_MISSING:
                raise RetryLaterError(f"Sequence does not know customer {push.customer_id} yet.") from error
            return None


def _subject(customer: Customer) -> str:
    return f"customer:{customer.id}"


def _intent(customer: Customer, at: datetime) -> Intent:
    return Intent(number=customer.id, payload_digest="", at=at)
