"""Paging, filters, If-Modified-Since, order, and what lists leave out."""

import datetime as dt

import pytest

from tests.standins.xero_fixtures import Books, elements_of, line, one_of


async def some(books: Books, *numbers: str, seconds_between: int = 0) -> None:
    for number in numbers:
        await books.saved(number)
        if seconds_between:
            await books.http.post("/_sandbox/clock", json={"advance_seconds": seconds_between})


async def numbers_of(books: Books, *, headers: dict[str, str] | None = None, **query: object) -> list[str]:
    return [invoice["InvoiceNumber"] for invoice in elements_of(await books.get("Invoices", headers, **query))]


async def test_a_page_comes_with_lines_contact_and_pagination(books: Books):
    await some(books, "A-1", "A-2", "A-3")

    body = (await books.get("Invoices", page=2, pageSize=2)).json()

    assert body["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 2, "itemCount": 3}
    (invoice,) = body["Invoices"]
    assert invoice["InvoiceNumber"] == "A-3"
    assert len(invoice["LineItems"]) == 1
    assert invoice["Contact"]["EmailAddress"] == "pay@acme.example"


async def test_an_unpaged_list_has_every_match_without_lines_contact_detail_or_pagination(books: Books):
    await some(books, "A-1", "A-2", "A-3")

    body = (await books.get("Invoices")).json()

    assert "pagination" not in body
    assert [invoice["LineItems"] for invoice in body["Invoices"]] == [[], [], []]
    assert "EmailAddress" not in body["Invoices"][0]["Contact"]
    assert body["Invoices"][0]["Contact"]["Name"] == "Acme Ltd"


async def test_a_page_holds_a_hundred_unless_told_and_a_thousand_at_most(books: Books):
    await some(books, "A-1")

    assert (await books.get("Invoices", page=1)).json()["pagination"]["pageSize"] == 100
    assert (await books.get("Invoices", pageSize=1000)).json()["pagination"]["pageSize"] == 1000
    assert (await books.get("Invoices", page=1, pageSize=1001)).status_code == 400
    assert (await books.get("Invoices", page="one")).status_code == 400


async def test_a_page_beyond_the_end_is_empty(books: Books):
    await some(books, "A-1")

    body = (await books.get("Invoices", page=7)).json()

    assert (body["Invoices"], body["pagination"]["itemCount"]) == ([], 1)


async def test_ids_numbers_contacts_and_statuses_narrow_together(books: Books):
    await some(books, "A-1", "A-2", "A-3")
    draft = await books.saved("A-4", Status="DRAFT")
    other = one_of(await books.put("Contacts", {"Name": "Globex"}))
    await books.saved("B-1", Contact={"ContactID": other["ContactID"]})

    assert await numbers_of(books, InvoiceNumbers="A-1,A-3,Z-9") == ["A-1", "A-3"]
    assert await numbers_of(books, IDs=draft["InvoiceID"].upper()) == ["A-4"]
    assert await numbers_of(books, ContactIDs=other["ContactID"]) == ["B-1"]
    assert await numbers_of(books, Statuses="DRAFT,AUTHORISED", ContactIDs=books.contact_id) == [
        "A-1",
        "A-2",
        "A-3",
        "A-4",
    ]
    assert await numbers_of(books, Statuses="DRAFT", InvoiceNumbers="A-1,A-4") == ["A-4"]


async def test_statuses_are_read_with_a_raw_and_with_an_encoded_comma(books: Books):
    await some(books, "A-1")

    for query in ("Statuses=DRAFT,AUTHORISED", "Statuses=DRAFT%2CAUTHORISED"):
        answer = await books.http.get(f"/api.xro/2.0/Invoices?{query}")
        assert len(elements_of(answer)) == 1


@pytest.mark.parametrize("flag", ["True", "true"])
async def test_a_summary_leaves_out_lines_and_payments(books: Books, flag: str):
    await some(books, "A-1")

    (invoice,) = elements_of(await books.get("Invoices", summaryOnly=flag, page=1))

    assert not {"LineItems", "Payments", "CreditNotes"} & invoice.keys()
    assert "LineItems" in elements_of(await books.get("Invoices", summaryOnly="False", page=1))[0]


async def test_modified_since_lists_what_changed_and_in_that_order(books: Books):
    await some(books, "A-1", "A-2", "A-3", seconds_between=60)
    await books.act("Invoices/A-1/sent")
    since = books.xero.clock.now() - dt.timedelta(seconds=90)

    for form in (since.isoformat(), since.strftime("%Y-%m-%dT%H:%M:%S"), since.strftime("%a, %d %b %Y %H:%M:%S GMT")):
        assert await numbers_of(books, headers={"If-Modified-Since": form}) == ["A-3", "A-1"]


async def test_modified_since_is_cut_to_the_second(books: Books):
    await books.http.post("/_sandbox/clock", json={"set": "2026-05-01T12:00:00.100+00:00"})
    await some(books, "A-1")

    assert await numbers_of(books, headers={"If-Modified-Since": "2026-05-01T12:00:00.999"}) == ["A-1"]
    assert await numbers_of(books, headers={"If-Modified-Since": "2026-05-01T12:00:01"}) == []


async def test_modified_since_before_1753_breaks_xero(books: Books):
    assert (await books.get("Invoices", {"If-Modified-Since": "1700-01-01T00:00:00"})).status_code == 500


async def test_modified_since_works_with_statuses_where_and_pages(books: Books):
    await some(books, "A-1", "A-2", seconds_between=60)
    await books.saved("A-3", Status="DRAFT")
    since = {"If-Modified-Since": (books.xero.clock.now() - dt.timedelta(seconds=90)).isoformat()}

    assert await numbers_of(books, headers=since, Statuses="AUTHORISED", page=1) == ["A-2"]
    assert await numbers_of(books, headers=since, where='Status=="DRAFT"') == ["A-3"]


async def test_order_takes_several_fields_and_directions(books: Books):
    await books.saved("A-1", Reference="b")
    await books.saved("A-2", Reference="a")
    await books.saved("A-3", Reference="a")

    assert await numbers_of(books, order="Reference ASC, InvoiceNumber DESC") == ["A-3", "A-2", "A-1"]
    answer = await books.get("Invoices", order="Nothing DESC")
    assert (answer.status_code, answer.json()["Message"]) == (
        400,
        "No property or field 'Nothing' exists in type 'Invoice'",
    )


async def test_created_by_my_app_leaves_out_what_another_app_wrote(books: Books):
    await books.http.post("/_sandbox/identity/apps", json={"client_id": "other", "client_secret": "s"})
    granted = await books.http.post(
        "/_sandbox/identity/grants",
        json={"client_id": "other", "scope": "offline_access accounting.invoices accounting.contacts"},
    )
    token = granted.raise_for_status().json()["access_token"]
    await books.http.put(
        "/api.xro/2.0/Invoices", json=books.invoice("THEIRS"), headers={"authorization": f"Bearer {token}"}
    )
    await some(books, "OURS")

    assert await numbers_of(books, createdByMyApp="true") == ["OURS"]
    assert await numbers_of(books) == ["THEIRS", "OURS"]


async def test_credit_notes_ignore_the_filters_they_do_not_have(books: Books):
    await books.saved_note("CN-1")
    await books.saved_note("CN-2")

    answer = elements_of(await books.get("CreditNotes", CreditNoteNumbers="CN-1", Statuses="DRAFT", IDs="x"))

    assert len(answer) == 2


async def test_credit_notes_are_found_by_where(books: Books):
    for number in ("CN-1", "CN-2", "CN-3"):
        await books.saved_note(number)

    where = 'CreditNoteNumber=="CN-1" OR CreditNoteNumber=="CN-3"'
    found = elements_of(await books.get("CreditNotes", where=where, page=1))

    assert [note["CreditNoteNumber"] for note in found] == ["CN-1", "CN-3"]
    assert all(note["LineItems"] for note in found)


async def test_one_document_is_read_by_id_and_by_number(books: Books):
    saved, note = await books.saved("A 1 ü"), await books.saved_note("CN-1")

    assert one_of(await books.get("Invoices/A 1 ü"))["InvoiceID"] == saved["InvoiceID"]
    assert one_of(await books.get(f"Invoices/{saved['InvoiceID'].upper()}"))["InvoiceID"] == saved["InvoiceID"]
    assert one_of(await books.get("CreditNotes/CN-1"))["CreditNoteID"] == note["CreditNoteID"]


async def test_the_envelope_has_xeros_fields(books: Books):
    body = (await books.get("Invoices")).json()

    assert (body["Status"], len(body["Id"])) == ("OK", 36)
    assert body["DateTimeUTC"].startswith("/Date(")
    assert "ProviderName" in body


async def test_without_an_accept_header_the_answer_is_xml(books: Books):
    await some(books, "A-1")

    answer = await books.get("Invoices/A-1", {"accept": "*/*"})
    refused = await books.get("Invoices", {"accept": "*/*"}, where="Nope==1")

    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Invoice><Type>ACCREC</Type>" in answer.text
    assert refused.text.endswith("</ApiException>")


async def test_an_unknown_record_is_404_with_text(books: Books):
    for path in ("Invoices/none", "CreditNotes/none", "Contacts/none", "Accounts/none", "Invoices/none/History"):
        answer = await books.get(path)
        assert (answer.status_code, answer.text) == (404, "The resource you're looking for cannot be found")


async def test_a_tenant_that_is_not_there_is_403(books: Books):
    answer = await books.get("Invoices", {"xero-tenant-id": "11111111-1111-4111-8111-111111111111"})

    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


async def test_two_organisations_keep_their_books_apart(books: Books):
    opened = await books.act("organisations", name="Second", base_currency="EUR", currencies=["GBP", "USD"])
    headers = {"xero-tenant-id": opened["tenant_id"]}

    answer = await books.http.put(
        "/api.xro/2.0/Invoices",
        json={**books.invoice("A-1"), "Contact": {"Name": "Elsewhere"}, "LineItems": [line()]},
        headers=headers,
    )
    own = {"xero-tenant-id": books.organisation.tenant_id}

    assert one_of(answer)["CurrencyCode"] == "EUR"
    assert elements_of(await books.get("Invoices", own)) == []
    assert opened["currencies"] == ["EUR", "GBP", "USD"]
