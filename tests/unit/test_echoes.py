"""An event of Xero that only echoes a write of ours asks for nothing; somebody else's edit does, however soon."""

from datetime import UTC, datetime, timedelta

import pytest

from xerosync.core.xero_records import XeroStatus
from xerosync.documents.views import XeroView
from xerosync.web.webhooks.echoes import is_echo_of_xero

AT = datetime(2026, 3, 1, 9, 0, 0, 400_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def known(revision: int) -> XeroView:
    """A document as the answer to our create (revision 0) or to a later write of ours showed it."""
    return XeroView(
        xero_id="x-1", status=XeroStatus.AUTHORISED, sent=False, seen_at=AT, updated_at=AT, revision=revision
    )


@pytest.mark.parametrize(
    ("type_of_event", "at", "revision", "is_echo"),
    [
        ("CREATE", AT, 0, True),
        ("CREATE", AT - timedelta(milliseconds=300), 0, True),
        ("UPDATE", AT + timedelta(milliseconds=300), 0, False),
        ("UPDATE", AT, 1, True),
        ("UPDATE", AT - SECOND, 0, True),
        ("UPDATE", AT + SECOND, 1, False),
    ],
)
def test_an_event_is_told_from_an_edit_by_its_second_and_by_what_we_wrote(
    type_of_event: str, at: datetime, revision: int, is_echo: bool
):
    assert is_echo_of_xero(type_of_event, at, known(revision)) is is_echo


def test_of_what_is_not_known_nothing_is_an_echo():
    assert not is_echo_of_xero("UPDATE", AT, None)
    assert not is_echo_of_xero("UPDATE", None, known(1))
