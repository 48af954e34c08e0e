"""How a person names a document: by number, such as INV-1, or by kind and Sequence's id."""

import shlex
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from functools import partial

from xerosync.cli.next_steps import document_name, spelled_out
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import MisconfiguredError, MissingError, RetryLaterError
from xerosync.sequence import SequenceRefusedError
from xerosync.services import Services


class UnknownDocumentError(MisconfiguredError):
    """There is no such document."""


async def named(services: Services, words: Sequence[str], account_id: str | None = None) -> DocumentRef:
    """Return the document that one word (a number) or two (`invoice` or `credit_note`, and an id) name.

    Whatever it is, it is looked up in the store, then in Sequence: in one account, or in every one that there is.

    Raises:
        UnknownDocumentError: nothing has that number or id, or the words are neither.
    """
    match [word.strip() for word in words]:
        case [number] if _kind(number) is None:
            return await _by_number(services, number, account_id)
        case [word, document_id] if kind := _kind(word):
            return await _by_id(services, kind, document_id, account_id)
        case _:
            raise UnknownDocumentError(
                "Name a document by its number, such as INV-1, or as `invoice ID` or `credit_note ID`."
            )


def split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words that name a document, and those after them."""
    length = 2 if words and _kind(words[0]) else 1
    return words[:length], words[length:]


def _kind(word: str) -> Kind | None:
    return {kind.value: kind for kind in Kind}.get(word.lower().replace("-", "_"))


async def _by_number(services: Services, number: str, account_id: str | None) -> DocumentRef:
    known = await services.store.documents_by_number(number, account_id)
    refs = [link.ref for link in [each for each in known if each.number == number] or known]
    accounts = {account_id} if account_id else {*await known_accounts(services)}
    if not refs or len(accounts) > 1:
        # The store knows what was signalled: another account may have the number, too.
        asked = {ref.account_id for ref in refs}
        for spelling in dict.fromkeys((number, number.upper())):
            find = partial(services.billing.find_by_number, spelling)
            try:
                refs += [ref async for ref in _found(services, account_id, find, without=asked)]
            except (MisconfiguredError, RetryLaterError):
                if not refs:
                    raise
            if refs:
                break
    if not refs:
        raise UnknownDocumentError(f"No invoice or credit note has the number {number}: check it in Sequence.")
    if len({ref.account_id for ref in refs}) > 1:
        names = ", ".join(ref.account_id for ref in refs)
        raise UnknownDocumentError(f"Several accounts have a document {number}: name one with --account ({names}).")
    if len(refs) > 1:
        names = ", ".join(f"{ref.kind} {ref.document_id}" for ref in refs)
        raise UnknownDocumentError(f"Several documents have the number {number}: name one by kind and id ({names}).")
    return refs[0]


async def _by_id(services: Services, kind: Kind, document_id: str, account_id: str | None) -> DocumentRef:
    links = await services.store.documents_by_id(kind, document_id)
    # What was only asked for, and never read, may be a mistake about the account.
    known = sorted(
        (link for link in links if link.sequence and account_id in {None, link.ref.account_id}),
        key=lambda link: link.was_read,
    )
    if known:
        return known[-1].ref

    async def read(account_id: str) -> DocumentRef:
        ref = DocumentRef(account_id=account_id, kind=kind, document_id=document_id)
        return (await services.billing.document(ref)).ref

    async for ref in _found(services, account_id, read):
        return ref
    raise UnknownDocumentError(f"Sequence has no {kind.words} {document_id}: check its id and kind there.")


async def _found(
    services: Services,
    account_id: str | None,
    find: Callable[[str], Awaitable[DocumentRef | None]],
    *,
    without: Collection[str] = (),
) -> AsyncGenerator[DocumentRef]:
    """Search one account after the other; one that can't be asked counts only where no other has the document."""
    unasked: MisconfiguredError | None = None
    is_found = False
    for each in [account_id] if account_id else await _accounts(services):
        if each in without:
            continue
        try:
            ref = await find(each)
        except (MissingError, SequenceRefusedError):
            continue
        except MisconfiguredError as error:
            unasked = unasked or error
            continue
        if ref:
            is_found = True
            yield ref
    if unasked and not is_found:
        raise unasked


async def known_accounts(services: Services) -> Sequence[str]:
    """Return the accounts that are connected or were, or have a key of their own, sorted."""
    connected = [connection.account_id for connection in await services.store.connections()]
    return sorted({*connected, *await services.accounts.account_ids()})


async def has_several_accounts(services: Services) -> bool:
    """Whether what is shown and typed has to say which account it is about."""
    return len(await known_accounts(services)) > 1


async def account_option(services: Services, account_id: str) -> str:
    """Return what a command that is shown needs to be about this account: nothing where there is only one."""
    return f" --account {shlex.quote(account_id)}" if await has_several_accounts(services) else ""


async def typed_name(services: Services, ref: DocumentRef, number: str | None) -> str:
    """Return what a command that is shown needs to be about this document: its name, and its account if need be."""
    return document_name(ref, number) + await account_option(services, ref.account_id)


async def spelled(
    services: Services, words: str, ref: DocumentRef, number: str | None, customer_id: str | None = None
) -> str:
    """Return a sentence about a document with each command that it names as it is typed."""
    several = await has_several_accounts(services)
    return spelled_out(words, ref, number, customer_id, several_accounts=several)


async def _accounts(services: Services) -> Sequence[str]:
    """Return the accounts that are known here, and then the one that the key of the settings opens."""
    known = await known_accounts(services)
    try:
        own = await services.billing.account_id()
    except MisconfiguredError:
        if not known:
            raise
        return known
    return [*known, *({own} - {*known})]
