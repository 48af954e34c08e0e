"""Creating and changing many records of one sort with one call: invoices, credit notes or contacts.

`summarizeErrors=false`, because with Xero's default one bad element hides the ids of the good ones. Results are matched
by number or id, never by position: Xero does not keep the order.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

from xerosync.core.documents import Kind
from xerosync.core.errors import XerosyncError
from xerosync.core.xero_records import XeroContact, XeroDocument
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.group_commit import Item, Operation
from xerosync.xero.calls.transport import Call
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.names import CONTACTS, KINDS, Names
from xerosync.xero.refusals import error_from, is_refused, refusal_of
from xerosync.xero.wire import elements, read_contact, read_document

R = TypeVar("R")

Read = Callable[[dict[str, Any], datetime], R]
"""Reads an element as Xero had it at an instant (UTC)."""

_DOCUMENT_PARAMS = MappingProxyType({"summarizeErrors": "false", "unitdp": "4"})
_CONTACT_PARAMS = MappingProxyType({"summarizeErrors": "false"})


class CreateRecords(Operation[R]):
    """PUT, which only creates: a POST would overwrite the record that has the number or name. Results by number."""

    def __init__(self, names: Names, read: Read[R], params: Mapping[str, str]) -> None:
        self.name = f"create {names.plural}"
        self._names, self._read, self._params = names, read, params

    def request(self, items: Sequence[Item]) -> Call:
        """Return the PUT. Its Idempotency-Key is of these attempts only.

        Xero remembers refusals, too: with a key of the content alone, a document whose cause was fixed would be
        refused again for six minutes.
        """
        key = hashlib.sha256("\n".join(sorted(item.mark for item in items)).encode()).hexdigest()
        return Call("PUT", self._names.path, self._params, _body(self._names, items), idempotency_key=key)

    def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, R | XerosyncError]:
        """Return each record as created, or its refusal, by number."""
        if answer.status == HTTPStatus.NOT_FOUND:
            # It does not say what was created, if anything.
            raise XeroUnavailableError("Xero did not find where to create.", status=answer.status)
        return _results(self._names, self._names.number, items, answer, self._read)


class ChangeRecords(Operation[R]):
    """POST by id. What an element leaves out stays as it is; LineItems would be replaced, so they are left out."""

    def __init__(self, names: Names, read: Read[R], params: Mapping[str, str]) -> None:
        self.name = f"change {names.plural}"
        self._names, self._read, self._params = names, read, params

    def request(self, items: Sequence[Item]) -> Call:
        """Return the POST. It may be repeated as it is, so it needs no Idempotency-Key."""
        return Call("POST", self._names.path, self._params, _body(self._names, items))

    def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, R | XerosyncError]:
        """Return each record as changed, or its refusal, by id."""
        return _results(self._names, self._names.id, items, answer, self._read)


def create_documents(kind: Kind) -> CreateRecords[XeroDocument]:
    """Return the operation that creates invoices or credit notes."""
    return CreateRecords(KINDS[kind], partial(read_document, kind), _DOCUMENT_PARAMS)


def change_documents(kind: Kind) -> ChangeRecords[XeroDocument]:
    """Return the operation that changes invoices or credit notes: dates, reference, sent, and void."""
    return ChangeRecords(KINDS[kind], partial(read_document, kind), _DOCUMENT_PARAMS)


def create_contacts() -> CreateRecords[XeroContact]:
    """Return the operation that creates contacts."""
    return CreateRecords(CONTACTS, _read_contact, _CONTACT_PARAMS)


def change_contacts() -> ChangeRecords[XeroContact]:
    """Return the operation that changes contacts."""
    return ChangeRecords(CONTACTS, _read_contact, _CONTACT_PARAMS)


def _read_contact(element: dict[str, Any], _: datetime) -> XeroContact:
    return read_contact(element)


def _body(names: Names, items: Sequence[Item]) -> bytes:
    return b'{"' + names.plural.encode() + b'":[' + b",".join(item.content for item in items) + b"]}"


def _results(
    names: Names, key_field: str, items: Sequence[Item], answer: Answer, read: Read[R]
) -> Mapping[str, R | XerosyncError]:
    """Read the elements of a write by key; an item whose result is unknown is left out.

    Raises:
        XerosyncError: what an answer of 400 or more stands for, as `refusals.error_from` has it.
    """
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise error_from(answer)
    found: dict[str, R | XerosyncError] = {}
    nameless: list[XerosyncError] = []
    wanted = {item.key for item in items}
    for element in elements(answer, names.plural):
        key = str(element.get(key_field) or "")
        result = refusal_of(element) if is_refused(element, names.id) else _read(element, answer, read)
        if key in wanted:
            found[key] = result
        elif isinstance(result, XerosyncError):
            nameless.append(result)
    missing = wanted - found.keys()
    if len(missing) == 1 and len(nameless) == 1:
        # A refused element may come back without its number or with a zero id: only this item can be meant.
        found[missing.pop()] = nameless[0]
    return found


def _read(element: dict[str, Any], answer: Answer, read: Read[R]) -> R | XerosyncError:
    try:
        # As of when it was sent: a later read may show more than this answer.
        return read(element, answer.sent_at)
    except XeroUnavailableError as error:
        return error
