"""Every kind of answer the Xero stand-in gives, asked for as the clients that Xero publishes ask.

Their requests take liberties (`summaryOnly=False`, `HasErrors: false`, `{}` as the body of a GET), so here the
answers are what is looked at.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from standins.serving import serve
from standins.xero import Limits, Xero, actions, create_xero
from standins.xero.identity.state import DEV_CLIENT_ID, DEV_CLIENT_SECRET
from standins.xero.identity.tokens import challenge_of
from tests.contract.client_calls import CALLBACK, NOWHERE
from tests.contract.exchanges import Recorder
from tests.standins.xero_fixtures import JSON, Books, line, one_of

SCOPE = "offline_access openid accounting.transactions accounting.contacts accounting.settings accounting.attachments"
SECRETS = {"client_id": DEV_CLIENT_ID, "client_secret": DEV_CLIENT_SECRET}
FLAGS = {"HasErrors": False, "HasAttachments": False}
VERIFIER = "a-verifier-of-more-than-forty-three-characters-so-there"
FILE = "terms and conditions.txt"


@asynccontextmanager
async def opened(recorder: Recorder) -> AsyncGenerator[Books]:
    """Serve a stand-in that checks tokens and tells its limits, with consent given and one contact made."""
    app = create_xero(seed=1, authentication=True, limits=Limits.scaled(1000))
    xero: Xero = app.state.xero
    (tenant_id,) = xero.organisations
    xero.identity.add_app(DEV_CLIENT_ID, DEV_CLIENT_SECRET, (), granular=False)
    code = xero.identity.consent(DEV_CLIENT_ID, CALLBACK, SCOPE, [tenant_id])
    given = xero.identity.redeem(xero.identity.apps[DEV_CLIENT_ID], code, CALLBACK, None)
    async with serve(app) as served, recorder.client(served.url) as http:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {given['access_token']}"}
        http.headers.update(headers | {"xero-tenant-id": tenant_id})
        books = Books(http, xero, served.url)
        actions.set_currencies(books.organisation, ["EUR"])
        contact = one_of(await books.put("Contacts", {"Name": "Acme Ltd", "EmailAddress": "pay@acme.example"}))
        books.contact_id = contact["ContactID"]
        yield books


async def identity(recorder: Recorder) -> None:
    """Exchange a code, list connections, refresh, be refused, disconnect."""
    async with opened(recorder) as books:
        (tenant_id,) = books.xero.organisations
        code = books.xero.identity.consent(DEV_CLIENT_ID, CALLBACK, SCOPE, [tenant_id], challenge_of(VERIFIER))
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        given = (await books.http.post("/connect/token", data=SECRETS | form)).json()
        refresh = SECRETS | {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        for form in (refresh, refresh | {"refresh_token": "gone"}, refresh | {"client_secret": "wrong"}):
            await books.http.post("/connect/token", data=form)
        (held,) = (await books.http.get("/Connections")).json()
        await books.http.get("/Connections", params={"authEventId": held["authEventId"]})
        for _ in range(2):
            await books.http.delete(f"/Connections/{held['id']}")
        await books.http.get("/Connections")


async def settings(recorder: Recorder) -> None:
    """Read the organisation and what it is set up with; add a currency, accounts and items, and be refused."""
    async with opened(recorder) as books:
        await books.act("lock-dates", period_lock_date="2020-12-31", end_of_year_lock_date="2019-12-31")
        for path in ("Organisation", "Organisation/Actions", "BrandingThemes"):
            await books.http.request("GET", f"/api.xro/2.0/{path}", json={})
        theme = books.organisation.profile.branding_theme_id
        for path in (f"BrandingThemes/{theme}", f"BrandingThemes/{NOWHERE}", "TaxRates/OUTPUT2", "TaxRates/NO"):
            await books.get(path)
        for path in ("Currencies", "TaxRates", "Accounts", "Items"):
            await books.get(path, order="Name ASC" if path != "Currencies" else "Code ASC")
            await books.get(path, where="Nonsense==1")
        for currency in ({"Code": "USD"}, {"Description": "Euro"}):
            await books.put("Currencies", currency)
        made = one_of(await books.put("Accounts", {"Code": "201", "Name": "Services", "Type": "REVENUE"}))
        await books.put("Accounts", {"Code": "202", "Name": "Bank", "Type": "BANK", "BankAccountNumber": "1234"})
        await books.put("Accounts", {"Code": "201", "Name": "Sales", "Type": "REVENUE"})
        await books.post(f"Accounts/{made['AccountID']}", {"Status": "ARCHIVED"})
        await books.post(f"Accounts/{made['AccountID']}", {"Name": "Sales"})
        await books.get("Accounts", {"If-Modified-Since": "2020-02-06T12:17:43.202000-08:00"})
        await books.get(f"Accounts/{made['AccountID']}")
        await books.get(f"Accounts/{NOWHERE}")
        await books.http.delete(f"/api.xro/2.0/Accounts/{made['AccountID']}")
        await books.http.delete(f"/api.xro/2.0/Accounts/{books.organisation.account('610').id}")
        await _items(books)


async def _items(books: Books) -> None:
    sales = {"UnitPrice": 9.99, "AccountCode": "200", "TaxType": "OUTPUT2"}
    item = one_of(await books.put("Items", {"Code": "SEAT", "Name": "Seat", "SalesDetails": sales}))
    await books.put("Items", {"Code": "SEAT"})
    await books.put("Items", {"Code": "SEAT"}, {"Code": "PLAN"}, summarizeErrors="false")
    await books.post("Items", {"Code": "SEAT", "Description": "One person"}, unitdp=4)
    for path in (f"Items/{item['ItemID']}", f"Items/{NOWHERE}"):
        await books.get(path)
        await books.post(path, {"Code": "SEAT", "Name": "A seat"})
        await books.post(path, {"Code": "PLAN"})
        await books.http.delete(f"/api.xro/2.0/{path}")


async def contacts(recorder: Recorder) -> None:
    """Create, change, refuse, list and read contacts, merged and archived ones among them."""
    async with opened(recorder) as books:
        full = one_of(await books.put("Contacts", _full_contact()))
        reference = full["ContactID"]
        await books.put("Contacts", {"Name": "ACME LTD"}, {"Name": "New"}, summarizeErrors=True)
        await books.put("Contacts", {"Name": "ACME LTD"}, {"Name": "Newer"}, summarizeErrors=False)
        await books.post("Contacts", {"ContactID": reference, "FirstName": "Bo"})
        await books.post(
            "Contacts", {"Name": "Acme Ltd", "ContactStatus": "ACTIVE"}, {"ContactID": NOWHERE}, summarizeErrors=False
        )
        await books.post(f"Contacts/{reference}", {"ContactID": reference, "LastName": "Jones", "TaxNumber": "1"})
        await books.post(f"Contacts/{reference}", {"Name": "Acme Ltd"})
        await books.saved(Contact={"ContactID": reference}, Date="2020-01-01", DueDate="2020-01-02")
        await books.saved(number="", Type="ACCPAY", Contact={"ContactID": reference}, DueDate="2020-01-02")
        await books.act(f"Contacts/{books.contact_id}/merge", into=reference)
        for filters in _CONTACT_FILTERS:
            await books.get("Contacts", **filters)
        await books.get("Contacts", {"If-Modified-Since": "2020-02-06T12:17:43Z"}, IDs=f"{reference},{NOWHERE}")
        for path in (reference, books.contact_id, "customer-1", NOWHERE):
            await books.get(f"Contacts/{path}")
        await _history(books, f"Contacts/{reference}")
        await _attachments(books, f"Contacts/{reference}")


_CONTACT_FILTERS: tuple[JSON, ...] = (
    {},
    {"page": 1, "pageSize": 2, "includeArchived": True},
    {"summaryOnly": "True", "searchTerm": "acme"},
    {"where": 'EmailAddress!=null && Name.Contains("Full")', "order": "UpdatedDateUTC DESC"},
    {"where": "Nonsense==1"},
    {"pageSize": 1001},
)


def _full_contact() -> JSON:
    address = {"City": "London", "Region": "Bow", "PostalCode": "E1 6AN", "Country": "UK", "AttentionTo": "Al"}
    return {
        "Name": "Full Ltd",
        "ContactNumber": "customer-1",
        "AccountNumber": "A-1",
        "ContactStatus": "ACTIVE",
        "FirstName": "Al",
        "LastName": "Smith",
        "CompanyNumber": "123",
        "EmailAddress": "al@full.example",
        "BankAccountDetails": "01-0123-0123456-00",
        "TaxNumber": "GB1",
        "AccountsReceivableTaxType": "OUTPUT2",
        "AccountsPayableTaxType": "INPUT2",
        "DefaultCurrency": "GBP",
        "SalesDefaultAccountCode": "200",
        "PurchasesDefaultAccountCode": "400",
        "Addresses": [{"AddressType": "STREET", **{f"AddressLine{n}": f"line {n}" for n in range(1, 5)}, **address}],
        "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "1", "PhoneAreaCode": "2", "PhoneCountryCode": "3"}],
        "ContactPersons": [{"FirstName": "Bo", "LastName": "J", "EmailAddress": "b@c.de", "IncludeInEmails": True}],
        "PaymentTerms": {
            "Bills": {"Day": 15, "Type": "OFCURRENTMONTH"},
            "Sales": {"Day": 10, "Type": "DAYSAFTERBILLMONTH"},
        },
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


async def invoices(recorder: Recorder) -> None:
    """Create, change, refuse, list and read invoices and bills in all their states."""
    async with opened(recorder) as books:
        await books.put("Items", {"Code": "SEAT"})
        saved = await books.saved(**_full_document(), DueDate="2026-05-31", Url="https://app.example/1", **FLAGS)
        await books.saved("EUR", CurrencyCode="EUR", Date="/Date(32503680000000)/", PlannedPaymentDate="2026-01-01")
        bill = await books.saved("BILL", Type="ACCPAY", PlannedPaymentDate="2026-06-01", Status="DRAFT")
        await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "ExpectedPaymentDate": "2026-06-01"})
        await _writes(books, "Invoices", saved, books.invoice)
        for filters in (
            *_filters("Invoice", saved["InvoiceID"]),
            {"IDs": f"{saved['InvoiceID']},{bill['InvoiceID']}", "includeArchived": "true"},
            {"InvoiceNumbers": "S-1,EUR", "ContactIDs": books.contact_id, "createdByMyApp": True, "page": 1},
            {"Statuses": "AUTHORISED,DRAFT", "summaryOnly": "False", "pageSize": 2},
            {"summaryOnly": "true", "page": 1, "searchTerm": "s-1"},
        ):
            await books.get("Invoices", **filters)
        one = f"Invoices/{saved['InvoiceID']}"
        await _reads(books, "Invoices", one)
        for path in (one, f"Invoices/{bill['InvoiceID']}", f"Invoices/{NOWHERE}"):
            await books.get(f"{path}/OnlineInvoice")
            await books.http.post(f"/api.xro/2.0/{path}/Email", json={})
        books.organisation.profile.is_demo = False
        await books.http.post(f"/api.xro/2.0/{one}/Email", json={})


async def credit_notes(recorder: Recorder) -> None:
    """Create, change, refuse, list, read and allocate credit notes."""
    async with opened(recorder) as books:
        await books.put("Items", {"Code": "SEAT"})
        saved = await books.saved_note("S-1", **_full_document(), SentToContact=True, DueDate="2026-05-31", **FLAGS)
        await books.saved_note("EUR", CurrencyCode="EUR")
        await books.saved_note("BILL", Type="ACCPAYCREDIT", Status="DRAFT")
        await _writes(books, "CreditNotes", saved, books.credit_note)
        for filters in _filters("CreditNote", saved["CreditNoteID"]):
            await books.get("CreditNotes", **filters)
        one = f"CreditNotes/{saved['CreditNoteID']}"
        invoice = await books.saved("INV-1", Date="2026-01-01", DueDate="2026-01-31")
        share = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 10, "Date": "2026-05-02"}
        made = one_of(await books.put(f"{one}/Allocations", share))
        await books.put(f"{one}/Allocations", share | {"Amount": 1000})
        await books.put(f"{one}/Allocations", share, share | {"Amount": 1000}, summarizeErrors=False)
        await _reads(books, "CreditNotes", one)
        await books.get(f"Invoices/{invoice['InvoiceID']}")
        for _ in range(2):
            await books.http.delete(f"/api.xro/2.0/{one}/Allocations/{made['AllocationID']}")


def _full_document() -> JSON:
    lines = [
        line("100.1234", Quantity="2.5", DiscountRate="10", TaxType="OUTPUT2", ItemCode="SEAT"),
        line("10.00", DiscountAmount="1.00", Tracking=[{"Name": "Region", "Option": "North"}]),
        {"Description": "Only words"},
    ]
    return {"LineItems": lines, "Date": "2026-05-01", "Reference": "PO 7", "LineAmountTypes": "Inclusive"}


async def _writes(books: Books, plural: str, saved: JSON, new: Callable[..., JSON]) -> None:
    """Change one, refuse several in each of the ways there are, and lead others to each status."""
    key = "InvoiceID" if plural == "Invoices" else "CreditNoteID"
    reference = {key: saved[key]}
    await books.post(plural, reference | {"Reference": "PO 8"}, unitdp=4)
    await books.post(f"{plural}/{saved[key]}", reference | {"SentToContact": True, "Status": "AUTHORISED"})
    await books.post(f"{plural}/{saved[key]}", reference | {"Status": "PAID"})
    bad = new("BAD", LineItems=[line(AccountCode="nope", Quantity="2")])
    for summarize in (True, False):
        await books.put(plural, new(f"GOOD-{summarize}"), bad, new("S-1"), summarizeErrors=summarize)
        await books.post(plural, reference | {"Date": "no day"}, {key: NOWHERE}, summarizeErrors=summarize)
    await books.put(plural, new("DRAFT", Status="DRAFT"), new("VOID"), new("PAID"), new("PART"))
    for number, action in (("DRAFT", "delete"), ("VOID", "void"), ("PAID", "pay")):
        await books.act(f"{plural}/{number}/{action}")
    await books.act(f"{plural}/PART/pay", amount="1.50")
    await books.post(f"{plural}/PART", {"Date": "2026-01-01"})
    for body in ("{", "[]", "{}"):
        await books.http.put(f"/api.xro/2.0/{plural}", content=body, headers={"Content-Type": "application/json"})
    for name in ("A", "B"):
        body = {plural: [new(f"KEY-{name}")]}
        await books.http.put(f"/api.xro/2.0/{plural}", json=body, headers={"Idempotency-Key": "k"})


def _filters(noun: str, reference: str) -> tuple[JSON, ...]:
    return (
        {},
        {"page": 1, "pageSize": 3, "unitdp": 4, "order": "UpdatedDateUTC ASC"},
        {"where": f'{noun}ID==Guid("{reference}") && Date>=DateTime(2026,01,01)'},
        {"where": "Nonsense==1"},
        {"order": "Nonsense"},
        {"pageSize": 1001},
    )


async def _reads(books: Books, plural: str, one: str) -> None:
    """Read one and all that hangs on it, what is not there, and what is too early to ask for."""
    for path in (one, f"{plural}/{NOWHERE}"):
        await books.get(path, unitdp=4)
        await books.post(path, {"Reference": "PO 9"})
        for printed in (path, f"{path}/pdf"):
            await books.http.get(f"/api.xro/2.0/{printed}", headers={"Accept": "application/pdf"})
    await _history(books, one)
    await _attachments(books, one)
    await books.get(plural, {"If-Modified-Since": "2100-01-01T00:00:00Z"}, page=1)
    await books.get(plural, {"If-Modified-Since": "1752-01-01T00:00:00Z"})
    await books.get(plural, {"Accept": "*/*"})


async def _history(books: Books, one: str) -> None:
    await books.put(f"{one}/History", {"Details": "Seen"})
    await books.put(f"{one}/History", {"Details": "x" * 2501})
    await books.get(f"{one}/History")
    await books.get(f"{one.split('/', maxsplit=1)[0]}/{NOWHERE}/History")


async def _attachments(books: Books, one: str) -> None:
    path = f"/api.xro/2.0/{one}/Attachments"
    for method in ("PUT", "POST"):
        await books.http.request(method, f"{path}/{FILE}", content=b"text", headers={"Content-Type": "text/plain"})
    await books.http.get(path)
    await books.http.get(f"{path}/{FILE}", headers={"Accept": "application/octet-stream"})
    for number in range(10):
        await books.http.put(f"{path}/{number}.txt", content=b"text", headers={"Content-Type": "text/plain"})


async def payments(recorder: Recorder) -> None:
    """Pay an invoice and refund a credit note, be refused, list, read and delete."""
    async with opened(recorder) as books:
        invoice, note = await books.saved(), await books.saved_note()
        settled: JSON = {"Account": {"Code": "090"}, "Amount": 10, "Date": "2026-05-01", "Reference": "R"}
        paid = one_of(await books.put("Payments", settled | {"Invoice": {"InvoiceID": invoice["InvoiceID"]}}))
        refund = settled | {"CreditNote": {"CreditNoteID": note["CreditNoteID"]}}
        await books.put("Payments", refund, refund | {"Amount": 1000}, summarizeErrors=False)
        await books.put("Payments", refund | {"Amount": 1000})
        await books.post("Payments", settled | {"InvoiceNumber": "S-1", "Date": "2026-05-02"})
        for filters in ({}, {"page": 1, "pageSize": 1}, {"where": "Amount>1"}, {"where": "Nonsense==1"}):
            await books.get("Payments", **filters)
        await _history(books, f"Payments/{paid['PaymentID']}")
        for path in (paid["PaymentID"], NOWHERE):
            await books.get(f"Payments/{path}")
            for status in ("PAID", "DELETED", "DELETED"):
                await books.post(f"Payments/{path}", {"Status": status})


async def refusals(recorder: Recorder) -> None:
    """Be turned away at the door, for each of the reasons there are."""
    async with opened(recorder) as books:
        for fault in ("unauthorized", "forbidden", "server_error", "maintenance", *_RATES):
            rule = books.xero.faults.add(fault, path="/api.xro/")
            await books.get("Organisation")
            books.xero.faults.remove(rule.id)
        books.xero.limits = Limits(minute=0)
        await books.get("Organisation")
        books.xero.limits = Limits.off()
        await books.get("Organisation", {"Authorization": "Bearer nonsense"})
        await books.get("Organisation", {"xero-tenant-id": NOWHERE})
        await books.act("identity/disconnect", tenant_id=books.organisation.tenant_id)
        await books.get("Organisation")


_RATES = ("rate_minute", "rate_day", "rate_concurrent", "rate_appminute")

JOURNEYS: tuple[Callable[[Recorder], Awaitable[None]], ...] = (
    identity,
    settings,
    contacts,
    invoices,
    credit_notes,
    payments,
    refusals,
)
