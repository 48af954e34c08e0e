"""What the journal must never hold: credentials and tokens, in headers, query strings, forms and JSON."""

import re
from functools import lru_cache

MASK = "***"

_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
_ADDRESSES = frozenset({"location", "referer"})
_FIELDS = (
    "access_token|refresh_token|id_token|client_secret|client_assertion|code_verifier|token|code|password"
    "|accessToken|refreshToken|idToken|clientSecret"
)
_FORM_FIELD = re.compile(rf"(^|&)({_FIELDS})=[^&]*".encode())
_JSON_FIELD = re.compile(rf'("(?:{_FIELDS.replace("|token|code|", "|")})"\s*:\s*)"(?:[^"\\]|\\.)*"'.encode())
# The regular expression runs only where one of these stands: a batch of documents is not searched twice.
_JSON_HINT = re.compile(rb"_token|_secret|Token|Secret|_assertion|_verifier|password")


def redact_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name: without those that are credentials, tokens in addresses masked."""
    kept: dict[str, str] = {}
    for given, value in raw:
        name = _name(given)
        if name not in _HEADERS:
            kept[name] = (_redact_address(value) if name in _ADDRESSES else value).decode("latin-1")
    return kept


@lru_cache(maxsize=1000)
def _name(header: bytes) -> str:
    return header.decode("latin-1").lower()


def _redact_address(address: bytes) -> bytes:
    path, mark, query = address.partition(b"?")
    return path + mark + redact_form(query)


def redact_form(text: bytes) -> bytes:
    """Mask the token fields of a query string or an urlencoded body."""
    return _FORM_FIELD.sub(rb"\1\2=" + MASK.encode(), text)


def redact_body(body: bytes, media_type: str) -> bytes:
    """Mask the token fields of a request's or an answer's body; other bodies come back as they are."""
    if "x-www-form-urlencoded" in media_type:
        return redact_form(body)
    if _JSON_HINT.search(body):
        return _JSON_FIELD.sub(rb'\1"' + MASK.encode() + b'"', body)
    return body
