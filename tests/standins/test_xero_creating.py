"""PUT, POST, numbers and batches."""

from typing import Any

import pytest

from tests.standins.xero_fixtures import NIL, Books, elements_of, line, messages_of, one_of, refusal

UNIQUE = "Invoice # must be unique."


async def test_a_put_with_a_number_in_use_is_refused(books: Books):
    await books.saved("A-1")

    assert refusal(await books.put("Invoices", books.invoice("A-1"))) == [UNIQUE]
    assert len(books.organisation.invoices) == 1


async def test_a_post_with_a_number_in_use_overwrites_that_invoice_silently(books: Books):
    first = await books.saved("A-1")

    overwritten = one_of(await books.post("Invoices", books.invoice("A-1", LineItems=[line("7.00")])))

    assert overwritten["InvoiceID"] == first["InvoiceID"]
    assert overwritten["Total"] == 8.4
    assert len(books.organisation.invoices) == 1


async def test_a_post_with_a_new_number_creates(books: Books):
    created = one_of(await books.post("Invoices", books.invoice("A-1")))

    assert (created["InvoiceNumber"], created["Status"]) == ("A-1", "AUTHORISED")


async def test_a_voided_invoice_keeps_its_number_and_a_deleted_one_frees_it(books: Books):
    await books.saved("VOID")
    await books.saved("GONE", Status="DRAFT")
    await books.act("Invoices/VOID/void")
    await books.act("Invoices/GONE/delete")

    assert refusal(await books.put("Invoices", books.invoice("VOID"))) == [UNIQUE]
    assert (await books.saved("GONE"))["Status"] == "AUTHORISED"


async def test_an_invoice_may_not_take_the_number_of_another(books: Books):
    await books.saved("A-1")
    other = await books.saved("A-2")

    assert refusal(await books.post(f"Invoices/{other['InvoiceID']}", {"InvoiceNumber": "A-1"})) == [UNIQUE]


async def test_a_sales_invoice_without_a_number_gets_the_next_of_the_organisation(books: Books):
    await books.saved("INV-0002")

    numbers = [one_of(await books.put("Invoices", books.invoice()))["InvoiceNumber"] for _ in range(3)]

    assert numbers == ["INV-0001", "INV-0003", "INV-0004"]


async def test_bills_may_share_a_number(books: Books):
    bill = books.invoice("B-1", Type="ACCPAY", LineItems=[line(AccountCode="429")])

    first, second = one_of(await books.put("Invoices", bill)), one_of(await books.put("Invoices", bill))

    assert first["InvoiceID"] != second["InvoiceID"]


async def test_a_credit_note_number_in_use_is_refused_unless_the_organisation_allows_it(books: Books):
    await books.saved_note("CN-1")
    assert refusal(await books.put("CreditNotes", books.credit_note("CN-1"))) == ["Credit Note # must be unique."]

    await books.act("settings", credit_note_numbers_unique=False)

    assert (await books.saved_note("CN-1"))["CreditNoteNumber"] == "CN-1"


async def test_the_errors_of_a_batch_stand_beside_the_documents_made(books: Books):
    await books.saved("A-1")
    batch = [books.invoice("A-1"), books.invoice("A-2"), books.invoice("A-3", Contact={})]

    answer = elements_of(await books.put("Invoices", *batch, summarizeErrors="false"))

    found = {element["InvoiceNumber"]: element for element in answer}
    assert {number: element["StatusAttributeString"] for number, element in found.items()} == {
        "A-1": "ERROR",
        "A-2": "OK",
        "A-3": "ERROR",
    }
    assert (found["A-1"]["InvoiceID"], found["A-1"]["HasErrors"]) == (NIL, True)
    assert messages_of(found["A-1"]) == [UNIQUE]
    assert messages_of(found["A-3"]) == ["A Contact must be specified for this type of transaction"]
    assert (found["A-2"]["HasErrors"], found["A-2"]["ValidationErrors"], found["A-2"]["Warnings"]) == (False, [], [])


async def test_the_answers_of_a_batch_come_in_another_order(books: Books):
    sent = [f"A-{number}" for number in range(20)]

    answer = elements_of(await books.put("Invoices", *map(books.invoice, sent), summarizeErrors="false"))

    answered = [element["InvoiceNumber"] for element in answer]
    assert sorted(answered) == sorted(sent)
    assert answered != sent


@pytest.mark.parametrize("query", [{}, {"summarizeErrors": "true"}, {"summarizeErrors": "True"}])
async def test_a_400_lists_only_the_failures_while_the_good_ones_are_kept(books: Books, query: dict[str, str]):
    await books.saved("A-1")

    answer = await books.put("Invoices", books.invoice("A-1"), books.invoice("A-2"), **query)

    assert refusal(answer) == [UNIQUE]
    assert books.organisation.invoices.holder("A-2") is not None


async def test_a_number_twice_in_one_batch_is_taken_once(books: Books):
    answer = elements_of(
        await books.put("Invoices", books.invoice("A-1"), books.invoice("A-1"), summarizeErrors="false")
    )

    assert sorted(element["StatusAttributeString"] for element in answer) == ["ERROR", "OK"]
    assert len(books.organisation.invoices) == 1


async def test_a_batch_of_more_than_fifty_is_refused_whole(books: Books):
    answer = await books.put("Invoices", *[books.invoice(f"A-{number}") for number in range(51)])

    assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")
    assert len(books.organisation.invoices) == 0


async def test_a_batch_that_breaks_in_the_middle_keeps_what_was_done(books: Books):
    fault = {"kind": "partial", "k": 2, "path": "/api.xro/2.0/Invoices", "times": 1}
    (await books.http.post("/_sandbox/faults", json=fault)).raise_for_status()

    answer = await books.put("Invoices", *[books.invoice(f"A-{n}") for n in range(5)], summarizeErrors="false")

    assert answer.status_code == 500
    assert sorted(invoice.number for invoice in books.organisation.invoices) == ["A-0", "A-1"]


async def test_a_single_object_and_a_bare_list_are_taken_too(books: Books):
    alone = await books.http.put("/api.xro/2.0/Invoices", json=books.invoice("A-1"))
    listed = await books.http.put("/api.xro/2.0/Invoices", json=[books.invoice("A-2")])

    assert [one_of(alone)["InvoiceNumber"], one_of(listed)["InvoiceNumber"]] == ["A-1", "A-2"]


async def test_a_malformed_body_and_an_empty_one_are_told_apart(books: Books):
    broken = await books.http.put("/api.xro/2.0/Invoices", content=b'{"Invoices": [')
    empty = await books.http.put("/api.xro/2.0/Invoices", content=b"")

    assert (broken.status_code, broken.json()["Type"]) == (400, "PostDataInvalidException")
    assert (empty.status_code, empty.json()["Type"]) == (400, "NoDataProcessedException")


async def test_an_unknown_contact_or_document_id_is_refused(books: Books):
    unknown = {"ContactID": "11111111-1111-4111-8111-111111111111"}

    assert refusal(await books.put("Invoices", books.invoice("A-1", Contact=unknown))) == [
        "The Contact with the specified ContactID could not be found"
    ]
    assert refusal(await books.post("Invoices", books.invoice("A-1", InvoiceID=unknown["ContactID"]))) == [
        "An existing Invoice with the specified InvoiceID could not be found"
    ]
    assert refusal(await books.post("CreditNotes", {"CreditNoteID": unknown["ContactID"]})) == [
        "An existing Credit Note with the specified CreditNoteID could not be found"
    ]


async def test_every_reason_is_told_at_once(books: Books):
    bad = books.invoice("A-1", Contact={}, DueDate=None, CurrencyCode="USD", LineItems=[line(AccountCode="999")])

    assert refusal(await books.put("Invoices", bad)) == [
        "A Contact must be specified for this type of transaction",
        "The document DueDate field must be specified.",
        "Organisation is not subscribed to currency USD",
        "Account code '999' is not a valid code for this document.",
    ]


async def test_the_same_idempotency_key_makes_one_invoice(books: Books):
    body = {"Invoices": [books.invoice()]}
    answers = [
        await books.http.put("/api.xro/2.0/Invoices", json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]

    assert one_of(answers[0])["InvoiceID"] == one_of(answers[1])["InvoiceID"]
    assert len(books.organisation.invoices) == 1


async def test_a_put_of_a_credit_note_numbers_it_and_ignores_url_and_filters(books: Books):
    note = one_of(await books.put("CreditNotes", books.credit_note(Url="https://app.example/cn")))

    assert note["CreditNoteNumber"] == "CN-0001"
    assert "Url" not in note
    assert note["ID"] == note["CreditNoteID"]


async def test_the_url_of_an_invoice_must_be_absolute(books: Books):
    saved = await books.saved("A-1", Url="https://app.example/invoices/1")

    assert saved["Url"] == "https://app.example/invoices/1"
    assert refusal(await books.put("Invoices", books.invoice("A-2", Url="/invoices/2"))) == [
        "The Url must be an absolute http or https address."
    ]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("Contact", ["Contact"]),
        ("LineItems", ["LineItems", 0]),
        ("Tracking", ["LineItems", 0, "Tracking", 0]),
    ],
)
@pytest.mark.parametrize("summarize", ["true", "false"])
async def test_a_refusal_can_be_played_with_its_words_deep_inside(
    books: Books, place: str, path: list[Any], summarize: str
):
    books.xero.faults.add("refused", place=place, message="Email address must be valid.")

    answer = (await books.put("Invoices", books.invoice("A-1"), summarizeErrors=summarize)).json()

    (element,) = answer["Elements" if summarize == "true" else "Invoices"]
    assert (element["HasErrors"], element["ValidationErrors"], element["InvoiceNumber"]) == (True, [], "A-1")
    for step in path:
        element = element[step]
    assert messages_of(element) == ["Email address must be valid."]
    assert len(books.organisation.invoices) == 0


async def test_a_refusal_of_its_own_can_be_told_as_a_warning(books: Books):
    books.xero.faults.add("refused", place="Warnings")

    element = one_of(await books.put("Invoices", books.invoice("A-1", Contact={}), summarizeErrors="false"))

    assert (element["HasErrors"], element["ValidationErrors"]) == (True, [])
    assert element["Warnings"] == [{"Message": "A Contact must be specified for this type of transaction"}]


async def test_a_refusal_can_be_told_nowhere_with_the_nil_id_and_nothing_flagged(books: Books):
    books.xero.faults.add("refused", place="nowhere", message="Whatever it was")

    element = one_of(await books.put("Invoices", books.invoice("A-1"), summarizeErrors="false"))

    assert element["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert (element["StatusAttributeString"], element["HasErrors"], element["ValidationErrors"]) == ("OK", False, [])
    assert len(books.organisation.invoices) == 0
