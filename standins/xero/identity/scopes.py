"""Which scopes there are, who may ask for them, and which of them a call needs.

Apps made since 2 March 2026 get only the granular scopes; the broad `accounting.transactions` ends for
everyone on 13 September 2027. A scope that is asked for and not to be had is refused at the authorize page; a
call whose scope is missing is refused as AuthorizationUnsuccessful.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

OFFLINE = "offline_access"
BROAD_ENDS = datetime(2027, 9, 13, tzinfo=UTC)

_BROAD = "accounting.transactions"
_SIGN_IN = frozenset({"openid", "profile", "email", OFFLINE, "app.connections", "marketplace.billing"})
_READ_ONLY = frozenset({"accounting.reports.read", "accounting.journals.read", "accounting.budgets.read"})
_RESOURCES = {
    "accounting.invoices": "invoices creditnotes linkedtransactions purchaseorders quotes repeatinginvoices",
    "accounting.payments": "payments batchpayments overpayments prepayments",
    "accounting.banktransactions": "banktransactions banktransfers",
    "accounting.manualjournals": "manualjournals",
    "accounting.contacts": "contacts contactgroups",
    "accounting.settings": "accounts brandingthemes currencies invoicereminders items organisation setup taxrates"
    " trackingcategories users",
    "accounting.attachments": "",
}
_SCOPE_OF = {resource: scope for scope, names in _RESOURCES.items() for resource in names.split()}
_OF_TRANSACTIONS = frozenset(list(_RESOURCES)[:4])
_KNOWN = (
    _SIGN_IN | _READ_ONLY | {_BROAD, f"{_BROAD}.read"} | set(_RESOURCES) | {f"{scope}.read" for scope in _RESOURCES}
)
_API = "/api.xro/2.0/"

EVERYTHING = tuple(sorted(_RESOURCES))
"""Scopes of a custom connection that asks for none by name."""


def is_broad(scope: str) -> bool:
    """Return whether a scope is the old one for all transactions."""
    return scope in {_BROAD, f"{_BROAD}.read"}


def refused(scopes: Iterable[str], *, granular: bool, now: datetime) -> list[str]:
    """Return those of `scopes` that an app can't have: unknown ones, and broad ones when their time is over."""
    broad_is_over = granular or now >= BROAD_ENDS
    return [scope for scope in scopes if scope not in _KNOWN or (broad_is_over and is_broad(scope))]


def suffices(held: Iterable[str], method: str, path: str, now: datetime) -> bool:
    """Return whether the scopes `held` allow a call; a read is content with `.read`, unknown resources with any."""
    scope = _needed(path)
    if scope is None:
        return True
    accepted = {scope}
    if scope in _OF_TRANSACTIONS and now < BROAD_ENDS:
        accepted.add(_BROAD)
    if method in {"GET", "HEAD"}:
        accepted |= {f"{name}.read" for name in accepted}
    return not accepted.isdisjoint(held)


def _needed(path: str) -> str | None:
    if not path.startswith(_API):
        return None
    segments = path[len(_API) :].lower().split("/")
    if "attachments" in segments[1:]:
        return "accounting.attachments"
    return _SCOPE_OF.get(segments[0])
