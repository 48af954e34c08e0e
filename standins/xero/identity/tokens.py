"""Tokens as Xero makes them: access tokens are JWTs, refresh tokens and codes are opaque.

The stand-in signs with HS256 and a key of its own (Xero: RS256 with published keys); Xero tells clients
not to depend on either. Opaque values are kept as digests only, and compared in constant time.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any


class Signer:
    """Makes and checks JWTs with one key, a random one unless it is given."""

    def __init__(self, key: bytes | None = None) -> None:
        self.key = key or secrets.token_bytes(32)

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed JWT."""
        signing_input = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
        return f"{signing_input}.{_base64url(self._mac(signing_input))}"

    def claims(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token signed here, expired or not; None for any other text."""
        signing_input, _, signature = token.rpartition(".")
        if not hmac.compare_digest(_base64url(self._mac(signing_input)), signature.encode("ascii", "replace").decode()):
            return None
        try:
            return json.loads(_unbase64url(signing_input.partition(".")[2]))
        except (ValueError, binascii.Error):
            return None

    def _mac(self, signing_input: str) -> bytes:
        return hmac.digest(self.key, signing_input.encode("utf-8", "replace"), hashlib.sha256)


def opaque() -> str:
    """Return a new unguessable value."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> bytes:
    """Return what is kept of an opaque value."""
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(digest(left), digest(right))


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a PKCE verifier (RFC 7636)."""
    return _base64url(digest(verifier))


def _encode(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
