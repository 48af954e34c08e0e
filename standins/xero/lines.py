"""Reads the line items of a request into lines, or says what is wrong with them in Xero's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from standins.xero.errors import InvalidError
from standins.xero.model import ONE, ZERO, Account, Item, Line, TaxRate
from standins.xero.query import number_of, text_of
from standins.xero.state import Organisation, class_of
from standins.xero.texts import length_of, too_long
from standins.xero.totals import line_total, shared, tax_on, to_cents, to_places

_CLOSED_SYSTEM_ACCOUNTS = {"DEBTORS", "CREDITORS", "RETAINEDEARNINGS", "UNPAIDEXPCLM", "TRACKINGTRANSFERS"}
_NO_TAX = TaxRate(tax_type="NONE", name="No VAT", rate=ZERO, report_tax_type="NONE", sales=True, purchases=True)
MAX_DISCOUNT = Decimal(100)
MAX_DESCRIPTION = 4000
MAX_LINE_AMOUNT = Decimal("9999999999.99")


@dataclass(frozen=True, slots=True)
class LineRules:
    """What the lines of one document are read under."""

    organisation: Organisation
    line_amount_types: str
    unit_places: int
    approved: bool
    existing: Mapping[str, Line]


def read_lines(items: object, rules: LineRules) -> tuple[Line, ...]:
    """Return the lines that replace all lines of a document.

    A line with the LineItemID of an existing one is that line, changed; any other is new. Raises InvalidError
    with every reason found.
    """
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidError("One or more line items must be specified")
    lines: list[Line] = []
    messages: list[str] = []
    for item in items:
        try:
            lines.append(_read_line(item, rules))
        except InvalidError as error:
            messages += error.messages
    if messages:
        raise InvalidError(*dict.fromkeys(messages))
    return tuple(lines)


def reread_lines(lines: tuple[Line, ...], rules: LineRules) -> tuple[Line, ...]:
    """Return existing lines as they come out under these rules. Raises InvalidError where one no longer stands."""
    return read_lines([{"LineItemID": line.id} for line in lines], rules)


def _read_line(item: Mapping[str, Any], rules: LineRules) -> Line:
    organisation = rules.organisation
    old = rules.existing.get((text_of(item, "LineItemID") or "").lower())
    product = _product(item, organisation)
    description = text_of(item, "Description")
    if description is None:
        description = old.description if old else (product.description if product else "")
    if length_of(description) > MAX_DESCRIPTION:
        raise InvalidError(too_long("Description", MAX_DESCRIPTION))
    account_code = _account_code(item, old, product, organisation)
    if account_code is None and not _has_amount(item, old, product):
        return Line(id=old.id if old else organisation.xero.new_id(), description=description)
    if rules.approved and not description:
        raise InvalidError("Description must be specified")
    amounts = _amounts(item, old, product, rules.unit_places)
    account = _checked_account(account_code, rules)
    rate = _tax_rate(item, old, product, account, rules)
    tax = tax_on(amounts.total, rate.rate, rules.line_amount_types)
    given_tax = number_of(item, "TaxAmount")
    if given_tax is not None and rate.rate and rules.line_amount_types != "NoTax":
        tax = to_cents(given_tax)
    return Line(
        id=old.id if old else organisation.xero.new_id(),
        description=description,
        quantity=shared(amounts.quantity),
        unit_amount=shared(amounts.unit),
        line_amount=shared(amounts.total),
        tax_amount=shared(tax),
        tax_type=rate.tax_type,
        account_code=account_code,
        item_code=product.code if product else (old.item_code if old else None),
        discount_rate=amounts.discount_rate,
        discount_amount=amounts.discount_amount,
        tracking=_tracking(item, old),
    )


@dataclass(frozen=True, slots=True)
class _Amounts:
    quantity: Decimal
    unit: Decimal
    total: Decimal
    discount_rate: Decimal | None
    discount_amount: Decimal | None


def _amounts(item: Mapping[str, Any], old: Line | None, product: Item | None, places: int) -> _Amounts:
    quantity, unit = number_of(item, "Quantity"), number_of(item, "UnitAmount")
    given = number_of(item, "LineAmount")
    rate, amount = number_of(item, "DiscountRate"), number_of(item, "DiscountAmount")
    if old is not None:
        quantity = old.quantity if quantity is None else quantity
        unit = old.unit_amount if unit is None and given is None else unit
        if rate is None and amount is None:
            rate, amount = old.discount_rate, old.discount_amount
    elif unit is None and product is not None and given is None:
        unit = product.unit_price
    # Xero works out whichever of price and quantity is left out beside a LineAmount
    if unit is None and given is not None:
        quantity = ONE if quantity is None else quantity
        unit = given / quantity if quantity else ZERO
    elif quantity is None and unit and given is not None:
        quantity = to_places(given / unit, 4)
    quantity = ONE if quantity is None else quantity
    unit = to_places(unit or ZERO, places)
    gross = quantity * unit
    if (rate is not None and not 0 <= rate <= MAX_DISCOUNT) or (amount is not None and amount > gross):
        shown = rate if rate is not None else amount
        raise InvalidError(f"The discount rate '{shown}' is invalid. Discount must not be greater than the line total.")
    total = line_total(quantity, unit, rate, amount)
    if abs(total) > MAX_LINE_AMOUNT:
        # The bound is reported, the words are ours
        raise InvalidError(f"The line total {total:f} must not be greater than {MAX_LINE_AMOUNT}.")
    if given is not None and to_cents(given) != total:
        raise InvalidError(f"The line total {given:f} does not match the expected line total {total}")
    return _Amounts(quantity, unit, total, rate, amount)


def _has_amount(item: Mapping[str, Any], old: Line | None, product: Item | None) -> bool:
    sent = any(item.get(name) not in {None, ""} for name in ("UnitAmount", "LineAmount", "Quantity"))
    return sent or product is not None or (old is not None and bool(old.account_code or old.unit_amount))


def _product(item: Mapping[str, Any], organisation: Organisation) -> Item | None:
    code = text_of(item, "ItemCode")
    if code is None:
        return None
    product = organisation.items.get(code)
    if product is None:
        raise InvalidError(f"Item code '{code}' is not valid")
    return product


def _account_code(
    item: Mapping[str, Any], old: Line | None, product: Item | None, organisation: Organisation
) -> str | None:
    code = text_of(item, "AccountCode")
    if code is None and (account_id := text_of(item, "AccountID")):
        account = organisation.accounts.get(account_id.lower())
        code = account.code if account else account_id
    if code is None and old is not None:
        code = old.account_code
    return product.account_code if code is None and product else code


def _checked_account(code: str | None, rules: LineRules) -> Account | None:
    if code is None:
        if rules.approved:
            raise InvalidError("Account code '' is not a valid code for this document.")
        return None
    account = rules.organisation.account(code)
    if account is None or account.type == "BANK" or account.system_account in _CLOSED_SYSTEM_ACCOUNTS:
        raise InvalidError(f"Account code '{code}' is not a valid code for this document.")
    if account.status != "ACTIVE":
        reason = "has been archived, or has been deleted. Each line item must reference a valid account."
        raise InvalidError(f"Account code '{code}' {reason}")
    return account


def _tax_rate(
    item: Mapping[str, Any], old: Line | None, product: Item | None, account: Account | None, rules: LineRules
) -> TaxRate:
    if rules.line_amount_types == "NoTax":
        return _NO_TAX
    given = text_of(item, "TaxType")
    if given is None and old is not None and old.account_code == (account.code if account else None):
        given = old.tax_type
    if given is None and product is not None:
        given = product.tax_type
    tax_type = given or (account.tax_type if account else "NONE")
    rate = rules.organisation.tax_rates.get(tax_type)
    if rate is None or rate.status != "ACTIVE":
        raise InvalidError(
            f"The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."
        )
    if account is not None and not _may_stand_on(rate, account):
        raise InvalidError(f"The TaxType code '{tax_type}' cannot be used with account code '{account.code}'.")
    return rate


def _may_stand_on(rate: TaxRate, account: Account) -> bool:
    match class_of(account):
        case "REVENUE":
            return rate.sales
        case "EXPENSE":
            return rate.purchases
        case _:
            return True


def _tracking(item: Mapping[str, Any], old: Line | None) -> tuple[tuple[str, str], ...]:
    found = item.get("Tracking")
    if not isinstance(found, list):
        return old.tracking if old else ()
    pairs = ((text_of(entry, "Name"), text_of(entry, "Option")) for entry in found if isinstance(entry, dict))
    return tuple((name, option) for name, option in pairs if name and option)
