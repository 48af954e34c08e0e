"""Where a connection without TLS is allowed: on this machine, and to hosts that a person named."""

import ipaddress
from collections.abc import Collection


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine: `localhost`, a loopback address, or the path of a Unix socket."""
    if host.startswith(("/", "@")) or host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def may_be_plaintext(host: str, plaintext_hosts: Collection[str]) -> bool:
    """Say whether a host may be reached without TLS. `plaintext_hosts`: those of XEROSYNC_PLAINTEXT_HOSTS."""
    return is_loopback(host) or host.lower() in {each.lower() for each in plaintext_hosts}
