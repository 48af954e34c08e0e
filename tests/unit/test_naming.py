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


@pytest.mark.parametrize("stored", [[], [THEIRS], [MINE, THEIRS]], ids=["unknown", "one known", "both known"])
async def test_a_number_of_two_accounts_asks_for_the_account(services: Any, stored: list[DocumentRef]) -> None:
    await services.store.save_connection(connection("acme"))
    for of in stored:
        await services.store.change(of, lambda link: link.read(document(link.ref)))
    services.billing.numbers[THEIRS] = "INV-1"
    with pytest.raises(UnknownDocumentError, match=r"Several accounts .* INV-1: name one with --account \(.*zeta"):
        await named(services, ["INV-1"])
    assert await named(services, ["INV-1"], "zeta") == THEIRS


async def test_a_known_document_is_found_while_another_account_can_not_be_asked(services: Any) -> None:
    await services.store.save_connection(connection("acme"))
    await services.store.change(MINE, lambda link: link.read(document(MINE)))
    services.billing.closed.add("zeta")
    assert await named(services, ["INV-1"]) == MINE


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_number_is_found_in_any_case(services: Any, is_stored: bool) -> None:
    if is_stored:
        await services.store.change(MINE, lambda link: link.read(document(MINE)))
    assert await named(services, ["inv-1"]) == MINE


async def test_an_account_that_no_key_opens_hides_no_other(services: Any) -> None:
    services.billing.closed.add("zeta")
    assert await named(services, ["INV-1"]) == MINE
    with pytest.raises(MisconfiguredError, match="No key of zeta"):
        await named(services, ["INV-3"])


@pytest.mark.parametrize("words", [["INV-3"], [Kind.CREDIT_NOTE.value, "mine"], [], ["a", "b", "c"], ["invoice"]])
async def test_what_is_nowhere_is_told_in_one_sentence(services: Any, words: list[str]) -> None:
    with pytest.raises(UnknownDocumentError):
        await named(services, words)
