"""How the store stands, in figures: what waits, for how long, and what is left.

Monitoring reads them; nothing decides by them.

Every query reads what is open, never what is settled: its cost follows the work under way, not the years behind it.
"""

from collections.abc import Sequence
from datetime import timedelta

from xerosync.core.base import Message
from xerosync.core.rate_limits import Limits
from xerosync.metrics.counts import StoreTrouble, count_store_trouble
from xerosync.postgres.database import QUERIES, Database
from xerosync.postgres.errors import StoreReadOnlyError


class AccountDocuments(Message):
    """How many documents of an account are in a state that is not settled."""

    account_id: str
    state: str
    documents: int


class AccountAges(Message):
    """Documents sent in Sequence that stand in Xero dated 3000, and the seconds that the oldest is on its way."""

    account_id: str
    sent_but_3000: int
    oldest_on_its_way: float


class AccountHolds(Message):
    """Documents that one reason holds, by how long: up to a day, up to a week, longer."""

    account_id: str
    reason: str
    a_day: int
    a_week: int
    longer: int


class AccountConnection(Message):
    """A connection. Ages and what is left in seconds; None where nothing is known."""

    account_id: str
    is_connected: bool
    sweep_age: float | None
    sweep_interval: float | None
    consent_left: float | None
    token_left: float | None


class AccountBudget(Message):
    """Calls to Xero that are left; of the day None before Xero first said it."""

    account_id: str
    minute_left: int
    day_left: int | None
    is_held: bool


class Queues(Message):
    """What waits to be done, and the seconds that the oldest of it does."""

    hints: int
    oldest_hint: float
    owed: int
    oldest_owed: float


class Standing(Message):
    """All of it, read one after the other."""

    documents: Sequence[AccountDocuments]
    ages: Sequence[AccountAges]
    holds: Sequence[AccountHolds]
    connections: Sequence[AccountConnection]
    budgets: Sequence[AccountBudget]
    queues: Queues


class PostgresStanding:
    """Reads how the store stands. Every method raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    async def read(self) -> Standing:
        """Return the figures of all accounts, as of one instant."""
        limits: dict[str, int | timedelta] = {"minute": self._limits.minute, "window": self._limits.window}
        async with self._database.transaction(is_snapshot=True) as session:
            queues = await session.row(QUERIES.standing.queues)
            assert queues
            return Standing(
                documents=[AccountDocuments(**row) for row in await session.rows(QUERIES.standing.documents)],
                ages=[AccountAges(**row) for row in await session.rows(QUERIES.standing.ages)],
                holds=[AccountHolds(**row) for row in await session.rows(QUERIES.standing.holds)],
                connections=[AccountConnection(**row) for row in await session.rows(QUERIES.standing.connections)],
                budgets=[AccountBudget(**row) for row in await session.rows(QUERIES.standing.budgets, **limits)],
                queues=Queues(**queues),
            )


async def check_writable(database: Database) -> None:
    """Make sure that the database takes writes.

    Raises:
        StoreReadOnlyError: it does not.
        StoreUnavailableError: it does not answer.
    """
    if not await database.value(QUERIES.standing.takes_writes):
        count_store_trouble(StoreTrouble.READ_ONLY)
        raise StoreReadOnlyError(f"The {database.where} takes no writes: it is a standby, or set to read only.")
