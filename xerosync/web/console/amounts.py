"""What documents add up to, in words: never over currencies, nor over invoices and credit notes. Pure."""

from collections.abc import Sequence

from xerosync.core.documents import Kind
from xerosync.core.money import money_words
from xerosync.postgres import Total


def amount_lines(totals: Sequence[Total]) -> Sequence[str]:
    """Return a line for invoices, for credit notes and for the voided ones of each.

    Such as `Invoices 1,200.00 GBP, 50.00 EUR`. What was never read in Sequence has no amount and is left out.
    """
    lines: dict[tuple[bool, bool, str], list[str]] = {}
    for each in sorted(totals, key=lambda total: total.currency or ""):
        if each.amount is not None:
            key = (each.is_voided, each.kind is Kind.CREDIT_NOTE, each.kind.words)
            lines.setdefault(key, []).append(money_words(each.amount, each.currency))
    return [
        f"{'Voided ' + words if voided else words.capitalize()}s {', '.join(sums)}"
        for (voided, _, words), sums in sorted(lines.items())
    ]
