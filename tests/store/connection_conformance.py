"""What every store does with connections, links of customers and cursors of sweeps."""

from datetime import timedelta

import pytest

from tests.doubles.memory import MemoryStore
from tests.store.samples import NOON, chart, connection, document, intent, ref, xero_view
from xerosync.connection.connection import ConnectionStatus, DefaultSetting
from xerosync.core.documents import Kind
from xerosync.core.errors import MissingError
from xerosync.postgres import PostgresStore

Store = MemoryStore | PostgresStore


class ConnectionConformance:
    async def test_an_account_without_connection_has_none(self, store: Store) -> None:
        assert await store.connection("acme") is None
        assert await store.connections() == []

    async def test_a_connection_is_kept_whole_and_replaced(self, store: Store) -> None:
        first = connection().model_copy(update={"default_ledger_account": "200"})
        await store.save_connection(first)
        await store.save_connection(connection("zeta"))
        assert await store.connection("acme") == first
        assert [each.account_id for each in await store.connections()] == ["acme", "zeta"]
        second = first.model_copy(update={"organisation_name": "Acme Limited", "default_ledger_account": None})
        await store.save_connection(second)
        assert await store.connection("acme") == second

    async def test_defaults_are_set_one_at_a_time(self, store: Store) -> None:
        await store.save_connection(connection())
        await store.set_defaults("acme", default_ledger_account="200")
        changed = await store.set_defaults("acme", exempt_tax_type="ZERORATEDOUTPUT")
        assert (changed.default_ledger_account, changed.exempt_tax_type) == ("200", "ZERORATEDOUTPUT")
        assert await store.connection("acme") == changed

    async def test_a_default_can_be_taken_back_alone(self, store: Store) -> None:
        await store.save_connection(connection())
        every = timedelta(minutes=5)
        await store.set_defaults("acme", default_ledger_account="200", exempt_tax_type="ZERO", sweep_interval=every)
        changed = await store.unset_defaults("acme", [DefaultSetting.LEDGER_ACCOUNT])
        assert changed.default_ledger_account is None
        assert (changed.exempt_tax_type, changed.sweep_interval) == ("ZERO", every)
        changed = await store.unset_defaults("acme", [DefaultSetting.EXEMPT_TAX, DefaultSetting.SWEEP_INTERVAL])
        assert (changed.exempt_tax_type, changed.sweep_interval) == ("NONE", None)
        assert await store.connection("acme") == changed

    async def test_a_connection_can_be_lost_and_come_back(self, store: Store) -> None:
        await store.save_connection(connection())
        lost = await store.mark_connection("acme", ConnectionStatus.DISCONNECTED)
        assert lost.status is ConnectionStatus.DISCONNECTED
        assert await store.connection("acme") == lost
        await store.mark_connection("acme", ConnectionStatus.CONNECTED)
        assert await store.connection("acme") == connection()

    async def test_what_a_person_set_is_kept_and_what_is_not_named_stays(self, store: Store) -> None:
        every = timedelta(minutes=5)
        await store.save_connection(connection().model_copy(update={"connected_at": NOON}))
        await store.set_defaults("acme", sweep_interval=every, push_new_customers=True)
        changed = await store.set_defaults("acme", default_ledger_account="200")
        assert (changed.sweep_interval, changed.push_new_customers, changed.connected_at) == (every, True, NOON)
        assert changed.report_payments
        changed = await store.set_defaults("acme", report_payments=False)
        assert not changed.report_payments
        assert not changed.allocate_credit_notes
        changed = await store.set_defaults("acme", allocate_credit_notes=True)
        assert changed.allocate_credit_notes
        changed = await store.set_defaults("acme", push_new_customers=False)
        assert (changed.sweep_interval, changed.push_new_customers) == (every, False)
        assert await store.connection("acme") == changed

    async def test_what_was_met_before_a_reconnection_does_not_end_it(self, store: Store) -> None:
        await store.save_connection(connection().model_copy(update={"connected_at": NOON}))
        await store.mark_disconnected("acme", since=NOON - timedelta(seconds=1))
        kept = await store.connection("acme")
        assert kept
        assert kept.status is ConnectionStatus.CONNECTED
        await store.mark_disconnected("acme", since=NOON + timedelta(seconds=1))
        kept = await store.connection("acme")
        assert kept
        assert kept.status is ConnectionStatus.DISCONNECTED
        await store.mark_disconnected("nobody", since=NOON)

    async def test_a_chart_is_kept_whole_and_replaced(self, store: Store) -> None:
        assert await store.chart("acme") is None
        await store.save_chart("acme", chart())
        assert await store.chart("acme") == chart()
        other = chart().model_copy(update={"currencies": (), "tenant_id": "tenant-2"})
        await store.save_chart("acme", other)
        assert await store.chart("acme") == other

    async def test_documents_know_in_whose_books_they_are(self, store: Store) -> None:
        await store.save_connection(connection())
        pushed = document(ref("pushed"))
        await store.change(ref("pushed"), lambda link: link.read(pushed).intended(intent(), "tenant-1"))
        kept = await store.change(ref("pushed"), lambda link: link.seen(xero_view()))
        assert (kept.is_elsewhere("tenant-1"), kept.is_elsewhere("tenant-2")) == (False, True)
        free = document(ref("free"), number="INV-2")
        withdrawn = await store.change(ref("free"), lambda link: link.read(free).intended(intent(), "tenant-1"))
        assert withdrawn.is_elsewhere("tenant-2")
        assert await store.documents_bound("acme", "tenant-1") == 2
        withdrawn = await store.change(ref("free"), lambda link: link.withdrawn(intent()))
        assert not withdrawn.is_elsewhere("tenant-2")
        assert await store.documents_bound("acme", "tenant-1") == 1
        assert await store.documents_bound("acme", "tenant-2") == 0
        assert await store.open_kinds("acme") == [Kind.INVOICE]
        assert len(await store.in_xero("acme", ["x-1"])) == 1
        await store.save_connection(connection(tenant_id="tenant-2"))
        assert await store.open_kinds("acme") == []
        assert await store.in_xero("acme", ["x-1"]) == []
        assert await store.documents_bound("acme", "tenant-1") == 1

    async def test_another_organisation_knows_none_of_the_contacts(self, store: Store) -> None:
        await store.save_connection(connection())
        await store.link_customer("acme", "cust-1", "contact-1")
        await store.link_customer("other", "cust-1", "contact-1")
        await store.save_connection(connection())
        assert await store.contact_of("acme", "cust-1") == "contact-1"
        await store.save_connection(connection(tenant_id="tenant-2"))
        assert await store.contact_of("acme", "cust-1") is None
        assert await store.contact_of("other", "cust-1") == "contact-1"

    async def test_what_is_not_connected_cannot_be_changed(self, store: Store) -> None:
        with pytest.raises(MissingError, match="acme has no connection"):
            await store.set_defaults("acme", default_ledger_account="200")
        with pytest.raises(MissingError, match="acme has no connection"):
            await store.mark_connection("acme", ConnectionStatus.CONNECTED)

    async def test_a_customer_is_linked_relinked_and_unlinked(self, store: Store) -> None:
        assert await store.contact_of("acme", "cust-1") is None
        await store.link_customer("acme", "cust-1", "contact-1", "Ada & Söhne")
        assert await store.contact_of("acme", "cust-1") == "contact-1"
        assert await store.contact_of("other", "cust-1") is None
        await store.link_customer("acme", "cust-1", "contact-2")
        (link,) = await store.customer_links()
        assert (link.contact_id, link.customer_name) == ("contact-2", "Ada & Söhne")
        await store.unlink_customer("acme", "cust-1", "contact-1")
        assert await store.contact_of("acme", "cust-1") == "contact-2", "it is another's link by now"
        await store.unlink_customer("acme", "cust-1", "contact-2")
        await store.unlink_customer("acme", "cust-1")
        assert await store.contact_of("acme", "cust-1") is None

    async def test_several_customers_may_share_a_contact(self, store: Store) -> None:
        for account, customer in (("acme", "cust-2"), ("acme", "cust-1"), ("other", "cust-1")):
            await store.link_customer(account, customer, "contact-1")
        links = [(link.account_id, link.customer_id) for link in await store.customer_links()]
        assert links == [("acme", "cust-1"), ("acme", "cust-2"), ("other", "cust-1")]
        assert [link.customer_id for link in await store.customer_links("other")] == ["cust-1"]

    async def test_a_cursor_is_kept_for_each_account_and_kind(self, store: Store) -> None:
        assert await store.sweep_cursor("acme", Kind.INVOICE) is None
        await store.move_sweep_cursor("acme", Kind.INVOICE, NOON)
        assert await store.sweep_cursor("acme", Kind.INVOICE) == NOON
        assert await store.sweep_cursor("acme", Kind.CREDIT_NOTE) is None
        assert await store.sweep_cursor("other", Kind.INVOICE) is None
        await store.move_sweep_cursor("acme", Kind.INVOICE, NOON + timedelta(hours=1))
        assert await store.sweep_cursor("acme", Kind.INVOICE) == NOON + timedelta(hours=1)

    async def test_another_organisation_is_swept_from_its_beginning(self, store: Store) -> None:
        await store.save_connection(connection())
        await store.move_sweep_cursor("acme", Kind.INVOICE, NOON)
        await store.move_sweep_cursor("other", Kind.INVOICE, NOON)
        await store.save_connection(connection())
        assert await store.sweep_cursor("acme", Kind.INVOICE) == NOON
        await store.save_connection(connection(tenant_id="tenant-2"))
        assert await store.sweep_cursor("acme", Kind.INVOICE) is None
        assert await store.sweep_cursor("other", Kind.INVOICE) == NOON
