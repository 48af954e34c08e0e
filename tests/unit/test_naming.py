"""A document is named by its number or its id, in whichever account it is."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tests.doubles.memory import MemoryStore
from tests.store.samples import connection, document, ref
from xerosync.cli.naming import UnknownDocumentError, named
from xerosync.core.documents import Document, DocumentRef, Kind
from xerosync.core.errors import MisconfiguredError, MissingError

MINE, THEIRS = ref("mine", account_id="acme"), ref("theirs", account_id="zeta")


@dataclass
class Billing:
    """Sequence: documents by name, their numbers, and accounts that no key opens."""

    numbers: dict[DocumentRef, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def account_id(self) -> str:
        return "acme"

    async def document(self, of: DocumentRef) -> Document:
        self._ask(of.account_id)
        if of not in self.numbers:
            raise MissingError
        return document(of)

    async def find_by_number(self, number: str, account_id: str) -> DocumentRef | None:
        self._ask(account_id)
        return next((of for of, own in self.numbers.items() if (of.account_id, own) == (account_id, number)), None)

    def _ask(self, account_id: str) -> None:
        self.asked.append(account_id)
        if account_id in self.closed:
            raise MisconfiguredError(f"No key of {account_id}.")


@pytest.fixture
async def services() -> Any:
    store = MemoryStore()
    await store.save_connection(connection("zeta"))
    accounts = SimpleNamespace(account_ids=_no_keys)
    return SimpleNamespace(store=store, billing=Billing({MINE: "INV-1", THEIRS: "INV-2"}), accounts=accounts)


async def _no_keys() -> list[str]:
    return []


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["INV-1"], MINE), (["INV-2"], THEIRS), (["invoice", "mine"], MINE), (["Invoice", "theirs"], THEIRS)],
)
async def test_any_account_is_looked_through(services: Any, words: list[str], expected: DocumentRef) -> None:
    assert await named(services, words) == expected


async def test_what_the_store_knows_is_not_asked_for(services: Any) -> None:
    for of in (MINE, ref("theirs", account_id="acme")):
        await services.store.change(of, lambda link: link.deleted())
    await services.store.change(THEIRS, lambda link: link.read(document(THEIRS)))
    assert await named(services, ["invoice", "theirs"]) == THEIRS
    assert await named(services, ["invoice", "mine"]) == MINE
    assert services.billing.asked == []


async def test_a_number_of_two_accounts_must_be_told_apart(services: Any) -> None:
    services.billing.numbers[THEIRS] = "INV-1"
    told = r"Several documents .* \(invoice theirs of account zeta, invoice mine of account acme\)"
    with pytest.raises(UnknownDocumentError, match=told):
        await named(services, ["INV-1"])


async def test_an_account_that_no_key_opens_hides_no_other(services: Any) -> None:
    services.billing.closed.add("zeta")
    assert await named(services, ["INV-1"]) == MINE
    with pytest.raises(MisconfiguredError, match="No key of zeta"):
        await named(services, ["INV-3"])


@pytest.mark.parametrize("words", [["INV-3"], [Kind.CREDIT_NOTE.value, "mine"], [], ["a", "b", "c"], ["invoice"]])
async def test_what_is_nowhere_is_told_in_one_sentence(services: Any, words: list[str]) -> None:
    with pytest.raises(UnknownDocumentError):
        await named(services, words)
