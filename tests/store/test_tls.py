"""A database that is reached with TLS, and what is said where that fails."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from tests.store.samples import ref
from tests.store.tls_front import TlsFront, certificate
from xerosync.core.errors import MisconfiguredError
from xerosync.postgres import PostgresStore, open_database


async def test_a_database_whose_certificate_is_checked_is_used_encrypted(database_url: str, tmp_path: Path) -> None:
    files = certificate(tmp_path)
    async with TlsFront(database_url, files) as front:
        url = front.url(f"sslmode=verify-full&sslrootcert={files[0]}")
        async with open_database(SecretStr(url)) as database:
            assert await PostgresStore(database).document(ref())
    assert front.encrypted > 0


async def test_a_certificate_of_another_authority_or_host_is_told(database_url: str, tmp_path: Path) -> None:
    files = certificate(tmp_path)
    async with TlsFront(database_url, files) as front:
        other, _ = certificate(tmp_path, "other.example")
        await _refused(front.url(f"sslmode=verify-full&sslrootcert={other}"), "certificate that is not trusted")
    async with TlsFront(database_url, certificate(tmp_path, "other.example")) as front:
        await _refused(front.url(f"sslmode=verify-full&sslrootcert={other}"), "or is another host's")


async def test_a_server_without_tls_is_told(database_url: str) -> None:
    await _refused(_with(database_url, "sslmode=require"), "speaks no TLS: turn it on there")


async def test_an_authority_that_is_missing_is_told(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    await _refused(_with(database_url, "sslmode=verify-full"), "add sslrootcert=FILE to XEROSYNC_DATABASE_URL")
    missing = _with(database_url, f"sslmode=verify-full&sslrootcert={tmp_path}/missing.crt")
    await _refused(missing, "sslrootcert of XEROSYNC_DATABASE_URL is a file that can't be read")


async def _refused(url: str, sentence: str) -> None:
    with pytest.raises(MisconfiguredError) as raised:
        async with open_database(SecretStr(url)):
            pass
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)
    password = urlsplit(url).password
    assert password
    assert password not in str(raised.value)


def _with(url: str, query: str) -> str:
    return urlsplit(url)._replace(query=query).geturl()
