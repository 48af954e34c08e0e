"""Deliveries signed as the two companies sign them, written apart from the code that checks it."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

SECRET = "whsec_c2VjcmV0IG9mIGEgcG9saWN5"
XERO_KEY = "key of the app"


def by_sequence(
    body: bytes, secret: bytes = SECRET.encode(), at: datetime | None = None, stamp: str | None = None
) -> str:
    stamp = stamp or str(int((at or datetime.now(UTC)).timestamp() * 1000))
    return f"t={stamp},s={hmac.new(secret, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def by_xero(body: bytes, key: str = XERO_KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def of_sequence(account_id: str, kind: str = "INVOICE_UPDATED", resource_id: str = "inv-1", **resource: Any) -> bytes:
    return json.dumps(
        {
            "notificationType": kind,
            "sequenceAccountId": account_id,
            "resourceType": kind.rpartition("_")[0],
            "resourceId": resource_id,
            "resource": {"id": resource_id, **resource},
        }
    ).encode()


def of_xero(*events: dict[str, Any], first: int = 1) -> bytes:
    last = first + len(events) - 1 if events else 0
    return json.dumps(
        {
            "events": list(events),
            "firstEventSequence": first if events else 0,
            "lastEventSequence": last,
            "entropy": "X",
        }
    ).encode()


def event(
    tenant_id: str,
    resource_id: str,
    category: str = "INVOICE",
    kind: str = "UPDATE",
    at: str = "2100-01-01T00:00:00.000",
) -> dict[str, Any]:
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{resource_id}",
        "resourceId": resource_id,
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
        "eventCategory": category,
        "eventType": kind,
        "eventDateUtc": at,
    }
