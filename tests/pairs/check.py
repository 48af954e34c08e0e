"""One row of the table, tried by every event."""

from tests.pairs.case import SIGNALS, Came, End, natural_signal, play
from tests.pairs.table import Pair, alternatives


async def tried(pair: Pair, place: int) -> None:
    """Try a row. AssertionError where anything comes otherwise than it says.

    Its natural signal and a sweep cost just the calls it names. Another signal (which one goes by its `place` in the
    table) does the same for the one document, and so does the daily look, but both may read more; so does the daily
    sweep. Whichever comes first, the end is the same, unless the row says otherwise.
    """
    natural = natural_signal(pair.in_sequence)
    others = [signal for signal in SIGNALS if signal != natural]
    events = (natural, others[place % len(others)], "daily look", "sweep", "daily sweep")
    came = {event: await play(pair.kind, pair.in_sequence, pair.in_xero, event) for event in events}
    at_once = {event: result for event, (result, _) in came.items()}
    shown = f"{at_once[natural]} | {at_once['sweep']}"
    assert shown == f"{pair.signalled} | {pair.swept}"
    assert at_once[events[1]].writes == at_once[natural].writes
    assert at_once["daily look"].writes in (at_once[natural].writes, Came(at_once["sweep"].state, ())), "the daily look"
    assert at_once["daily sweep"].writes == at_once["sweep"].writes
    for event, (_, end) in came.items():
        assert end in _ends(pair), f"after {event} first"


def _ends(pair: Pair) -> list[End]:
    return [
        End(state, in_sequence, in_xero)
        for state in alternatives(pair.end)
        for in_sequence in alternatives(pair.sequence_shows)
        for in_xero in alternatives(pair.xero_shows)
    ]
