"""Who a delivery is from."""

import base64
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.web.signing import SECRET, XERO_KEY, by_sequence, by_xero
from xerosync.web.webhooks.signatures import is_signed_by_xero, signed_by_sequence

AT = datetime(2026, 11, 26, 10, 0, 0, 123000, tzinfo=UTC)
SECRETS = [SecretStr(SECRET)]
BODY = b'{"resourceId": "inv-1"}'


def test_a_delivery_signed_with_the_secret_tells_when_it_was_signed() -> None:
    assert signed_by_sequence(by_sequence(BODY, at=AT), BODY, SECRETS) == AT


def test_the_base64_part_of_a_secret_is_a_key_as_well() -> None:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert signed_by_sequence(by_sequence(BODY, key, AT), BODY, SECRETS) == AT


def test_two_secrets_count_while_one_replaces_the_other() -> None:
    both = [SecretStr("whsec_new"), *SECRETS]
    assert signed_by_sequence(by_sequence(BODY, b"whsec_new", AT), BODY, both) == AT
    assert signed_by_sequence(by_sequence(BODY, at=AT), BODY, both) == AT
    assert signed_by_sequence(by_sequence(BODY, at=AT), BODY, [SecretStr("whsec_new")]) is None


def test_without_a_secret_nobody_has_signed() -> None:
    assert signed_by_sequence(by_sequence(BODY, b"", AT), BODY, []) is None
    assert not is_signed_by_xero(by_xero(BODY, ""), BODY, [])


@given(st.data())
def test_one_character_off_is_no_signature(data: st.DataObject) -> None:
    stamp, _, digest = by_sequence(BODY, at=AT).partition(",s=")
    place = data.draw(st.integers(0, len(digest) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda character: character != digest[place]))
    assert signed_by_sequence(f"{stamp},s={digest[:place]}{other}{digest[place + 1 :]}", BODY, SECRETS) is None
    assert signed_by_sequence(f"{stamp},s={digest[:place]}", BODY, SECRETS) is None


@given(st.text(), st.binary())
def test_no_header_breaks_the_check(header: str, body: bytes) -> None:
    assert signed_by_sequence(header, body, SECRETS) is None
    assert not is_signed_by_xero(header, body, [SecretStr(XERO_KEY)])


def test_a_changed_body_is_not_what_was_signed() -> None:
    assert signed_by_sequence(by_sequence(BODY, at=AT), BODY + b" ", SECRETS) is None
    assert not is_signed_by_xero(by_xero(BODY), BODY + b" ", [SecretStr(XERO_KEY)])


def test_another_instant_is_not_what_was_signed() -> None:
    header = by_sequence(BODY, at=AT)
    assert signed_by_sequence(header.replace("t=1", "t=2"), BODY, SECRETS) is None
    assert signed_by_sequence("t=1," + header, BODY, SECRETS) is None


def test_xero_signs_with_the_key_of_the_app_or_its_successor() -> None:
    keys = [SecretStr("next key"), SecretStr(XERO_KEY)]
    assert is_signed_by_xero(by_xero(BODY), BODY, keys)
    assert is_signed_by_xero(by_xero(BODY, "next key"), BODY, keys)
    assert not is_signed_by_xero(by_xero(BODY)[:-1], BODY, keys)
    assert not is_signed_by_xero("", BODY, keys)
