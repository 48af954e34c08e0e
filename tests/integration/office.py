"""Both companies, the product between them, and short words for what people do there and see."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
import simplejson
from cryptography.fernet import Fernet
from pydantic import SecretStr

from demo.connect_standins import People, connect_stand_ins, people_of, settings_for
from standins.embedded import EmbeddedServers
from standins.embedded.standins import StandIns, stand_ins
from tests.patience import PATIENCE, until
from tests.store.breaker import Breaker
from worker import worker_of
from xerosync.cli.migrate import migrate_database
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.rate_limits import Lane, Observed, Reservation, Wait
from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.describe import standing
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.services import Services, open_services
from xerosync.settings import Settings

PATHS = {Kind.INVOICE: "/api/invoices", Kind.CREDIT_NOTE: "/api/credit-notes"}
NUMBERS = {Kind.INVOICE: "invoiceNumber", Kind.CREDIT_NOTE: "creditNoteNumber"}
XERO = {Kind.INVOICE: ("Invoices", "InvoiceNumber"), Kind.CREDIT_NOTE: ("CreditNotes", "CreditNoteNumber")}
ADDRESS = {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"}
LINE = {"title": "Seats", "quantity": "3", "rate": "12.50", "taxRate": "0.2"}
XERO_TIMEOUT = "PT2S"
"""A call takes no longer. So it is soon certain, too, whether a create whose answer was lost ever arrived."""
ALL_DOCUMENTS = 10_000
AT_ONCE = 12

T = TypeVar("T")


async def gathered(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do it all, a few at a time; results in order."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[T]) -> T:
        async with turn:
            return await each

    return await asyncio.gather(*(one(each) for each in work))


class NoLimits:
    """The budget of a Xero without limits."""

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        del lane
        return Reservation(tenant_id, secrets.token_hex(4), datetime.now(UTC) + timedelta(minutes=1))

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        del reservation, observed, unused

    async def day_left(self, tenant_id: str) -> int | None:
        del tenant_id


class NoPace:
    """Whose turn it is with a Sequence without limits: everybody's."""

    async def take(self, key: str, lane: Lane) -> Wait | None:
        del key, lane

    async def hold(self, key: str, wait: timedelta) -> None:
        del key, wait


@dataclass(frozen=True)
class Office:
    """One account and one organisation, connected, with a worker between them."""

    services: Services
    people: People
    companies: StandIns
    database: Breaker
    environment: Mapping[str, str]
    linked: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def account_id(self) -> str:
        return self.people.account_id

    async def sequence(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask Sequence as its users do."""
        answer = await self.people.sequence.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def customer(self, name: str | None = None, *, linked: bool = True) -> str:
        """Create a customer in Sequence, the contact in Xero, and by default the link; return the customer's id."""
        name = name or f"Customer {secrets.token_hex(4)}"
        contacts = [{"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}]
        fields = {"legalName": name, "address": ADDRESS, "taxStatus": "TAXED", "contacts": contacts}
        customer = await self.sequence("POST", "/api/customers", fields)
        in_xero = name.translate({ord(each): None for each in "<>"})  # which Xero takes in no name
        answer = await self.people.xero.put("/api.xro/2.0/Contacts", json={"Name": in_xero})
        contact_id = answer.raise_for_status().json()["Contacts"][0]["ContactID"]
        self.linked[customer["id"]] = contact_id
        if linked:
            await self.services.linking().link(self.account_id, customer["id"], contact_id, name)
        return customer["id"]

    async def draft(
        self,
        customer_id: str,
        kind: Kind = Kind.INVOICE,
        lines: Sequence[Mapping[str, str]] = (LINE,),
        **fields: str,
    ) -> DocumentRef:
        body = {"customerId": customer_id, "currency": "GBP", **fields}
        document = await self.sequence("POST", PATHS[kind], body)
        of_note = {"creditNoteId": document["id"]} if kind is Kind.CREDIT_NOTE else {}
        for line in lines:
            body = {"externalIds": [], **of_note, **line}
            await self.sequence("POST", f"{PATHS[kind]}/{document['id']}/line-items", body)
        return DocumentRef(account_id=self.account_id, kind=kind, document_id=document["id"])

    async def act(self, ref: DocumentRef, verb: str) -> dict[str, Any]:
        """Do to a document in Sequence what its page offers: finalize, send, void. Nobody signals it."""
        return await self.sequence("POST", f"{PATHS[ref.kind]}/{ref.document_id}/{verb}")

    async def look(self, ref: DocumentRef) -> dict[str, Any]:
        """Read a document in Sequence."""
        return await self.sequence("GET", f"{PATHS[ref.kind]}/{ref.document_id}")

    async def final(self, customer_id: str, kind: Kind = Kind.INVOICE) -> DocumentRef:
        ref = await self.draft(customer_id, kind)
        await self.act(ref, "finalize")
        return ref

    async def finals(self, count: int) -> list[DocumentRef]:
        """Return FINAL documents of one customer, every fourth a credit note."""
        customer_id = await self.customer()
        kinds = [Kind.CREDIT_NOTE if place % 4 == 3 else Kind.INVOICE for place in range(count)]
        return [await self.final(customer_id, kind) for kind in kinds]

    async def signal(self, refs: Sequence[DocumentRef], name: str) -> None:
        await asyncio.gather(*(self.services.workflows.signal(ref, name) for ref in refs))

    async def link(self, ref: DocumentRef) -> DocumentLink:
        return await self.services.store.document(ref)

    async def reach(self, refs: Sequence[DocumentRef], state: SyncState, seconds: float = PATIENCE) -> None:
        """Wait until all of them are in a state."""
        waiting = set(refs)

        async def reached() -> bool:
            links = await self.services.store.documents(account_id=self.account_id, limit=ALL_DOCUMENTS)
            waiting.difference_update(link.ref for link in links if link.state is state)
            return not waiting

        try:
            await until(reached, seconds)
        except TimeoutError:
            stuck = [standing(await self.link(ref)) for ref in sorted(waiting, key=str)[:5]]
            raise AssertionError(f"{len(waiting)} did not become {state}: {stuck}") from None

    async def xero(self, path: str, plural: str, **params: str) -> list[dict[str, Any]]:
        """Read records from Xero as its users see them, amounts exact."""
        answer = await self.people.xero.get(f"/api.xro/2.0/{path}", params=params)
        return simplejson.loads(answer.raise_for_status().text, use_decimal=True)[plural]

    async def in_xero(self, kind: Kind) -> dict[str, list[dict[str, Any]]]:
        """Read all documents of a kind from Xero's own list, amounts exact, by number."""
        plural, number = XERO[kind]
        found: dict[str, list[dict[str, Any]]] = {}
        for row in await self.xero(plural, plural, page="1", pageSize="1000"):
            found.setdefault(row[number], []).append(row)
        return found

    async def assert_once(self, refs: Sequence[DocumentRef], *, sent: bool) -> None:
        """Compare each document in Sequence with the one, and only one, of its number in Xero."""
        books = {kind: await self.in_xero(kind) for kind in Kind}
        for ref, document in zip(refs, await gathered(self.look(ref) for ref in refs), strict=True):
            [row] = books[ref.kind][document[NUMBERS[ref.kind]]]
            assert row["Status"] == "AUTHORISED"
            assert row["Total"] == Decimal(document["grossTotal"])
            assert row.get("SentToContact", False) is sent
            wanted = document["issueDate"] if sent else PLACEHOLDER.isoformat()
            assert row["DateString"].partition("T")[0] == wanted

    async def was_held(self, ref: DocumentRef) -> bool:
        """Whether the document's newest run ever met a hold."""
        history = await self.services.workflows.handle(ref).fetch_history()
        failures = [event.activity_task_failed_event_attributes.failure for event in history.events]
        return any(failure.application_failure_info.type == "Held" for failure in failures)

    def mend(self) -> None:
        """End all faults of both companies."""
        self.companies.xero.faults.clear()
        self.companies.sequence.faults.clear()


@contextlib.asynccontextmanager
async def open_office(
    servers: EmbeddedServers,
    database_url: str,
    *,
    owner_url: str | None = None,
    namespace: str = "default",
    works: bool = True,
    **more: str,
) -> AsyncGenerator[Office]:
    """Open one in this process, on an empty database of the given servers.

    With an `owner_url` that role makes the tables, and the role of `database_url` only works with them. `more` are
    further settings, by the names of their variables. Without `works` there is no worker in this process.
    """
    breaker = Breaker(database_url)
    await breaker.mend()
    async with stand_ins(servers.ports, None, authentication=True) as companies:
        environment = settings_for(
            database_url=breaker.url.get_secret_value(),
            temporal_address=servers.temporal_address,
            xero_url=companies.xero_url,
            sequence_url=companies.sequence_url,
            token_key=Fernet.generate_key().decode(),
        ) | {"XEROSYNC_XERO_TIMEOUT": XERO_TIMEOUT, "TEMPORAL_NAMESPACE": namespace, **more}
        async with contextlib.AsyncExitStack() as held:
            with pytest.MonkeyPatch.context() as patch:
                for name, value in environment.items():
                    patch.setenv(name, value)
                settings = Settings.load(env_file=None)
                await migrate_database(settings.database_url, SecretStr(owner_url) if owner_url else None)
                services = await held.enter_async_context(open_services(settings, budget=NoLimits(), requests=NoPace()))
            people = await held.enter_async_context(people_of(companies.sequence_url, companies.xero_url))
            await connect_stand_ins(services, people)
            # Most stories end when a document is sent; those of payments set it otherwise.
            await services.store.set_defaults(people.account_id, report_payments=False)
            if works:
                await held.enter_async_context(worker_of(services, settings.xero_timeout, settings.sweep_interval))
            yield Office(services, people, companies, breaker, environment)
    await breaker.cut()
