"""The where language: what people write, and what Xero says to what it can't read."""

import pytest

from tests.standins.xero_fixtures import Books, elements_of


@pytest.fixture
async def three(books: Books) -> Books:
    await books.saved("A-1", Reference="PO 7", Date="2026-01-10", DueDate="2026-02-10")
    await books.saved("A-2", Reference="po 8", Date="2026-02-10", DueDate="2026-03-10", Status="DRAFT")
    await books.saved("B-1", Date="2026-03-10", DueDate="2026-04-10", CurrencyCode="EUR", Url="https://x.example/1")
    return books


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Status=="DRAFT"', "A-2"),
        ('Status = "DRAFT"', "A-2"),
        ('"DRAFT"==Status', "A-2"),
        ('Status!="DRAFT"', "A-1 B-1"),
        ('Status<>"DRAFT"', "A-1 B-1"),
        ('InvoiceNumber=="A-1"', "A-1"),
        ('InvoiceNumber=="A-1" OR InvoiceNumber=="B-1"', "A-1 B-1"),
        ('InvoiceNumber=="A-1" || CurrencyCode=="EUR"', "A-1 B-1"),
        ('(InvoiceNumber=="A-1" || InvoiceNumber=="A-2") && Status=="AUTHORISED"', "A-1"),
        ('Status=="AUTHORISED" AND Reference.StartsWith("PO")', "A-1"),
        ('InvoiceNumber.StartsWith("A-") and !(Status=="DRAFT")', "A-1"),
        ('NOT Status=="DRAFT"', "A-1 B-1"),
        ('Reference!=null AND Reference.ToLower().Contains("po ")', "A-1 A-2"),
        ('InvoiceNumber.EndsWith("-1")', "A-1 B-1"),
        ('Contact.Name=="Acme Ltd"', "A-1 A-2 B-1"),
        ('Contact.Name.Contains("acme")', ""),
        ("Date>=DateTime(2026,2,10)", "A-2 B-1"),
        ("Date >= DateTime(2026, 02, 10) AND Date < DateTime(2026, 3, 1)", "A-2"),
        ('DueDate<DateTime.Parse("2026-03-10")', "A-1"),
        ('UpdatedDateUTC>=DateTime.Parse("2020-01-01T00:00:00")&&Type=="ACCREC"', "A-1 A-2 B-1"),
        ("UpdatedDateUTC>DateTime(2100,1,1)", ""),
        ("AmountDue>=120.00", "A-1 A-2 B-1"),
        ("Total<100", ""),
        ("SentToContact==true", ""),
        ("SentToContact==false AND Url!=null", "B-1"),
        ("FullyPaidOnDate>DateTime(2000,1,1)", ""),
        ("FullyPaidOnDate==null", "A-1 A-2 B-1"),
        ('invoicenumber=="A-1" and contact.NAME=="Acme Ltd"', "A-1"),
        ('Contact.Name.tolower().contains("acme") && reference.startswith("PO")', "A-1"),
        ('Status.Equals("DRAFT")', "A-2"),
        ("AmountDue.Equals(120) AND SentToContact.equals(false)", "A-1 A-2 B-1"),
        ('date>=datetime(2026,2,10) AND date<DATETIME.parse("2026-03-01")', "A-2"),
        ('Url!=null AND Url.Contains("x.example")', "B-1"),
    ],
)
async def test_a_condition_finds(three: Books, where: str, found: str):
    answer = elements_of(await three.get("Invoices", where=where, order="InvoiceNumber"))

    assert [invoice["InvoiceNumber"] for invoice in answer] == found.split()


async def test_a_contact_or_a_document_is_found_by_its_guid(three: Books):
    (invoice,) = elements_of(await three.get("Invoices", where='InvoiceNumber=="A-1"'))

    for where in (
        f'InvoiceID==Guid("{invoice["InvoiceID"]}")',
        f'InvoiceID == guid("{invoice["InvoiceID"].upper()}")',
        f'InvoiceID==Guid("{invoice["InvoiceID"].replace("-", "")}")',
        f'InvoiceID.ToString()=="{invoice["InvoiceID"]}"',
        f'Contact.ContactID==Guid("{three.contact_id}") AND InvoiceNumber=="A-1"',
    ):
        assert [found["InvoiceNumber"] for found in elements_of(await three.get("Invoices", where=where))] == ["A-1"]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ('SearchTerm=="x"', "No property or field 'SearchTerm' exists in type 'Invoice'"),
        ('Contact.Colour=="x"', "No property or field 'Colour' exists in type 'Contact'"),
        ('Status=="A" AND', "Expression expected"),
        ("Status=='A'", "Character literal must contain exactly one character"),
        ('Status=="A" Type=="B"', "Syntax error"),
        ('Status#"A"', "Syntax error '#'"),
        ('(Status=="A"', "')' expected"),
        ("Status==1", "Operator '==' incompatible with operand types 'String' and 'Decimal'"),
        ('InvoiceID=="x"', "Operator '==' incompatible with operand types 'Guid' and 'String'"),
        ("Status", "Expression of type 'Boolean' expected"),
        ('Reference AND Status=="A"', "Expression of type 'Boolean' expected"),
        ('Status.Reverse()=="A"', "No applicable method 'Reverse' exists in type 'String'"),
        ('Status.Equals(1)=="A"', "No applicable method 'Equals' exists in type 'String'"),
        ('Reference=="a\\"b"', "Syntax error '\\'"),
        ('Reference=="a\\b"', "Syntax error '\\'"),
        ('Reference=="a', "Unterminated string literal"),
        ('InvoiceID==Guid("x")', "Guid should contain 32 digits with 4 dashes"),
        ('Total.Contains("1")', "No applicable method 'Contains' exists in type 'Decimal'"),
        ("Date>DateTime(2026,13,1)", "No applicable constructor exists in type 'DateTime'"),
        ('Date>DateTime.Parse("soon")', "String was not recognized as a valid DateTime."),
    ],
)
async def test_a_condition_that_cannot_be_read_is_a_400(three: Books, where: str, message: str):
    answer = await three.get("Invoices", where=where)

    assert answer.status_code == 400
    assert answer.json() == {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}


async def test_a_quote_in_a_text_is_doubled(books: Books):
    await books.saved('"A", or 1"')
    await books.saved("A-2")

    found = elements_of(await books.get("Invoices", where='InvoiceNumber=="""A"", or 1"""'))

    assert [invoice["InvoiceNumber"] for invoice in found] == ['"A", or 1"']


async def test_a_method_on_an_empty_optional_field_is_a_500_unless_null_is_excluded_first(three: Books):
    broken = await three.get("Invoices", where='Url.Contains("x")')
    guarded = await three.get("Invoices", where='Url!=null AND Url.Contains("x")')

    assert (broken.status_code, broken.json()["Type"]) == (500, "InternalServerError")
    assert guarded.status_code == 200
