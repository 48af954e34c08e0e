"""PostgreSQL with TLS: answers a client's request for it, and passes what is said on to a server without."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.store.relay import Relay

SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
"""The first eight bytes of a client that wants TLS: length and code, by PostgreSQL's protocol."""


def certificate(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """Write a certificate of that host, its own authority, and its key; return the files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, secret = folder / f"{host}.crt", folder / f"{host}.key"
    shown.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption()))
    return shown, secret


class TlsFront:
    """One port of its own before a database."""

    def __init__(self, url: str, files: tuple[Path, Path]) -> None:
        self._parts = urlsplit(url)
        assert self._parts.hostname
        assert self._parts.port
        self._relay = Relay(self._parts.hostname, self._parts.port, self._encrypt)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*files)
        self.encrypted = 0

    async def __aenter__(self) -> "TlsFront":
        await self._relay.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._relay.close()

    def url(self, query: str) -> str:
        credentials = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{credentials}@localhost:{self._relay.port}", query=query).geturl()

    async def _encrypt(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(8) == SSL_REQUEST
        writer.write(b"S")
        await writer.drain()
        await writer.start_tls(self._context)
        self.encrypted += 1
