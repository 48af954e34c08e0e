"""Requests that nobody of good will sends, for any route; and what must hold of every answer all the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

import httpx
from hypothesis import strategies as st

from tests.web.test_rights import Way

ACCOUNT = "acme"

_STRANGE = st.sampled_from([
    "",
    " ",
    "..",
    "../../etc/passwd",
    "a/b",
    "//evil.example",
    "/\\evil.example",
    "\x00",
    "a\r\nSet-Cookie: x=y",
    "a" * 201,
    "9" * 30,
    "-1",
    "1e9",
    "💥",
    "\u202e",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "' OR 1=1 --",
    "invoice/x",
    "0~0001-01-01T00:00:00+14:00~invoice~x",
])  # fmt: skip
_TEXTS = _STRANGE | st.text(max_size=30)
_NAMED = {
    "account": st.just(ACCOUNT) | _TEXTS,
    "kind": st.sampled_from(["invoice", "credit_note"]) | _TEXTS,
    "signal": st.sampled_from(["finalized", "sent"]) | _TEXTS,
}
_IN_QUERY = (
    "after alarm code customer disconnected document done drift error from from_first hold hook ignored kind limit "
    "linked looked outcome read released saved search shown since state to token unlinked webhook"
)
_IN_FORM = (
    "allocate_credit_notes because contact exempt_tax ledger_account move organisation push_new_customers "
    "report_payments since sweep_minutes to token version what xero_id"
)
_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/json",
    "text/plain; charset=nothing",
    "",
)
_HEADERS = {
    "Accept": st.sampled_from(["text/html", "application/json", "*/*", "q=;;,"]),
    "Authorization": st.sampled_from(["Bearer x", "Bearer ", "Basic eA==", "Bearer \u00e9"]),
    "Cookie": st.sampled_from(["xerosync=x", "xerosync-consent=gAAAA", "=;;=", "xerosync=\u00e9; xerosync=x"]),
    "HX-Request": st.just("true"),
    "Range": st.sampled_from(["bytes=0-1", "bytes=9-1", "bytes=" + "0-0," * 100]),
    "If-None-Match": st.just('"x"'),
    "X-Forwarded-For": st.sampled_from(["203.0.113.9", "not an address", "," * 50]),
    "X-Forwarded-Proto": st.sampled_from(["https", "javascript"]),
    "X-Forwarded-Host": st.just("evil.example"),
    "Content-Type": st.sampled_from(_TYPES),
}


@dataclass(frozen=True)
class Asked:
    """One request."""

    way: Way
    path: str
    query: str
    body: bytes
    headers: Sequence[tuple[str, bytes]] = field(default_factory=tuple)

    @property
    def address(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def _escaped(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")


@st.composite
def any_request(draw: st.DrawFn, ways: Sequence[Way]) -> Asked:
    """Return a request for one of the ways, with strange values in each place that takes one."""
    way = draw(st.sampled_from(ways))
    path = re.sub(r"{(\w+)(:\w+)?}", lambda name: _escaped(draw(_NAMED.get(name[1], _TEXTS))), way.path)
    if way.path == "/static":
        path += "/" + _escaped(draw(_TEXTS | st.just("console.css")))
    values = {name: text.encode("utf-8", "replace") for name, text in draw(_dictionary(_IN_QUERY.split())).items()}
    form = [(name, text.encode("utf-8", "replace")) for name, text in draw(_dictionary(_IN_FORM.split())).items()]
    body = draw(st.just(urlencode(form).encode()) | st.binary(max_size=60)) if way.method != "GET" else b""
    headers = draw(st.fixed_dictionaries({}, optional=_HEADERS))
    if way.method != "GET":
        headers.setdefault("Content-Type", _TYPES[0])
    return Asked(way, path, urlencode(values), body, [(name, text.encode()) for name, text in headers.items()])


def _dictionary(names: Sequence[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(names), _TEXTS, max_size=4)


def assert_well_answered(asked: Asked, answer: httpx.Response, elsewhere: Sequence[str] = ()) -> None:
    """Check an answer: no fault of ours, no word of the program, every header of a closed site, no way off it.

    `elsewhere` are the hosts that a person may be sent to: Xero's, and whoever signs people in.
    """
    assert answer.status_code < 500 or answer.status_code == 503, (asked, answer.text)
    for word in ("Traceback", 'File "', "asyncpg", "sqlalchemy", "site-packages"):
        assert word not in answer.text, (asked, answer.text)
    headers = answer.headers
    for name in ("cache-control", "content-security-policy", "referrer-policy", "cross-origin-opener-policy"):
        assert name in headers, (asked, name)
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src" in policy
    assert "frame-ancestors" in policy
    assert "form-action" in policy
    assert "unsafe" not in policy
    assert "server" not in headers
    assert "x-powered-by" not in headers
    assert "access-control-allow-origin" not in headers, asked
    for name, value in headers.multi_items():
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", name + value), (asked, name, value)
    if "location" in headers:
        to = urlsplit(headers["location"])
        is_local = not to.netloc and not to.scheme and not headers["location"].startswith(("//", "/\\"))
        assert is_local or to.hostname in elsewhere, (asked, headers["location"])
    for cookie in headers.get_list("set-cookie"):
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert {"httponly", "path=/", "samesite=lax"} <= parts, cookie
        assert not any(part.startswith("domain=") for part in parts), cookie
