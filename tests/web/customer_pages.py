"""Sequence with as many customers as a test wants, ten a page."""

from dataclasses import dataclass, field, replace
from typing import cast

from xerosync.customers.customer import Customer
from xerosync.sequence import SequenceCustomers
from xerosync.services import Services


@dataclass
class CustomerPages:
    """Lists customers of an account, `customer-0` first; `after` is the number of a page. Keeps what was asked."""

    account_id: str
    customers: int
    asked: list[tuple[str | None, str]] = field(default_factory=list[tuple[str | None, str]])

    def beside(self, services: Services) -> Services:
        """Return services that read customers here."""
        return replace(services, customers=cast("SequenceCustomers", self))

    async def page(self, account_id: str, after: str | None, *, name: str) -> tuple[list[Customer], str | None]:
        assert account_id == self.account_id
        self.asked.append((after, name))
        first = int(after or 0) * 10
        found = [
            Customer.model_validate(
                {
                    "id": f"customer-{number}",
                    "legalName": f"Customer {number}",
                    "taxStatus": "TAXED",
                    "address": {"line1": "1 Road", "town": "London", "postcode": "E1 6AN", "country": "GB"},
                }
            )
            for number in range(first, min(first + 10, self.customers))
        ]
        return found, str(int(after or 0) + 1) if first + 10 < self.customers else None
