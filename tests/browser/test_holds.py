"""Each hold in a browser, from the overview to its end: in three clicks at most, and by keyboard alone."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from standins.embedded import EmbeddedServers
from tests.browser.conftest import Console, open_console_of
from tests.browser.stock import hold_as_stored
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.office import NUMBERS, Office, open_office
from tests.integration.test_operators import taken
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.documents.client import sweep_id
from xerosync.documents.messages import SyncState

AT_MOST = 3
_NUMBER = "the document's own number"


@dataclass(frozen=True)
class Step:
    """What a person clicks, or chooses in a list; on Xero's page it is Xero's."""

    role: Literal["link", "button", "combobox", "checkbox"]
    name: str
    option: str | None = None
    is_xeros: bool = False


def link(name: str) -> Step:
    return Step("link", name)


def button(name: str) -> Step:
    return Step("button", name)


DOCUMENT = link(_NUMBER)
RETRY = (DOCUMENT, button("Retry"))
LEDGER_ACCOUNT = (
    link("Choose the ledger account"),
    Step("combobox", "Default ledger account", option="260"),
    button("Save"),
)
VOIDED = (DOCUMENT, button("It is voided in Sequence now"))

WAYS: Mapping[HoldReason, Sequence[Step]] = {
    HoldReason.CUSTOMER_UNLINKED: (DOCUMENT, link("Link the customer"), button("Link to the chosen contact")),
    HoldReason.DISCONNECTED: (
        link("Connect to Xero"),
        button("Go to Xero"),
        Step("checkbox", "Demo Company (GB)", is_xeros=True),
        Step("button", "Allow", is_xeros=True),
        button("Connect"),
    ),
    HoldReason.LEDGER_ACCOUNT_MISSING: LEDGER_ACCOUNT,
    HoldReason.LEDGER_ACCOUNT_REJECTED: LEDGER_ACCOUNT,
    HoldReason.TAX_REJECTED: RETRY,
    HoldReason.CURRENCY_NOT_ENABLED: RETRY,
    HoldReason.NUMBER_TAKEN: (DOCUMENT, link("Compare with the one in Xero"), button("Adopt it although it differs")),
    HoldReason.LOCKED_PERIOD: RETRY,
    HoldReason.FROZEN_BY_PAYMENT: RETRY,
    HoldReason.CONTACT_ARCHIVED: RETRY,
    HoldReason.LINES_DO_NOT_ADD_UP: (DOCUMENT, button("Read both sides again")),
    HoldReason.NEGATIVE_TOTAL: VOIDED,
    HoldReason.PLAN_LIMIT: RETRY,
    HoldReason.REMOVED_IN_XERO: VOIDED,
    HoldReason.NOT_APPROVED: RETRY,
    HoldReason.REJECTED: RETRY,
}
"""What a person presses after the cause is mended in Sequence or Xero, where it is mended there."""


_MOUSE = (
    HoldReason.CUSTOMER_UNLINKED,
    HoldReason.LEDGER_ACCOUNT_MISSING,
    HoldReason.NUMBER_TAKEN,
    HoldReason.REJECTED,
    HoldReason.LINES_DO_NOT_ADD_UP,
    HoldReason.NEGATIVE_TOTAL,
)
"""One of each way."""

_CASES = [
    *((reason, "mouse") for reason in _MOUSE),
    # Connecting again has Sequence call us, so that comes last.
    *((reason, "keyboard") for reason in sorted(HoldReason, key=lambda reason: reason is HoldReason.DISCONNECTED)),
]


async def held(office: Office, reason: HoldReason) -> DocumentRef:
    """A document that is held: for real, or stored as it would be while its cause is mended by now."""
    if reason is HoldReason.NUMBER_TAKEN:
        ref, _, _ = await taken(office)
        return ref
    ref = await office.final(await office.customer(linked=reason is not HoldReason.CUSTOMER_UNLINKED))
    if reason is HoldReason.CUSTOMER_UNLINKED:
        await office.signal([ref], "finalized")
        await office.reach([ref], SyncState.HELD)
        return ref
    await hold_as_stored(office, ref, reason, "Xero says no.")
    if WAYS[reason] is VOIDED:
        await office.act(ref, "void")
    return ref


@pytest.fixture(scope="module")
async def office(embedded: EmbeddedServers, migrated_template: str) -> AsyncIterator[Office]:
    """One that Sequence does not call and that does not sweep, so that a document stays as a test stored it."""
    namespace = await a_namespace(embedded)
    async with (
        a_database(embedded, migrated_template) as url,
        open_office(embedded, url, namespace=namespace) as office,
    ):
        # A sweep that finds a document voided takes away the button that the test is about to press.
        await office.services.temporal.get_schedule_handle(sweep_id(office.account_id)).pause()
        yield office


@pytest.fixture(scope="module")
async def console(office: Office, browser: Browser) -> AsyncIterator[Console]:
    async with open_console_of(office, browser) as console:
        yield console


@pytest.fixture
async def with_its_default(office: Office) -> AsyncIterator[None]:
    yield
    await office.services.store.set_defaults(office.account_id, default_ledger_account="200")


@pytest.mark.usefixtures("with_its_default")
@pytest.mark.parametrize(("reason", "by"), _CASES)
async def test_a_hold_ends_within_three_clicks_of_the_overview(
    console: Console, office: Office, reason: HoldReason, by: str
) -> None:
    ref = await held(office, reason)
    number = (await office.look(ref))[NUMBERS[ref.kind]]
    clicks = sum(not step.is_xeros for step in WAYS[reason])
    assert clicks <= AT_MOST
    async with console.signed_in() as page:
        await page.goto(f"/accounts/{ref.account_id}")
        for step in WAYS[reason]:
            name = number if step.name == _NUMBER else step.name
            found = page.get_by_role(step.role, name=name, exact=not step.is_xeros).first
            await (with_keys(page, found, step) if by == "keyboard" else with_mouse(found, step))
        await office.reach([ref], SyncState.VOIDED if WAYS[reason] is VOIDED else SyncState.PUSHED)
        if WAYS[reason][0] is DOCUMENT:
            # In a window of its own: the answer to what was pressed may still be on its way to this one.
            other = await page.context.new_page()
            await other.goto(f"/accounts/{ref.account_id}/documents/{ref.kind}/{ref.document_id}")
            await expect(other.get_by_role("heading", level=1)).not_to_contain_text("held")


async def with_mouse(found: Locator, step: Step) -> None:
    if step.option:
        await found.select_option(step.option)
    elif step.role == "checkbox":
        await found.check()
    else:
        await found.click()


async def with_keys(page: Page, found: Locator, step: Step) -> None:
    """Press Tab until what is meant has the focus, and then what a keyboard does with it."""
    await expect(found).to_be_visible()
    for _ in range(300):
        if await found.evaluate("it => it === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    else:
        raise AssertionError(f"Tab does not lead to {step}")
    if step.option:
        await page.keyboard.type(step.option)
    elif step.role == "checkbox":
        if not await found.is_checked():
            await page.keyboard.press("Space")
    else:
        await page.keyboard.press("Enter")
