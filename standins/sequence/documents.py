"""`/invoices` and `/credit-notes`: create, read, list, change and delete, and the verbs that move the status."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import lifecycle, rendering
from standins.sequence.drafting import new_document, revise
from standins.sequence.filters import SORTS, matching
from standins.sequence.kinds import CREDIT_NOTE, INVOICE, Kind
from standins.sequence.paging import Page, respond
from standins.sequence.reading import fields_of
from standins.sequence.records import Document
from standins.sequence.register import Register
from standins.sequence.state import Account, account_of, sequence_of

Verb = Callable[[Account, Register, Document], None]

VERBS: Mapping[str, tuple[Verb, tuple[str, ...]]] = {
    "finalize": (lifecycle.finalize, ("UPDATED",)),
    "send": (lifecycle.send, ("UPDATED", "ISSUED")),
    "finalize-and-send": (lifecycle.finalize_and_send, ("UPDATED", "ISSUED")),
    # No email, no integration sync and no notification, so no webhook either
    "mark-as-sent": (lifecycle.mark_as_sent, ()),
    "void": (lifecycle.void, ("UPDATED",)),
}
"""The calls that move a document's status, and the webhooks that each causes."""

_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def announce(request: Request, kind: Kind, document: Document, what: str) -> None:
    """Notify the account's webhooks that a document was CREATED, UPDATED or ISSUED."""
    account = account_of(request)
    sequence_of(request).webhooks.emit(
        account,
        f"{kind.resource_type}_{what}",
        kind.resource_type,
        document.id,
        lambda: rendering.document(account, kind, document),
    )


def add_document(request: Request, kind: Kind, document: Document) -> None:
    """Add a new draft to the request's account."""
    account = account_of(request)
    account.register(kind).add(document)
    invoice = account.invoices.find(document.credited_invoice_id)
    if invoice is not None:
        invoice.credit_note_ids += (document.id,)
    announce(request, kind, document, "CREATED")


def move(request: Request, kind: Kind, document: Document, verb: str) -> None:
    """Do what `VERBS` names to a document of the request's account. Raises NotAllowed."""
    account = account_of(request)
    change, events = VERBS[verb]
    change(account, account.register(kind), document)
    for event in events:
        announce(request, kind, document, event)


class Documents:
    """The endpoints of one kind of document."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @property
    def routes(self) -> list[Route]:
        """The routes, most used first."""
        path = self._kind.path
        one = path + "/{id}"
        found = [
            Route(one, self.read, methods=["GET"]),
            *[Route(f"{one}/{verb}", self._mover(verb), methods=["POST"]) for verb in VERBS],
            Route(path, self.list, methods=["GET"]),
            Route(path, self.create, methods=["POST"]),
            Route(one, self.replace, methods=["PUT"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/download", self.download, methods=["GET"]),
        ]
        if self._kind is INVOICE:
            found.append(Route(one, self.patch, methods=["PATCH"]))
        return found

    async def create(self, request: Request) -> Response:
        """POST: a new draft, 201."""
        account = account_of(request)
        document = new_document(account, self._kind, await fields_of(request))
        add_document(request, self._kind, document)
        return self._answer(account, document, status=201)

    async def read(self, request: Request) -> Response:
        """GET one."""
        account, _, document = self._named(request)
        return self._answer(account, document)

    async def list(self, request: Request) -> Response:
        """GET a page, newest first."""
        account = account_of(request)
        register, sorts = account.register(self._kind), SORTS[self._kind.name]
        page = Page.asked(request, tuple(sorts))
        found = matching(register, request.query_params)
        if not page.sort_by:
            return respond(page, found, lambda seq: rendering.document(account, self._kind, register[seq], full=False))
        column = sorts[page.sort_by]
        keys = sorted((column(register[seq]), seq) for seq in found)
        return respond(page, keys, lambda key: rendering.document(account, self._kind, register[key[1]], full=False))

    async def replace(self, request: Request) -> Response:
        """PUT: every field that is left out is cleared; drafts only."""
        return await self._revise(request, whole=True)

    async def patch(self, request: Request) -> Response:
        """PATCH: only the fields that are given are changed; drafts only, and invoices only."""
        return await self._revise(request, whole=False)

    async def delete(self, request: Request) -> Response:
        """DELETE a draft; answers what it was."""
        account, register, document = self._named(request)
        lifecycle.require_deletable(register, document)
        register.remove(document)
        invoice = account.invoices.find(document.credited_invoice_id)
        if invoice is not None:
            invoice.credit_note_ids = tuple(each for each in invoice.credit_note_ids if each != document.id)
        body = rendering.document(account, self._kind, document, full=False)
        body.pop("updatedAt", None)
        return ExactJSONResponse(body)

    async def download(self, request: Request) -> Response:
        """GET the PDF, which is made on finalize."""
        _, register, document = self._named(request)
        lifecycle.require_issued(register, document)
        return Response(_PDF, media_type="application/pdf")

    def _named(self, request: Request) -> tuple[Account, Register, Document]:
        account = account_of(request)
        register = account.register(self._kind)
        return account, register, register.get(request.path_params["id"])

    async def _revise(self, request: Request, *, whole: bool) -> Response:
        fields = await fields_of(request)
        account, register, document = self._named(request)
        lifecycle.require_editable(register, document)
        revise(account, register, document, fields, whole=whole)
        announce(request, self._kind, document, "UPDATED")
        return self._answer(account, document, full=whole)

    def _mover(self, verb: str) -> Callable[[Request], Awaitable[Response]]:
        async def moved(request: Request) -> Response:
            account, _, document = self._named(request)
            move(request, self._kind, document, verb)
            return self._answer(account, document, full=False)

        return moved

    def _answer(self, account: Account, document: Document, *, full: bool = True, status: int = 200) -> Response:
        return ExactJSONResponse(rendering.document(account, self._kind, document, full=full), status)


routes = [*Documents(INVOICE).routes, *Documents(CREDIT_NOTE).routes]
