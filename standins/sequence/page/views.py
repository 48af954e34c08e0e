"""What the pages show: one page of documents or customers, newest first, one document, and the form for a new one."""

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standins import pages
from standins.pages import Listed
from standins.sequence import money
from standins.sequence.errors import NotFound
from standins.sequence.kinds import CREDIT_NOTE, INVOICE, PAYMENT_STATUSES, TAX_STATUSES, Kind
from standins.sequence.rendering import balance
from standins.sequence.state import Account, sequence_of

KINDS = {"invoices": INVOICE, "credit-notes": CREDIT_NOTE}
STATUSES = ("DRAFT", "FINAL", "SENT", "VOIDED")
_CUSTOMERS_OFFERED = 200


def account_at(request: Request) -> Account:
    """Return the account that the address names, and make it the request's. Raises NotFound."""
    account: Account = sequence_of(request).account(request.path_params["account"])
    request.state.account = account
    return account


def kind_at(request: Request) -> Kind:
    """Return the kind of document that the address names. Raises KeyError."""
    return KINDS[request.path_params["tab"]]


async def overview(request: Request) -> Response:
    """Show the accounts, the clock and what is going on."""
    sequence = sequence_of(request)
    return _show(
        request,
        "overview.html",
        accounts=list(sequence.accounts),
        faults=[rule for rule in sequence.faults.rules if rule.times != 0],
        calls=sequence.journal.count(),
        is_checked=sequence.authentication,
    )


async def documents(request: Request) -> Response:
    """Show a page of invoices or credit notes; `status` or `customer` narrows it, `number` looks one up."""
    account, kind = account_at(request), kind_at(request)
    register, query = account.register(kind), request.query_params
    status, number, customer = query.get("status", ""), query.get("number", "").strip(), query.get("customer")
    if number:
        found = register.numbered(number)
        listed = Listed.found([found] if found else [])
    else:
        seqs = register.order
        if customer:
            seqs = register.of_customer(account.customer(customer).id)
        elif status:
            seqs = register.with_status(status)
        listed = Listed.asked(request, len(seqs), lambda start, stop: [register[seq] for seq in seqs[start:stop]])
    return _show(
        request,
        "documents.html",
        account=account,
        kind=kind,
        tab=request.path_params["tab"],
        listed=listed,
        status=status,
        number=number,
        customer=account.customer(customer) if customer else None,
        statuses=STATUSES,
        counts={name: len(register.with_status(name)) for name in STATUSES},
    )


async def document(request: Request) -> Response:
    """Show one document with its lines and what can be done with it."""
    account, kind = account_at(request), kind_at(request)
    found = account.register(kind).get(request.path_params["id"])
    return _show(
        request,
        "document.html",
        account=account,
        kind=kind,
        tab=request.path_params["tab"],
        document=found,
        customer=account.customer(found.customer_id),
        balance=balance(found),
        credited=account.invoices.find(found.credited_invoice_id),
        payment_statuses=PAYMENT_STATUSES,
    )


async def new_document(request: Request) -> Response:
    """Show the form for a new document, for the `customer` that the address names or one of the newest."""
    account, kind = account_at(request), kind_at(request)
    newest = [account.customers_by_seq[seq] for seq in reversed(account.customer_order[-_CUSTOMERS_OFFERED:])]
    chosen = account.customers.get(request.query_params.get("customer", ""))
    if chosen is not None and chosen not in newest:
        newest.insert(0, chosen)
    return _show(
        request,
        "new.html",
        account=account,
        kind=kind,
        tab=request.path_params["tab"],
        customers=[each for each in newest if each.archived_at is None and each.status == "ACTIVE"],
        chosen=chosen,
        credited=account.invoices.find(request.query_params.get("invoice")),
        currencies=sorted(money.CURRENCIES),
    )


async def open_document(request: Request) -> Response:
    """Lead to a document of whichever account has it: links from elsewhere know its kind and id alone."""
    kind, wanted = kind_at(request), request.path_params["id"]
    for account in sequence_of(request).accounts:
        if account.register(kind).find(wanted):
            return RedirectResponse(f"/page/{account.id}/{request.path_params['tab']}/{wanted}")
    raise NotFound(f"There is no document {wanted}")


async def customers(request: Request) -> Response:
    """Show a page of customers and the form for a new one; `number` finds those with a part of a name."""
    account = account_at(request)
    order, everybody = account.customer_order, account.customers_by_seq
    wanted = request.query_params.get("number", "").strip()
    if wanted:
        part = wanted.casefold()
        order = [seq for seq in order if part in everybody[seq].legal_name.casefold()]
    listed = Listed.asked(request, len(order), lambda start, stop: [everybody[seq] for seq in order[start:stop]])
    return _show(
        request,
        "customers.html",
        account=account,
        tab="customers",
        listed=listed,
        number=wanted,
        invoices={each.id: len(account.invoices.of_customer(each.id)) for each in listed.rows},
        tax_statuses=TAX_STATUSES,
    )


def missing(request: Request) -> Response:
    """Say that there is no such page."""
    return _show(request, "missing.html", http_status=404)


def _show(request: Request, template: str, *, http_status: int = 200, **context: Any) -> Response:
    clock = sequence_of(request).clock
    return pages.show(request, "sequence", template, clock, http_status=http_status, amount=_amount, **context)


def _amount(minor: int, currency: str) -> str:
    """Return minor units with thousands in groups: 2000010 in GBP is "20,000.10"."""
    return f"{Decimal(money.text(minor, currency)):,}"
