"""Temporal on another machine is reached with TLS, or a person has named it as one that needs none."""

import os

import pytest

from xerosync.core.errors import MisconfiguredError
from xerosync.core.temporal import connect


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", os.devnull)


@pytest.mark.parametrize("environment", [{}, {"TEMPORAL_TLS": "false", "TEMPORAL_API_KEY": "k"}])
async def test_temporal_without_tls_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in {"TEMPORAL_ADDRESS": "temporal.test:7233", **environment}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(
        MisconfiguredError, match=r"^TEMPORAL_ADDRESS reaches temporal\.test without TLS: set TEMPORAL_TLS"
    ):
        await connect(lazy=True)
    assert await connect(lazy=True, plaintext_hosts=["Temporal.test"])


@pytest.mark.parametrize("environment", [{"TEMPORAL_TLS": "true"}, {"TEMPORAL_API_KEY": "k"}])
async def test_tls_or_an_api_key_is_enough(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in {"TEMPORAL_ADDRESS": "temporal.test:7233", **environment}.items():
        monkeypatch.setenv(name, value)
    assert await connect(lazy=True)


@pytest.mark.parametrize("address", ["127.0.0.1:7233", "localhost:7233", "[::1]:7233"])
async def test_this_machine_needs_none(address: str) -> None:
    assert await connect(lazy=True, target_host=address)
