"""A Demo Company resets: its books are gone, and what a person chooses goes to the present ones anew."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from demo.connect_standins import SALES_ACCOUNT
from tests.integration.branch import open_branch
from tests.integration.office import ALL_DOCUMENTS, Office
from tests.integration.program import run
from tests.integration.test_console_access import signed_in
from tests.patience import until
from tests.web.edge import open_edge
from xerosync.bulk.messages import BulkAct, BulkOutcome
from xerosync.cli.push_again import push_again
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import MisconfiguredError
from xerosync.core.rate_limits import Lane
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.documents.timeline import ChangeCause, caused_by
from xerosync.operations.bulk import ask_for, confirm
from xerosync.operations.connecting import establish
from xerosync.operations.defaults import set_ledger_account
from xerosync.operations.push_again import NotGoneError, push_all_again, what_goes
from xerosync.xero.oauth.consent import Consents


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    async with open_branch(office) as branch:
        organisation = branch.companies.xero.organisations[branch.people.tenant_id]
        organisation.profile = replace(organisation.profile, is_demo=True)
        yield branch


async def connect(branch: Office, tenant_id: str, *listed: str) -> None:
    """Let the app into organisations, and connect the account to the first of them."""
    answer = await branch.people.xero.post(
        "/_sandbox/identity/grants", json={"tenant_ids": [tenant_id, *listed]}, params={"tenant": tenant_id}
    )
    tokens = answer.raise_for_status().json()
    consents = Consents(branch.services.xero.identity, login_url=branch.companies.xero_url)
    grant = consents.consented(tokens).grant
    await branch.services.grants.add(grant)
    made = await establish(
        branch.services, branch.account_id, grant.grant_id, tenant_id, every=timedelta(days=1), move=True
    )
    await set_ledger_account(branch.services, branch.account_id, SALES_ACCOUNT, made.chart)
    await branch.services.store.set_defaults(branch.account_id, report_payments=False)
    branch.people.xero.headers.update(
        {"authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant_id}
    )


async def reset(branch: Office, *, keep_tenant: bool = False) -> str:
    """Reset the Demo Company; return its tenant id from then on."""
    tenant_id = branch.people.tenant_id
    answer = await branch.people.xero.post(
        "/_sandbox/demo-reset", json={"keep_tenant": keep_tenant}, params={"tenant": tenant_id}
    )
    return answer.raise_for_status().json()["tenant_id"]


async def in_books(branch: Office) -> list[DocumentRef]:
    """One document of each kind that is in Xero, and an invoice that is sent there."""
    customer_id = await branch.customer()
    refs = [await branch.final(customer_id, kind) for kind in (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.INVOICE)]
    await branch.signal(refs, "finalized")
    await branch.reach(refs, SyncState.PUSHED)
    await branch.act(refs[-1], "send")
    await branch.signal(refs[-1:], "sent")
    await branch.reach(refs[-1:], SyncState.SETTLED)
    return refs


async def test_after_a_reset_documents_and_customers_go_to_the_present_books_once(branch: Office, tmp_path: Path):
    refs = await in_books(branch)
    before = [await branch.link(ref) for ref in refs]
    connection = await branch.services.store.connection(branch.account_id)
    assert connection
    organisation_name = connection.organisation_name
    everything = partial(push_again, everything=True, account=branch.account_id, services=branch.services)

    with pytest.raises(NotGoneError, match="No such document is in other books"):
        await everything()
    other = await branch.people.xero.post("/_sandbox/organisations", json={"name": "Other Ltd"})
    await connect(branch, other.json()["tenant_id"], branch.people.tenant_id)
    left = f"left in {organisation_name}"
    for command in (("status",), ("status", "invoice", refs[0].document_id), ("reconcile",)):
        shown = await run(*command, "--account", branch.account_id, folder=tmp_path, settings=branch.environment)
        assert left in shown.out.replace("Left in", "left in"), command
    last = await run(
        *("reconcile", "--last", "--json", "--account", branch.account_id), folder=tmp_path, settings=branch.environment
    )
    assert (last.data["left_behind"], last.data["manual_edits"]) == (3, 0)
    assert {row["left_in"] for row in last.data["findings"]} == {organisation_name}
    with pytest.raises(NotGoneError, match="are not gone: Xero still lists Branch"):
        await everything(confirm=True)
    assert [await branch.link(ref) for ref in refs] == before

    await connect(branch, await reset(branch))
    await everything()
    assert [await branch.link(ref) for ref in refs] == before, "a preview changes nothing"
    assert await branch.in_xero(Kind.INVOICE) == {}

    settings = {**branch.environment, "XEROSYNC_OPERATOR": "ada"}
    ended = await run(
        *("push-again", "--all", "--account", branch.account_id, "--confirm"), folder=tmp_path, settings=settings
    )
    assert (ended.code, ended.err) == (0, "")
    assert "3 documents, and 1 customer whose contact is gone go to Branch" in " ".join(ended.out.split())
    await branch.reach(refs[:2], SyncState.PUSHED)
    await branch.reach(refs[2:], SyncState.SETTLED)
    await branch.assert_once(refs[:2], sent=False)
    await branch.assert_once(refs[2:], sent=True)
    for ref, was in zip(refs, before, strict=True):
        now = await branch.link(ref)
        assert now.xero
        assert was.xero
        assert now.place[:2] != was.place[:2]
        told_of = (await branch.services.store.timeline(ref)).entries
        [entry] = [each for each in told_of if each.happened == "afresh"]
        assert entry.cause.who == "ada"
        assert entry.facts["xero_id"] == was.xero.xero_id
        assert entry.facts["tenant_id"] == was.tenant_id


async def test_a_reset_that_keeps_the_tenant_is_proven_by_the_document_itself(branch: Office):
    refs = await in_books(branch)
    one = partial(push_again, "invoice", refs[0].document_id, confirm=True, services=branch.services)
    with pytest.raises(NotGoneError, match="is in the books of Branch"):
        await one()
    assert await reset(branch, keep_tenant=True) == branch.people.tenant_id
    was = await branch.link(refs[0])
    await one()

    async def is_there_anew() -> bool:
        link = await branch.link(refs[0])
        return link.state is SyncState.PUSHED and link.place != was.place

    await until(is_there_anew)
    await branch.assert_once(refs[:1], sent=False)
    assert len(await branch.in_xero(Kind.INVOICE)) == 1, "only what was chosen"


async def test_a_document_is_pushed_again_from_its_page_after_a_question(branch: Office):
    refs = await in_books(branch)
    path = f"/accounts/{branch.account_id}/documents/invoice/{refs[0].document_id}"
    async with open_edge(branch) as edge:
        edge.client.headers["Accept"] = "text/html"
        await signed_in(branch, edge)
        assert "Push again" not in (await edge.client.get(path)).text
        refused = await edge.client.get(f"{path}/push-again")
        assert refused.status_code == 409
        assert "is in the books of Branch" in refused.text
        await connect(branch, await reset(branch))
        assert "Push again…" in (await edge.client.get(path)).text
        was = await branch.link(refs[0])
        asked = (await edge.client.get(f"{path}/push-again")).text
        assert "not there: it is created" in asked
        assert "the customer is pushed again" in asked
        assert await branch.link(refs[0]) == was
        found = re.search(r'name="version" value="([^"]+)"', asked)
        assert found
        for version, status in (("old", 409), (found[1], 303), (found[1], 409)):
            answer = await edge.client.post(
                f"{path}/push-again", data={"version": version}, headers={"Origin": edge.url}
            )
            assert answer.status_code == status, answer.text
    await branch.reach(refs[:1], SyncState.PUSHED)
    await branch.assert_once(refs[:1], sent=False)
    assert len(await branch.in_xero(Kind.INVOICE)) == 1, "only what was chosen"
    [entry] = [each for each in (await branch.services.store.timeline(refs[0])).entries if each.happened == "afresh"]
    assert entry.cause.who == "Ada"


async def bulk(branch: Office, *, begun: bool = False) -> list[tuple[BulkOutcome, str]]:
    """Push all again by an act on many, to its end; return what became of each. `begun`: a process died at it."""
    acts = branch.services.bulk_acts
    with caused_by(ChangeCause(who="Ada")):
        asked = await ask_for(branch.services, branch.account_id, Selection(), BulkAct.PUSH_AGAIN)
        if begun:
            await acts.begin(asked.bulk_id, ALL_DOCUMENTS)
        await confirm(branch.services, branch.account_id, asked.bulk_id)

    async def is_over() -> bool:
        return (await acts.get(branch.account_id, asked.bulk_id)).ended_at is not None

    await until(is_over)
    return [(each.outcome, each.words) for each in await acts.documents(branch.account_id, asked.bulk_id)]


async def contacts(branch: Office) -> list[str]:
    return [each["ContactID"] for each in await branch.xero("Contacts", "Contacts")]


async def test_many_documents_of_one_customer_are_pushed_again_at_once(branch: Office):
    customer_id = await branch.customer()
    refs = [await branch.final(customer_id) for _ in range(8)]
    await branch.signal(refs, "finalized")
    await branch.reach(refs, SyncState.PUSHED)
    other = await branch.people.xero.post("/_sandbox/organisations", json={"name": "Other Ltd"})
    await connect(branch, other.json()["tenant_id"], branch.people.tenant_id)
    refused = await bulk(branch)
    assert [outcome for outcome, _ in refused] == [BulkOutcome.REFUSED] * 8
    assert all("are not gone: Xero still lists Branch" in words for _, words in refused)

    await connect(branch, await reset(branch))
    assert await bulk(branch) == [(BulkOutcome.DONE, "")] * 8
    await branch.reach(refs, SyncState.PUSHED)
    await branch.assert_once(refs, sent=False)
    assert len(await branch.in_xero(Kind.INVOICE)) == 8
    linked = await branch.services.store.contact_of(branch.account_id, customer_id)
    assert (await branch.sequence("GET", f"/api/customers/{customer_id}"))["integrationIds"], "Sequence shows the link"
    assert linked in await contacts(branch)
    entries = (await branch.services.store.timeline(refs[0])).entries
    [entry] = [each for each in entries if each.happened == "afresh"]
    assert (entry.cause.who, entry.cause.by) == ("Ada", "bulk act")


async def test_who_comes_second_leaves_the_new_link_of_a_customer_alone(branch: Office):
    refs = await in_books(branch)
    await connect(branch, await reset(branch))
    services, account_id = branch.services, branch.account_id
    connection = await services.store.connection(account_id)
    assert connection
    first, second = [await what_goes(services, connection, [await branch.link(ref)]) for ref in refs[:2]]
    [(customer_id, gone)] = first.customers.items()
    assert first.customers == second.customers
    await push_all_again(services, first, Lane.BULK)
    await branch.reach(refs[:1], SyncState.PUSHED)
    anew = await services.store.contact_of(account_id, customer_id)
    assert anew not in (None, gone)
    unlinked_at: list[str] = []
    unlink = services.store.unlink_customer

    async def noted(account_id: str, customer_id: str, contact_id: str | None = None) -> None:
        unlinked_at.append(customer_id)
        await unlink(account_id, customer_id, contact_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.store, "unlink_customer", noted)
        await push_all_again(services, second, Lane.BULK)
    assert unlinked_at == []
    await branch.reach(refs[1:2], SyncState.PUSHED)
    assert await services.store.contact_of(account_id, customer_id) == anew


async def test_an_act_whose_process_died_after_unlinking_pushes_the_customer_all_the_same(branch: Office):
    refs = await in_books(branch)
    await connect(branch, await reset(branch))
    customer_id = (await branch.link(refs[0])).customer_id or ""
    await branch.services.linking().unlink(branch.account_id, customer_id)
    outcomes = await bulk(branch, begun=True)
    assert outcomes == [(BulkOutcome.DONE, "")] * 3
    await branch.reach(refs[:2], SyncState.PUSHED)
    await branch.reach(refs[2:], SyncState.SETTLED)
    await branch.assert_once(refs[:2], sent=False)


async def test_documents_are_chosen_one_way(branch: Office):
    chosen = partial(push_again, services=branch.services)
    for choose in (chosen, partial(chosen, "INV-1", everything=True), partial(chosen, "INV-1", customer="c")):
        with pytest.raises(MisconfiguredError, match="Name a document, or say --all or --customer ID"):
            await choose()
