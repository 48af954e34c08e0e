"""What every test of this tier may count on."""

from collections.abc import Iterator

import pytest

from xerosync.documents.describe import set_xero_app_url, xero_app_url


@pytest.fixture(autouse=True)
def links_lead_to_xero() -> Iterator[None]:
    """Have links lead to Xero itself: a stack that another test left open in this process plays it elsewhere."""
    before = xero_app_url()
    set_xero_app_url("https://go.xero.com")
    yield
    set_xero_app_url(before)
