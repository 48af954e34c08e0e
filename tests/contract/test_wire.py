"""Our client and the stand-in, held against Xero's own description of its APIs.

A deviation that is a mistake of the description belongs into `known_mistakes`, with who says so.
"""

from collections.abc import Iterable

from starlette.routing import Route

from tests.contract.deviations import Examined, Examiner, Found
from tests.contract.known_mistakes import ANSWER, MISTAKES, REQUEST, ROUTES
from xerosync.sandbox.xero import create_xero

OF_OUR_CLIENT = {
    "DELETE": set(),
    "GET": {
        *("/Accounts", "/Contacts", "/Contacts/{ContactNumber}", "/CreditNotes", "/CreditNotes/{CreditNoteID}"),
        *("/Currencies", "/Invoices", "/Invoices/{InvoiceID}", "/Organisation"),
    },
    "POST": {"/CreditNotes", "/Invoices", "/connect/token"},
    "PUT": {
        *("/Contacts", "/CreditNotes", "/CreditNotes/{CreditNoteID}/History", "/Invoices"),
        "/Invoices/{InvoiceID}/History",
    },
}
"""All that our client asks of Xero. A new call belongs here and into `client_calls`."""


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
    described: dict[str, bool] = {}
    for route in _api_routes():
        description = examiner.accounting if route.path.startswith("/api.xro/") else examiner.identity
        for method in _methods(route):
            paths = [route.path.format_map(_Names(owner)) for owner in _owners(route)]
            described[f"{method} {route.path}"] = any(description.operation(method, path) for path in paths)

    assert sorted(name for name, is_described in described.items() if not is_described) == sorted(ROUTES)


def test_history_attachments_and_pdf_hang_on_the_records_that_xero_describes(
    examiner: Examiner, by_others: list[Examined]
):
    """The stand-in serves them by one route for all records, so each that answers must be described by itself."""
    assert all(
        examined.operation is not None
        for examined in by_others
        if examined.exchange.path.rsplit("/", 1)[1] in {"History", "Attachments", "pdf"}
    )
    assert examiner.accounting.operation("GET", "/api.xro/2.0/Contacts/x/pdf") is None


class _Names(dict[str, str]):
    """Anything for any parameter of a path, and an owner for `owner`."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner=owner)

    def __missing__(self, key: str) -> str:
        return key


def _owners(route: Route) -> tuple[str, ...]:
    return ("Invoices", "CreditNotes") if "{owner}" in route.path else ("",)


def _api_routes() -> list[Route]:
    """Return the routes that stand for Xero; pages and controls for people are not among them."""
    own = ("/_sandbox/", "/page/")
    routes = [route for route in create_xero().routes if isinstance(route, Route)]
    return [route for route in routes if route.path != "/" and not route.path.startswith(own)]


def _methods(route: Route) -> list[str]:
    return sorted((route.methods or set()) - {"HEAD"})
