"""The body and the signature of a delivery."""

import base64
import hashlib
import hmac
import secrets
import string
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from standins.exactjson import dumps

CATEGORIES = {"CONTACT": "Contacts", "INVOICE": "Invoices", "CREDITNOTE": "CreditNotes"}
"""Event categories and the resource their `resourceUrl` names."""

NEWER_CATEGORIES = {"PAYMENT": "Payments", "PREPAYMENT": "Prepayments"}
"""In Xero's description since November 2026; whether they are live is unverified: a hook gets them if it asks."""

_RESOURCES = CATEGORIES | NEWER_CATEGORIES

_ENTROPY_LETTERS = 20


def signature(body: bytes, key: str) -> str:
    """Return the value of `x-xero-signature`: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()


def event(
    category: str,
    event_type: str,
    resource_id: str,
    tenant_id: str,
    *,
    at: datetime,
    data: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return one event, CREATE or UPDATE, of any category; `data` comes with credit notes alone."""
    resource = _RESOURCES.get(category, f"{category.title()}s")
    shape: dict[str, Any] = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/{resource}/{resource_id}",
        "resourceId": resource_id,
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
        "eventCategory": category,
        "eventType": event_type,
        "eventDateUtc": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}",
    }
    if category == "CREDITNOTE" and data is not None:
        shape["data"] = data
    return shape


def payload(events: Sequence[dict[str, Any]], first: int, last: int) -> bytes:
    """Return the raw body of a delivery; the intent to receive has no events and the sequences 0."""
    entropy = "".join(secrets.choice(string.ascii_uppercase) for _ in range(_ENTROPY_LETTERS))
    return dumps(
        {
            "events": list(events),
            "firstEventSequence": first,
            "lastEventSequence": last,
            "entropy": entropy,
        }
    )
