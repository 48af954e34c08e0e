"""Creating customers in Sequence for contacts of Xero, each exactly once.

Sequence takes no idempotency key for customers. What it has is aliases, each of which leads to one customer of the
account: a new customer carries its contact's. So a second create is refused, and the alias finds the first. That
aliases are unique is not published in so many words; an intent in the store, written before each create, keeps
another attempt from creating while one may still be under way.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.customers.importing import ImportOutcome, ImportRow, NewCustomer
from xerosync.customers.ports import Customers, Imports
from xerosync.documents.link import Intent

_AT_ONCE = 10
"""Creates under way together, and so intents to look up after a worker died."""

_ON_THE_WAY = timedelta(seconds=5)
"""A create is given up this long before it counts as settled, for what was sent just before."""

_Wanted = tuple[ImportRow, NewCustomer]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CreatingCustomers:
    """Creates the customers of one page of an import."""

    customers: Customers
    imports: Imports
    account_id: str
    import_id: str
    call_timeout: timedelta
    now: Callable[[], datetime]

    async def create(self, wanted: Sequence[_Wanted]) -> None:
        """Create them all, and store each one's link and row of the report.

        Raises:
            RetryLaterError: some could not be created now, or it is not certain yet; the others are stored.
        """
        late: RetryLaterError | None = None
        for some in _in_parts(wanted):
            fresh, unsettled = await self._recover(some)
            late = unsettled or late
            await self._create(fresh)
        if late:
            raise late

    async def _recover(self, some: Sequence[_Wanted]) -> tuple[Sequence[_Wanted], RetryLaterError | None]:
        """Return which of them certainly do not exist; those that an earlier attempt created are stored."""
        asked_at = self.now()
        intents = await self.imports.intents(self.account_id, [new.alias for _, new in some])
        found: list[ImportRow] = []
        fresh: list[_Wanted] = []
        late: RetryLaterError | None = None
        for row, new in some:
            at = intents.get(new.alias)
            if at is None:
                fresh.append((row, new))
            elif customer_id := await self.customers.by_alias(self.account_id, new.alias):
                found.append(_imported(row, customer_id))
            elif (unsettled := _intent(new, at).settled_at(self.call_timeout) - asked_at) > timedelta(0):
                late = RetryLaterError("Waiting to learn whether a customer was created.", retry_after=unsettled)
            else:
                await self.imports.withdraw(self.account_id, {new.alias: at})
                fresh.append((row, new))
        if found:
            log.info("customers found after a lost answer", customers=len(found))
            await self._keep(found)
        return fresh, late

    async def _create(self, wanted: Sequence[_Wanted]) -> None:
        """Create customers together. An intent whose create did not answer stands for the next attempt to look at."""
        if not wanted:
            return
        at = self.now()
        noted = await self.imports.intend(self.account_id, [new.alias for _, new in wanted], at)
        mine = [(row, new) for row, new in wanted if new.alias in noted]
        results = await asyncio.gather(*(self._create_one(row, new, at) for row, new in mine))
        rows = [result for result in results if isinstance(result, ImportRow)]
        errors = [result for result in results if isinstance(result, RetryLaterError)]
        await self._keep(rows)
        undone = [
            new.alias
            for (_, new), result in zip(mine, results, strict=True)
            if (not result.ambiguous if isinstance(result, RetryLaterError) else result.customer_id is None)
        ]
        if undone:
            await self.imports.withdraw(self.account_id, dict.fromkeys(undone, at))
        if errors:
            raise errors[0]
        if len(mine) < len(wanted):
            raise RetryLaterError("Another attempt creates some of the customers.")

    async def _keep(self, rows: Sequence[ImportRow]) -> None:
        created = [row for row in rows if row.customer_id]
        refused = [row for row in rows if not row.customer_id]
        if created:
            await self.imports.keep_linked(self.account_id, self.import_id, created)
        if refused:
            await self.imports.keep(self.account_id, self.import_id, refused)

    async def _create_one(self, row: ImportRow, new: NewCustomer, at: datetime) -> ImportRow | RetryLaterError:
        left = _intent(new, at).settled_at(self.call_timeout) - _ON_THE_WAY - self.now()
        try:
            async with asyncio.timeout(left.total_seconds()):
                return await self._created_or_refused(row, new)
        except RetryLaterError as error:
            return error
        except TimeoutError:
            return RetryLaterError("Sequence did not tell in time whether a customer was created.")

    async def _created_or_refused(self, row: ImportRow, new: NewCustomer) -> ImportRow:
        try:
            return _imported(row, await self.customers.create_from(self.account_id, new))
        except HoldError as refusal:
            # The alias may be in use because a create that counted as lost was not.
            if customer_id := await self.customers.by_alias(self.account_id, new.alias):
                return _imported(row, customer_id)
            reason = f"Sequence refused it: {refusal.words}"
            return row.model_copy(update={"outcome": ImportOutcome.INVALID, "reasons": (reason,)})


def _imported(row: ImportRow, customer_id: str) -> ImportRow:
    return row.model_copy(update={"outcome": ImportOutcome.IMPORTED, "customer_id": customer_id})


def _intent(new: NewCustomer, at: datetime) -> Intent:
    return Intent(number=new.alias, payload_digest="", at=at)


def _in_parts(wanted: Sequence[_Wanted]) -> Iterator[Sequence[_Wanted]]:
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
