"""Organisation, accounts, currencies, tax rates, history, files, online invoice, e-mail."""

from typing import Any

import pytest

from tests.standins.xero_fixtures import Books, elements_of, one_of, refusal


async def test_the_organisation_tells_its_lock_dates_and_short_code(books: Books):
    await books.act("lock-dates", period_lock_date="2026-03-31", end_of_year_lock_date="2025-12-31")

    organisation = one_of(await books.get("Organisation"))

    assert (organisation["PeriodLockDate"], organisation["EndOfYearLockDate"]) == (
        "/Date(1774915200000+0000)/",
        "/Date(1767139200000+0000)/",
    )
    assert organisation["OrganisationID"] == books.organisation.tenant_id
    assert (organisation["Timezone"], organisation["ShortCode"][0]) == ("GMTSTANDARDTIME", "!")


async def test_actions_tell_what_the_plan_allows(books: Books):
    await books.act("settings", approvals_left=0)
    await books.act("currencies", currencies=[])

    actions = {action["Name"]: action["Status"] for action in elements_of(await books.get("Organisation/Actions"))}

    assert (actions["CreateApprovedInvoice"], actions["CreateDraftInvoice"]) == ("NOT-ALLOWED", "ALLOWED")
    assert actions["UseMulticurrency"] == "NOT-ALLOWED"


async def test_the_chart_has_sales_bank_and_system_accounts(books: Books):
    accounts = {account["Code"]: account for account in elements_of(await books.get("Accounts"))}

    assert (accounts["200"]["Type"], accounts["200"]["Class"], accounts["200"]["TaxType"]) == (
        "REVENUE",
        "REVENUE",
        "OUTPUT2",
    )
    assert accounts["610"]["SystemAccount"] == "DEBTORS"
    assert (accounts["090"]["Type"], accounts["090"]["CurrencyCode"]) == ("BANK", "GBP")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"Code": "200", "Name": "Other", "Type": "REVENUE"}, "Please enter a unique Code."),
        ({"Code": "201", "Name": "Sales", "Type": "REVENUE"}, "Please enter a unique Name."),
        ({"Code": "201", "Name": "Other", "Type": "HOBBY"}, "Account Type must be a valid type."),
    ],
)
async def test_an_account_that_does_not_fit_is_refused(books: Books, payload: dict[str, Any], message: str):
    assert refusal(await books.put("Accounts", payload)) == [message]


async def test_an_account_is_renamed_archived_and_deleted(books: Books):
    made = one_of(await books.put("Accounts", {"Code": "205", "Name": "Usage", "Type": "REVENUE"}))
    path = f"Accounts/{made['AccountID']}"

    renamed = one_of(await books.post(path, {"Name": "Usage fees"}))
    archived = one_of(await books.post(path, {"Status": "ARCHIVED"}))
    deleted = one_of(await books.http.delete(f"/api.xro/2.0/{path}"))

    assert (renamed["Name"], renamed["Code"], renamed["TaxType"]) == ("Usage fees", "205", "OUTPUT2")
    assert (archived["Status"], deleted["Status"]) == ("ARCHIVED", "DELETED")
    assert "205" not in {account.get("Code") for account in elements_of(await books.get("Accounts"))}


async def test_accounts_are_filtered_ordered_and_listed_since(books: Books):
    found = elements_of(await books.get("Accounts", where='Type=="BANK" AND Status=="ACTIVE"', order="Name DESC"))
    later = {"If-Modified-Since": "2100-01-01T00:00:00"}

    assert [account["Code"] for account in found] == ["091", "090"]
    assert elements_of(await books.get("Accounts", later)) == []


async def test_currencies_are_switched_on_through_the_api_and_off_by_a_person(books: Books):
    assert one_of(await books.put("Currencies", {"Code": "USD"})) == {
        "Code": "USD",
        "Description": "United States Dollar",
    }
    assert (await books.saved("U-1", CurrencyCode="USD"))["CurrencyCode"] == "USD"

    await books.act("currencies", currencies=["EUR"])

    assert [currency["Code"] for currency in elements_of(await books.get("Currencies"))] == ["GBP", "EUR"]
    assert refusal(await books.put("Currencies", {"Code": "dollars"})) == [
        "A currency is a code of three capital letters"
    ]


async def test_tax_rates_tell_where_they_may_stand(books: Books):
    rates = {rate["TaxType"]: rate for rate in elements_of(await books.get("TaxRates"))}

    assert (rates["OUTPUT2"]["CanApplyToRevenue"], rates["OUTPUT2"]["CanApplyToExpenses"]) == (True, False)
    assert (rates["OUTPUT2"]["EffectiveRate"], rates["NONE"]["EffectiveRate"]) == (20, 0)
    assert one_of(await books.get("TaxRates/ECOUTPUT"))["Name"] == "Zero Rated EC Goods Income"


async def test_history_tells_what_happened_newest_first(books: Books):
    await books.saved("A-1", Status="DRAFT")
    await books.act("Invoices/A-1/approve")
    await books.act("Invoices/A-1/sent")
    await books.put("Invoices/A-1/History", {"Details": "Billed by our system"})
    await books.act("Invoices/A-1/pay", amount=1)

    records = elements_of(await books.get("Invoices/A-1/History"))

    assert [record["Changes"] for record in records] == ["Payment", "Note", "Sent", "Approved", "Created"]
    assert records[1]["Details"] == "Billed by our system"


async def test_a_note_is_two_thousand_five_hundred_characters_at_most(books: Books):
    note = await books.saved_note()
    path = f"CreditNotes/{note['CreditNoteID']}/History"

    assert one_of(await books.put(path, {"Details": "n" * 2500}))["Details"] == "n" * 2500
    assert refusal(await books.put(path, {"Details": "n" * 2501})) == [
        "The length of the field Details must not be greater than 2500."
    ]
    assert refusal(await books.put(path, {"Details": ""})) == ["Details must be specified."]


async def test_an_approved_sales_invoice_has_an_address_for_the_customer(books: Books):
    saved, draft = await books.saved(), await books.saved("A-2", Status="DRAFT")

    (online,) = elements_of(await books.get(f"Invoices/{saved['InvoiceID']}/OnlineInvoice"))

    assert online["OnlineInvoiceUrl"].startswith("https://in.xero.com/")
    assert elements_of(await books.get(f"Invoices/{draft['InvoiceID']}/OnlineInvoice")) == []
    assert (await books.get("CreditNotes/x/OnlineInvoice")).status_code == 404


async def test_an_email_marks_the_invoice_sent_but_not_from_the_demo_company(books: Books):
    saved = await books.saved()
    path = f"Invoices/{saved['InvoiceID']}/Email"
    assert refusal(await books.http.post(f"/api.xro/2.0/{path}", json={})) == [
        "Emails cannot be sent from the Demo Company through the API"
    ]

    books.organisation.profile.is_demo = False
    answer = await books.http.post(f"/api.xro/2.0/{path}", json={})

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await books.read(saved))["SentToContact"] is True


async def test_a_file_is_attached_listed_and_read_back(books: Books):
    saved = await books.saved()
    folder = f"/api.xro/2.0/Invoices/{saved['InvoiceID']}/Attachments"

    await books.http.put(f"{folder}/terms.txt", content=b"as agreed", headers={"content-type": "text/plain"})
    (listed,) = elements_of(await books.http.get(folder))
    content = await books.http.get(f"{folder}/terms.txt")

    assert (listed["FileName"], listed["MimeType"], listed["ContentLength"]) == ("terms.txt", "text/plain", 9)
    assert (content.content, content.headers["content-type"].split(";")[0]) == (b"as agreed", "text/plain")
    assert (await books.read(saved))["HasAttachments"] is True


@pytest.mark.parametrize("path", ["Invoices/{id}/pdf", "Invoices/{id}"])
async def test_documents_come_as_pdf_by_their_path_or_by_the_accept_header(books: Books, path: str):
    saved = await books.saved("A(1)")

    answer = await books.get(path.format(id=saved["InvoiceID"]), {"accept": "application/pdf"})

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.4")
    assert rb"Invoice A\(1\)" in answer.content


async def test_items_are_created_changed_and_deleted(books: Books):
    made = one_of(await books.put("Items", {"Code": "SEAT", "Name": "Seat", "SalesDetails": {"UnitPrice": "9.99"}}))
    changed = one_of(await books.post("Items", {"Code": "SEAT", "Name": "One seat"}))

    assert (changed["ItemID"], changed["Name"], changed["SalesDetails"]) == (
        made["ItemID"],
        "One seat",
        {"UnitPrice": 9.99},
    )
    assert refusal(await books.put("Items", {"Code": "SEAT"})) == ["Price List Item with Code 'SEAT' already exists"]
    assert (await books.http.delete(f"/api.xro/2.0/Items/{made['ItemID']}")).status_code == 204
    assert elements_of(await books.get("Items")) == []


async def test_every_committed_change_is_told_to_the_webhooks(books: Books):
    told: list[tuple[str, str, str, Any]] = []

    def emit(category: str, event_type: str, resource_id: str, tenant_id: str, data: Any = None) -> None:
        assert tenant_id == books.organisation.tenant_id
        told.append((category, event_type, resource_id, data))

    webhooks: Any = books.xero.webhooks
    webhooks.emit = emit
    invoice, note = await books.saved(), await books.saved_note()
    await books.post("Contacts", {"ContactID": books.contact_id, "FirstName": "Ada"})
    await books.act(f"Invoices/{invoice['InvoiceID']}/sent")
    await books.put("Invoices", books.invoice("S-1"))

    assert told == [
        ("INVOICE", "CREATE", invoice["InvoiceID"], None),
        ("CREDITNOTE", "CREATE", note["CreditNoteID"], {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"}),
        ("CONTACT", "UPDATE", books.contact_id, None),
        ("INVOICE", "UPDATE", invoice["InvoiceID"], None),
    ]
