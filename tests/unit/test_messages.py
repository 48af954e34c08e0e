"""What workers of different age tell each other, and what histories may carry."""

import pytest
from pydantic import ValidationError

from tests.store.samples import NOON, document, hold, ref, xero_view
from xerosync.core.base import Message
from xerosync.core.documents import DocumentStatus
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import Allocation
from xerosync.documents.lifecycle import learned
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import ConfirmInput, Facts, Held, Known, Outcome, Release, StepInput, SyncInput
from xerosync.documents.views import SequenceView, XeroView

VIEW = SequenceView.of(document())
OUTCOME = Outcome(sequence=VIEW, xero=xero_view(applied=document().header))
TOLD = [
    VIEW,
    OUTCOME,
    xero_view(),
    Held(hold=hold(), outcome=OUTCOME),
    Known(sequence=VIEW),
    StepInput(ref=ref()),
    ConfirmInput(ref=ref(), claimed=DocumentStatus.SENT),
]


def test_every_fact_of_a_link_reaches_its_workflow_unchanged():
    link = DocumentLink(
        ref=ref(),
        sequence=VIEW,
        xero=xero_view(),
        short_code="!abc",
        reports_payments=True,
        allocation=Allocation.PENDING,
    )
    assert Facts.model_fields.keys() <= link.model_fields_set, "give the new fact a value here"
    known = learned(Known(), link.outcome, hints_read=0)
    assert {getattr(known, name) == getattr(link, name) for name in Facts.model_fields} == {True}


@pytest.mark.parametrize("message", TOLD, ids=lambda message: type(message).__name__)
def test_an_older_worker_reads_what_a_newer_one_tells(message: Message):
    newer = {**message.model_dump(mode="json"), "tomorrow": {"more": 1}}
    assert type(message).model_validate(newer) == message


def test_within_what_it_reads_an_older_worker_passes_over_what_it_does_not_know():
    newer = OUTCOME.model_dump(mode="json")
    newer["xero"]["applied"]["tomorrow"] = 1
    assert Outcome.model_validate(newer) == OUTCOME


@pytest.mark.parametrize("typed", [SyncInput, Release])
def test_what_people_type_is_taken_at_its_word(typed: type[Message]):
    with pytest.raises(ValidationError, match="tomorrow"):
        typed.model_validate({"account_id": "a", "kind": "invoice", "document_id": "d", "tomorrow": 1})


@pytest.mark.parametrize("reason", HoldReason)
def test_a_hold_in_brief_says_where_its_words_are_in_place_of_them(reason: HoldReason):
    whole = hold(reason, "Ada's total is 1200 JPY")
    assert whole.in_brief("INV-1") == whole.model_copy(update={"words": "`starter.py status INV-1` says why"})
    assert hold(reason).in_brief("INV-1") == hold(reason)


def test_a_view_that_was_told_comes_after_the_one_that_led_to_it():
    view: XeroView = xero_view()
    assert view.as_reported().order > view.order
    assert view.as_reported().seen_at == NOON
    assert view.as_reported().is_reported
