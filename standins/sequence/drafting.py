"""Making and changing documents from request bodies: what may be set, and what its customer gives.

`issueDate`, `paymentTermDays` and `invoiceNumber` (or `creditNoteNumber`) are taken here although Sequence's API
sets them by itself: they let a test or a demo place a document in time. Everything else follows Sequence.
"""

from collections.abc import Callable, Mapping
from typing import Any

from standins.sequence import money
from standins.sequence.errors import Invalid, NotAllowed
from standins.sequence.kinds import CREDIT_NOTE, INCLUSIVE, INVOICE, Kind
from standins.sequence.reading import Fields
from standins.sequence.records import Customer, Document, Group, Line, Period
from standins.sequence.register import Register
from standins.sequence.state import Account, new_id

PAYMENT_TERM_DAYS = 30
RATE_DISPLAYS = ("ABSOLUTE", "PERCENTAGE")

Reader = Callable[[Fields, str], Any]

_COMMON: Mapping[str, tuple[str, Reader]] = {
    "purchaseOrderNumber": ("purchase_order_number", Fields.text),
    "memo": ("memo", Fields.text),
    "customerEmails": ("emails", Fields.texts),
    "customerLegalCompanyName": ("legal_name", Fields.text),
    "customerBillingAddress": ("billing_address", Fields.address),
    "customerShippingAddress": ("shipping_address", Fields.address),
    "metadata": ("metadata", Fields.pairs),
    "accountingDate": ("accounting_date", Fields.day),
    "issueDate": ("issue_date", Fields.day),
    "billingScheduleId": ("billing_schedule_id", Fields.text),
}
_DETAILS: Mapping[str, Mapping[str, tuple[str, Reader]]] = {
    INVOICE.name: {
        **_COMMON,
        "reference": ("reference", Fields.text),
        "dueDate": ("due_date", Fields.day),
        "paymentTermDays": ("payment_term_days", Fields.whole),
        "billingPeriod": ("billing_period", lambda fields, name: fields.period(name, *INCLUSIVE)),
    },
    CREDIT_NOTE.name: {
        **_COMMON,
        "customerTaxId": ("tax_id", Fields.text),
    },
}


def new_document(account: Account, kind: Kind, fields: Fields, document_id: str | None = None) -> Document:
    """Return a draft that is in no register yet. Raises Invalid, NotAllowed."""
    customer = _billable(account, fields)
    currency = fields.need("currency", fields.choice("currency", money.CURRENCIES))
    details = _details(kind, fields, customer, whole=True)
    credited = _credited(account, fields, customer, currency) if kind is CREDIT_NOTE else None
    number = fields.text(kind.number) or None
    if number is not None:
        account.register(kind).refuse_taken(number)
    now = account.stamp()
    return Document(
        seq=account.register(kind).next_seq,
        id=document_id or new_id(),
        customer_id=customer.id,
        currency=currency,
        created_at=now,
        updated_at=now,
        number=number,
        tax_status=customer.tax_status,
        credited_invoice_id=credited,
        **details,
    )


def revise(account: Account, register: Register, document: Document, fields: Fields, *, whole: bool) -> None:
    """Change a draft: `whole` (PUT) takes what is absent as cleared, else (PATCH) as unchanged. Raises Invalid."""
    customer = account.customer(document.customer_id)
    details = _details(register.kind, fields, customer, whole=whole)
    currency = fields.choice("currency", money.CURRENCIES)
    number = fields.text(register.kind.number) or None
    if number is not None:
        register.set_number(document, number)
    for attribute, value in details.items():
        setattr(document, attribute, value)
    if register.kind is INVOICE and currency is not None and currency != document.currency:
        document.currency = currency
        for line in document.lines:
            line.net, line.tax = money.line_totals(line.quantity, line.rate, line.tax_rate, currency)
        total(document)
    document.updated_at = account.stamp()


def total(document: Document) -> None:
    """Make the document's totals the sums of its lines."""
    document.net = sum(line.net for line in document.lines)
    document.tax = sum(line.tax for line in document.lines)


def new_line(document: Document, fields: Fields, *, line_id: str, index: int) -> Line:
    """Return a line that stands in no document yet, its totals computed. Raises Invalid."""
    quantity = fields.need("quantity", fields.decimal("quantity"))
    rate = fields.need("rate", fields.decimal("rate"))
    tax_rate = fields.need("taxRate", fields.decimal("taxRate"))
    net, tax = money.line_totals(quantity, rate, tax_rate, document.currency)
    group_id = fields.text("groupId")
    if group_id is not None and not any(group.id == group_id for group in document.groups):
        raise Invalid(f"{fields.path('groupId')} names no group of this document")
    return Line(
        id=line_id,
        index=index,
        title=fields.full("title"),
        quantity=quantity,
        rate=rate,
        tax_rate=tax_rate,
        net=net,
        tax=tax,
        rate_display=fields.choice("rateDisplay", RATE_DISPLAYS) or "ABSOLUTE",
        description=fields.text("description"),
        group_id=group_id,
        service_period=_service_period(fields),
        external_ids=fields.pairs("externalIds") or (),
        price_id=fields.text("priceId"),
        product_id=fields.text("productId"),
        credited_line_id=fields.text("lineItemId"),
    )


def _service_period(fields: Fields) -> Period | None:
    """Return a line's service period by the names of either kind: which a request takes is not published."""
    child = fields.child("servicePeriod")
    is_of_note = child is not None and child.text(CREDIT_NOTE.period[0]) is not None
    return fields.period("servicePeriod", *(CREDIT_NOTE if is_of_note else INVOICE).period)


def next_index(rows: list[Line] | list[Group]) -> int:
    """Return the index for one more line or group: after the last, gaps are not filled."""
    return rows[-1].index + 1 if rows else 0


def _details(kind: Kind, fields: Fields, customer: Customer, *, whole: bool) -> dict[str, Any]:
    """Return attributes of a document from the fields that are given; if `whole`, with defaults for the others."""
    details: dict[str, Any] = {}
    for name, (attribute, read) in _DETAILS[kind.name].items():
        if whole or fields.given(name):
            value = read(fields, name)
            details[attribute] = _default(attribute, kind, customer) if value is None else value
    if "due_date" in details:
        details["due_date_given"] = details["due_date"] is not None
    if kind is CREDIT_NOTE and (whole or fields.given("billingPeriodStart")):
        details["billing_period"] = _billing_period(fields)
    return details


def _default(attribute: str, kind: Kind, customer: Customer) -> Any:
    """Return the default of a detail, often taken from the customer."""
    match attribute:
        case "emails":
            billed = ("PRIMARY", "STANDARD")
            return tuple(each.email for each in customer.contacts if each.billing_preference in billed)
        case "legal_name":
            return customer.legal_name
        case "billing_address" | "shipping_address":
            return customer.address
        case "metadata":
            return ()
        case "payment_term_days":
            return PAYMENT_TERM_DAYS if kind is INVOICE else None
        case _:
            return None


def _billable(account: Account, fields: Fields) -> Customer:
    customer = account.customers.get(fields.full("customerId"))
    if customer is None:
        raise Invalid(f"{fields.path('customerId')} names no customer")
    if customer.status == "DRAFT":
        raise NotAllowed(f"The customer {customer.id} is a draft and can't be billed yet")
    return customer


def _credited(account: Account, fields: Fields, customer: Customer, currency: str) -> str | None:
    """Return the id of the invoice that is credited: of the same customer and currency, if one is named."""
    invoice_id = fields.text("invoiceId")
    if invoice_id is None:
        return None
    invoice = account.invoices.find(invoice_id)
    if invoice is None:
        raise Invalid(f"{fields.path('invoiceId')} names no invoice")
    if (invoice.customer_id, invoice.currency) != (customer.id, currency):
        raise Invalid(f"{fields.path('invoiceId')} names an invoice of another customer or currency")
    return invoice_id


def _billing_period(fields: Fields) -> Period | None:
    """Return a credit note's billing period, given as two instants."""
    start, end = fields.text("billingPeriodStart"), fields.text("billingPeriodEnd")
    return Period(start[:10], end[:10]) if start and end else None
