"""How many documents are in each state."""

from xerosync.core.base import Message
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState


class Count(Message):
    """How many documents are in a state, under the same hold in force if they are held, left alone or not.

    `alarms` of them were sent, but are dated 3000 in Xero; `drifting` have another total there than in Sequence.
    """

    state: SyncState
    hold: HoldReason | None
    ignored: bool = False
    documents: int
    alarms: int = 0
    drifting: int = 0
