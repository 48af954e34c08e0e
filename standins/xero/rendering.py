"""How documents and contacts look in answers. Amounts are JSON numbers with the places Xero gives them."""

from decimal import Decimal
from typing import Any

from standins.xero.contact_edits import ADDRESS_FIELDS, ADDRESS_TYPES, PHONE_FIELDS, PHONE_TYPES
from standins.xero.dates import date_field, date_string, moment_field, moment_string
from standins.xero.model import Address, Contact, Document, Line, Payment, Phone, Term
from standins.xero.state import Organisation
from standins.xero.totals import FOUR_PLACES, to_places

JSON = dict[str, Any]


def contact_json(contact: Contact, *, detail: bool = True) -> JSON:
    """Return a contact; without `detail` as unpaged lists show it, short of persons, terms and merging."""
    body: JSON = {"ContactID": contact.id}
    _put(body, "ContactNumber", contact.contact_number)
    _put(body, "AccountNumber", contact.account_number)
    body["ContactStatus"] = contact.status
    body["Name"] = contact.name
    _put(body, "FirstName", contact.first_name)
    _put(body, "LastName", contact.last_name)
    _put(body, "CompanyNumber", contact.company_number)
    body["EmailAddress"] = contact.email
    body["BankAccountDetails"] = contact.bank_account_details
    _put(body, "TaxNumber", contact.tax_number)
    _put(body, "AccountsReceivableTaxType", contact.receivable_tax_type)
    _put(body, "AccountsPayableTaxType", contact.payable_tax_type)
    body["Addresses"] = _addresses(contact)
    body["Phones"] = _phones(contact)
    body["UpdatedDateUTC"] = moment_field(contact.updated)
    body["ContactGroups"] = []
    body["IsSupplier"] = contact.is_supplier
    body["IsCustomer"] = contact.is_customer
    _put(body, "DefaultCurrency", contact.default_currency)
    if detail:
        _put(body, "SalesDefaultAccountCode", contact.sales_account_code)
        _put(body, "PurchasesDefaultAccountCode", contact.purchases_account_code)
        body["SalesTrackingCategories"] = []
        body["PurchasesTrackingCategories"] = []
        if contact.sales_terms or contact.bills_terms:
            body["PaymentTerms"] = terms_json(contact.sales_terms, contact.bills_terms)
        _put(body, "MergedToContactID", contact.merged_to)
    body["ContactPersons"] = [_person(contact, index) for index in range(len(contact.persons) if detail else 0)]
    body["HasAttachments"] = False
    body["HasValidationErrors"] = False
    return body


def contact_summary(contact: Contact) -> JSON:
    """Return a contact as summaryOnly=true shows it: the light fields."""
    body: JSON = {"ContactID": contact.id}
    _put(body, "ContactNumber", contact.contact_number)
    _put(body, "AccountNumber", contact.account_number)
    body |= {"ContactStatus": contact.status, "Name": contact.name}
    _put(body, "FirstName", contact.first_name)
    _put(body, "LastName", contact.last_name)
    body |= {
        "EmailAddress": contact.email,
        "UpdatedDateUTC": moment_field(contact.updated),
        "IsSupplier": contact.is_supplier,
        "IsCustomer": contact.is_customer,
    }
    return body


def contact_reference(contact: Contact) -> JSON:
    """Return a contact as documents in unpaged lists show it."""
    return {
        "ContactID": contact.id,
        "Name": contact.name,
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def terms_json(sales: Term | None, bills: Term | None) -> JSON:
    """Return PaymentTerms."""
    body: JSON = {}
    if bills is not None:
        body["Bills"] = {"Day": bills.day, "Type": bills.type}
    if sales is not None:
        body["Sales"] = {"Day": sales.day, "Type": sales.type}
    return body


def line_json(line: Line, organisation: Organisation, unit_places: int) -> JSON:
    """Return a line item; its unit price has two places, or four with unitdp=4."""
    body: JSON = {"Description": line.description}
    if line.account_code is None and not line.line_amount:
        body |= {"LineAmount": line.line_amount, "Tracking": [], "LineItemID": line.id, "ValidationErrors": []}
        return body
    _put(body, "ItemCode", line.item_code)
    body["UnitAmount"] = to_places(line.unit_amount, unit_places)
    body["TaxType"] = line.tax_type
    body["TaxAmount"] = line.tax_amount
    body["LineAmount"] = line.line_amount
    if line.account_code is not None:
        body["AccountCode"] = line.account_code
        account = organisation.account(line.account_code)
        _put(body, "AccountID", account.id if account else None)
    _put(body, "DiscountRate", line.discount_rate)
    _put(body, "DiscountAmount", line.discount_amount)
    body["Tracking"] = [{"Name": name, "Option": option} for name, option in line.tracking]
    body["Quantity"] = _quantity(line.quantity)
    body["LineItemID"] = line.id
    body["ValidationErrors"] = []
    return body


def dates_json(document: Document) -> JSON:
    """Return Date and DueDate with their strings."""
    body: JSON = {"DateString": date_string(document.date), "Date": date_field(document.date)}
    if document.due_date is not None:
        body["DueDateString"] = date_string(document.due_date)
        body["DueDate"] = date_field(document.due_date)
    return body


def totals_json(document: Document) -> JSON:
    """Return status, totals, stamps and currency: the fields that close an invoice and a credit note alike."""
    body: JSON = {
        "Status": document.status,
        "LineAmountTypes": document.line_amount_types,
        "SubTotal": document.sub_total,
        "TotalTax": document.total_tax,
        "Total": document.total,
    }
    body["UpdatedDateUTC"] = moment_field(document.updated)
    body["UpdatedDateUTCString"] = moment_string(document.updated)
    body["CurrencyCode"] = document.currency
    if document.fully_paid_on is not None:
        body["FullyPaidOnDate"] = date_field(document.fully_paid_on)
    return body


def payment_reference(payment: Payment) -> JSON:
    """Return a payment as the document it settles shows it."""
    body: JSON = {
        "PaymentID": payment.id,
        "Date": date_field(payment.date),
        "Amount": payment.amount,
        "CurrencyRate": payment.currency_rate,
        "HasAccount": False,
        "HasValidationErrors": False,
    }
    if payment.reference:
        body["Reference"] = payment.reference
    return body


def _quantity(quantity: Decimal) -> Decimal:
    exponent = quantity.as_tuple().exponent
    return quantity.quantize(FOUR_PLACES) if isinstance(exponent, int) and exponent > -4 else quantity  # noqa: PLR2004


def _addresses(contact: Contact) -> list[JSON]:
    held = {address.type: address for address in contact.addresses}
    return [_slot(held.get(kind) or Address(type=kind)) for kind in ADDRESS_TYPES]


def _slot(address: Address) -> JSON:
    body: JSON = {"AddressType": address.type}
    for name, attribute, _ in ADDRESS_FIELDS:
        _put(body, name, getattr(address, attribute))
    return body


def _phones(contact: Contact) -> list[JSON]:
    held = {phone.type: phone for phone in contact.phones}
    kinds = dict.fromkeys((*PHONE_TYPES, *held))
    return [
        {"PhoneType": kind, **{name: getattr(phone, attribute) for name, attribute, _ in PHONE_FIELDS}}
        for kind, phone in ((kind, held.get(kind) or Phone(type=kind)) for kind in kinds)
    ]


def _person(contact: Contact, index: int) -> JSON:
    person = contact.persons[index]
    return {
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "EmailAddress": person.email,
        "IncludeInEmails": person.include_in_emails,
    }


def _put(body: JSON, name: str, value: object) -> None:
    if value is not None:
        body[name] = value
