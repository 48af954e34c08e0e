"""What a new organisation of the stand-in comes with: a chart of accounts, tax rates, currencies, as in the UK.

The figures are those of Xero's UK edition where Xero publishes them (OUTPUT2 is 20 %). Exchange rates, which Xero
takes from XE.com on the day, are fixed here so that answers can be foreseen: units of the currency for one
of the base currency.
"""

from decimal import Decimal

from standins.xero.model import TaxRate

# code, name, type, tax type, system account, payments allowed
ACCOUNTS: tuple[tuple[str, str, str, str, str | None, bool], ...] = (
    ("090", "Business Bank Account", "BANK", "NONE", None, False),
    ("091", "Business Savings Account", "BANK", "NONE", None, False),
    ("200", "Sales", "REVENUE", "OUTPUT2", None, False),
    ("260", "Other Revenue", "REVENUE", "OUTPUT2", None, False),
    ("270", "Interest Income", "REVENUE", "NONE", None, False),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT2", None, False),
    ("400", "Advertising & Marketing", "OVERHEADS", "INPUT2", None, False),
    ("404", "Bank Fees", "OVERHEADS", "EXEMPTINPUT", None, False),
    ("429", "General Expenses", "OVERHEADS", "INPUT2", None, False),
    ("461", "Printing & Stationery", "OVERHEADS", "INPUT2", None, False),
    ("489", "Telephone & Internet", "OVERHEADS", "INPUT2", None, False),
    ("498", "Realised Currency Gains", "EXPENSE", "NONE", "REALISEDCURRENCYGAIN", False),
    ("610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS", False),
    ("620", "Prepayments", "CURRENT", "NONE", None, False),
    ("710", "Office Equipment", "FIXED", "INPUT2", None, False),
    ("800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS", False),
    ("810", "Income in Advance", "CURRLIAB", "NONE", None, False),
    ("820", "VAT", "CURRLIAB", "NONE", "GST", False),
    ("835", "Directors' Loan Account", "CURRLIAB", "NONE", None, True),
    ("860", "Rounding", "CURRLIAB", "NONE", "ROUNDING", False),
    ("960", "Retained Earnings", "EQUITY", "NONE", "RETAINEDEARNINGS", False),
    ("970", "Owner A Funds Introduced", "EQUITY", "NONE", None, True),
)

CLASS_OF_TYPE = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "EQUITY": "EQUITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "PAYG": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "OTHERINCOME": "REVENUE",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
}
"""Account.Class by Account.Type; the keys are all the types there are."""


def _rate(
    tax_type: str, name: str, percent: str, report: str, *, sales: bool = False, purchases: bool = False
) -> TaxRate:
    return TaxRate(
        tax_type=tax_type,
        name=name,
        rate=Decimal(percent),
        report_tax_type=report,
        sales=sales,
        purchases=purchases,
    )


TAX_RATES = (
    _rate("OUTPUT2", "20% (VAT on Income)", "20.0000", "OUTPUT", sales=True),
    _rate("SROUTPUT", "15% (VAT on Income)", "15.0000", "SROUTPUT", sales=True),
    _rate("RROUTPUT", "5% (VAT on Income)", "5.0000", "OUTPUT", sales=True),
    _rate("ZERORATEDOUTPUT", "Zero Rated Income", "0.0000", "ZERORATEDOUTPUT", sales=True),
    _rate("EXEMPTOUTPUT", "Exempt Income", "0.0000", "EXEMPTOUTPUT", sales=True),
    _rate("ECOUTPUT", "Zero Rated EC Goods Income", "0.0000", "ECOUTPUT", sales=True),
    _rate("ECOUTPUTSERVICES", "Zero Rated EC Services", "0.0000", "ECOUTPUTSERVICES", sales=True),
    _rate("INPUT2", "20% (VAT on Expenses)", "20.0000", "INPUT", purchases=True),
    _rate("RRINPUT", "5% (VAT on Expenses)", "5.0000", "INPUT", purchases=True),
    _rate("ZERORATEDINPUT", "Zero Rated Expenses", "0.0000", "ZERORATEDINPUT", purchases=True),
    _rate("EXEMPTINPUT", "Exempt Expenses", "0.0000", "EXEMPTINPUT", purchases=True),
    _rate("NONE", "No VAT", "0.0000", "NONE", sales=True, purchases=True),
)

CURRENCY_NAMES = {
    "AED": "United Arab Emirates Dirham",
    "AUD": "Australian Dollar",
    "BRL": "Brazilian Real",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CNY": "Chinese Yuan Renminbi",
    "CZK": "Czech Koruna",
    "DKK": "Danish Krone",
    "EUR": "Euro",
    "GBP": "British Pound",
    "HKD": "Hong Kong Dollar",
    "ILS": "Israeli Shekel",
    "INR": "Indian Rupee",
    "JPY": "Japanese Yen",
    "KRW": "Korean Won",
    "MXN": "Mexican Peso",
    "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar",
    "PLN": "Polish Zloty",
    "SEK": "Swedish Krona",
    "SGD": "Singapore Dollar",
    "THB": "Thai Baht",
    "USD": "United States Dollar",
    "ZAR": "South African Rand",
}

_UNITS_PER_POUND = {
    "AUD": Decimal("2.00"),
    "CAD": Decimal("1.80"),
    "CHF": Decimal("1.10"),
    "EUR": Decimal("1.16"),
    "GBP": Decimal(1),
    "JPY": Decimal(200),
    "NZD": Decimal("2.20"),
    "SEK": Decimal("13.00"),
    "USD": Decimal("1.30"),
}

TIME_ZONES = {
    "America/Los_Angeles": "PACIFICSTANDARDTIME",
    "America/New_York": "EASTERNSTANDARDTIME",
    "Asia/Singapore": "SINGAPORESTANDARDTIME",
    "Asia/Tokyo": "TOKYOSTANDARDTIME",
    "Australia/Sydney": "AUSEASTERNSTANDARDTIME",
    "Europe/Berlin": "WEUROPESTANDARDTIME",
    "Europe/London": "GMTSTANDARDTIME",
    "Europe/Paris": "ROMANCESTANDARDTIME",
    "Pacific/Auckland": "NEWZEALANDSTANDARDTIME",
    "UTC": "UTC",
}
"""Organisation.Timezone by IANA name: the zones that an organisation of the stand-in may have."""


def day_rate(base: str, currency: str) -> Decimal:
    """Return units of `currency` for one of `base`, to six places; one for a currency that has no rate here."""
    if base == currency or base not in _UNITS_PER_POUND or currency not in _UNITS_PER_POUND:
        return Decimal("1.000000")
    return (_UNITS_PER_POUND[currency] / _UNITS_PER_POUND[base]).quantize(Decimal("0.000001"))
