"""The page of findings: what differs, and what can be done about each difference."""

import csv
import io
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from starlette.routing import Match, Route

from tests.store.samples import NOON, connection
from tests.web.console import Console, open_console
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Aspect, Difference, Finding, Fix, Severity
from xerosync.reconcile.messages import Compared, ReconcileResult, Tally
from xerosync.web.console.next_steps import page_steps

PAGE = "/accounts/acme/reconcile"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        await console.services.store.save_connection(connection())
        yield console


def found(
    cause: FindingCause, *, document_id: str = "inv-1", hold: HoldReason | None = None, number: str = "INV-1"
) -> Finding:
    return Finding(
        account_id="acme",
        kind=Kind.INVOICE,
        document_id=document_id,
        number=number,
        customer_id="customer 1",
        status=DocumentStatus.FINAL,
        differences=(Difference(aspect=Aspect.TOTAL, verdict=Severity.DIFFERENCE, cause=cause),),
        hold=hold,
        fix=Fix(signal="finalized"),
    )


async def keep(console: Console, *findings: Finding) -> None:
    reconciles = console.services.reconciles
    await reconciles.begin("acme", "run-1", Kind.INVOICE)
    await reconciles.keep("acme", "run-1", findings, uncertain=False)
    await reconciles.end(
        "acme",
        "run-1",
        ReconcileResult(
            compared=Compared(in_sequence=3, in_xero=3, calls=1), tally=Tally(differences=1), ended_at=NOON
        ),
    )


async def test_every_cause_and_hold_has_a_next_step_that_leads_to_a_page_that_there_is(console: Console) -> None:
    cases = [found(cause) for cause in FindingCause if cause is not FindingCause.HELD]
    cases += [found(FindingCause.HELD, hold=reason) for reason in HoldReason]
    for finding in cases:
        [difference] = finding.differences
        steps = page_steps(finding, difference)
        assert bool(steps) is (difference.cause is not FindingCause.CREATED_IN_XERO), finding
        for url in (step.url for step in steps if step.url):
            assert is_a_page(console, url), url


def is_a_page(console: Console, url: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": urlsplit(url).path, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in console.app.routes if isinstance(route, Route))


def test_what_was_sent_to_a_workflow_already_is_not_offered_again() -> None:
    finding = found(FindingCause.SIGNAL_MISSED)
    [difference] = finding.differences
    assert "Fix what is safe" in [step.words for step in page_steps(finding, difference)]
    signalled = finding.model_copy(update={"signalled": True})
    assert "Fix what is safe" not in [step.words for step in page_steps(signalled, difference)]
    assert not page_steps(finding.model_copy(update={"is_fixed": True}), difference)


async def test_a_finding_leads_to_its_next_step_and_a_viewer_reads_it(console: Console) -> None:
    await keep(console, found(FindingCause.HELD, hold=HoldReason.CUSTOMER_UNLINKED))
    link = '<a href="/accounts/acme/customers/customer%201">Link the customer</a>'
    assert link in await console.page(PAGE)
    await console.sign_in(Role.VIEWER)
    page = await console.page(PAGE)
    assert link not in page
    assert "Link the customer" in page


async def test_the_csv_names_next_steps_and_holds_no_formula(console: Console) -> None:
    await keep(console, found(FindingCause.OTHER_ORGANISATION, number="=1+1"))
    text = (await console.client.get(f"{PAGE}/findings.csv")).text
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["number"] == "'=1+1"
    assert row["next_steps"] == "Push again; Open the document"


async def test_words_of_others_are_shown_as_text_and_another_accounts_findings_are_not(console: Console) -> None:
    await keep(console, found(FindingCause.UNKNOWN, number="<script>alert(1)</script>"))
    page = await console.page(PAGE)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    await console.sign_in(Role.ADMIN, accounts=("other",))
    for path in (PAGE, f"{PAGE}/findings.csv", f"{PAGE}/fix"):
        answer = await console.client.get(path)
        assert answer.status_code == 404
        assert "alert(1)" not in answer.text


async def test_while_temporal_does_not_answer_the_last_findings_are_shown(console: Console) -> None:
    await keep(console, found(FindingCause.UNKNOWN))
    assert "INV-1" in await console.page(PAGE)
    assert "Bring documents that exist already" in await console.page("/accounts/acme/backfill")
    answer = await console.client.get("/accounts/acme/customers/import")
    assert answer.status_code == 503
    assert "Temporal does not answer" in answer.text
