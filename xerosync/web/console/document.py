"""One document: where it stands, both sides, what can be done next, and all that happened to it.

What a person does is sent with the version of the document that the page showed: if it is another by then, nothing is
done, and the page says so.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.core.documents import Document, DocumentRef, Kind
from xerosync.core.errors import MissingError, RetryLaterError, XerosyncError
from xerosync.core.people import Role
from xerosync.documents.describe import deep_link, sentence
from xerosync.documents.link import DocumentLink
from xerosync.documents.side_by_side import side_by_side
from xerosync.documents.timeline_text import cause_words, line
from xerosync.operations import adopting
from xerosync.operations.as_seen import version_of
from xerosync.operations.defaults import connected
from xerosync.operations.ignoring import LONGEST_REASON, ignore
from xerosync.operations.next_steps import Act, steps_for
from xerosync.operations.preview import look_ahead
from xerosync.operations.push_again import push_one_again, what_goes
from xerosync.operations.resyncing import resync
from xerosync.operations.signals import SIGNAL_OF, retry, signal
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.access import needs
from xerosync.web.console.addresses import Elsewhere, address_of, elsewhere
from xerosync.web.forms import fields
from xerosync.web.pages import render

ADDRESS = "/accounts/{account}/documents/{kind}/{document}"

_DONE = {
    "retry": "It tries again now: what comes of that is shown here.",
    "ignore": "It is ignored from now on. Retry takes it up again.",
    "resync": "Both sides were read again, and it goes on with what is there.",
    "push-again": "It goes to the present organisation: what comes of that is shown here.",
    "adopt": "It is this document in Xero from now on.",
}
"""By what was asked for: the words that the page shows afterwards."""

_Work = Callable[[DocumentRef, dict[str, str]], Awaitable[object]]


def routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return the routes of a document's page."""
    page = DocumentDetails(services, settings)
    return [
        Route(ADDRESS, page.show),
        Route(f"{ADDRESS}/report", page.report, methods=["POST"]),
        Route(f"{ADDRESS}/retry", page.retry, methods=["POST"]),
        Route(f"{ADDRESS}/ignore", page.ignore, methods=["POST"]),
        Route(f"{ADDRESS}/resync", page.resync, methods=["POST"]),
        Route(f"{ADDRESS}/adopt", page.compare),
        Route(f"{ADDRESS}/adopt", page.adopt, methods=["POST"]),
        Route(f"{ADDRESS}/push-again", page.before_pushing_again),
        Route(f"{ADDRESS}/push-again", page.push_again, methods=["POST"]),
        Route(f"{ADDRESS}/preview", page.preview),
    ]


class DocumentDetails:
    """Shows one document, and does what is asked for it."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show where the document stands; of one that was never reported here, what Sequence says."""
        ref = document_in(request)
        link = await self._services.store.document(ref)
        if link.updated_at is None:
            return await self._unknown(request, ref)
        return await self._page(request, link, done=_DONE.get(request.query_params.get("done", "")))

    @needs(Role.OPERATOR)
    async def report(self, request: Request) -> Response:
        """Report a document that nobody reported: its workflow reads in Sequence what is true."""
        document = await self._in_sequence(document_in(request))
        if document.status in SIGNAL_OF:
            await signal(self._services, document.ref, SIGNAL_OF[document.status])
        return RedirectResponse(address_of(document.ref), 303)

    @needs(Role.OPERATOR)
    async def retry(self, request: Request) -> Response:
        """Release its hold, or take it up again if it is ignored."""
        return await self._act(
            request, "retry", lambda ref, form: retry(self._services, ref, as_seen=form.get("version", ""))
        )

    @needs(Role.OPERATOR)
    async def ignore(self, request: Request) -> Response:
        """Leave it alone, for a reason."""
        return await self._act(
            request,
            "ignore",
            lambda ref, form: ignore(self._services, ref, form.get("because", ""), as_seen=form.get("version", "")),
        )

    @needs(Role.OPERATOR)
    async def resync(self, request: Request) -> Response:
        """Read it again on both sides."""
        return await self._act(request, "resync", lambda ref, _: resync(self._services, ref))

    @needs(Role.OPERATOR)
    async def compare(self, request: Request) -> Response:
        """Show the document in Xero that has its number, and what differs. Nothing is changed."""
        link = await self._link(request)
        connection = await self._services.store.connection(link.ref.account_id)
        try:
            found = await adopting.candidate(self._services, link.ref, None)
        except XerosyncError as refusal:
            return await self._refused(request, link.ref, refusal)
        return render(
            request,
            "document_adopt.html",
            link=link,
            candidate=found,
            in_xero=deep_link(connection.short_code, link.ref.kind, found.found.xero_id) if connection else None,
            version=version_of(link),
            elsewhere=self._elsewhere(link),
        )

    @needs(Role.OPERATOR)
    async def adopt(self, request: Request) -> Response:
        """Take over the document in Xero that was shown."""
        return await self._act(
            request,
            "adopt",
            lambda ref, form: adopting.adopt(
                self._services, ref, form.get("xero_id") or None, as_seen=form.get("version", "")
            ),
        )

    @needs(Role.OPERATOR)
    async def before_pushing_again(self, request: Request) -> Response:
        """Show what would go to the present organisation, where the books of the document are gone."""
        link = await self._link(request)
        try:
            connection = await connected(self._services, link.ref.account_id)
            going = await what_goes(self._services, connection, [link])
        except XerosyncError as refusal:
            return await self._refused(request, link.ref, refusal)
        return render(request, "document_push_again.html", link=link, going=going, version=version_of(link))

    @needs(Role.OPERATOR)
    async def push_again(self, request: Request) -> Response:
        """Have it go to the present organisation: the books that it was in are gone."""
        return await self._act(
            request,
            "push-again",
            lambda ref, form: push_one_again(self._services, ref, as_seen=form.get("version", "")),
        )

    @needs(Role.VIEWER)
    async def preview(self, request: Request) -> Response:
        """Show what it would be in Xero. Xero is not asked, nothing is sent."""
        link = await self._link(request)
        try:
            document = await self._services.billing.document(link.ref)
            ahead = await look_ahead(self._services, document, self._services.billing)
        except XerosyncError as refusal:
            return await self._refused(request, link.ref, refusal)
        return render(request, "document_preview.html", link=link, ahead=ahead, elsewhere=self._elsewhere(link))

    def _elsewhere(self, link: DocumentLink) -> Sequence[Elsewhere]:
        return elsewhere(link, self._settings, self._services.temporal.namespace)

    async def _act(self, request: Request, name: str, work: _Work) -> Response:
        link = await self._link(request)
        try:
            await work(link.ref, await fields(request))
        except XerosyncError as refusal:
            return await self._refused(request, link.ref, refusal)
        return RedirectResponse(f"{address_of(link.ref)}?done={name}", 303)

    async def _unknown(self, request: Request, ref: DocumentRef) -> Response:
        """Show a document of Sequence that was never reported here."""
        document = await self._in_sequence(ref)
        return render(
            request,
            "document_unknown.html",
            document=document,
            address=address_of(ref),
            elsewhere=elsewhere(DocumentLink(ref=ref), self._settings, self._services.temporal.namespace)[:1],
            can_report=document.status in SIGNAL_OF,
            may_act=request.state.person.may(Role.OPERATOR),
        )

    async def _link(self, request: Request) -> DocumentLink:
        """Return what is known of a document; an empty link of one that only Sequence knows. Raises like it."""
        link = await self._services.store.document(document_in(request))
        if link.updated_at is None:
            await self._in_sequence(link.ref)
        return link

    async def _in_sequence(self, ref: DocumentRef) -> Document:
        """Read a document in Sequence. Raises HTTPException 404 where the account has none of that id."""
        if await self._services.store.connection(ref.account_id):
            with suppress(MissingError):
                document = await self._services.billing.document(ref)
                if document.account_id == ref.account_id:
                    return document
        raise HTTPException(404, "No such document is known here, nor in Sequence: was it a draft that was deleted?")

    async def _refused(self, request: Request, ref: DocumentRef, refusal: XerosyncError) -> Response:
        """Show the document as it is now, with the reason why nothing was done."""
        status = 503 if isinstance(refusal, RetryLaterError) else 404 if isinstance(refusal, MissingError) else 409
        link = await self._services.store.document(ref)
        return await self._page(request, link, refused=refusal.in_full, status_code=status)

    async def _steps(self, link: DocumentLink) -> Sequence[str]:
        """Name what can be done next. What is in the books of another organisation may be pushed again."""
        steps = [step.act.value for step in steps_for(link)]
        connection = await self._services.store.connection(link.ref.account_id)
        if connection and link.is_elsewhere(connection.tenant_id) and not link.ignored:
            steps = list(dict.fromkeys([*steps, Act.PUSH_AGAIN.value]))
        return steps

    async def _page(
        self, request: Request, link: DocumentLink, *, done: str | None = None, refused: str | None = None, **more: Any
    ) -> Response:
        timeline = await self._services.store.timeline(link.ref)
        return render(
            request,
            "document.html",
            **more,
            link=link,
            hold=link.current_hold,
            address=address_of(link.ref),
            version=version_of(link),
            steps=await self._steps(link),
            may_act=request.state.person.may(Role.OPERATOR),
            longest_reason=LONGEST_REASON,
            done=done,
            refused=refused,
            sentence=sentence(link.ref, link.known),
            sides=side_by_side(link),
            elsewhere=self._elsewhere(link),
            timeline=[(entry, line(entry), cause_words(entry.cause)) for entry in reversed(timeline.entries)],
            entries_in_all=timeline.in_all,
            purged_at=timeline.purged_at,
        )


def document_in(request: Request) -> DocumentRef:
    """Return the document that an address names. Raises HTTPException 404 where there is no such kind."""
    path = request.path_params
    if path["kind"] not in set(Kind):
        raise HTTPException(404, "There is no such page.")
    return DocumentRef(account_id=path["account"], kind=Kind(path["kind"]), document_id=path["document"])
