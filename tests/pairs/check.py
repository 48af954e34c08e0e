"""One row of the table, tried by every event."""

from tests.pairs.case import SIGNALS, End, natural_signal, play
from tests.pairs.table import Pair, alternatives


async def tried(pair: Pair, place: int) -> None:
    """Try a row. AssertionError where anything comes otherwise than it says.

    Its natural signal and a sweep cost just the calls it names. Another signal (which one goes by its `place` in the
    table) writes the same, though it may read more. The day's first sweep also compares with Sequence. Whichever comes
    first, the end is the same, unless the row says otherwise.
    """
    natural = natural_signal(pair.in_sequence)
    others = [signal for signal in SIGNALS if signal != natural]
    events = (natural, others[place % len(others)], "sweep", "daily sweep")
    came = {event: await play(pair.kind, pair.in_sequence, pair.in_xero, event) for event in events}
    at_once = {event: result for event, (result, _) in came.items()}
    shown = f"{at_once[natural]} | {at_once['sweep']}"
    assert shown == f"{pair.signalled} | {pair.swept}"
    assert at_once[events[1]].writes == at_once[natural].writes
    for event, (_, end) in came.items():
        assert end in _ends(pair), f"after {event} first"


def _ends(pair: Pair) -> list[End]:
    return [
        End(state, in_sequence, in_xero)
        for state in alternatives(pair.end)
        for in_sequence in alternatives(pair.sequence_shows)
        for in_xero in alternatives(pair.xero_shows)
    ]
