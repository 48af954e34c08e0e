"""How each state of the table comes about: what people do, in the order in which they do it.

A document that is in Xero was brought there by the sync while it was final. Then people changed it on both
sides, and no signal or sweep has come yet.
"""

from collections.abc import Awaitable, Callable, Mapping

from tests.pairs.companies import OWN, OWN_DUE, Companies
from tests.pairs.sync import Syncing
from xerosync.core.documents import Kind

Act = Callable[[Companies], Awaitable[None]]

_RATES = {"zero": "0", "negative": "-500"}
_RATE = "500"


def _press(verb: str) -> Act:
    return lambda both: both.press(verb)


async def _own_dates(both: Companies) -> None:
    due = {"due_date": OWN_DUE} if both.kind is Kind.INVOICE else {}
    await both.do("dates", date=OWN, **due)


_SEND, _VOID = _press("send"), _press("void")

IN_SEQUENCE: Mapping[str, tuple[Act, ...]] = {
    "draft": (),
    "draft, deleted": (lambda both: both.delete_draft(),),
    "final": (),
    "final, zero": (),
    "final, negative": (),
    "sent": (_SEND,),
    "sent, zero": (_SEND,),
    "sent, due date moved": (_SEND, lambda both: both.move_due_date()),
    "voided": (_VOID,),
    "sent, then voided": (_SEND, _VOID),
}
"""What people do in Sequence to a document that is final, or a draft where it says so."""

_IN_XERO: Mapping[str, Act] = {
    "marked sent": lambda both: both.do("sent"),
    "not sent any more": lambda both: both.do("sent", sent=False),
    "own dates": _own_dates,
    "part-paid": lambda both: both.do("pay", amount=100),
    "paid": lambda both: both.do("pay"),
    "part-credited": lambda both: both.settle_in_part(),
    "voided": lambda both: both.do("void"),
    "deleted": lambda both: both.do("delete"),
    "approved": lambda both: both.do("approve"),
    "contact archived": lambda both: both.archive_contact(),
    "period locked": lambda both: both.lock(),
    "number taken": lambda both: both.take_number(),
}
"""What people do in Xero; a state names several, in their order."""

IN_XERO: Mapping[str, tuple[str, ...]] = {
    "Not in Xero": (
        "not there",
        "not there, number taken",
        "not there, contact archived",
        "not there, period locked",
    ),
    "In Xero, and not sent there": (
        "as pushed",
        "as pushed, contact archived",
        "as pushed, period locked",
        "own dates",
    ),
    "Not approved in Xero": (
        "not approved",
        "not approved, approved",
        "not approved, deleted",
    ),
    "Marked as sent in Xero": (
        "marked sent",
        "marked sent, period locked",
        "own dates, marked sent",
    ),
    "Paid or credited in Xero": (
        "part-paid",
        "paid",
        "part-credited",
        "marked sent, part-paid",
        "marked sent, paid",
        "own dates, marked sent, paid",
    ),
    "Voided in Xero": (
        "voided",
        "deleted",
    ),
    "In step before": (
        "in step",
        "in step, contact archived",
        "in step, period locked",
        "in step, own dates",
        "in step, not sent any more",
        "in step, part-paid",
        "in step, paid",
        "in step, part-credited",
        "in step, voided",
    ),
}
"""The states of the table by its parts. `as pushed`: by the sync, with placeholder dates; `not approved`: likewise, by
a user who may not approve. `in step`: sent, and the sync has brought that over; what is named after it came later."""


async def bring_about(both: Companies, sync: Syncing, in_sequence: str, in_xero: str) -> None:
    """Bring a pair of states about. AssertionError where it can't be: a company refuses, or the sync does not push."""
    first, *acts = in_xero.split(", ")
    status, _, more = in_sequence.partition(", ")
    await both.bill("DRAFT" if status == "draft" else "FINAL", _RATES.get(more, _RATE))
    todo = list(IN_SEQUENCE[in_sequence])
    if first == "not approved":
        await both.take_the_right_to_approve()
    if first != "not there":
        await sync.hint("finalized")
    if first == "in step":
        assert todo[:1] == [_SEND], "only what was sent is in step"
        await todo.pop(0)(both)
        await sync.hint("sent")
    assert first == "not there" or (await sync.link()).xero, "it was not brought to Xero"
    both.pass_by()
    await sync.sweep()
    for act in [first, *acts] if first in _IN_XERO else acts:
        both.pass_by()
        await _IN_XERO[act](both)
    for act in todo:
        both.pass_by()
        await act(both)
    both.pass_by()
