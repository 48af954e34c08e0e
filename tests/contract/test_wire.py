"""Our client and the stand-in, held against Xero's own description of its APIs.

A deviation that is a mistake of the description belongs into `known_mistakes`, with who says so.
"""

import re
from collections.abc import Iterable

from starlette.routing import Route

from standins.xero import create_xero
from standins.xero.owners import WITH_ATTACHMENTS, WITH_HISTORY
from tests.contract.deviations import Examined, Examiner, Found
from tests.contract.known_mistakes import ANSWER, MISTAKES, REQUEST, ROUTES

OF_OUR_CLIENT = {
    "DELETE": {"/connections/{id}"},
    "GET": {
        *("/Accounts", "/Contacts", "/Contacts/{ContactNumber}", "/CreditNotes", "/CreditNotes/{CreditNoteID}"),
        *("/Currencies", "/Invoices", "/Invoices/{InvoiceID}", "/Organisation"),
        *("/TaxRates", "/connections"),
    },
    "POST": {"/CreditNotes", "/Invoices", "/connect/revocation", "/connect/token"},
    "PUT": {
        *("/Contacts", "/CreditNotes", "/CreditNotes/{CreditNoteID}/History", "/Invoices"),
        "/Invoices/{InvoiceID}/History",
    },
}
"""All that our client asks of Xero. A new call belongs here and into `client_calls`."""

OWNERS = {"History": WITH_HISTORY, "Attachments": WITH_ATTACHMENTS}
"""Whose History and files there are; the stand-in serves each by one route for all of them."""


def unknown(found: Iterable[Found]) -> list[str]:
    """Return one line for each deviation that nobody has explained."""
    return [str(one) for one in {one.deviation: one for one in found if one.deviation not in MISTAKES}.values()]


def test_what_our_client_asks_is_what_xero_describes(by_our_client: list[Examined]):
    assert unknown(found for examined in by_our_client for found in examined.on(REQUEST)) == []


def test_what_our_client_is_answered_is_what_xero_describes(by_our_client: list[Examined]):
    assert unknown(found for examined in by_our_client for found in examined.on(ANSWER)) == []


def test_every_kind_of_answer_of_the_stand_in_is_what_xero_describes(by_others: list[Examined]):
    assert unknown(found for examined in by_others for found in examined.on(ANSWER)) == []


def test_every_call_that_our_client_can_make_was_looked_at(by_our_client: list[Examined]):
    made = {(examined.operation.method, examined.operation.path) for examined in by_our_client if examined.operation}

    assert made == {(method, path) for method, paths in OF_OUR_CLIENT.items() for path in paths}


def test_every_route_of_the_stand_in_was_asked(by_our_client: list[Examined], by_others: list[Examined]):
    asked = {(examined.exchange.method, examined.exchange.path) for examined in (*by_our_client, *by_others)}

    never = [
        f"{method} {route.path}"
        for route in _api_routes()
        for method in _methods(route)
        if not any(its == method and route.path_regex.match(path) for its, path in asked)
    ]

    assert sorted(never) == sorted(ROUTES)


def test_every_route_of_the_stand_in_is_one_of_xeros(examiner: Examiner):
    undescribed = {
        f"{method} {route.path}"
        for route in _api_routes()
        for method in _methods(route)
        for path in _paths(route)
        if (examiner.accounting if path.startswith("/api.xro/") else examiner.identity).operation(method, path) is None
    }

    assert sorted(undescribed) == sorted(ROUTES)


def _api_routes() -> list[Route]:
    """Return the routes that stand for Xero; pages and controls for people are not among them."""
    own = ("/_sandbox/", "/page/")
    routes = [route for route in create_xero().routes if isinstance(route, Route)]
    return [route for route in routes if route.path != "/" and not route.path.startswith(own)]


def _methods(route: Route) -> list[str]:
    return sorted((route.methods or set()) - {"HEAD"})


def _paths(route: Route) -> list[str]:
    """Return a path that a route serves, or several: one for each sort of record that it serves alike."""
    owners = next((owners for part, owners in OWNERS.items() if f"/{part}" in route.path), {""})
    return [re.sub(r"\{(\w+)\}", r"\1", route.path.replace("{owner}", owner)) for owner in owners]
