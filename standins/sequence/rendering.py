"""How records look on the wire. Optional things that are not there are left out, never null.

A list, and the calls that change a status, answer an invoice without `balance`, `balanceVersion`,
`paymentTermDays`, `dueDateSource` and what was paid and credited; `GET /invoices/{id}`, POST and PUT answer them. A
credit note carries no `dueDate`, `reference`, `paymentStatus`, `customerTaxStatus`, `createdAt` or `updatedAt`. A list
of customers leaves out `contacts` and `status`.

What the stand-in does not have (payments by themselves, credit grants, payments through other services) is answered
as an empty list or object, because these fields are required.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from standins.sequence import money
from standins.sequence.kinds import INCLUSIVE, INVOICE, Kind
from standins.sequence.records import Address, Alias, Contact, Customer, Document, Group, Line, Pairs, Period, Policy
from standins.sequence.state import Account

JSON = dict[str, Any]


def document(account: Account, kind: Kind, record: Document, *, full: bool = True) -> JSON:
    """Return an invoice or a credit note; `full` matters to invoices only."""
    if kind is INVOICE:
        return _invoice(account, record, full=full)
    return _credit_note(account, record)


def _shared(account: Account, record: Document) -> JSON:
    currency = record.currency
    return {
        "id": record.id,
        "sequenceAccountId": account.id,
        "billingScheduleId": record.billing_schedule_id,
        "status": record.status,
        "currency": currency,
        "issueDate": record.issue_date,
        "purchaseOrderNumber": record.purchase_order_number,
        "memo": record.memo,
        "customerId": record.customer_id,
        "customerEmails": list(record.emails),
        "customerLegalCompanyName": record.legal_name,
        "customerBillingAddress": address(record.billing_address),
        "customerShippingAddress": address(record.shipping_address),
        "customerTaxId": record.tax_id,
        "netTotal": money.text(record.net, currency),
        "totalTax": money.text(record.tax, currency),
        "grossTotal": money.text(record.gross, currency),
        "metadata": _pairs(record.metadata),
        "linkedServices": [
            _present(
                {
                    "externalId": link.external_id,
                    "externalService": link.external_service,
                    "syncTime": link.sync_time,
                    "externalUrl": link.external_url,
                }
            )
            for link in record.linked_services
        ],
    }


def _invoice(account: Account, record: Document, *, full: bool) -> JSON:
    body = _shared(account, record) | {
        "invoiceNumber": record.number,
        "dueDate": record.due_date,
        "accountingDate": record.accounting_date or record.issue_date or record.created_at[:10],
        "reference": record.reference,
        "customerTaxStatus": record.tax_status,
        "billingPeriod": _period(record.billing_period, INCLUSIVE),
        "paymentStatus": record.payment_status,
        "creditNoteIds": list(record.credit_note_ids),
        "isCustomerArchived": account.customer(record.customer_id).archived_at is not None,
        "renderSettings": {"paymentLinkDisplay": "SHOW_PAYMENT_LINK"},
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
    }
    if full:
        if record.balance_version:
            body["balance"] = money.text(balance(record), record.currency)
            body["balanceVersion"] = record.balance_version
        body["paymentTermDays"] = record.payment_term_days
        body["dueDateSource"] = "MANUAL" if record.due_date_given else "CALCULATED"
        body["paymentAllocations"] = []
        body["appliedCreditNotes"] = _applied_notes(account, record)
        body["appliedCreditGrants"] = []
        body["projectedCreditGrants"] = []
        body["integrationPaymentStatuses"] = {}
    return _present(body)


def _credit_note(account: Account, record: Document) -> JSON:
    currency = record.currency
    invoice = account.invoices.find(record.credited_invoice_id)
    body = _shared(account, record) | {
        "creditNoteNumber": record.number,
        "invoiceId": record.credited_invoice_id,
        "invoiceNumber": None if invoice is None else invoice.number,
        "accountingDate": record.accounting_date,
        "settings": {"generateCashCreditGrant": "DISABLED"},
        "applications": [
            _present(
                {
                    "invoiceId": applied.invoice_id,
                    "invoiceNumber": account.invoices.get(applied.invoice_id).number,
                    "amount": money.text(applied.amount, currency),
                    "appliedAt": applied.applied_at,
                }
            )
            for applied in record.applications
        ],
    }
    if record.billing_period is not None:
        body["billingPeriodStart"] = f"{record.billing_period.start}T00:00:00Z"
        body["billingPeriodEnd"] = f"{record.billing_period.end}T00:00:00Z"
    if record.balance_version:
        body["balance"] = money.text(balance(record), currency)
        body["balanceVersion"] = record.balance_version
        body["applicationStatus"] = (
            "UNAPPLIED"
            if not record.applied
            else "FULLY_APPLIED"
            if record.applied == record.gross
            else "PARTIALLY_APPLIED"
        )
    return _present(body)


def _applied_notes(account: Account, invoice: Document) -> list[JSON]:
    """Return the credit notes of which a part was allocated to an invoice."""
    if not invoice.applied:
        return []
    notes = [account.credit_notes[seq] for seq in account.credit_notes.of_customer(invoice.customer_id)]
    return [
        _present(
            {
                "id": note.id,
                "creditNoteNumber": note.number,
                "netTotal": money.text(note.net, note.currency),
                "totalTax": money.text(note.tax, note.currency),
                "grossTotal": money.text(note.gross, note.currency),
                "lineItems": [
                    {
                        "name": line.title,
                        "netTotal": money.text(line.net, note.currency),
                        "grossTotal": money.text(line.net + line.tax, note.currency),
                        "invoiceLineItemIds": [line.credited_line_id] if line.credited_line_id else [],
                    }
                    for line in note.lines
                ],
            }
        )
        for note in notes
        if any(applied.invoice_id == invoice.id for applied in note.applications)
    ]


def balance(record: Document) -> int:
    """Return what is left to pay of an invoice, or to apply of a credit note, in minor units."""
    if record.payment_status == "PAID" or record.status == "VOIDED":
        return 0
    return record.gross - record.applied


def line(kind: Kind, parent: Document, record: Line) -> JSON:
    """Return a line of an invoice or a credit note."""
    currency = parent.currency
    return _present(
        {
            "id": record.id,
            kind.line_parent: parent.id,
            "lineItemId": record.credited_line_id,
            "title": record.title,
            "description": record.description,
            "quantity": record.quantity,
            "rate": record.rate,
            "taxRate": record.tax_rate,
            "servicePeriod": _period(record.service_period, kind.period),
            "index": record.index,
            "groupId": record.group_id,
            "netTotal": money.text(record.net, currency),
            "totalTax": money.text(record.tax, currency),
            "grossTotal": money.text(record.net + record.tax, currency),
            "priceId": record.price_id,
            "productId": record.product_id,
            "rateDisplay": record.rate_display,
            "externalIds": _pairs(record.external_ids),
        }
    )


def group(kind: Kind, parent: Document, record: Group) -> JSON:
    """Return a group with the totals of its lines."""
    within = [each for each in parent.lines if each.group_id == record.id]
    net, tax = sum(each.net for each in within), sum(each.tax for each in within)
    return _present(
        {
            "id": record.id,
            kind.line_parent: parent.id,
            "title": record.title,
            "description": record.description,
            "index": record.index,
            "netTotal": money.text(net, parent.currency),
            "totalTax": money.text(tax, parent.currency),
            "grossTotal": money.text(net + tax, parent.currency),
        }
    )


def customer(account: Account, record: Customer) -> JSON:
    """Return a customer; archived contacts are left out."""
    return listed_customer(account, record) | {
        "contacts": [contact(each) for each in record.contacts if each.archived_at is None],
        "status": record.status,
    }


def listed_customer(account: Account, record: Customer) -> JSON:
    """Return a customer as a list shows it: without contacts and status."""
    return _present(
        {
            "id": record.id,
            "createdAt": record.created_at,
            "organizations": [_organization(account, owner) for owner in _owners(account, record)],
            "legalName": record.legal_name,
            "address": address(record.address),
            "url": record.url,
            "label": record.label,
            "taxStatus": record.tax_status,
            "integrationIds": [
                _present(
                    {
                        "service": each.service,
                        "id": each.id,
                        "lastSynced": each.last_synced,
                        "isPending": each.pending,
                    }
                )
                for each in record.integration_ids
            ],
            "archivedAt": record.archived_at,
            "customProperties": dict(record.custom_properties),
        }
    )


def _owners(account: Account, record: Customer) -> list[Customer]:
    """Return who owns the organizations that a customer is in: its parent, and itself where it is one."""
    parent = [account.customers[record.parent_id]] if record.parent_id is not None else []
    return parent + ([record] if account.children.get(record.id) else [])


def _organization(account: Account, owner: Customer) -> JSON:
    members = sorted((account.customers[each] for each in account.children[owner.id]), key=lambda each: each.seq)
    return {
        "id": str(uuid5(NAMESPACE_URL, f"organization:{owner.id}")),
        "owner": {"id": owner.id, "name": owner.legal_name},
        "members": [{"id": each.id, "name": each.legal_name} for each in members],
    }


def customer_by_alias(account: Account, record: Customer) -> JSON:
    """Return a customer in the older shape of `/customers/by-alias`: addresses of people instead of contacts."""
    body = listed_customer(account, record)
    del body["organizations"], body["customProperties"]
    there = [each for each in record.contacts if each.archived_at is None]
    primary = next((each for each in there if each.billing_preference == "PRIMARY"), None)
    return body | {
        "contactName": primary.name if primary else "",
        "email": primary.email if primary else "",
        "billingEmails": [each.email for each in there if each.billing_preference != "NONE"],
    }


def contact(record: Contact) -> JSON:
    """Return a contact of a customer."""
    return _present(
        {
            "id": record.id,
            "name": record.name,
            "email": record.email,
            "billingPreference": record.billing_preference,
            "createdAt": record.created_at,
            "updatedAt": record.updated_at,
            "archivedAt": record.archived_at,
        }
    )


def alias(account: Account, record: Alias) -> JSON:
    """Return an alias of a customer."""
    return _present(
        {
            "id": record.id,
            "sequenceAccountId": account.id,
            "customerId": record.customer_id,
            "value": record.value,
            "label": record.label,
            "createdAt": record.created_at,
        }
    )


def policy(account: Account, record: Policy) -> JSON:
    """Return a notification policy, its secret included."""
    return _present(
        {
            "id": record.id,
            "createdAt": record.created_at,
            "sequenceAccountId": account.id,
            "name": record.name,
            "notificationTypes": None if record.types is None else list(record.types),
            "recipients": list(record.recipients),
            "channel": record.channel,
            "webhookSecret": record.secret,
        }
    )


def address(record: Address) -> JSON:
    """Return an address."""
    return _present(
        {
            "line1": record.line1,
            "line2": record.line2,
            "town": record.town,
            "state": record.state,
            "postcode": record.postcode,
            "country": record.country,
        }
    )


def _period(record: Period | None, names: tuple[str, str]) -> JSON | None:
    return None if record is None else dict(zip(names, (record.start, record.end), strict=True))


def _pairs(pairs: Pairs) -> list[JSON]:
    return [{"key": key, "value": value} for key, value in pairs]


def _present(body: JSON) -> JSON:
    return {name: value for name, value in body.items() if value is not None}
