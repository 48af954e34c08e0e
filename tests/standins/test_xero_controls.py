"""What a person does in Xero's own pages, and what only a stand-in can: reset, snapshot, load."""

import pytest

from standins.clock import Clock
from standins.xero import create_xero
from tests.standins.xero_fixtures import Books, elements_of, one_of


@pytest.mark.parametrize("plural", ["Invoices", "CreditNotes"])
async def test_a_person_marks_a_document_sent_and_unsent(books: Books, plural: str):
    await books.saved("D-1")
    await books.saved_note("D-1")

    assert (await books.act(f"{plural}/D-1/sent"))["SentToContact"] is True
    assert (await books.act(f"{plural}/D-1/sent", sent=False))["SentToContact"] is False


async def test_a_person_edits_dates_pays_and_voids(books: Books):
    await books.saved("A-1")
    await books.saved("A-2")

    edited = await books.act("Invoices/A-1/dates", date="2026-05-01", due_date="2026-05-31")
    paid = await books.act("Invoices/A-1/pay", date="2026-06-01", account="835")
    voided = await books.act("Invoices/A-2/void")

    assert (edited["DateString"], edited["DueDateString"]) == ("2026-05-01T00:00:00", "2026-05-31T00:00:00")
    assert (paid["Status"], paid["AmountPaid"]) == ("PAID", 120)
    assert voided["Status"] == "VOIDED"


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("Invoices/none/sent", {}, "there is no none"),
        ("Invoices/D-1/sent", {}, "Only an approved invoice can be marked as sent"),
        ("Invoices/D-1/dates", {"date": "soon"}, "date is no date: soon"),
        ("Invoices/A-1/pay", {"amount": 1000}, "Payment amount exceeds the amount outstanding on this document"),
        ("Invoices/A-1/pay", {"account": "999"}, "there is no account 999"),
        ("Quotes/A-1/sent", {}, "documents are Invoices or CreditNotes"),
        ("Accounts/610/archive", {}, "A system account cannot be archived"),
        ("Contacts/none/archive", {}, "there is no none"),
        ("settings", {"colour": 1}, "There is no setting colour"),
        ("settings", {"batch_limit": True}, "The setting batch_limit: Input should be a valid integer"),
        (
            "settings",
            {"approval_gives": "PAID"},
            "approval_gives: Input should be 'AUTHORISED'",
        ),
        ("currencies", {"currencies": "EUR"}, "currencies is a list of codes"),
        ("organisations", {}, "an organisation needs a name"),
        ("load", {"a": 1}, "Input should be a valid array"),
    ],
)
async def test_what_cannot_be_done_is_told(books: Books, path: str, body: dict[str, object], told: str):
    await books.saved("A-1")
    await books.saved("D-1", Status="DRAFT")

    answer = await books.http.post(f"/_sandbox/{path}", json=body)

    assert answer.status_code == 400
    assert told in answer.json()["error"]


async def test_with_several_organisations_an_action_says_which(books: Books):
    opened = await books.act("organisations", name="Second", currencies=["EUR", "USD"], short_code="!2nd")
    assert (opened["short_code"], opened["currencies"]) == ("!2nd", ["GBP", "EUR", "USD"])

    answer = await books.http.post("/_sandbox/lock-dates", json={"period_lock_date": "2026-01-01"})
    named = await books.http.post(f"/_sandbox/lock-dates?tenant={opened['tenant_id']}", json={})

    assert (answer.status_code, answer.json()["error"]) == (400, "say which organisation: ?tenant=…")
    assert named.json()["Name"] == "Second"
    listed = (await books.http.get("/_sandbox/organisations")).json()
    assert [organisation["name"] for organisation in listed] == ["Demo Company (GB)", "Second"]


async def test_a_lock_date_is_lifted_with_null(books: Books):
    await books.act("lock-dates", period_lock_date="2026-01-01", end_of_year_lock_date="2025-12-31")

    lifted = await books.act("lock-dates", period_lock_date=None)

    assert "PeriodLockDate" not in lifted
    assert "EndOfYearLockDate" in lifted


async def test_a_reset_empties_the_books_and_keeps_the_organisation(books: Books):
    await books.saved("A-1")
    await books.act("lock-dates", period_lock_date="2026-01-01")
    tenant = books.organisation.tenant_id

    await books.act("reset")

    assert books.organisation.tenant_id == tenant
    assert elements_of(await books.get("Invoices")) == elements_of(await books.get("Contacts")) == []
    assert len(elements_of(await books.get("Accounts"))) > 20
    assert "PeriodLockDate" not in one_of(await books.get("Organisation"))


async def test_a_snapshot_loads_into_another_stand_in_to_the_last_digit(books: Books):
    invoice = await books.saved("A-1", LineItems=[{"Description": "x", "UnitAmount": "0.10", "AccountCode": "200"}])
    note = await books.saved_note()
    await books.act("Invoices/A-1/pay", amount="0.02")
    body = {"Amount": "0.01", "Date": "2026-05-01", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    await books.put(f"CreditNotes/{note['CreditNoteID']}/Allocations", body)
    await books.put("Invoices/A-1/History", {"Details": "kept"})
    folder = f"/api.xro/2.0/Invoices/{invoice['InvoiceID']}/Attachments"
    await books.http.put(f"{folder}/a.bin", content=bytes(range(256)))
    before = {path: (await books.get(path)).json() for path in ("Contacts", "Invoices/A-1", "CreditNotes/CN-1")}
    snapshot = (await books.http.get("/_sandbox/snapshot")).content

    books.xero.reset()
    loaded = await books.http.post("/_sandbox/load", content=snapshot)

    assert loaded.status_code == 200, loaded.text
    for path, body in before.items():
        after = (await books.get(path)).json()
        assert {**after, "Id": "", "DateTimeUTC": ""} == {**body, "Id": "", "DateTimeUTC": ""}
    assert elements_of(await books.get("Invoices/A-1/History"))[1]["Details"] == "kept"
    assert (await books.http.get(f"{folder}/a.bin")).content == bytes(range(256))
    assert elements_of(await books.get("Payments"))[0]["Amount"] == 0.02


async def test_a_snapshot_that_is_loaded_notifies_no_webhook(books: Books, monkeypatch: pytest.MonkeyPatch):
    await books.saved("A-1")
    await books.act("Invoices/A-1/pay")
    snapshot = (await books.http.get("/_sandbox/snapshot")).content
    events: list[object] = []
    monkeypatch.setattr(books.xero.webhooks, "emit", lambda *event, **_: events.append(event))
    assert (await books.http.post("/_sandbox/load", content=snapshot)).status_code == 200
    assert events == []


async def test_a_loaded_organisation_takes_the_place_of_all_others(books: Books):
    snapshot = (await books.http.get("/_sandbox/snapshot")).content
    extra = await books.act("organisations", name="Second")

    await books.http.post("/_sandbox/load", content=snapshot)

    assert extra["tenant_id"] not in books.xero.organisations
    answer = await books.get("Organisation", {"xero-tenant-id": extra["tenant_id"]})
    assert answer.status_code == 403
    assert one_of(await books.get("Organisation"))["OrganisationID"] == books.organisation.tenant_id


async def test_a_seed_gives_the_same_ids_again():
    first, second = (create_xero(Clock(), seed=7).state.xero for _ in range(2))

    assert list(first.organisations) == list(second.organisations)
    assert [first.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]
    assert list(create_xero().state.xero.organisations) != list(create_xero().state.xero.organisations)


@pytest.mark.parametrize("keep_tenant", [True, False])
async def test_a_demo_company_that_resets_has_no_record_left_and_another_tenant_id_unless_kept(
    books: Books, keep_tenant: bool
):
    invoice = await books.saved("A-1")
    old, revenue = books.organisation.tenant_id, books.organisation.account("200")

    shown = await books.act("demo-reset", keep_tenant=keep_tenant)

    assert (shown["name"], shown["invoices"], shown["contacts"]) == ("Demo Company (GB)", 0, 0)
    assert (shown["tenant_id"] == old) is keep_tenant
    assert [held.tenant_id for held in books.xero.identity.connections.of(None)] == [shown["tenant_id"]]
    assert books.organisation.account("200") != revenue
    path = f"Invoices/{invoice['InvoiceID']}"
    assert (await books.get(path, {"xero-tenant-id": shown["tenant_id"]})).status_code == 404
    assert (await books.get(path, {"xero-tenant-id": old})).status_code == (404 if keep_tenant else 403)


async def test_only_the_demo_company_is_reset(books: Books):
    opened = await books.act("organisations", name="Second")

    answer = await books.http.post(f"/_sandbox/demo-reset?tenant={opened['tenant_id']}")

    assert (answer.status_code, answer.json()["error"]) == (400, "Only the Demo Company is reset")
