"""What a flood is to be, and what was found of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How much is sent, and what goes wrong. Shares are of all deliveries."""

    seed: int
    deliveries: int
    kills: int
    rough_share: float = 0.6
    """While that share is sent copies are killed and servers go away. Copies that live then live on to the end, and
    show whether their memory grows."""
    copies: int = 2
    senders: int = 24
    documents: int = 50
    forged_share: float = 0.05
    doubled_share: float = 0.1
    outage_seconds: float = 1.0
    """How long each server is away, at least: it also has to be while a tenth of the deliveries or so are sent."""
    has_outages: bool = True
    per_second: float | None = None
    """How many are sent a second; None: as many as are answered."""


@dataclass(frozen=True)
class Findings:
    """What was counted; `lost` and `forged_accepted` name what must not be."""

    sent: int
    acknowledged: int
    forged: int
    kills: int
    not_in_inbox: int
    answers: Mapping[str, int]
    seconds: float
    p50_ms: float
    p99_ms: float
    first_mb: float
    """The most memory that a copy took at the beginning of the time in which none is killed, and at its end."""
    last_mb: float
    processor_ms: float
    """Time of a processor that the copies took for a delivery within that time."""
    lost: Sequence[str]
    forged_accepted: Sequence[str]

    @property
    def is_clean(self) -> bool:
        return not self.lost and not self.forged_accepted

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
