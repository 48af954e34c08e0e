"""Which account a command means where none is named."""

import pytest

from tests.workflows.world import CONNECTION
from xerosync.connection.connection import Connection, ConnectionStatus, NotConnectedError, choose_connection
from xerosync.core.errors import MisconfiguredError


def account(name: str, *, connected: bool = True) -> Connection:
    status = ConnectionStatus.CONNECTED if connected else ConnectionStatus.DISCONNECTED
    return CONNECTION.model_copy(update={"account_id": name, "status": status})


def test_the_only_connected_account_is_meant_although_others_are_disconnected():
    connections = [account("old", connected=False), account("new"), account("older", connected=False)]
    assert choose_connection(connections, None).account_id == "new"


def test_the_only_account_is_meant_although_it_is_disconnected():
    assert choose_connection([account("old", connected=False)], None).account_id == "old"


def test_a_named_account_is_meant_whatever_its_status():
    assert choose_connection([account("old", connected=False), account("new")], "old").account_id == "old"


def test_several_connected_accounts_are_named_without_the_disconnected_ones():
    connections = [account("one"), account("old", connected=False), account("two")]
    with pytest.raises(MisconfiguredError, match=r"Several accounts are connected.*: one, two"):
        choose_connection(connections, None)


def test_several_accounts_of_which_none_is_connected_are_called_disconnected():
    with pytest.raises(MisconfiguredError, match=r"Several accounts are disconnected.*: one, two"):
        choose_connection([account("one", connected=False), account("two", connected=False)], None)


@pytest.mark.parametrize(
    ("name", "words"), [(None, "No account is connected yet"), ("x", "Account x is not connected")]
)
def test_an_account_that_is_not_connected_is_told_how_to_connect(name: str | None, words: str):
    with pytest.raises(NotConnectedError, match=words):
        choose_connection([account("one")] if name else [], name)
