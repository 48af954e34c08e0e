"""What every store does with imports of customers: the report, the directory, intents, and the links they make."""

from datetime import timedelta

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from tests.store.samples import NOON, document, hold, ref
from xerosync.core.xero_records import XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow, alias_of
from xerosync.customers.matching import KnownCustomer
from xerosync.documents.awaiting_customer import PushHeld
from xerosync.postgres import PostgresImports, PostgresStore

Store = MemoryStore | PostgresStore
Imports = MemoryImports | PostgresImports


def row(contact_id: str, outcome: ImportOutcome = ImportOutcome.INVALID, *reasons: str, **changes: object) -> ImportRow:
    base = ImportRow(contact_id=contact_id, name=f"Name of {contact_id}", outcome=outcome, reasons=reasons)
    return base.model_copy(update=changes)


class ImportConformance:
    async def test_a_report_is_kept_by_name_and_replaced_contact_by_contact(self, imports: Imports) -> None:
        await imports.begin("acme", "first")
        bad = row("c-2", ImportOutcome.INVALID, "It has no address.", "It has no e-mail address.", email="a@b.example")
        await imports.keep("acme", "first", [bad, row("c-1", ImportOutcome.SIMILAR, customer_id="k-1", name="ada")])
        assert list(await imports.rows("acme")) == [
            row("c-1", ImportOutcome.SIMILAR, customer_id="k-1", name="ada"),
            bad,
        ]
        assert list(await imports.rows("acme", "first", ["c-2", "c-3"])) == [bad]
        assert list(await imports.rows("other")) == []
        await imports.keep("acme", "first", [row("c-2", ImportOutcome.READY)])
        assert await imports.tally("acme", "first") == {ImportOutcome.READY: 1, ImportOutcome.SIMILAR: 1}
        assert await imports.tally("acme", "another") == {}
        assert list(await imports.rows("acme", "another")) == []

    async def test_a_new_import_drops_the_report_before_and_going_on_does_not(self, imports: Imports) -> None:
        await imports.begin("acme", "first")
        await imports.keep("acme", "first", [row("c-1")])
        await imports.begin("acme", "first")
        assert len(await imports.rows("acme")) == 1
        await imports.begin("acme", "second")
        assert list(await imports.rows("acme")) == []

    async def test_an_import_of_chosen_contacts_replaces_their_rows_alone(self, imports: Imports) -> None:
        await imports.begin("acme", "first")
        await imports.keep("acme", "first", [row("c-1"), row("c-2")])
        await imports.begin("acme", "second", is_whole=False)
        imported = row("c-2", ImportOutcome.IMPORTED, customer_id="k-2")
        await imports.keep("acme", "second", [imported])
        assert list(await imports.rows("acme")) == [row("c-1"), imported]
        assert list(await imports.rows("acme", "second")) == [imported]
        assert await imports.tally("acme", "second") == {ImportOutcome.IMPORTED: 1}
        await imports.begin("acme", "third")
        assert list(await imports.rows("acme")) == []

    async def test_imported_customers_are_linked_reported_and_no_longer_intended(
        self, imports: Imports, store: Store
    ) -> None:
        await imports.intend("acme", [alias_of("c-1"), alias_of("c-2")], NOON)
        await imports.keep_linked("acme", "first", [row("c-1", ImportOutcome.IMPORTED, customer_id="k-1")])
        assert await store.contact_of("acme", "k-1") == "c-1"
        [link] = await store.customer_links("acme")
        assert link.customer_name == "Name of c-1"
        assert await imports.customers_of("acme", ["c-1", "c-2"]) == {"c-1": "k-1"}
        assert await imports.customers_of("other", ["c-1"]) == {}
        assert await imports.intents("acme", [alias_of("c-1"), alias_of("c-2")]) == {alias_of("c-2"): NOON}

    async def test_an_intent_belongs_to_who_noted_it_first_until_it_is_withdrawn(self, imports: Imports) -> None:
        later = NOON + timedelta(minutes=1)
        assert await imports.intend("acme", ["a", "b"], NOON) == {"a", "b"}
        assert await imports.intend("acme", ["b", "c"], later) == {"c"}
        assert await imports.intents("acme", ["a", "b", "c", "d"]) == {"a": NOON, "b": NOON, "c": later}
        assert await imports.intents("other", ["a"]) == {}
        await imports.withdraw("acme", {"a": NOON, "b": later, "d": NOON})
        assert await imports.intents("acme", ["a", "b"]) == {"b": NOON}
        await imports.forget_intents("acme", ["b"])
        assert await imports.intents("acme", ["a", "b", "c"]) == {"c": later}

    async def test_customers_are_found_by_whatever_they_share_with_a_contact(self, imports: Imports) -> None:
        await imports.begin("acme", "first")
        ada = KnownCustomer(customer_id="k-1", name="Ada Limited", emails=("A@ada.example",))
        bo = KnownCustomer(customer_id="k-2", name="Bo", tax_number="GB 1", contact_id="c-9")
        await imports.keep_known("acme", "first", [ada, bo])

        async def found(**fields: object) -> list[str]:
            contact = XeroContact(contact_id="c-1", name="Nobody").model_copy(update=fields)
            return [customer.customer_id for customer in await imports.like("acme", [contact])]

        assert await found() == []
        assert await found(name="ADA ltd.") == ["k-1"]
        assert await found(email="a@ADA.example") == ["k-1"]
        assert await found(tax_number="gb1", name="Ada Ltd") == ["k-1", "k-2"]
        assert await found(contact_id="c-9") == ["k-2"]
        assert await found(contact_number="k-2") == ["k-2"]
        assert list(await imports.like("acme", [XeroContact(contact_id="c", name="ada limited")])) == [ada]

    async def test_the_directory_knows_who_is_linked_and_whose_e_mail_was_not_read(
        self, imports: Imports, store: Store
    ) -> None:
        await imports.begin("acme", "first")
        names = [KnownCustomer(customer_id=f"k-{n}", name=f"N{n}") for n in range(3)]
        await imports.keep_known("acme", "first", names)
        await store.link_customer("acme", "k-0", "c-0")
        assert list(await imports.unread("acme")) == ["k-1", "k-2"]
        await imports.keep_known("acme", "first", [names[1].model_copy(update={"emails": ("x@y.example",)})])
        await imports.keep_known("acme", "first", names)
        assert list(await imports.unread("acme")) == ["k-2"]
        [found] = await imports.like("acme", [XeroContact(contact_id="c", name="N1")])
        assert (found.emails, found.is_linked) == (("x@y.example",), False)
        [found] = await imports.like("acme", [XeroContact(contact_id="c", name="N0")])
        assert found.is_linked

    async def test_documents_whose_customer_was_linked_meanwhile_are_named(
        self, imports: Imports, store: Store
    ) -> None:
        for number, customer_id in (("1", "k-1"), ("2", "k-2")):
            of = ref(number)
            await store.change(
                of, lambda link, of=of, customer_id=customer_id: link.read(document(of, customer_id=customer_id))
            )
            await store.change(of, lambda link: link.held(hold()))
        assert list(await imports.waited_for("acme")) == []
        await store.link_customer("acme", "k-2", "c-2")
        assert list(await imports.waited_for("acme")) == [ref("2")]

    async def test_why_a_push_waits_is_kept_until_it_is_forgotten(self, imports: Imports) -> None:
        assert await imports.push_hold("acme", "k-1") is None
        await imports.keep_push_hold("acme", "k-1", PushHeld(words="first", at=NOON))
        again = PushHeld(words="a\x00b", at=NOON + timedelta(minutes=1))
        await imports.keep_push_hold("acme", "k-1", again)
        assert await imports.push_hold("acme", "k-1") == again.model_copy(update={"words": "a\ufffdb"})
        assert await imports.push_hold("other", "k-1") is None
        await imports.forget_push_hold("acme", "k-1")
        assert await imports.push_hold("acme", "k-1") is None

    async def test_a_text_that_postgres_cannot_hold_is_kept_readable(self, imports: Imports) -> None:
        await imports.begin("acme", "first")
        await imports.keep("acme", "first", [row("c-1", ImportOutcome.INVALID, "a\x00b")])
        [kept] = await imports.rows("acme")
        assert kept.reasons in {("a\x00b",), ("a\ufffdb",)}
