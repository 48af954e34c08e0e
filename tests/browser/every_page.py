"""Every page of the console, by its route, with an address at which it has something to show."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from playwright.async_api import Page, expect

from tests.browser.stock import Stock
from xerosync.core.documents import DocumentRef

_ACCOUNT = "/accounts/{account}"
_DOCUMENT = f"{_ACCOUNT}/documents/{{kind}}/{{document}}"

NO_PAGES = {
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
    "/oauth/callback",
    f"{_ACCOUNT}/backfill/preview.csv",
    f"{_ACCOUNT}/bulk/{{bulk}}/documents.csv",
    f"{_ACCOUNT}/changes",
    f"{_ACCOUNT}/documents.csv",
    f"{_ACCOUNT}/reconcile/findings.csv",
}
"""What is read, but is no page: files, events, and ways back from another site."""

OPENED_BY_TOKEN = {"/embed/documents/{kind}/{id}", "/embed/customers/{id}"}
"""Pages for another site's frame: tests/browser/test_embedding.py."""


@dataclass(frozen=True)
class Shown:
    """A page at an address. `reach` leads to one that has none of its own; `is_open` to one without signing in."""

    name: str
    route: str
    address: str
    reach: Callable[[Page], Awaitable[None]] | None = None
    is_open: bool = False

    async def open(self, page: Page) -> None:
        """Go there."""
        await page.goto(self.address)
        if self.reach:
            await self.reach(page)
            await page.wait_for_load_state()


async def _to_xero_and_back(page: Page) -> None:
    await page.get_by_role("button", name="Go to Xero").click()
    await page.get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="Allow").click()
    await expect(page.get_by_role("heading", name="Choose the organisation")).to_be_visible()


def pages_of(stock: Stock) -> Sequence[Shown]:
    """Return every page, one or more for a route."""
    account = f"/accounts/{stock.account_id}"
    connect = f"/connect/{stock.account_id}"

    def of(ref: DocumentRef, more: str = "") -> str:
        return f"{account}/documents/{ref.kind}/{quote(ref.document_id, safe='')}{more}"

    customers, settings = f"{account}/customers", f"{account}/settings"
    return [
        Shown("overview", _ACCOUNT, account),
        Shown("accounts", "/", "/"),
        Shown("documents", f"{_ACCOUNT}/documents", f"{account}/documents"),
        Shown("documents-held", f"{_ACCOUNT}/documents", f"{account}/documents?state=held"),
        Shown("document", _DOCUMENT, of(stock.settled)),
        Shown("document-held", _DOCUMENT, of(stock.held)),
        Shown("document-ignored", _DOCUMENT, of(stock.ignored)),
        Shown("adopt", f"{_DOCUMENT}/adopt", of(stock.taken, "/adopt")),
        Shown("push-again", f"{_DOCUMENT}/push-again", of(stock.left_behind, "/push-again")),
        Shown("preview", f"{_DOCUMENT}/preview", of(stock.held, "/preview")),
        Shown("bulk-acts", f"{_ACCOUNT}/bulk", f"{account}/bulk"),
        Shown("bulk", f"{_ACCOUNT}/bulk/{{bulk}}", f"{account}/bulk/{stock.bulk_id}"),
        Shown("customers", f"{_ACCOUNT}/customers", customers),
        Shown("customers-unlinked", f"{_ACCOUNT}/customers", f"{customers}?unlinked=yes"),
        Shown("customer", f"{_ACCOUNT}/customers/{{customer}}", f"{customers}/{stock.linked[0]}"),
        Shown("customer-not-linked", f"{_ACCOUNT}/customers/{{customer}}", f"{customers}/{stock.unlinked[0]}"),
        Shown("import", f"{_ACCOUNT}/customers/import", f"{customers}/import"),
        Shown("reconcile", f"{_ACCOUNT}/reconcile", f"{account}/reconcile"),
        Shown("reconcile-fix", f"{_ACCOUNT}/reconcile/fix", f"{account}/reconcile/fix"),
        Shown("backfill", f"{_ACCOUNT}/backfill", f"{account}/backfill"),
        Shown("backfill-start", f"{_ACCOUNT}/backfill/start", f"{account}/backfill/start"),
        Shown("settings", f"{_ACCOUNT}/settings", settings),
        Shown("api-keys", f"{_ACCOUNT}/settings/keys", f"{settings}/keys"),
        Shown("disconnect", f"{_ACCOUNT}/settings/disconnect", f"{settings}/disconnect"),
        Shown("connect-accounts", "/connect", "/connect"),
        Shown("connect", "/connect/{account}", connect),
        Shown("connect-organisation", "/connect/{account}/organisation", connect, _to_xero_and_back),
        Shown("connect-defaults", "/connect/{account}/defaults", f"{connect}/defaults"),
        Shown("connect-done", "/connect/{account}/done", f"{connect}/done"),
        Shown("sign-in", "/sign-in", "/sign-in?token=shown", is_open=True),
        Shown("not-there", "/{anything}", f"{account}/documents/invoice/unknown"),
    ]
