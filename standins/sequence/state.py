"""The state of the stand-in: accounts, each with its customers, documents, aliases and notification policies.

Everything is in memory and changed between two awaits of one event loop, so that a request sees and leaves whole
states only.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from starlette.requests import Request

from standins.clock import Clock
from standins.faults import Faults
from standins.journal import Journal
from standins.origins import Targets
from standins.sequence.errors import NotAllowed, NotFound
from standins.sequence.kinds import CREDIT_NOTE, INVOICE, Kind
from standins.sequence.limits import Limits
from standins.sequence.records import Alias, Customer, Policy
from standins.sequence.register import Register
from standins.sequence.webhooks import Webhooks

DEFAULT_NAME = "Demo account"
DEFAULT_CLIENT_ID = "xerosync-dev"
DEFAULT_CLIENT_SECRET = "xerosync-dev-secret"  # noqa: S105 - the key of a stand-in that keeps no secrets


def new_id() -> str:
    """Return a fresh id."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Applied:
    """What an Idempotency-Key of an application asked and was answered; `answer` is JSON with exact numbers."""

    asked: dict[str, Any]
    answer: dict[str, Any]


class Account:
    """One Sequence account: what its key can see, and nothing of any other."""

    def __init__(self, account_id: str, name: str, client_id: str, client_secret: str, clock: Clock) -> None:
        self.id = account_id
        self.name = name
        self.client_id = client_id
        self.client_secret = client_secret
        self.clock = clock
        self.created_at = self.stamp()
        self.customers: dict[str, Customer] = {}
        self.customers_by_seq: dict[int, Customer] = {}
        self.customer_order: list[int] = []
        self.children: defaultdict[str, set[str]] = defaultdict(set)
        self.aliases: dict[str, Alias] = {}
        self.policies: dict[str, Policy] = {}
        self.applied: dict[str, Applied] = {}
        self.invoices = Register(INVOICE)
        self.credit_notes = Register(CREDIT_NOTE)

    def register(self, kind: Kind) -> Register:
        """Return the documents of a kind."""
        return self.invoices if kind is INVOICE else self.credit_notes

    def stamp(self) -> str:
        """Return the present instant as Sequence writes it."""
        now = self.clock.now().astimezone(UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def today(self) -> str:
        """Return the present day in UTC; which zone Sequence itself takes is not published."""
        return self.clock.now().astimezone(UTC).date().isoformat()

    def customer(self, customer_id: str) -> Customer:
        """Return a customer; NotFound when there is none with that id."""
        try:
            return self.customers[customer_id]
        except KeyError:
            raise NotFound(f"There is no customer {customer_id}") from None

    def add_customer(self, customer: Customer) -> None:
        """Take in a new customer; its `seq` must be the highest so far."""
        self.customer_order.append(customer.seq)
        self._keep(customer)

    def replace_customer(self, customer: Customer) -> None:
        """Put a customer in the place of the one that has its id."""
        before = self.customers[customer.id]
        if before.parent_id is not None:
            self.children[before.parent_id].discard(customer.id)
        self._keep(customer)

    def _keep(self, customer: Customer) -> None:
        self.customers[customer.id] = self.customers_by_seq[customer.seq] = customer
        if customer.parent_id is not None:
            self.children[customer.parent_id].add(customer.id)

    def remember_application(self, key: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        """Keep the answer to an application under its Idempotency-Key."""
        self.applied[key] = Applied(asked, answer)

    def drop_last_customer(self, customer: Customer) -> None:
        """Take back the customer that was added last."""
        del self.customers[customer.id], self.customers_by_seq[customer.seq]
        if customer.parent_id is not None:
            self.children[customer.parent_id].discard(customer.id)
        self.customer_order.remove(customer.seq)

    def next_customer_seq(self) -> int:
        """Return the creation number for the next customer; customers are archived, never removed."""
        return len(self.customer_order) + 1


class Sequence:
    """All accounts, and the clock, journal, faults, limits and webhooks they share."""

    def __init__(self, clock: Clock, targets: Targets, *, authentication: bool) -> None:
        self.clock = clock
        self.authentication = authentication
        self.journal = Journal()
        self.faults = Faults()
        self.limits = Limits(clock)
        self.webhooks = Webhooks(clock, targets)
        self._accounts: dict[str, Account] = {}
        self.reset()

    @property
    def accounts(self) -> Iterable[Account]:
        """All accounts, the default one first."""
        return self._accounts.values()

    @property
    def default(self) -> Account:
        """The first account."""
        return next(iter(self._accounts.values()))

    def add_account(self, name: str, client_id: str, client_secret: str) -> Account:
        """Open an account with a key of its own; its id follows from the client id. NotAllowed when that is taken."""
        if client_id in self._accounts:
            raise NotAllowed(f"There is an account with the client id {client_id} already")
        account_id = str(uuid5(NAMESPACE_URL, f"sequence-account:{client_id}"))
        account = Account(account_id, name, client_id, client_secret, self.clock)
        self._accounts[client_id] = account
        return account

    def account(self, named: str | None) -> Account:
        """Return the account with that id, client id or name; the default one for None. NotFound otherwise."""
        if named is None:
            return self.default
        for account in self._accounts.values():
            if named in (account.id, account.client_id, account.name):
                return account
        raise NotFound(f"There is no account {named}")

    def of_key(self, client_id: str | None) -> Account | None:
        """Return the account whose key carries `client_id`."""
        return self._accounts.get(client_id) if client_id is not None else None

    def replace_accounts(self, accounts: Iterable[Account]) -> None:
        """Make these the accounts, the default one first; what waits for delivery is forgotten."""
        self._accounts = {account.client_id: account for account in accounts}
        self.webhooks.forget()

    def reset(self) -> None:
        """Return to one empty default account, with limits off and webhooks undisturbed."""
        self.replace_accounts(())
        self.limits.reset()
        self.webhooks.reset()
        self.add_account(DEFAULT_NAME, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)


def sequence_of(request: Request) -> Sequence:
    """Return the stand-in that answers `request`."""
    found: Sequence = request.app.state.sequence
    return found


def account_of(request: Request) -> Account:
    """Return the account that the request's key opened."""
    found: Account = request.state.account
    return found
