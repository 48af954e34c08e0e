"""What Xero is reported to refuse: texts, amounts and addresses that it can't keep or read."""

import json

import pytest

from tests.standins.xero_fixtures import NIL, Books, elements_of, line, one_of, refusal

TOO_LONG = "The length of the field {} must not be greater than {}."
LAUNCH = "\N{ROCKET}"


@pytest.mark.parametrize(("text", "code"), [("Seats\x02", "0x02"), ("a\bb", "0x08"), ("Launch \ud83d party", "0xD83D")])
async def test_a_character_that_xml_lacks_has_the_whole_request_refused(books: Books, text: str, code: str):
    elements = [books.invoice("A-1"), books.invoice("A-2", LineItems=[line(Description=text)])]

    body = json.dumps({"Invoices": elements})
    answer = await books.http.put("/api.xro/2.0/Invoices?summarizeErrors=false", content=body)

    assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")
    assert f"hexadecimal value {code}, is an invalid character" in answer.json()["Message"]
    assert len(books.organisation.invoices) == 0


async def test_characters_beyond_the_first_plane_line_ends_and_tabs_are_kept(books: Books):
    text = f"{LAUNCH}\tone\ntwo \\u0002"

    saved = await books.saved("A-1", LineItems=[line(Description=text)])

    assert saved["LineItems"][0]["Description"] == text


@pytest.mark.parametrize(("text", "fits"), [("x" * 4000, True), ("x" * 4001, False), (LAUNCH * 2001, False)])
async def test_a_description_has_at_most_4000_characters_counted_in_utf_16(books: Books, text: str, fits: bool):
    answer = await books.put("Invoices", books.invoice("A-1", LineItems=[line(Description=text)]))

    assert fits or refusal(answer) == [TOO_LONG.format("Description", 4000)]
    assert (answer.status_code == 200) is fits


@pytest.mark.parametrize(("unit", "fits"), [("9999999999.99", True), ("10000000000.00", False)])
async def test_a_line_has_at_most_9999999999_99(books: Books, unit: str, fits: bool):
    seats = line(Quantity=1, UnitAmount=unit)

    answer = await books.put("Invoices", books.invoice("A-1", LineItems=[seats]))

    assert fits or refusal(answer) == [f"The line total {unit} must not be greater than 9999999999.99."]
    assert (answer.status_code == 200) is fits


@pytest.mark.parametrize("host", ["go.xero.com", "xerosync.example", "MYXERO.example:8080"])
async def test_the_url_of_an_invoice_does_not_lead_to_a_host_with_xero_in_it(books: Books, host: str):
    answer = await books.put("Invoices", books.invoice("A-1", Url=f"https://{host}/invoices/1"))

    assert refusal(answer) == ["The Url must not be an address of Xero."]
    assert (await books.saved("A-2", Url="https://bill.example/xero"))["Url"] == "https://bill.example/xero"


@pytest.mark.parametrize("name", ["Acme <Ltd>", "a<b", "a>b"])
async def test_a_contact_name_has_no_angle_brackets(books: Books, name: str):
    assert refusal(await books.put("Contacts", {"Name": name})) == [
        "The contact name cannot contain the characters < and >."
    ]


async def test_runs_of_spaces_in_a_name_are_folded_and_none_is_kept_at_its_ends(books: Books):
    made = one_of(await books.put("Contacts", {"Name": "  Jo   and  Co "}))
    again = one_of(await books.post("Contacts", {"Name": "Jo  and Co", "EmailAddress": "jo@co.example"}))

    assert (made["Name"], again["ContactID"]) == ("Jo and Co", made["ContactID"])
    assert refusal(await books.put("Contacts", {"Name": "Jo and   Co"}))[0].startswith("The contact name Jo and Co")


async def test_further_persons_need_a_primary_email_address(books: Books):
    persons = [{"FirstName": "Ada", "EmailAddress": "ada@co.example"}]

    refused = await books.put("Contacts", {"Name": "Co", "ContactPersons": persons})

    assert refusal(refused) == ["Additional people cannot be added when the primary person has no email address set."]
    whole = {"Name": "Co", "EmailAddress": "a@b.example", "ContactPersons": persons}
    assert (await books.put("Contacts", whole)).is_success
    assert (await books.post("Contacts", {"ContactID": books.contact_id, "ContactPersons": persons})).is_success


async def test_an_address_whose_query_is_longer_than_2048_characters_is_not_found(books: Books):
    longest = "IDs=" + ",".join([NIL] * 55)
    padded = f"{longest}&x=".ljust(2048, "x")

    assert elements_of(await books.http.get(f"/api.xro/2.0/Invoices?{padded}")) == []
    refused = await books.http.get(f"/api.xro/2.0/Invoices?{padded}x")
    assert (refused.status_code, refused.text) == (404, "The resource you're looking for cannot be found")
