"""Documents that live through several turns of something: new keys, new workers."""

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from tests.chaos.city import City
from tests.chaos.havoc import Plan
from tests.chaos.people import Billed, Branch
from xerosync.documents.messages import SyncState


async def live_in_parts(
    city: City, plan: Plan, dice: random.Random, turns: Sequence[Callable[[], Awaitable[None]]]
) -> list[Billed]:
    """Issue documents in one part more than there are turns; return them once all are settled.

    While a part's documents are on their way to Xero the turn is made. Of those that are open some are sent in each
    part, so that some of the first live through all turns.
    """
    parts = len(turns) + 1
    shares = [len(range(place, plan.documents, parts * plan.branches)) for place in range(parts * plan.branches)]
    to_send: dict[int, list[tuple[Branch, Billed]]] = defaultdict(list)
    everything: list[Billed] = []
    for part in range(parts):
        issued: list[Billed] = []
        for branch in city.branches:
            billed = await branch.bill(shares.pop(), dice)
            await city.tell(billed, "finalized")
            for place, each in enumerate(billed):
                to_send[min(part + place % parts, len(turns))].append((branch, each))
            issued += billed
        if part < len(turns):
            await turns[part]()
        await city.until(issued, SyncState.PUSHED, SyncState.SETTLED, seconds=plan.patience_seconds)
        for branch, each in to_send[part]:
            await branch.send(each)
        await city.tell([each for _, each in to_send[part]], "sent")
        everything += issued
    await city.until(everything, SyncState.SETTLED, seconds=plan.patience_seconds)
    return everything
