"""The whole state as one JSON document, and back: `starter.py up` finds its data again after a restart.

Records are rows under the names of their fields, which are written once, so that a snapshot of 100,000 documents
stays small. Deliveries under way, the journal, faults and limits are not part of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from standins.sequence import records
from standins.sequence.errors import Invalid
from standins.sequence.reading import shared
from standins.sequence.register import Register
from standins.sequence.state import Account, Applied, Sequence

FORMAT = 1

_RECORDS: tuple[type[Any], ...] = (
    records.Address,
    records.Alias,
    records.Application,
    records.Contact,
    records.Customer,
    records.Document,
    records.Group,
    records.IntegrationId,
    records.Line,
    records.LinkedService,
    records.Period,
    records.Policy,
)
_SHARED = (records.Address, records.Period)
_NAMES = {record: tuple(field.name for field in fields(record)) for record in _RECORDS}
_VALUES = {record: attrgetter(*names) for record, names in _NAMES.items()}

# Which fields of a record hold other records: one, a list (mutable in memory) or a tuple of them.
_ONE: dict[type[Any], dict[str, type[Any]]] = {
    records.Customer: {"address": records.Address},
    records.Document: {
        "billing_address": records.Address,
        "shipping_address": records.Address,
        "billing_period": records.Period,
    },
    records.Line: {"service_period": records.Period},
}
_LIST: dict[type[Any], dict[str, type[Any]]] = {
    records.Customer: {"contacts": records.Contact, "integration_ids": records.IntegrationId},
    records.Document: {"lines": records.Line, "groups": records.Group},
}
_TUPLE: dict[type[Any], dict[str, type[Any]]] = {
    records.Document: {
        "linked_services": records.LinkedService,
        "applications": records.Application,
    },
}

# Which fields hold tuples of texts or of pairs.
_TEXTS: dict[type[Any], tuple[str, ...]] = {
    records.Customer: ("custom_properties",),
    records.Document: ("emails", "metadata", "credit_note_ids"),
    records.Line: ("external_ids",),
    records.Policy: ("recipients", "types"),
}

Columns = dict[type[Any], list[str]]
Reader = Callable[[Any], Any]


def take(sequence: Sequence) -> dict[str, Any]:
    """Return the state of `sequence` as JSON values."""
    return {
        "format": FORMAT,
        "fields": {record.__name__: names for record, names in _NAMES.items()},
        "accounts": [_account(account) for account in sequence.accounts],
    }


def restore(sequence: Sequence, snapshot: Any) -> None:
    """Make `snapshot` the state of `sequence`. Raises Invalid, with nothing changed, for anything else."""
    try:
        if snapshot["format"] != FORMAT:
            raise Invalid(f"A snapshot of format {snapshot['format']} can't be loaded; this one writes {FORMAT}")
        columns = {record: snapshot["fields"][record.__name__] for record in _RECORDS}
        accounts = [_restored(sequence, each, columns) for each in snapshot["accounts"]]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Invalid(f"This is no snapshot of the Sequence stand-in: {error!r}") from error
    if not accounts:
        raise Invalid("A snapshot has at least one account")
    sequence.replace_accounts(accounts)


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "clientId": account.client_id,
        "clientSecret": account.client_secret,
        "createdAt": account.created_at,
        "customers": [_row(account.customers_by_seq[seq]) for seq in account.customer_order],
        "aliases": [_row(alias) for alias in account.aliases.values()],
        "policies": [_row(policy) for policy in account.policies.values()],
        "invoices": _register(account.invoices),
        "creditNotes": _register(account.credit_notes),
        "applied": [[key, each.asked, each.answer] for key, each in account.applied.items()],
    }


def _register(register: Register) -> dict[str, Any]:
    return {
        "nextSeq": register.next_seq,
        "nextNumber": register.next_number,
        "documents": [_row(register[seq]) for seq in register.order],
    }


def _row(record: Any) -> tuple[Any, ...] | list[Any]:
    """Return a record's values in the order of its fields, records within it as rows of their own."""
    kind = type(record)
    row: tuple[Any, ...] = _VALUES[kind](record)
    if kind not in _ONE:
        return row
    one, many = _ONE[kind], _LIST.get(kind, {}) | _TUPLE.get(kind, {})
    values = list(row)
    for place, name in enumerate(_NAMES[kind]):
        if name in many:
            values[place] = [_row(each) for each in row[place]]
        elif name in one and row[place] is not None:
            values[place] = _row(row[place])
    return values


def _restored(sequence: Sequence, data: Any, columns: Columns) -> Account:
    account = Account(data["id"], data["name"], data["clientId"], data["clientSecret"], sequence.clock)
    account.created_at = data["createdAt"]
    for customer in _all(records.Customer, data["customers"], columns):
        account.add_customer(customer)
    account.aliases = {each.id: each for each in _all(records.Alias, data["aliases"], columns)}
    account.policies = {each.id: each for each in _all(records.Policy, data["policies"], columns)}
    account.applied = {key: Applied(asked, answer) for key, asked, answer in data["applied"]}
    for register, kept in ((account.invoices, data["invoices"]), (account.credit_notes, data["creditNotes"])):
        for document in _all(records.Document, kept["documents"], columns):
            register.add(document)
        register.next_seq, register.next_number = kept["nextSeq"], kept["nextNumber"]
    return account


def _all(record: type[Any], rows: Iterable[Any], columns: Columns) -> Iterable[Any]:
    return map(_reader(record, columns), rows)


def _reader(record: type[Any], columns: Columns) -> Reader:
    """Return what makes a record of a row whose values stand under `columns`."""
    names = columns[record]
    inner = [_value_reader(record, name, columns) for name in names]
    changed = [(place, read) for place, read in enumerate(inner) if read is not None]
    in_order = tuple(names) == _NAMES[record]

    def read_row(row: list[Any]) -> Any:
        for place, read in changed:
            if row[place] is not None:
                row[place] = read(row[place])
        made = record(*row) if in_order else record(**dict(zip(names, row, strict=True)))
        return shared(made) if record in _SHARED else made

    return read_row


def _value_reader(record: type[Any], name: str, columns: Columns) -> Reader | None:
    """Return what makes a field of its JSON value; None where they are the same."""
    if name in _ONE.get(record, {}):
        return _reader(_ONE[record][name], columns)
    if name in _LIST.get(record, {}):
        read = _reader(_LIST[record][name], columns)
        return lambda rows: [read(row) for row in rows]
    if name in _TUPLE.get(record, {}):
        read_each = _reader(_TUPLE[record][name], columns)
        return lambda rows: tuple(read_each(row) for row in rows)
    if name in _TEXTS.get(record, ()):
        return _frozen
    return None


def _frozen(values: list[Any]) -> Any:
    """Return texts or pairs as the tuples they are in memory, equal ones once."""
    return shared(tuple(tuple(each) if isinstance(each, list) else each for each in values))
