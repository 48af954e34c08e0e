"""Documents against what is kept of their organisation, before anything is sent. Pure.

A refusal here is only what Xero is known to refuse: a ledger account that is not in its chart, is archived or is a
bank account, and a currency that the organisation does not have. Of accounts that are merely unusual for sales Xero
itself decides; `doubts` names them.
"""

from collections.abc import Iterator
from decimal import Decimal

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentWithLines
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.money import to_minor_unit

_ACTIVE = "ACTIVE"
_BANK = "BANK"

CHECKED = frozenset({HoldReason.LEDGER_ACCOUNT_REJECTED, HoldReason.CURRENCY_NOT_ENABLED})
"""The refusals that a chart can foresee, and explain when Xero utters them."""


def chart_refusals(chart: Chart, whole: DocumentWithLines, connection: Connection) -> Iterator[HoldError]:
    """Yield what Xero would refuse about a document's ledger accounts and currency, in our words."""
    organisation, currency = connection.organisation_name or "The organisation", whole.document.currency
    for code in ledger_accounts(whole, connection):
        account = chart.account(code)
        if account is None:
            words = f"{organisation} has no ledger account {code}."
        elif account.status != _ACTIVE:
            words = f"Ledger account {code} ({account.name}) is archived."
        elif account.type == _BANK:
            words = f"Ledger account {code} ({account.name}) is a bank account, and no line can be booked to one."
        else:
            continue
        yield HoldError(HoldReason.LEDGER_ACCOUNT_REJECTED, words, field="AccountCode")
    known = {*chart.currencies, connection.base_currency}
    if currency not in known:
        words = _currency_words(organisation, currency, known)
        yield HoldError(HoldReason.CURRENCY_NOT_ENABLED, words, field="CurrencyCode")


def doubts(chart: Chart, whole: DocumentWithLines, connection: Connection) -> Iterator[str]:
    """Yield a sentence for each ledger account of a document that sales are not booked to, as a rule."""
    for code in ledger_accounts(whole, connection):
        account = chart.account(code)
        if account and account.status == _ACTIVE and account.type != _BANK and account.unusable:
            yield f"Ledger account {code} ({account.name}) {account.unusable}."


def explained(refusal: HoldError, chart: Chart, whole: DocumentWithLines, connection: Connection) -> HoldError:
    """Return Xero's refusal with our words before its own, where the chart knows what it is about."""
    if refusal.reason not in CHECKED:
        return refusal
    ours = [each.words for each in chart_refusals(chart, whole, connection) if each.reason is refusal.reason]
    if not ours and refusal.reason is HoldReason.LEDGER_ACCOUNT_REJECTED:
        ours = list(doubts(chart, whole, connection))
    return HoldError(refusal.reason, " ".join([*ours, f"Xero says: {refusal.words}"])) if ours else refusal


def expected_total(chart: Chart, whole: DocumentWithLines, connection: Connection) -> Decimal | None:
    """Return the Total that Xero would work out, in the document's currency; None where a tax rate is not known.

    Lines are sent net. Xero adds the tax of each line's ledger account, rounded line by line.
    """
    total = Decimal(0)
    for line in whole.lines:
        account = chart.account(line.ledger_account or connection.default_ledger_account or "")
        tax_type = connection.exempt_tax_type if whole.document.is_exempt else account.tax_type if account else ""
        rate = chart.rate(tax_type)
        if rate is None:
            return None
        total += line.net_total + to_minor_unit(line.net_total * rate / 100, whole.document.currency)
    return total


def ledger_accounts(whole: DocumentWithLines, connection: Connection) -> list[str]:
    """Return the codes of a document's ledger accounts, each once, in the order of its lines."""
    codes = (line.ledger_account or connection.default_ledger_account for line in whole.lines)
    return list(dict.fromkeys(code for code in codes if code))


def _currency_words(organisation: str, currency: str, known: set[str]) -> str:
    if len(known) == 1:
        return (
            f"{organisation} keeps its books in {known.pop()} alone and does not have {currency}: several currencies "
            "take a Xero plan with the multi-currency feature."
        )
    return f"{organisation} has {', '.join(sorted(known))}, not {currency}."
