"""XML in requests, as clients write that send it by default (pyxero), and what an attacker would put into it."""

import httpx
import pytest

from tests.standins.xero_fixtures import Books, elements_of, one_of, refusal

INVOICE = """<Invoice><Type>ACCREC</Type><Contact><ContactID>{contact}</ContactID></Contact>
<Date>2026-11-02T00:00:00</Date><DueDate>2026-12-02T00:00:00</DueDate><InvoiceNumber>{number}</InvoiceNumber>
<Status>AUTHORISED</Status><SentToContact>true</SentToContact><LineAmountTypes>Exclusive</LineAmountTypes><LineItems>
<LineItem><Description>Seats &amp; &lt;beds&gt; &#8211; two</Description><Quantity>2</Quantity>
<UnitAmount>9.99</UnitAmount><AccountCode>200</AccountCode><Tracking><TrackingCategory><Name>Region</Name><Option>North</Option></TrackingCategory>
</Tracking></LineItem><LineItem><Description>Words</Description></LineItem></LineItems></Invoice>"""


async def send(books: Books, method: str, path: str, body: str | bytes) -> httpx.Response:
    headers = {"content-type": "application/xml"}
    return await books.http.request(method, f"/api.xro/2.0/{path}", content=body, headers=headers)


async def test_an_invoice_in_xml_is_what_it_is_in_json(books: Books):
    body = INVOICE.format(contact=books.contact_id, number="A-1")

    saved = one_of(await send(books, "PUT", "Invoices", body))

    assert (saved["InvoiceNumber"], saved["Status"], saved["SentToContact"]) == ("A-1", "AUTHORISED", True)
    assert (saved["DateString"], saved["SubTotal"]) == ("2026-11-02T00:00:00", 19.98)
    seats, words = saved["LineItems"]
    assert (seats["Description"], words["Description"]) == ("Seats & <beds> \N{EN DASH} two", "Words")
    assert seats["Tracking"] == [{"Name": "Region", "Option": "North"}]


async def test_several_invoices_are_children_of_invoices_and_refused_as_in_json(books: Books):
    two = "".join(INVOICE.format(contact=books.contact_id, number=number) for number in ("A-1", "A-2"))

    saved = elements_of(await send(books, "POST", "Invoices?summarizeErrors=false", f"<Invoices>{two}</Invoices>"))
    again = await send(books, "PUT", "Invoices", INVOICE.format(contact=books.contact_id, number="A-1"))

    assert {invoice["InvoiceNumber"] for invoice in saved} == {"A-1", "A-2"}
    assert refusal(again) == ["Invoice # must be unique."]


async def test_a_contact_comes_with_its_addresses_phones_persons_and_terms(books: Books):
    body = """<?xml version="1.0" encoding="utf-8"?>
    <Contacts><Contact><Name>Zoë</Name><EmailAddress>z@b.example</EmailAddress>
    <Addresses><Address><AddressType>STREET</AddressType><City>Köln</City></Address></Addresses>
    <Phones><Phone><PhoneType>MOBILE</PhoneType><PhoneNumber>555</PhoneNumber></Phone></Phones>
    <ContactPersons><ContactPerson><FirstName>Al</FirstName><IncludeInEmails>true</IncludeInEmails></ContactPerson>
    </ContactPersons><PaymentTerms><Sales><Day>14</Day><Type>DAYSAFTERBILLDATE</Type></Sales></PaymentTerms>
    </Contact></Contacts>"""

    contact = one_of(await send(books, "PUT", "Contacts", body.encode()))

    assert (contact["Name"], contact["Addresses"][0]["City"]) == ("Zoë", "Köln")
    assert contact["ContactPersons"][0] == {
        "FirstName": "Al",
        "LastName": "",
        "EmailAddress": "",
        "IncludeInEmails": True,
    }
    assert contact["PaymentTerms"] == {"Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}}


async def test_notes_payments_and_allocations_are_written_in_xml(books: Books):
    invoice, note = await books.saved("A-1"), await books.saved_note()
    named = f"<Invoice><InvoiceID>{invoice['InvoiceID']}</InvoiceID></Invoice>"
    payment = f"<Payment>{named}<Account><Code>090</Code></Account><Amount>20.00</Amount></Payment>"

    told = await send(books, "PUT", "Invoices/A-1/history", "<HistoryRecord><Details>Hi</Details></HistoryRecord>")
    paid = await send(books, "PUT", "Payments", payment)
    allocation = f"<Allocation><AppliedAmount>30.00</AppliedAmount>{named}</Allocation>"
    allocated = await send(books, "PUT", f"CreditNotes/{note['CreditNoteID']}/Allocations", allocation)

    assert (one_of(told)["Details"], one_of(paid)["Amount"], one_of(allocated)["Amount"]) == ("Hi", 20.0, 30.0)
    assert (await books.read(invoice))["AmountDue"] == 70.0


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Contact><Name>&b;</Name></Contact>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Contact><Name>&f;</Name></Contact>'


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        OUTSIDE,
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><Contact/>',
        "<Contact><Name>&nbsp;</Name></Contact>",
        "<Contact><Name>a\x02</Name></Contact>",
        "<Contact><Name>&#2;</Name></Contact>",
        "<Contact><Name>",
        "<Contact/><Contact/>",
        "<a>" * 5000 + "</a>" * 5000,
        '<?xml version="1.0" encoding="no-such"?><Contact/>',
    ],
)
async def test_what_is_no_plain_xml_is_refused(books: Books, body: str):
    answer = await send(books, "PUT", "Contacts", body)

    assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")
    assert answer.json()["Message"].startswith("Xml for post data was invalid, ")
    assert len(books.organisation.contacts) == 1


async def test_xml_without_what_the_endpoint_takes_is_told_so(books: Books):
    answer = await send(books, "PUT", "Contacts", "<Contacts></Contacts>")

    assert (answer.status_code, answer.json()["Type"]) == (400, "NoDataProcessedException")
