"""The customers of an account: linked or not, which contacts they may be, and how they get into Xero."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from temporalio.client import WorkflowFailureError

from xerosync.connection.connection import Connection
from xerosync.core.errors import MisconfiguredError
from xerosync.core.people import Role
from xerosync.core.temporal import NO_ANSWER
from xerosync.customers.customer import Customer
from xerosync.customers.messages import PushOutcome
from xerosync.documents.describe import contact_link
from xerosync.operations.customers import (
    UnknownCustomerError,
    customer_of,
    likely_contacts,
    link_to_contact,
    unlink_from_contact,
)
from xerosync.operations.defaults import connected
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.selection import flag_in, text_in
from xerosync.web.forms import fields
from xerosync.web.pages import number_in, render

_LOOKED_THROUGH = 1_000
"""Customers of Sequence in which a page looks for those that are not linked, by itself: a hundred with each request."""
_ENOUGH = 50
_AWAITED = 50
_PUSH_SECONDS = 8
"""How long a page waits for a push; one that takes longer goes on without it."""

_PUSHED = {
    PushOutcome.CREATED: "It was created in Xero and is linked to its contact there.",
    PushOutcome.ADOPTED: "It was in Xero already and is linked to its contact there.",
    PushOutcome.UPDATED: "Its contact in Xero was changed.",
    PushOutcome.UNCHANGED: "Its contact in Xero is as it should be: nothing was changed.",
    PushOutcome.SHARED: "It shares its contact with another customer, whose details stay on it.",
    PushOutcome.SKIPPED: "It is not in Xero, and new customers are not pushed by themselves (see Settings).",
}


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the customers."""
    page = CustomersPage(services)
    one = "/accounts/{account}/customers/{customer}"
    return [
        Route("/accounts/{account}/customers", page.list),
        Route(one, page.show),
        Route(f"{one}/link", page.link, methods=["POST"]),
        Route(f"{one}/unlink", page.unlink, methods=["POST"]),
        Route(f"{one}/push", page.push, methods=["POST"]),
    ]


class _Listed(NamedTuple):
    """Customers of one page of Sequence to show, contacts by customer, and what leads to the next page.

    `shown` and `looked` count the customers shown and looked at so far, with those of the pages before.
    """

    customers: Sequence[Customer]
    contacts: Mapping[str, str]
    after: str | None
    shown: int
    looked: int


class CustomersPage:
    """Lists customers, and links one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def list(self, request: Request) -> Response:
        """Show customers that Sequence lists, and which are linked: all, those of a name, or those without a link."""
        query = request.query_params
        search, is_unlinked = " ".join(text_in(query, "search").split()), flag_in(query, "unlinked")
        address = request.url.path + _query(search, is_unlinked)
        if "" in query.values():
            return RedirectResponse(address, 303)
        connection = await connected(self._services, request.path_params["account"])
        account_id = connection.account_id
        found = await self._listed(request, account_id, search, is_unlinked)
        is_first = "after" not in query or flag_in(query, "from_first")
        next_page = request.url.path + _query(search, is_unlinked, found.after) if found.after else None
        so_far = f"&shown={found.shown}&looked={found.looked}{'&from_first=yes' if is_first else ''}"
        awaited = "after" not in query and is_unlinked and not search
        return render(
            request,
            "customers.html",
            search=search,
            is_unlinked=is_unlinked,
            found=found,
            urls={each: contact_link(connection.short_code, each) for each in found.contacts.values()},
            awaited=await self._services.document_lists.awaited_customers(account_id, _AWAITED) if awaited else [],
            is_first=is_first,
            first=address,
            next=next_page,
            more=f"{next_page}{so_far}" if is_unlinked and _looks_on(found) else None,
        )

    async def _listed(self, request: Request, account_id: str, search: str, is_unlinked: bool) -> _Listed:
        """Read a page of Sequence."""
        query = request.query_params
        page, after = await self._services.customers.page(account_id, query.get("after"), name=search)
        contacts = await self._services.store.contacts_of(account_id, [each.id for each in page])
        rows = [each for each in page if not (is_unlinked and each.id in contacts)]
        shown, looked = number_in(query, "shown") + len(rows), number_in(query, "looked") + len(page)
        return _Listed(rows, contacts, after, shown, looked)

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show a customer with its contact, or the contacts that it may be."""
        query = request.query_params
        done = None
        if "linked" in query:
            released = number_in(query, "linked")
            went = f" {released} {'document that waited goes' if released == 1 else 'documents that waited go'} on."
            done = f"Linked.{went if released else ''}"
        elif "unlinked" in query:
            done = "The link was removed, here and in Sequence. Documents in Xero stay as they are."
        return await self._page(request, done=done)

    @needs(Role.OPERATOR)
    async def link(self, request: Request) -> Response:
        """Link the customer to the contact that was chosen."""
        connection, customer_id = await self._named(request)
        contact_id = (await fields(request)).get("contact", "")
        if not contact_id:
            return await self._page(request, problem="Choose a contact.")
        try:
            customer = await customer_of(self._services, connection.account_id, customer_id)
            linked = await link_to_contact(self._services, connection, customer, contact_id)
        except MisconfiguredError as refusal:
            return await self._page(request, problem=str(refusal))
        return RedirectResponse(f"{_address(request)}?linked={len(linked.released)}", 303)

    @needs(Role.OPERATOR)
    async def unlink(self, request: Request) -> Response:
        """Remove the customer's link."""
        connection, customer_id = await self._named(request)
        try:
            customer = await customer_of(self._services, connection.account_id, customer_id)
            await unlink_from_contact(self._services, connection, customer)
        except MisconfiguredError as refusal:
            return await self._page(request, problem=str(refusal))
        return RedirectResponse(f"{_address(request)}?unlinked=yes", 303)

    @needs(Role.OPERATOR)
    async def push(self, request: Request) -> Response:
        """Make the customer a contact in Xero, or bring there what changed of it."""
        connection, customer_id = await self._named(request)
        await self._services.customer_workflows.push(connection.account_id, customer_id)
        handle = self._services.customer_workflows.pushing(connection.account_id, customer_id)
        try:
            result = await asyncio.wait_for(handle.result(), _PUSH_SECONDS)
        except (TimeoutError, WorkflowFailureError, *NO_ANSWER):
            return await self._page(request, done="The push is under way, and goes on by itself. Reload to see.")
        held = await self._services.imports.push_hold(connection.account_id, customer_id)
        if result.outcome is PushOutcome.HELD:
            words = held.words if held else result.hold.sentence if result.hold else "It was not pushed."
            return await self._page(request, problem=words, proposal=result.proposal)
        return await self._page(request, done=_PUSHED[result.outcome])

    async def _named(self, request: Request) -> tuple[Connection, str]:
        return await connected(self._services, request.path_params["account"]), request.path_params["customer"]

    async def _page(
        self, request: Request, *, problem: str | None = None, done: str | None = None, proposal: str | None = None
    ) -> Response:
        connection, customer_id = await self._named(request)
        account_id = connection.account_id
        try:
            customer = await customer_of(self._services, account_id, customer_id)
        except UnknownCustomerError as unknown:
            raise HTTPException(404, str(unknown)) from None
        contact_id = await self._services.store.contact_of(account_id, customer_id)
        may_act = request.state.person.may(Role.OPERATOR)
        # A search costs calls of the organisation's day: only who may link is shown its result.
        is_searching = may_act and (contact_id is None or "search" in request.query_params)
        likely = await likely_contacts(self._services, connection, customer) if is_searching else []
        return render(
            request,
            "customer.html",
            status_code=409 if problem else 200,
            address=_address(request),
            customer=customer,
            contact_id=contact_id,
            contact_url=contact_link(connection.short_code, contact_id) if contact_id else None,
            likely=[(each, contact_link(connection.short_code, each.suggestion.contact.contact_id)) for each in likely],
            is_searching=is_searching,
            proposal=proposal,
            push_hold=await self._services.imports.push_hold(account_id, customer_id),
            may_act=may_act,
            problem=problem,
            done=done,
        )


def _looks_on(found: _Listed) -> bool:
    """Return whether a page that looks for customers without a link reads the next page of Sequence by itself."""
    return found.after is not None and found.looked < _LOOKED_THROUGH and found.shown < _ENOUGH


def _query(search: str, is_unlinked: bool, after: str | None = None) -> str:
    parts = {"search": search, "unlinked": "yes" if is_unlinked else "", "after": after or ""}
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"?{query}" if query else ""


def _address(request: Request) -> str:
    return f"/accounts/{request.path_params['account']}/customers/{request.path_params['customer']}"
