"""Opens what worker and commands share: one pool, one HTTP client, the adapters over them, one Temporal client."""

from dataclasses import dataclass

from temporalio.client import Client

from activities.ports import Billing, Books, Links
from xerosync.temporal import DocumentWorkflows


@dataclass(frozen=True)
class Services:
    """All that worker and commands work with."""

    temporal: Client
    billing: Billing
    books: Books
    store: Links
    workflows: DocumentWorkflows
