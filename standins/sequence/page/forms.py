"""What the buttons do: the same as the API's calls, then a redirect back to where the user was.

A refusal comes back in the words of the API, on the page it was made from.
"""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from standins import pages
from standins.pages import text_of
from standins.sequence import customers, documents, drafting, invoices, lines
from standins.sequence.errors import Refusal
from standins.sequence.page.views import account_at, kind_at
from standins.sequence.reading import Fields
from standins.sequence.state import new_id, sequence_of


async def clock(request: Request) -> Response:
    """Move the clock by some days or hours, or back to the wall clock."""
    return await pages.act(request, pages.move_clock(sequence_of(request).clock), Refusal)


async def new_customer(request: Request) -> Response:
    """Add a customer with one contact, who is billed."""
    account_at(request)

    def act(form: FormData) -> str:
        filled = _filled(form)
        address = {name: filled.get(name) for name in ("line1", "town", "postcode", "country")}
        contact = {"name": filled.get("contact"), "email": filled.get("email"), "billingPreference": "PRIMARY"}
        body = {name: filled.get(name) for name in ("legalName", "taxStatus")}
        customer = customers.create_customer(request, Fields({**body, "address": address, "contacts": [contact]}))
        return f"{customer.legal_name} is a customer now."

    return await pages.act(request, act, Refusal)


async def archive_customer(request: Request) -> Response:
    """Archive a customer, once."""
    customer = account_at(request).customer(request.path_params["id"])

    def act(_: FormData) -> str:
        customers.archive_customer(request, customer)
        return f"{customer.legal_name} is archived."

    return await pages.act(request, act, Refusal)


async def new_document(request: Request) -> Response:
    """Make a draft with one line, and finalize or send it if the form says so. All of it or nothing."""
    account, kind = account_at(request), kind_at(request)

    def act(form: FormData) -> str:
        filled = _filled(form)
        then = filled.pop("then", "")
        document = drafting.new_document(account, kind, Fields(filled))
        document.lines.append(drafting.new_line(document, _line(form), line_id=new_id(), index=0))
        drafting.total(document)
        documents.add_document(request, kind, document)
        if then:
            documents.move(request, kind, document, then)
        return f"/page/{account.id}/{request.path_params['tab']}/{document.id}"

    return await pages.act(request, act, Refusal)


async def new_line(request: Request) -> Response:
    """Add a line to a draft."""
    account, kind = account_at(request), kind_at(request)
    document = account.register(kind).get(request.path_params["id"])

    def act(form: FormData) -> str:
        line = lines.add_line(request, kind, document, _line(form))
        return f"The line {line.title} is added."

    return await pages.act(request, act, Refusal)


async def payment_status(request: Request) -> Response:
    """Say whether an invoice is paid."""
    account = account_at(request)
    kind_at(request)
    document = account.invoices.get(request.path_params["id"])

    def act(form: FormData) -> str:
        invoices.change_payment_status(request, document, Fields(_filled(form)))
        return f"{document.number} is {document.payment_status.replace('_', ' ').lower()}."

    return await pages.act(request, act, Refusal)


async def move(request: Request) -> Response:
    """Finalize, send, mark as sent, void or delete a document."""
    account, kind = account_at(request), kind_at(request)
    document, verb = account.register(kind).get(request.path_params["id"]), request.path_params["verb"]
    if verb not in documents.VERBS:
        raise KeyError(verb)

    def act(_: FormData) -> str:
        documents.move(request, kind, document, verb)
        unsaid = ", and no webhook says so" if verb == "mark-as-sent" else ""
        return f"{document.number} is {document.status.lower()}{unsaid}."

    return await pages.act(request, act, Refusal)


def _filled(form: FormData) -> dict[str, str]:
    """Return what is filled in."""
    return {name: text for name in form if name != "back" and (text := text_of(form, name))}


def _line(form: FormData) -> Fields:
    """Return a line as the API takes it: the tax rate as a share, the ledger account among the external ids."""
    filled = _filled(form)
    percent, account = pages.number_of(form, "taxPercent"), filled.get("ledgerAccount")
    return Fields(
        {
            **{name: filled[name] for name in ("title", "description", "quantity", "rate") if name in filled},
            "taxRate": str(percent / 100) if percent else "0",
            "externalIds": [{"key": "Xero", "value": account}] if account else [],
        }
    )
