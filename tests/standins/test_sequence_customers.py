"""Customers of the Sequence stand-in: contacts, aliases, links to Xero, archiving."""

from typing import Any

import pytest

from tests.standins.sequence_play import ADDRESS, CONTACT, CUSTOMER, Play


async def test_a_customer_is_answered_as_it_was_given(play: Play):
    said = CUSTOMER | {"label": "Key", "url": "https://acme.example", "customProperties": {"tier": "gold"}}
    made = await play.post("/customers", said, expect=201)
    for name in ("legalName", "address", "taxStatus", "label", "url", "customProperties"):
        assert made[name] == said[name]
    assert made["status"] == "ACTIVE"
    assert made["contacts"][0]["email"] == "ann@example.com"
    assert made["integrationIds"] == []
    assert made["createdAt"].endswith("Z")
    assert await play.get(f"/customers/{made['id']}") == made


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"legalName": ""}, "legalName"),
        ({"address": None}, "address"),
        ({"address": ADDRESS | {"postcode": None}}, "address.postcode"),
        ({"address": ADDRESS | {"country": "United Kingdom"}}, "address.country"),
        ({"address": ADDRESS | {"country": "ZZ"}}, "address.country"),
        ({"address": ADDRESS | {"state": "Munster"}}, "address.state"),
        ({"taxStatus": None}, "taxStatus"),
        ({"taxStatus": "EXEMPT"}, "taxStatus"),
        ({"contacts": None}, "contacts"),
        ({"contacts": [CONTACT | {"billingPreference": "STANDARD"}]}, "PRIMARY"),
        ({"contacts": [CONTACT | {"email": "ann"}]}, "contacts[0].email"),
        ({"contacts": [CONTACT | {"billingPreference": "MAIN"}]}, "contacts[0].billingPreference"),
        ({"integrationIds": [{"service": "Xero"}]}, "integrationIds[0].id"),
        ({"pushToIntegrations": ["QuickBooks"]}, "pushToIntegrations"),
        ({"customerAliases": ["a", "a"]}, "customerAliases"),
    ],
)
async def test_a_customer_of_the_wrong_form_is_refused(play: Play, change: dict[str, Any], word: str):
    assert word in (await play.post("/customers", CUSTOMER | change, expect=400))["message"]
    assert (await play.get("/customers"))["items"] == []


async def test_a_put_replaces_all_contacts_and_clears_what_is_not_said(play: Play):
    link = {"service": "Xero", "id": "2aaff66f"}
    extras = {
        "label": "Key",
        "url": "https://acme.example",
        "status": "DRAFT",
        "customProperties": {"tier": "gold"},
        "integrationIds": [link],
        "customerAliases": ["crm-7"],
        "parentId": await play.customer(legalName="Acme Group"),
    }
    made = await play.customer(contacts=[CONTACT, CONTACT | {"billingPreference": "NONE"}], **extras)
    other = CONTACT | {"name": "Bob", "email": "bob@example.com"}
    put = await play.put(f"/customers/{made}", CUSTOMER | {"contacts": [other]})
    assert [each["name"] for each in put["contacts"]] == ["Bob"]
    assert {"label", "url"}.isdisjoint(put)
    assert (put["status"], put["customProperties"], put["integrationIds"]) == ("ACTIVE", {}, [])
    assert put["organizations"] == []
    assert (await play.get(f"/customers/{made}/aliases"))["items"] == []
    await play.put(f"/customers/{made}", {"label": "x"}, expect=400)


async def test_a_put_links_a_customer(play: Play):
    made = await play.customer()
    link = {"service": "Xero", "id": "2aaff66f"}
    linked = await play.put(f"/customers/{made}", CUSTOMER | {"integrationIds": [link]})
    assert linked["integrationIds"] == [link | {"isPending": False}]


async def test_a_parent_owns_the_organization_of_its_children(play: Play):
    parent = await play.customer(legalName="Acme Group")
    child = await play.customer(parentId=parent)
    for each in (parent, child):
        (shown,) = (await play.get(f"/customers/{each}"))["organizations"]
        assert shown["owner"] == {"id": parent, "name": "Acme Group"}
        assert shown["members"] == [{"id": child, "name": "Acme Ltd"}]
    assert "parentId" in (await play.put(f"/customers/{child}", CUSTOMER | {"parentId": child}, expect=400))["message"]


async def test_a_customer_to_be_pushed_has_a_pending_link(play: Play):
    made = await play.post("/customers", CUSTOMER | {"pushToIntegrations": ["Xero"]})
    assert made["integrationIds"] == [{"service": "Xero", "id": "", "isPending": True}]
    link = {"service": "Xero", "id": "2aaff66f"}
    put = await play.put(
        f"/customers/{made['id']}", CUSTOMER | {"integrationIds": [link], "pushToIntegrations": ["Xero"]}
    )
    assert put["integrationIds"] == [link | {"isPending": False}]


async def test_an_archived_customer_leaves_the_list_and_marks_its_invoices(play: Play):
    made, other = await play.customer(), await play.customer()
    invoice = await play.invoice(customerId=made)
    archived = await play.post(f"/customers/{made}/archive", expect=200)
    assert archived["archivedAt"].endswith("Z")
    assert await play.post(f"/customers/{made}/archive") == archived
    assert [each["id"] for each in (await play.get("/customers"))["items"]] == [other]
    everyone = await play.get("/customers", includeArchived="true")
    assert [each["id"] for each in everyone["items"]] == [other, made]
    assert (await play.get(f"/invoices/{invoice}"))["isCustomerArchived"] is True


async def test_customers_are_listed_in_pages_and_filtered(play: Play):
    made = [await play.customer(legalName=f"Acme {n}", label=f"L{n}") for n in range(5)]
    found = await play.everything("/customers", limit=2)
    assert [each["id"] for each in found] == made[::-1]
    odd = await play.customer(
        legalName="Zed", customerAliases=["zed-1"], contacts=[CONTACT | {"email": "z@zed.example"}]
    )
    for query in ({"legalName": "zED"}, {"email": "z@zed.example"}, {"alias": "zed-1"}):
        assert [each["id"] for each in (await play.get("/customers", **query))["items"]] == [odd], query
    assert [each["id"] for each in (await play.get("/customers", label="l3"))["items"]] == [made[3]]


async def test_a_list_answers_less_of_a_customer_than_reading_it(play: Play):
    made = await play.get(f"/customers/{await play.customer()}")
    (listed,) = (await play.get("/customers"))["items"]
    assert {*made} - {*listed} == {"contacts", "status"}


async def test_a_customer_is_found_by_its_aliases(play: Play):
    made = await play.customer(customerAliases=["crm 7", "b"])
    found = await play.get("/customers/by-alias/crm 7")
    assert (found["id"], found["email"], found["billingEmails"]) == (
        made,
        "ann@example.com",
        ["ann@example.com"],
    )
    assert "contacts" not in found
    assert [each["value"] for each in (await play.get(f"/customers/{made}/aliases"))["items"]] == ["crm 7", "b"]
    await play.post("/customers", CUSTOMER | {"customerAliases": ["b"]}, expect=400)
    await play.put(f"/customers/{made}", CUSTOMER | {"customerAliases": ["b", "c"]})
    await play.get("/customers/by-alias/crm 7", expect=400)
    assert (await play.get("/customers/by-alias/c"))["id"] == made


async def test_contacts_are_added_changed_and_archived_while_one_stays_primary(play: Play):
    made = await play.customer()
    path = f"/customers/{made}/contacts"
    first = (await play.get(path))["items"][0]["id"]
    added = await play.post(path, CONTACT | {"name": "Bob", "billingPreference": "STANDARD"}, expect=201)
    await play.post(f"{path}/{first}/archive", expect=400)
    await play.put(f"{path}/{first}", CONTACT | {"billingPreference": "NONE"}, expect=400)
    await play.put(f"{path}/{added['id']}", CONTACT | {"name": "Bob"})
    archived = await play.post(f"{path}/{first}/archive", expect=200)
    assert archived["archivedAt"]
    assert [each["name"] for each in (await play.get(path))["items"]] == ["Bob"]
    assert len((await play.get(path, includeArchived="true"))["items"]) == 2
    assert [each["name"] for each in (await play.get(f"/customers/{made}"))["contacts"]] == ["Bob"]
    await play.post(f"{path}/nobody/archive", expect=400)
