"""Hints: what a delivery of a webhook asks for.

A hint says that something may have changed. Whoever acts on it reads the truth.
"""

from enum import StrEnum
from typing import NamedTuple

from xerosync.core.base import Message
from xerosync.core.documents import Kind


class Provider(StrEnum):
    """Who sent a delivery."""

    SEQUENCE = "sequence"
    XERO = "xero"


class Act(StrEnum):
    """What a hint asks for. The first four are the signals of a document's workflow."""

    FINALIZED = "finalized"
    SENT = "sent"
    VOIDED = "voided"
    AMENDED = "amended"
    CUSTOMER = "customer_changed"
    SWEEP = "sweep"
    NOTHING = "nothing"


class Hint(Message):
    """One thing to do for an account. `type` is the sender's name for the event, `kind` that of a document."""

    account_id: str
    type: str
    resource_id: str
    act: Act
    kind: Kind | None = None


class Delivery(Message):
    """What one verified delivery asks for. `digest` is the SHA-256 of what was signed."""

    provider: Provider
    digest: bytes
    hints: tuple[Hint, ...]


class HintKey(NamedTuple):
    """Which hint of which delivery."""

    provider: Provider
    digest: bytes
    place: int


class HintOutcome(StrEnum):
    """What came of a hint. DROPPED: it asked for nothing, or there was nobody to tell."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DROPPED = "dropped"
