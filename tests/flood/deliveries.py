"""What both companies send, genuine and forged, made from a seed."""

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from tests.web.signing import SECRET, XERO_KEY, by_sequence, by_xero, event

ACCOUNTS = 8
FORGED = "forged"
_XERO_EVERY = 10
_STATUSES = ("DRAFT", "FINAL", "FINAL", "SENT", "SENT", "VOIDED")
_SIGNALS = {"FINAL": "finalized", "SENT": "sent", "VOIDED": "voided"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery, signed. `signal` is what it has a document's workflow get, `digest` how the inbox knows it."""

    path: str
    header: str
    signature: str
    body: bytes
    account_id: str
    digest: bytes
    document_id: str = ""
    signal: str | None = None
    wakes_sweep: bool = False
    is_forged: bool = False


class Acknowledged(NamedTuple):
    """What must be found of a delivery that was acknowledged; small, since a million of them are remembered."""

    account_id: str
    digest: bytes
    document_id: str
    signal: str | None
    wakes_sweep: bool

    @classmethod
    def of(cls, sent: Sent) -> "Acknowledged":
        account_id, document_id = sys.intern(sent.account_id), sys.intern(sent.document_id)
        return cls(account_id, sent.digest, document_id, sent.signal, sent.wakes_sweep)


def account(place: int) -> str:
    return f"account-{place}"


def tenant(place: int) -> str:
    return f"tenant-{place}"


def deliveries(seed: int, count: int, documents: int, forged_share: float) -> Iterator[Sent]:
    """Yield so many deliveries about so many documents."""
    chance = random.Random(seed)
    event_number = 0
    for place in range(count):
        is_forged = chance.random() < forged_share
        if place % _XERO_EVERY == 0:
            genuine = _of_xero(chance, place, event_number := event_number + 1, is_forged=is_forged)
        else:
            genuine = _of_sequence(chance, place, documents, is_forged=is_forged)
        yield _forge(chance, genuine) if is_forged else genuine


def _of_sequence(chance: random.Random, place: int, documents: int, *, is_forged: bool) -> Sent:
    account_id, status = account(chance.randrange(ACCOUNTS)), chance.choice(_STATUSES)
    document_id = f"{FORGED}-{place}" if is_forged else f"document-{chance.randrange(documents)}"
    said = {
        "notificationType": "INVOICE_UPDATED",
        "sequenceAccountId": account_id,
        "resourceType": "INVOICE",
        "resourceId": document_id,
        "resource": {"id": document_id, "status": status, "memo": f"delivery {place}"},
    }
    body = json.dumps(said).encode()
    stamp = str(int(datetime.now(UTC).timestamp() * 1000))
    return Sent(
        path=f"/webhooks/sequence/{account_id}",
        header="Sequence-Signature",
        signature=by_sequence(body, SECRET.encode(), stamp=stamp),
        body=body,
        account_id=account_id,
        digest=hashlib.sha256(f"{stamp}.{account_id}.".encode() + body).digest(),
        document_id=document_id,
        signal=_SIGNALS.get(status),
    )


def _of_xero(chance: random.Random, place: int, number: int, *, is_forged: bool) -> Sent:
    of = chance.randrange(ACCOUNTS)
    category = chance.choice(("INVOICE", "PAYMENT"))
    resource_id = f"{FORGED}-{place}" if is_forged else f"in-xero-{place}"
    said = {
        "events": [event(tenant(of), resource_id, category)],
        "firstEventSequence": number,
        "lastEventSequence": number,
        "entropy": f"{place}",
    }
    body = json.dumps(said).encode()
    return Sent(
        path="/webhooks/xero",
        header="x-xero-signature",
        signature=by_xero(body, XERO_KEY),
        body=body,
        account_id=account(of),
        digest=hashlib.sha256(body).digest(),
        wakes_sweep=category == "PAYMENT",
    )


def _forge(chance: random.Random, genuine: Sent) -> Sent:
    """Return what somebody without the secret may send in its place."""
    signature, body = genuine.signature, genuine.body
    at = chance.randrange(len(signature) - 4, len(signature) - 1)
    forged = {
        "one character off": (signature[:at] + ("0" if signature[at] != "0" else "1") + signature[at + 1 :], body),
        "cut": (signature[:-1], body),
        "missing": ("", body),
        "of another body": (signature, body.replace(b"delivery", b"DELIVERY") + b" "),
        "by another key": (by_sequence(body, b"guess") if "t=" in signature else by_xero(body, "guess"), body),
    }
    signature, body = forged[chance.choice(sorted(forged))]
    return Sent(
        path=genuine.path,
        header=genuine.header,
        signature=signature,
        body=body,
        account_id=genuine.account_id,
        digest=b"",
        is_forged=True,
    )
