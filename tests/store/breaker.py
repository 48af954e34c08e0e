"""A way to the database, or another server, that a test can cut and mend, as if that were stopped and started again."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from tests.store.relay import Relay


class Breaker:
    """Passes bytes between a port of its own and the server's."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        assert self._parts.hostname
        assert self._parts.port
        self._relay = Relay(self._parts.hostname, self._parts.port)

    @property
    def url(self) -> SecretStr:
        """The database's URL by way of the breaker."""
        credentials = self._parts.netloc.rpartition("@")[0]
        return SecretStr(self._parts._replace(netloc=f"{credentials}@{self.address}").geturl())

    @property
    def address(self) -> str:
        """Host and port of the breaker."""
        return f"127.0.0.1:{self._relay.port}"

    async def mend(self) -> None:
        """Let connections through, at the same port as before."""
        await self._relay.open()

    async def cut(self) -> None:
        """Break every connection and take no new ones."""
        await self._relay.close()
