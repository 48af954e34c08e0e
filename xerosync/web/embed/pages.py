"""The two embedded pages."""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xerosync.core.api_keys import Scope
from xerosync.core.errors import MissingError, RetryLaterError
from xerosync.documents.describe import sentence
from xerosync.operations.customer_data import customer_data
from xerosync.operations.document_data import xero_url
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.embed.tokens import EmbedToken, embed_seal
from xerosync.web.guards import content_policy
from xerosync.web.pages import render
from xerosync.web.path_params import document_ref, name_of

log = structlog.get_logger()

PREFIX = "/embed/"

_EXPIRED = "This view has expired. Reload the page around it."
_LATER = "xerosync does not answer at the moment. Try again soon."
_UNKNOWN = "xerosync does not know it yet: that changes once it is finalized in Sequence."

_Page = Callable[[Request, EmbedToken], Awaitable[Response]]


def embed_routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return the routes of the pages."""
    pages = EmbedPages(services, settings)
    return [
        Route(f"{PREFIX}documents/{{kind}}/{{id}}", pages.opened_by_token(pages.document)),
        Route(f"{PREFIX}customers/{{id}}", pages.opened_by_token(pages.customer)),
    ]


class EmbedPages:
    """Shows a document or a customer to whoever has a token of that page."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._seal = embed_seal(settings.token_keys)
        self._headers = _headers(settings.embed_ancestors)

    def opened_by_token(self, page: _Page) -> Callable[[Request], Awaitable[Response]]:
        """Close a page to whoever has no token of it. What is refused may stand in the frame as well."""

        @wraps(page)
        async def guarded(request: Request) -> Response:
            token = self._seal.open(request.query_params.get("token", ""))
            try:
                if token is None or PREFIX + token.page != request.scope["path"] or not await self._is_valid(token):
                    answer = render(request, "embed_refused.html", status_code=403, words=_EXPIRED)
                else:
                    answer = await page(request, token)
            except RetryLaterError as error:
                log.warning("request not served", path=request.url.path, reason=str(error))
                answer = render(request, "embed_refused.html", status_code=503, words=_LATER)
            answer.headers.update(self._headers)
            return answer

        guarded.__dict__["needs_embed_token"] = True
        return guarded

    async def document(self, request: Request, token: EmbedToken) -> Response:
        """Show a document."""
        ref = document_ref(request, token.account_id)
        link = await self._services.store.document(ref)
        if link.updated_at is None:
            return render(request, "embed_refused.html", words=_UNKNOWN)
        linked_to = await self._services.store.contact_of(ref.account_id, link.customer_id or "")
        return render(
            request,
            "embed_document.html",
            link=link,
            hold=None if link.ignored else link.current_hold,
            is_linked=linked_to is not None,
            sentence=sentence(ref, link.known),
            xero_url=xero_url(link),
            console_url=f"/accounts/{ref.account_id}/documents/{ref.kind}/{ref.document_id}",
        )

    async def customer(self, request: Request, token: EmbedToken) -> Response:
        """Show a customer."""
        try:
            customer = await customer_data(self._services, token.account_id, name_of(request))
        except MissingError:
            return render(request, "embed_refused.html", words=_UNKNOWN)
        held = {each.hold: each.documents for each in customer.documents if each.hold}
        in_all = sum(each.documents for each in customer.documents)
        return render(request, "embed_customer.html", customer=customer, held=held, in_all=in_all)

    async def _is_valid(self, token: EmbedToken) -> bool:
        """Tell whether the key that asked for a token still may."""
        key = await self._services.api_keys.get(token.key_id)
        return key is not None and key.account_id == token.account_id and Scope.READ in key.scopes


def _headers(ancestors: Sequence[str]) -> dict[str, Any]:
    """Return the headers that let a page stand in frames of these sites alone; links give the token to nobody."""
    who = " ".join(ancestors) or "'none'"
    return {
        "Content-Security-Policy": content_policy(frames=who, forms="'none'"),
        "Referrer-Policy": "no-referrer",
        **({"Cross-Origin-Resource-Policy": "cross-origin"} if ancestors else {}),
    }
