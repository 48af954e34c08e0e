"""Pushing one customer of Sequence into Xero: its contact is made once, and shows what Sequence has.

linked ───────────────▶ what differs is written, unless another customer that is linked to it has its ContactNumber
not linked ──▶ ContactNumber is ours: linked ──▶ what differs is written
           └─▶ name in use: proposed to a person ── else ──▶ intent ──▶ create ──▶ linked
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.clock import utc_now
from xerosync.core.errors import DeniedError, HoldError, MissingError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import Owed, OwedAct, owing
from xerosync.core.xero_records import XeroContact
from xerosync.customers.customer import Customer
from xerosync.customers.customer_to_contact import differences, wanted
from xerosync.customers.describe import push_advice
from xerosync.customers.links import CustomerLinking
from xerosync.customers.messages import PushHold, PushOutcome, PushResult, PushStep
from xerosync.customers.ports import ImportStore
from xerosync.documents.awaiting_customer import PushHeld
from xerosync.documents.intent import Intent
from xerosync.faultpoints import FaultPoint, reach

_READS_OF_MISSING = 3


class _HeldError(XerosyncError):
    """A person must decide."""

    def __init__(self, hold: PushHold, *, contact_id: str | None = None, proposal: str | None = None) -> None:
        super().__init__(hold.sentence)
        self.result = PushResult(outcome=PushOutcome.HELD, hold=hold, contact_id=contact_id, proposal=proposal)


@dataclass(frozen=True, slots=True)
class CustomerPush:
    """Pushes customers. `linking` asks both sides in the live lane."""

    linking: CustomerLinking
    store: ImportStore
    call_timeout: timedelta
    now: Callable[[], datetime] = utc_now

    async def push(self, step: PushStep, denials: int) -> PushResult:
        """Bring a customer into Xero, or what changed of it; say what was done, or why a person must decide.

        The intent is stored before the create is sent. Whoever finds an intent without a link looks the ContactNumber
        up first, and creates only once no create can be under way any more. `denials` is how often
        Sequence denied it before: the message about a customer may arrive before Sequence shows it, so one "not found"
        proves nothing.

        Raises:
            DeniedError: Sequence may show the customer at the next attempt.
            RetryLaterError: a side does not answer, or it is uncertain whether an earlier create arrived.
        """
        began = self.now()
        try:
            customer = await self.linking.customers.get(step.account_id, step.customer_id)
        except MissingError as error:
            if denials + 1 < _READS_OF_MISSING:
                raise DeniedError(f"Sequence does not know customer {step.customer_id} yet.") from error
            return await self._report(step, PushResult(outcome=PushOutcome.HELD, hold=PushHold.CUSTOMER_MISSING))
        try:
            return await self._report(step, await self._push(step, customer))
        except _HeldError as held:
            return await self._report(step, held.result)
        except HoldError as refusal:
            if refusal.reason is not HoldReason.DISCONNECTED:
                return await self.reject(step, refusal.words)
            await self.linking.store.mark_disconnected(step.account_id, since=began)
            return await self._report(step, PushResult(outcome=PushOutcome.HELD, hold=PushHold.DISCONNECTED))

    async def reject(self, step: PushStep, words: str) -> PushResult:
        """Hold a push for what Xero said: it may name people, so it goes into the store and not into the result."""
        return await self._report(step, PushResult(outcome=PushOutcome.HELD, hold=PushHold.REJECTED), words)

    async def _push(self, step: PushStep, customer: Customer) -> PushResult:
        if customer.archived_at:
            raise _HeldError(PushHold.CUSTOMER_ARCHIVED)
        connection = await self.linking.store.connection(step.account_id)
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            raise _HeldError(PushHold.DISCONNECTED)
        outcome, contact = PushOutcome.UNCHANGED, await self._linked(connection, customer)
        if contact is None and not (step.asked or connection.push_new_customers):
            return PushResult(outcome=PushOutcome.SKIPPED)
        if contact is None:
            outcome, contact = await self._find_or_create(connection, customer)
        await self.linking.link(step.account_id, customer.id, contact.contact_id, customer.legal_name)
        await self.store.forget_intents(step.account_id, [_subject(customer)])
        if contact.is_archived:
            raise _HeldError(PushHold.CONTACT_ARCHIVED, contact_id=contact.contact_id)
        if await self._is_of_another(connection, customer, contact):
            return PushResult(outcome=PushOutcome.SHARED, contact_id=contact.contact_id)
        fields = differences(customer, contact)
        if outcome is not PushOutcome.CREATED and not fields.is_empty:
            try:
                await self.linking.contacts.update(connection, contact.contact_id, fields)
            except HoldError as refusal:
                await self._raise_if_named(connection, customer, but=contact)
                raise refusal from None
            outcome = PushOutcome.UPDATED if outcome is PushOutcome.UNCHANGED else outcome
        return PushResult(outcome=outcome, contact_id=contact.contact_id)

    async def _linked(self, connection: Connection, customer: Customer) -> XeroContact | None:
        """Return the contact that the customer is linked to, in our store or in Sequence.

        A contact that the organisation does not have is no link: Sequence may still name one of another organisation.
        """
        stored = await self.linking.store.contact_of(connection.account_id, customer.id)
        if stored:
            with suppress(MissingError):
                return await self.linking.contacts.follow(connection, stored)
        if customer.xero_contact_id == stored:
            return None
        return await self.linking.known_to_sequence(connection, customer)

    async def _is_of_another(self, connection: Connection, customer: Customer, contact: XeroContact) -> bool:
        """Whether another customer that shares the contact made it, or named it first.

        Of two that write their details on one contact, the bills of each would show the name of whoever came last.
        """
        first = contact.contact_number
        if not first or first == wanted(customer).contact_number:
            return False
        return await self.linking.store.contact_of(connection.account_id, first) == contact.contact_id

    async def _find_or_create(self, connection: Connection, customer: Customer) -> tuple[PushOutcome, XeroContact]:
        """Return the contact that carries our number: found, or created now."""
        account_id, subject, asked_at = connection.account_id, _subject(customer), self.now()
        if found := await self._find_ours(connection, customer):
            return PushOutcome.ADOPTED, found
        before = (await self.store.intents(account_id, [subject])).get(subject)
        if before:
            unsettled = _intent(customer, before).settled_at(self.call_timeout) - asked_at
            if unsettled > timedelta(0):
                # The create may have been under way during the look-up; only a later look-up proves anything.
                raise RetryLaterError(f"Waiting to learn whether {subject} reached Xero.", retry_after=unsettled)
            await self.store.withdraw(account_id, {subject: before})
        await self._raise_if_named(connection, customer)
        intent = _intent(customer, self.now())
        if not await self.store.intend(account_id, [subject], intent.at):
            raise RetryLaterError(f"Another attempt brings {subject} into Xero.")
        try:
            created = await self.linking.contacts.create(
                connection, customer, send_before=intent.send_before(self.call_timeout)
            )
        except HoldError as refusal:
            await self.store.withdraw(account_id, {subject: intent.at})
            if found := await self._find_ours(connection, customer):
                return PushOutcome.ADOPTED, found
            await self._raise_if_named(connection, customer)
            raise refusal from None
        except RetryLaterError as error:
            if not error.ambiguous:
                await self.store.withdraw(account_id, {subject: intent.at})
            raise
        return PushOutcome.CREATED, created

    async def _find_ours(self, connection: Connection, customer: Customer) -> XeroContact | None:
        contacts = self.linking.contacts
        found = await contacts.find_by_number(connection, wanted(customer).contact_number or "")
        return await contacts.follow(connection, found.merged_to) if found and found.merged_to else found

    async def _raise_if_named(
        self, connection: Connection, customer: Customer, *, but: XeroContact | None = None
    ) -> None:
        """Propose to link the contact that has the customer's name, if there is one."""
        namesake = await self.linking.contacts.find_by_name(connection, wanted(customer).name or "")
        if namesake is None or (but and namesake.contact_id == but.contact_id):
            return
        hold = PushHold.NAME_ARCHIVED if namesake.is_archived and not namesake.merged_to else PushHold.NAME_TAKEN
        contact_id = but.contact_id if but else None
        raise _HeldError(hold, contact_id=contact_id, proposal=namesake.merged_to or namesake.contact_id)

    async def _report(self, step: PushStep, result: PushResult, words: str = "") -> PushResult:
        """Store why a push waits, in Xero's `words` if it refused, and release the documents for which that is new.

        Nothing is stored where the account is disconnected: a document that is released finds that out.
        """
        account_id, customer_id = step.account_id, step.customer_id
        if result.hold is None and result.contact_id:
            await self.store.forget_push_hold(account_id, customer_id)
        if result.hold is None:
            return result
        if result.hold is PushHold.DISCONNECTED:
            await self._release(account_id, customer_id, None)
            return result
        held = PushHeld(words=push_advice(customer_id, result, words), at=self.now())
        before = await self.store.push_hold(account_id, customer_id)
        if result.contact_id or (before and before.words == held.words):
            await self.store.keep_push_hold(account_id, customer_id, held)
        else:
            await self._release(account_id, customer_id, held)
        return result

    async def _release(self, account_id: str, customer_id: str, held: PushHeld | None) -> None:
        owed = Owed(account_id=account_id, act=OwedAct.RELEASE_CUSTOMER, subject=customer_id)
        async with owing(self.linking.store, owed):
            if held:
                await self.store.keep_push_hold(account_id, customer_id, held)
            reach(FaultPoint.PUSH_HOLD_STORED)
            await self.linking.release_documents(account_id, customer_id)


def _subject(customer: Customer) -> str:
    return f"customer:{customer.id}"


def _intent(customer: Customer, at: datetime) -> Intent:
    return Intent(number=customer.id, payload_digest="", at=at)
