"""Links fit into rows and come back whole, whatever the model made of them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import NOON, document, hold, intent, ref, xero_view
from xerosync.core.documents import DocumentStatus
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import Payment, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.postgres.document_rows import link_of, row_of

_statuses = st.sampled_from([status for status in DocumentStatus if status is not DocumentStatus.DELETED])
_views = st.builds(
    xero_view,
    st.text(min_size=1),
    status=st.sampled_from(XeroStatus),
    sent=st.booleans(),
    applied=st.none() | st.just(document().header),
    payment=st.sampled_from(Payment),
    reported=st.none() | st.sampled_from(Payment),
    seen_at=st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
)
_documents = st.builds(
    document,
    number=st.none() | st.text(),
    status=_statuses,
    gross_total=st.decimals(allow_nan=False, allow_infinity=False).map(str),
)
_changes = st.one_of(
    _documents.map(lambda read: lambda link: link.read(read)),
    _views.map(lambda view: lambda link: link.seen(view)),
    st.builds(hold, st.sampled_from(HoldReason), st.text()).map(lambda met: lambda link: link.held(met)),
    st.builds(intent, st.text()).map(lambda meant: lambda link: link.intended(meant)),
    st.builds(intent, st.text()).map(lambda meant: lambda link: link.withdrawn(meant)),
    st.sampled_from([DocumentLink.deleted, DocumentLink.freed]),
)


@given(st.lists(_changes, max_size=8))
def test_a_link_comes_back_from_its_row_whole(changes: list) -> None:
    link = DocumentLink(ref=ref())
    for change in changes:
        link = change(link)
    row = row_of(link)
    assert link_of({**row, "updated_at": None}) == link
    assert row["state"] == link.state
    assert row["held_by"] == (link.current_hold.reason if link.current_hold else None)


def test_a_link_that_a_row_cannot_hold_is_refused() -> None:
    torn = DocumentLink(ref=ref()).read(document()).model_copy(update={"number": "another"})
    with pytest.raises(ValueError, match="link of invoice inv-1 does not fit into a row"):
        row_of(torn)
