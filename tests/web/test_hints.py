"""What deliveries mean."""

import pytest

from tests.web.signing import event, of_sequence, of_xero
from xerosync.core.documents import Kind
from xerosync.core.hints import HintAct
from xerosync.web.webhooks.hints import UnreadableDeliveryError, asks_for_intent, sequence_delivery, xero_delivery


@pytest.mark.parametrize(
    ("status", "act"),
    [
        ("DRAFT", HintAct.NOTHING),
        ("IN_PROGRESS", HintAct.NOTHING),
        ("FINAL", HintAct.FINALIZED),
        ("SENT", HintAct.SENT),
        ("VOIDED", HintAct.VOIDED),
        ("A_NEW_ONE", HintAct.AMENDED),
        (None, HintAct.AMENDED),
    ],
)
def test_a_document_is_told_by_the_status_it_has(status: str | None, act: HintAct) -> None:
    for event_name in ("CREATED", "UPDATED", "ISSUED"):
        invoice = sequence_delivery("acme", of_sequence("acme", f"INVOICE_{event_name}", status=status)).hint
        assert (invoice.act, invoice.kind) == (act, Kind.INVOICE)
        note = sequence_delivery("acme", of_sequence("acme", f"CREDIT_NOTE_{event_name}", status=status)).hint
        assert (note.act, note.kind) == (act, Kind.CREDIT_NOTE)


def test_a_document_is_named_by_the_number_that_it_is_shown_with() -> None:
    def number(kind: str, **resource: object) -> str | None:
        return sequence_delivery("acme", of_sequence("acme", f"{kind}_ISSUED", **resource)).hint.number

    assert number("INVOICE", invoiceNumber="INV-1", status="FINAL") == "INV-1"
    assert number("CREDIT_NOTE", creditNoteNumber=" CN\n1 ", status="FINAL") == "CN 1"
    assert len(number("INVOICE", invoiceNumber="9" * 500) or "") == 60
    for none in ({}, {"invoiceNumber": None}, {"invoiceNumber": 7}, {"invoiceNumber": ""}):
        assert number("INVOICE", **none) is None
    assert (
        sequence_delivery("acme", of_sequence("acme", "CUSTOMER_UPDATED", "c-1", invoiceNumber="INV-1")).hint.number
        is None
    )


def test_a_customer_that_changed_is_told_to_its_push() -> None:
    hint = sequence_delivery("acme", of_sequence("acme", "CUSTOMER_UPDATED", "c-1")).hint
    assert (hint.act, hint.resource_id, hint.kind) == (HintAct.CUSTOMER, "c-1", None)


@pytest.mark.parametrize("kind", ["INVOICE_REMINDER_SENT", "QUOTE_SIGNED", "SOMETHING_NEW"])
def test_what_concerns_nobody_asks_for_nothing(kind: str) -> None:
    assert sequence_delivery("acme", of_sequence("acme", kind)).hint.act is HintAct.NOTHING


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"\xff", b"{" * 100_000, of_sequence("other"), of_sequence("acme", resource_id="")],
)
def test_what_sequence_does_not_publish_is_said_in_one_sentence(body: bytes) -> None:
    with pytest.raises(UnreadableDeliveryError) as refusal:
        sequence_delivery("acme", body)
    assert "\n" not in str(refusal.value)


def test_a_delivery_that_is_not_understood_names_nobody() -> None:
    with pytest.raises(UnreadableDeliveryError) as refusal:
        sequence_delivery("acme", b'{"resource": "Ada Lovelace", "notificationType": "INVOICE_UPDATED"}')
    assert "Ada" not in str(refusal.value)


def test_the_intent_to_receive_has_no_events() -> None:
    assert xero_delivery(of_xero()).events == ()


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        (of_xero(), True),
        (of_xero().ljust(1_000), True),
        (of_xero().ljust(1_001), False),
        (of_xero(event("tenant", "a")), False),
        (b'{"events": [7], "firstEventSequence": 1, "lastEventSequence": 1}', False),
        (b"{}", False),
        (b"[" * 900, False),
    ],
)
def test_a_body_that_nobody_signed_is_known_for_an_intent_to_receive_by_its_form(body: bytes, *, is_one: bool) -> None:
    assert asks_for_intent(body) == is_one


def test_events_of_xero_tell_where_and_what() -> None:
    delivery = xero_delivery(of_xero(event("tenant", "a"), event("tenant", "b", "PAYMENT"), first=7))
    assert [(each.resource_id, each.category) for each in delivery.events] == [("a", "INVOICE"), ("b", "PAYMENT")]
    assert (delivery.first, delivery.last) == (7, 8)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"events": [], "firstEventSequence": 2, "lastEventSequence": 1}'])
def test_what_xero_does_not_publish_is_said_in_one_sentence(body: bytes) -> None:
    with pytest.raises(UnreadableDeliveryError):
        xero_delivery(body)
