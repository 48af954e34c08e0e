"""Customers over HTTP: imported, pushed and linked, each once, whatever is lost."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.contacts import Made, due, mixed, put_in_xero
from tests.integration.office import Office
from tests.patience import until
from xerosync.cli.customer_list import CustomerState, customers
from xerosync.cli.customers import link_customer, push_customer, unlink_customer
from xerosync.cli.import_customers import ImportOptions, import_customers
from xerosync.core.errors import MisconfiguredError
from xerosync.core.xero_records import XeroContact
from xerosync.customers.messages import PushHold, PushOutcome, PushResult
from xerosync.documents.messages import SyncState

PERSON = {"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}
PLACE = {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"}


async def customer(office: Office, name: str, **fields: Any) -> str:
    body = {"legalName": name, "address": PLACE, "taxStatus": "TAXED", "contacts": [PERSON], **fields}
    return (await office.sequence("POST", "/api/customers", body))["id"]


async def shown_link(office: Office, customer_id: str) -> str | None:
    """Return the contact that Sequence shows a customer to be linked to."""
    links = (await office.sequence("GET", f"/api/customers/{customer_id}")).get("integrationIds", [])
    return next((link["id"] for link in links if link["service"] == "Xero"), None)


async def contacts_named(office: Office, name: str) -> list[dict[str, Any]]:
    found = await office.xero("Contacts", "Contacts", searchTerm=name, page="1", includeArchived="true")
    return [contact for contact in found if contact["Name"] == name]


async def in_books(office: Office, name: str, **fields: Any) -> str:
    """Have somebody make a contact in Xero; return its ContactID."""
    answer = await office.people.xero.put("/api.xro/2.0/Contacts", json={"Name": name, **fields})
    return answer.raise_for_status().json()["Contacts"][0]["ContactID"]


async def control(office: Office, path: str, **body: Any) -> None:
    tenant = {"tenant": office.people.tenant_id}
    (await office.people.xero.post(f"/_sandbox/{path}", json=body, params=tenant)).raise_for_status()


async def push(office: Office, customer_id: str) -> PushResult:
    workflows = office.services.customer_workflows
    await workflows.push(office.account_id, customer_id)
    return await workflows.pushing(office.account_id, customer_id).result()


async def ids_of(office: Office, contacts: list[Made]) -> tuple[str, ...]:
    """Return the ContactIDs of contacts that were put into Xero, by name."""
    names = {each.payload["Name"] for each in contacts}
    found = await office.xero("Contacts", "Contacts", page="1", pageSize="1000")
    by_name = {each["Name"]: each["ContactID"] for each in found if each["Name"] in names}
    return tuple(by_name[each.payload["Name"]] for each in contacts)


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the data that a command printed; the log of the worker in this process goes to the same place."""
    lines = capsys.readouterr().out.splitlines()
    first = next(place for place, line in enumerate(lines) if line in {"{", "["})
    return json.JSONDecoder().raw_decode("\n".join(lines[first:]))[0]


async def imported(
    office: Office, capsys: pytest.CaptureFixture[str], *ids: str, report: Path | None = None, **options: Any
) -> dict[str, Any]:
    await import_customers(
        options=ImportOptions(contact_ids=ids, **options), report=report, json=True, services=office.services
    )
    return printed(capsys)


def counts(output: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in output["counts"].items() if count}


async def test_chosen_contacts_are_previewed_imported_and_reported(
    office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    made = mixed(60, name="Chosen", known=("Chosen 00001",))
    await customer(office, "Chosen 00001")
    await put_in_xero(office.people.xero, made)
    ids = await ids_of(office, made)
    ahead = due(made, created="ready")
    wanted = {**ahead, "invalid": ahead["invalid"] + ahead.pop("supplier")}
    wanted.pop("supplier")
    output = await imported(office, capsys, *ids, preview=True)
    assert counts(output) == wanted
    choice = ImportOptions(contact_ids=tuple(ids), preview=True)
    await import_customers(options=choice, services=office.services)
    shown = capsys.readouterr().out
    ready = [row["contact_id"] for row in output["report"] if row["outcome"] == "ready"]
    assert f"{len(ready)} that are ready" in shown or "ready to be imported" in shown
    assert f"`starter.py import-customers --contact {ready[0]}`" in shown
    assert all(contact_id in shown for contact_id in ready[:20])
    file = tmp_path / "report.csv"
    output = await imported(office, capsys, *ids, report=file)
    assert counts(output) == {**{key: n for key, n in wanted.items() if key != "ready"}, "imported": wanted["ready"]}
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["name"]: row for row in csv.DictReader(opened)}
    for each in made:
        row = rows[each.payload["Name"]]
        if each.reason:
            assert row["reasons"] == each.reason
        if each.due == "valid":
            assert row["outcome"] == "imported"
            assert await shown_link(office, row["customer_id"]) == row["contact_id"]
    assert "shortcode=" in rows["Chosen 00000"]["in_xero"]


async def test_a_contact_is_imported_with_its_people_place_and_tax(office: Office, capsys: pytest.CaptureFixture[str]):
    payload = {
        "Name": "Whole Ltd",
        "FirstName": "Ada",
        "LastName": "King",
        "EmailAddress": "ada@whole.example",
        "AccountsReceivableTaxType": "NONE",
        "ContactPersons": [{"FirstName": "Bo", "EmailAddress": "bo@whole.example", "IncludeInEmails": True}],
        "Addresses": [
            {
                "AddressType": "STREET",
                "AddressLine1": "Unit 3",
                "AddressLine2": "1 High Street",
                "City": "Cork",
                "Region": "Munster",
                "PostalCode": "T12",
                "Country": "EIRE",
            }
        ],
    }
    await put_in_xero(office.people.xero, [Made(payload, "valid")])
    output = await imported(office, capsys, *(await ids_of(office, [Made(payload, "valid")])))
    [row] = output["report"]
    made = await office.sequence("GET", f"/api/customers/{row['customer_id']}")
    assert (made["legalName"], made["taxStatus"]) == ("Whole Ltd", "TAX_EXEMPT")
    assert made["address"] == {
        "line1": "Unit 3",
        "line2": "1 High Street, Munster",
        "town": "Cork",
        "postcode": "T12",
        "country": "IE",
    }
    people = {(it["name"], it["email"], it["billingPreference"]) for it in made["contacts"]}
    assert people == {("Ada King", "ada@whole.example", "PRIMARY"), ("Bo", "bo@whole.example", "STANDARD")}


async def test_answers_of_sequence_that_are_lost_double_no_customer(office: Office, capsys: pytest.CaptureFixture[str]):
    made = [each for each in mixed(20, name="Lost") if each.due == "valid"]
    await put_in_xero(office.people.xero, made)
    ids = await ids_of(office, made)
    office.companies.sequence.faults.add("drop_after", method="POST", path="/api/customers", times=3)
    office.companies.sequence.faults.add("server_error", method="POST", path="/api/customers", times=2)
    output = await imported(office, capsys, *ids)
    assert counts(output) == {"imported": len(made)}
    found = await office.sequence("GET", "/api/customers?legalName=Lost%20&limit=100")
    assert sorted(each["legalName"] for each in found["items"]) == [each.payload["Name"] for each in made]


async def test_an_import_without_a_choice_is_refused(office: Office):
    for options in (
        ImportOptions(),
        ImportOptions(everything=True, contact_ids=("a",)),
        ImportOptions(everything=True, as_new=True),
    ):
        with pytest.raises(MisconfiguredError, match="--"):
            await import_customers(options=options, services=office.services)
    with pytest.raises(MisconfiguredError, match="is not a ContactID"):
        await import_customers(options=ImportOptions(contact_ids=("ada",)), services=office.services)


async def test_a_push_makes_the_contact_as_sequence_has_the_customer(office: Office):
    people = [PERSON, {"name": "Bo", "email": "bo@pushed.example", "billingPreference": "STANDARD"}]
    customer_id = await customer(office, "Pushed Ltd", contacts=people, customProperties={"vatNumber": "GB 9"})
    result = await push(office, customer_id)
    assert result.outcome is PushOutcome.CREATED
    [contact] = await contacts_named(office, "Pushed Ltd")
    assert contact["ContactID"] == result.contact_id == await shown_link(office, customer_id)
    assert (contact["ContactNumber"], contact["EmailAddress"]) == (customer_id, "accounts@customer.example")
    assert [person["EmailAddress"] for person in contact["ContactPersons"]] == ["bo@pushed.example"]
    assert [place["City"] for place in contact["Addresses"]] == ["London", "London"]
    assert contact["TaxNumber"] == "GB 9"
    changed = {"legalName": "Pushed plc", "address": {**PLACE, "town": "Leeds"}, "taxStatus": "TAXED"}
    await office.sequence("PUT", f"/api/customers/{customer_id}", {**changed, "contacts": people})
    assert (await push(office, customer_id)).outcome is PushOutcome.UPDATED
    [contact] = await contacts_named(office, "Pushed plc")
    assert [place["City"] for place in contact["Addresses"]] == ["Leeds", "Leeds"]
    assert (await push(office, customer_id)).outcome is PushOutcome.UNCHANGED


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "server_error", "malformed"])
async def test_a_push_whose_answer_is_lost_makes_one_contact(office: Office, fault: str):
    name = f"Once {fault}"
    customer_id = await customer(office, name)
    office.companies.xero.faults.add(fault, method="PUT", path="/api.xro/2.0/Contacts", times=1)
    result = await push(office, customer_id)
    assert result.outcome in (PushOutcome.CREATED, PushOutcome.ADOPTED)
    assert [contact["ContactID"] for contact in await contacts_named(office, name)] == [result.contact_id]


async def test_a_name_in_use_is_proposed_and_the_link_releases_the_documents(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    customer_id = await customer(office, "Namesake Ltd")
    theirs = await in_books(office, "NAMESAKE LTD")
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    assert await push_customer(customer_id, services=office.services) == 1
    output = capsys.readouterr().out
    assert f"link-customer {customer_id} {theirs}" in output
    await link_customer(customer_id, None, json=True, services=office.services)
    suggestion, *_ = printed(capsys)
    assert (suggestion["contact_id"], suggestion["reasons"]) == (theirs, ["same name"])
    await link_customer(customer_id, theirs, json=True, services=office.services)
    assert len(printed(capsys)["released"]) == 1
    await office.reach([ref], SyncState.PUSHED)
    assert await shown_link(office, customer_id) == theirs
    await unlink_customer(customer_id, json=True, services=office.services)
    assert printed(capsys)["unlinked_from"] == theirs
    assert await shown_link(office, customer_id) is None
    assert await office.services.store.contact_of(office.account_id, customer_id) is None


async def test_customers_are_listed_with_their_contacts_and_by_state(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    linked, unlinked, waits = [await customer(office, name) for name in ("Has One", "Has None", "Waits For One")]
    contact_id = await in_books(office, "Has One")
    await office.services.linking().link(office.account_id, linked, contact_id)
    await in_books(office, "WAITS FOR ONE")
    assert await push_customer(waits, services=office.services) == 1
    capsys.readouterr()
    await customers(json=True, services=office.services)
    states = {each["customer_id"]: (each["state"], each["contact_id"]) for each in printed(capsys)}
    assert states[linked] == ("linked", contact_id)
    assert states[unlinked] == ("unlinked", None)
    await customers(state=CustomerState.UNLINKED, json=True, services=office.services)
    found = {each["customer_id"] for each in printed(capsys)}
    assert unlinked in found
    assert linked not in found
    await customers(services=office.services)
    assert "suggests contacts for the first without one" in capsys.readouterr().out


async def test_an_archived_contact_of_that_name_is_reported(office: Office):
    customer_id = await customer(office, "Gone Ltd")
    old = await in_books(office, "Gone Ltd")
    await control(office, f"Contacts/{old}/archive")
    held = await push(office, customer_id)
    assert (held.hold, held.proposal) == (PushHold.NAME_ARCHIVED, old)
    with pytest.raises(MisconfiguredError, match="archived in Xero"):
        await link_customer(customer_id, old, json=True, services=office.services)


async def test_a_document_follows_its_customers_contact_when_it_was_merged(office: Office):
    customer_id = await customer(office, "Merged Ltd")
    contact_id, merged_into = await in_books(office, "Merged Ltd"), await in_books(office, "Heir Ltd")
    await office.services.linking().link(office.account_id, customer_id, contact_id)
    await control(office, f"Contacts/{contact_id}/merge", into=merged_into)
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    assert await office.services.store.contact_of(office.account_id, customer_id) == merged_into

    async def shown() -> bool:
        return await shown_link(office, customer_id) == merged_into

    await until(shown)


async def test_an_archived_contact_is_suggested_to_be_restored_not_linked(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    archived = await in_books(office, "Vault Storage", EmailAddress="box@vault.example")
    await control(office, f"Contacts/{archived}/archive")
    customer_id = await customer(office, "Vault Storage", contacts=[{**PERSON, "email": "pay@vault.example"}])
    await link_customer(customer_id, None, services=office.services)
    assert "Restore one of them in Xero" in capsys.readouterr().out
    active = await in_books(office, "Vault Storage East")
    await link_customer(customer_id, None, services=office.services)
    assert f"`starter.py link-customer {customer_id} {active}`" in capsys.readouterr().out


async def test_for_a_merged_contact_the_one_it_became_is_suggested(office: Office, capsys: pytest.CaptureFixture[str]):
    customer_id = await customer(office, "Two Names Ltd")
    contact_id, merged_into = await in_books(office, "Two Names Limited"), await in_books(office, "One Name Ltd")
    await control(office, f"Contacts/{contact_id}/merge", into=merged_into)
    await link_customer(customer_id, contact_id, json=True, services=office.services)
    assert printed(capsys)["contact_id"] == merged_into


def test_a_contact_of_xero_without_addresses_is_read():
    assert XeroContact(contact_id="x", name="N").address("POBOX").is_empty
