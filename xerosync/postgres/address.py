"""Reading a database URL: what messages may call it, whose it is, and whether it asks for TLS.

Nothing of a URL but its database, host and port is ever part of a message: anything else may be a password.
"""

import os
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import SecretStr

from xerosync.core.errors import MisconfiguredError
from xerosync.core.plaintext import may_be_plaintext

_FORM = (
    "must be of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters in the password "
    "written as %XX."
)
_ENCRYPTED = ("require", "verify-ca", "verify-full")


def place_of(url: SecretStr, setting: str = "XEROSYNC_DATABASE_URL") -> str:
    """Return what messages call a database: `database NAME at HOST:PORT`, without its user or password.

    Raises:
        MisconfiguredError: the URL is not one of PostgreSQL's. The message names the setting and does not repeat it.
    """
    parts = _parts(url, setting)
    host = parts.netloc.rpartition("@")[2] or ", ".join(_query(parts, "host"))
    return " ".join(("database", unquote(parts.path.lstrip("/")), "at", host)).replace("  ", " ")


def user_of(url: SecretStr) -> str | None:
    """Return the role that a URL signs in as, or None where it names none."""
    parts = _parts(url, "XEROSYNC_DATABASE_URL")
    given = parts.netloc.rpartition("@")[0].partition(":")[0] or next(iter(_query(parts, "user")), "")
    return unquote(given) or None


def check_files(url: SecretStr) -> None:
    """Make sure that the certificates and keys which a URL names can be read.

    Raises:
        MisconfiguredError: one can't; says which.
    """
    parts = _parts(url, "XEROSYNC_DATABASE_URL")
    for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl"):
        for file in _query(parts, name):
            if not os.access(file, os.R_OK):
                raise MisconfiguredError(f"{name} of XEROSYNC_DATABASE_URL is a file that can't be read: {file}.")


def check_tls(url: SecretStr, setting: str, plaintext_hosts: Collection[str]) -> None:
    """Make sure that a database that is not on this machine is reached with TLS.

    Raises:
        MisconfiguredError: it would be reached without; says what to add to the URL.
    """
    parts = _parts(url, setting)
    mode = next(iter(_query(parts, "sslmode")), os.environ.get("PGSSLMODE", "prefer"))
    if mode in _ENCRYPTED:
        return
    for host in _hosts(parts):
        if not may_be_plaintext(host, plaintext_hosts):
            raise MisconfiguredError(
                f"{setting} reaches {host} without TLS: add ?sslmode=verify-full&sslrootcert=FILE to it, with the "
                f"certificate of its authority in the file, or name {host} in XEROSYNC_PLAINTEXT_HOSTS if nobody else "
                "is in the network between."
            )


def _parts(url: SecretStr, setting: str) -> SplitResult:
    try:
        parts = urlsplit(url.get_secret_value())
        parse_qs(parts.query)
        host = parts.netloc.rpartition("@")[2] or _query(parts, "host")
    except ValueError:
        raise MisconfiguredError(f"{setting} {_FORM}") from None
    # An @ after the authority is the rest of a password whose special characters were not written as %XX.
    strayed = "@" in parts.path or "@" in parts.query or parts.fragment
    if parts.scheme not in ("postgresql", "postgres") or strayed or not host:
        raise MisconfiguredError(f"{setting} {_FORM}")
    return parts


def _query(parts: SplitResult, name: str) -> list[str]:
    return parse_qs(parts.query).get(name, [])


def _hosts(parts: SplitResult) -> list[str]:
    """Return the hosts, without their ports: there may be several, of which the driver takes the first to answer."""
    named = ",".join(_query(parts, "host"))
    listed = parts.netloc.rpartition("@")[2] or named
    return [_without_port(unquote(each)) for each in listed.split(",") if each]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.startswith("/") else host.rpartition(":")[0] or host
