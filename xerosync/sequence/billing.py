"""Documents of Sequence: read with all their lines, listed, found by number, and moved along their life.

Raises RetryLaterError while Sequence does not answer, MissingError where there is no such document or Sequence refuses
to show it.
"""

from collections.abc import AsyncGenerator, Mapping

import structlog

from xerosync.core.documents import (
    EVERY_DOCUMENT,
    Document,
    DocumentFilter,
    DocumentPage,
    DocumentRef,
    DocumentStatus,
    DocumentWithLines,
    Kind,
    PaymentStatus,
)
from xerosync.core.errors import HoldError, MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.sequence import reading
from xerosync.sequence.accounts import SequenceAccounts
from xerosync.sequence.client import NEWEST_FIRST, OLDEST_FIRST, Item, ListPage, segment
from xerosync.sequence.customers import SequenceCustomers
from xerosync.sequence.errors import SequenceRefusedError, UnreadableAnswerError
from xerosync.sequence.shared_pages import ListedPage, SharedPages

log = structlog.get_logger()

_PATHS = {Kind.INVOICE: "/invoices", Kind.CREDIT_NOTE: "/credit-notes"}
_STATUS_FILTERS = {Kind.INVOICE: "invoiceStatus", Kind.CREDIT_NOTE: "creditNoteStatus"}
# Of a credit note's number the list takes any part.
_NUMBER_FILTERS = {Kind.INVOICE: "invoiceNumber", Kind.CREDIT_NOTE: "searchCreditNoteNumber"}


class SequenceBilling:
    """The documents of all accounts whose keys are known."""

    def __init__(self, accounts: SequenceAccounts) -> None:
        self._accounts = accounts
        self._customers = SequenceCustomers(accounts)
        self._shared_pages = SharedPages(self._items_of_page)

    async def account_id(self) -> str:
        """Return the one account of the settings. Raises MisconfiguredError where there is none, or several."""
        return await self._accounts.account_id()

    async def document(self, ref: DocumentRef) -> Document:
        """Return a document without its lines."""
        client = await self._accounts.client(ref.account_id)
        return _read(ref, await client.get(f"read {ref}", _path(ref)))

    async def listed(self, ref: DocumentRef, after: str) -> Document | None:
        """Return a document as the page behind a cursor of its list shows it, "" for the first; None: it does not.

        All who ask at the same time share the request, which leaves after each of them asked (`shared_pages`). None
        also where it can't be read there, or nobody else asks for that page: reading singly takes no more requests.
        """
        item = await self._shared_pages.item(ListedPage(ref.account_id, ref.kind, after), ref.document_id)
        try:
            document = reading.document(ref.kind, item, str(ref)) if item else None
        except UnreadableAnswerError:
            return None
        return document if document and document.ref == ref else None

    async def _items_of_page(self, page: ListedPage) -> Mapping[str, Item]:
        client = await self._accounts.client(page.account_id)
        params = dict(OLDEST_FIRST) | ({"after": page.after} if page.after else {})
        found = await client.page(f"list {page.kind.words}s", _PATHS[page.kind], params)
        return {str(item.get("id")): item for item in found.items}

    async def with_lines(self, document: Document) -> DocumentWithLines:
        """Return a document with all its lines, in their order, its groups, and its customer's tax status."""
        ref = document.ref
        client = await self._accounts.client(ref.account_id)
        items = await client.everything(f"read the lines of {ref}", _path(ref) + "/line-items", OLDEST_FIRST)
        lines = sorted((reading.line(str(ref), item) for item in items), key=lambda line: line.index)
        groups: list[Item] = []
        if any(line.group_id for line in lines):
            groups = await client.everything(
                f"read the groups of {ref}", _path(ref) + "/line-item-groups", OLDEST_FIRST
            )
        ordered = sorted((reading.group(str(ref), item) for item in groups), key=lambda group: group.index)
        if document.customer_tax_status is None:
            # Sequence does not show it of credit notes: it is the customer's.
            customer = await self._customers.get(ref.account_id, document.customer_id)
            document = document.model_copy(update={"customer_tax_status": customer.tax_status})
        return DocumentWithLines(document=document, lines=tuple(lines), groups=tuple(ordered))

    async def lists(self, ref: DocumentRef, customer_id: str | None) -> bool:
        """Whether a list names a document: that of a customer, else the oldest ones of its kind. No other is read."""
        client = await self._accounts.client(ref.account_id)
        asked, path = f"look for {ref}", _PATHS[ref.kind]
        if customer_id is None:
            items = (await client.page(asked, path, OLDEST_FIRST)).items
        else:
            items = await client.everything(asked, path, {**OLDEST_FIRST, "customerId": customer_id})
        return any(item.get("id") == ref.document_id for item in items)

    async def mark_as_sent(self, ref: DocumentRef) -> Document:
        """Set SENT without e-mail or syncs, finalizing first if needed; return the document as it is then.

        Raises:
            HoldError: Sequence refused a document that could be marked; its words say why.
        """
        try:
            return await self._move(ref, "mark-as-sent", "mark as sent")
        except SequenceRefusedError as refusal:
            # Somebody may have been quicker: a document that is sent or voided by now is no refusal to act on.
            now = await self.document(ref)
            if now.status in (DocumentStatus.SENT, DocumentStatus.VOIDED):
                return now
            raise _held(refusal) from None

    async def show_link(self, account_id: str, customer_id: str, contact_id: str) -> bool:
        """Write which contact a customer is linked to; return False where Sequence does not answer now.

        Fails nothing: the link that counts is in the store.
        """
        try:
            await self._customers.link(account_id, customer_id, contact_id)
        except (HoldError, MissingError, RetryLaterError) as error:
            log.warning("sequence did not take a link", customer_id=customer_id, reason=type(error).__name__)
            return not isinstance(error, RetryLaterError)
        return True

    async def page(
        self, kind: Kind, account_id: str, after: str | None = None, only: DocumentFilter = EVERY_DOCUMENT
    ) -> DocumentPage:
        """Return a page of the documents of a kind that pass a filter: 100 whole documents, without their lines.

        The oldest come first; `after` of one page leads to the next. A document that can't be read does not hide the
        others: the page names its id, and the log says what is wrong with it.
        """
        client = await self._accounts.client(account_id)
        params = _list_params(kind, only) | ({"after": after} if after else {})
        return _read_page(kind, await client.page(f"list {kind.words}s", _PATHS[kind], params))

    async def pages(
        self, kind: Kind, account_id: str, only: DocumentFilter = EVERY_DOCUMENT, *, newest_first: bool = False
    ) -> AsyncGenerator[DocumentPage]:
        """Return the whole list of the documents of a kind that pass a filter, page by page, as `page` returns them.

        The oldest come first, by creation, or else the newest. A page that does not come is asked for again, for 40
        seconds.
        """
        client = await self._accounts.client(account_id)
        params = _list_params(kind, only) | (dict(NEWEST_FIRST) if newest_first else {})
        async for page in client.pages(f"list {kind.words}s", _PATHS[kind], params, is_patient=True):
            yield _read_page(kind, page)

    async def find_by_number(self, number: str, account_id: str | None = None) -> DocumentRef | None:
        """Return the invoice or credit note with exactly that number, of an account or the one of the settings."""
        within = account_id or await self.account_id()
        for kind in Kind:
            client = await self._accounts.client(within)
            params = _list_params(kind, DocumentFilter(number=number))
            async for page in client.pages(f"list {kind.words}s", _PATHS[kind], params):  # somebody waits
                for document in _read_page(kind, page).documents:
                    if document.number == number:
                        return document.ref
        return None

    async def create(self, kind: Kind, account_id: str, fields: Mapping[str, object]) -> Document:
        """Create a draft from fields as Sequence documents them. Lines are added by `add_line`."""
        client = await self._accounts.client(account_id)
        return reading.document(kind, await client.post(f"create a {kind.words}", _PATHS[kind], fields))

    async def add_line(self, ref: DocumentRef, fields: Mapping[str, object]) -> None:
        """Add a line to a draft from fields as Sequence documents them; `externalIds` is required there, if empty."""
        client = await self._accounts.client(ref.account_id)
        of_note = {"creditNoteId": ref.document_id} if ref.kind is Kind.CREDIT_NOTE else {}
        body = {"externalIds": [], **of_note, **fields}
        await client.post(f"add a line to {ref}", _path(ref) + "/line-items", body)

    async def finalize(self, ref: DocumentRef) -> Document:
        """Make a draft FINAL; it gets its number. Raises SequenceRefusedError in any other status."""
        return await self._move(ref, "finalize", "finalize")

    async def send(self, ref: DocumentRef) -> Document:
        """Send a FINAL document to its customer. Raises SequenceRefusedError in any other status."""
        return await self._move(ref, "send", "send")

    async def finalize_and_send(self, ref: DocumentRef) -> Document:
        """Finalize a draft and send it to its customer. Raises SequenceRefusedError where it was sent before."""
        return await self._move(ref, "finalize-and-send", "finalize and send")

    async def void(self, ref: DocumentRef) -> Document:
        """Void a document. Raises SequenceRefusedError for a sent one that is paid, in part or whole."""
        return await self._move(ref, "void", "void")

    async def set_payment_status(self, ref: DocumentRef, status: PaymentStatus) -> Document:
        """Say how far an invoice is paid; return it as it is then. Credit notes have no payment status: MissingError.

        Raises:
            HoldError: Sequence refused an invoice that is not voided; its words say why.
        """
        client = await self._accounts.client(ref.account_id)
        said = {"paymentStatus": status.value}
        try:
            return _read(
                ref, await client.put(f"set the payment status of {ref}", _path(ref) + "/payment-status", said)
            )
        except SequenceRefusedError as refusal:
            now = await self.document(ref)
            if now.status is DocumentStatus.VOIDED:
                return now
            raise _held(refusal) from None

    async def _move(self, ref: DocumentRef, verb: str, words: str) -> Document:
        client = await self._accounts.client(ref.account_id)
        return _read(ref, await client.post(f"{words} {ref}", f"{_path(ref)}/{verb}"))


def _held(refusal: SequenceRefusedError) -> HoldError:
    return HoldError(HoldReason.REJECTED, f"Sequence: {refusal.words or refusal}")


def _path(ref: DocumentRef) -> str:
    return f"{_PATHS[ref.kind]}/{segment(ref.document_id)}"


def _list_params(kind: Kind, only: DocumentFilter) -> dict[str, str]:
    if only.not_paid and kind is Kind.CREDIT_NOTE:
        raise ValueError("Sequence's list of credit notes has no filter by payment status.")
    filters = {
        _STATUS_FILTERS[kind]: only.status,
        "excludeInvoicePaymentStatus": PaymentStatus.PAID if only.not_paid else None,
        "customerId": only.customer_id,
        _NUMBER_FILTERS[kind]: only.number,
        "sentAfter": only.sent_after,
        "sentBefore": only.sent_before,
    }
    return {**OLDEST_FIRST, **{name: str(value) for name, value in filters.items() if value is not None}}


def _read_page(kind: Kind, page: ListPage) -> DocumentPage:
    documents: list[Document] = []
    unreadable: list[str] = []
    for item in page.items:
        try:
            documents.append(reading.document(kind, item))
        except UnreadableAnswerError as error:
            log.warning("document not readable", kind=kind, id=item.get("id"), reason=str(error))
            unreadable.append(str(item.get("id")))
    return DocumentPage(documents=tuple(documents), unreadable=tuple(unreadable), after=page.after, total=page.total)


def _read(ref: DocumentRef, answer: Item) -> Document:
    document = reading.document(ref.kind, answer, str(ref))
    if document.ref != ref:
        # One document under two names would be pushed twice.
        raise MissingError(f"Account {ref.account_id} has no {ref}: it belongs to another account.")
    return document
