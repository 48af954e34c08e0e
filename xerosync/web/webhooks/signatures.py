"""Whether a delivery is signed by whom it says. Pure; compares in constant time, over the raw body.

Sequence: `Sequence-Signature: t=<unix ms>,s=<hex HMAC-SHA256 of "t.body">`, by the policy's secret.
Xero: `x-xero-signature: <base64 HMAC-SHA256 of the body>`, by the app's webhook key.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

_PREFIX = "whsec_"
_LONGEST_STAMP = 14
"""Digits; with one more it would be beyond the year 9999."""
_MOST_SIGNATURES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def signed_by_sequence(header: str, body: bytes, secrets: Sequence[SecretStr]) -> datetime | None:
    """Return when (UTC) a delivery was signed by one of the secrets; None where it was not signed by any.

    How old it may be is the caller's decision. Several secrets count at once while one replaces another.
    """
    fields = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in fields if name == "t"]
    given = [value for name, _, value in fields if name == "s"][:_MOST_SIGNATURES]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) <= _LONGEST_STAMP):
        return None
    signed = stamps[0].encode() + b"." + body
    expected = [hmac.new(key, signed, hashlib.sha256).hexdigest() for secret in secrets for key in _keys(secret)]
    return _EPOCH + timedelta(milliseconds=int(stamps[0])) if _any_equal(given, expected) else None


def is_signed_by_xero(header: str, body: bytes, keys: Sequence[SecretStr]) -> bool:
    """Tell whether a delivery is signed by one of the app's webhook keys: two of them while one replaces another."""
    expected = [
        base64.b64encode(hmac.digest(key.get_secret_value().encode(), body, hashlib.sha256)).decode() for key in keys
    ]
    return _any_equal([header], expected)


def _any_equal(given: Iterable[str], expected: Sequence[str]) -> bool:
    """Compare each with each; which of them is equal, or nearly, does not change how long it takes."""
    equal = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected]
    return any(equal)


def _keys(secret: SecretStr) -> list[bytes]:
    """Return what a secret may mean: its text, or the base64 part behind `whsec_`. Sequence does not publish which."""
    text = secret.get_secret_value()
    keys = [text.encode()]
    if text.startswith(_PREFIX):
        with suppress(binascii.Error):
            keys.append(base64.b64decode(text.removeprefix(_PREFIX), validate=True))
    return keys
