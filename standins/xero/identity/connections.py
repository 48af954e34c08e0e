"""Which organisations there are, and which of them are connected to which app."""

from collections.abc import Iterable
from uuid import uuid4

from standins.clock import Clock
from standins.xero.identity.records import Connection


class Connections:
    """Connections by app and organisation; at most one for each pair, its id kept while it lasts."""

    def __init__(self, clock: Clock) -> None:
        self.organisations: dict[str, str] = {}
        self._clock = clock
        self._held: dict[tuple[str, str], Connection] = {}

    def add(self, client_id: str, tenant_id: str, auth_event_id: str) -> Connection:
        """Connect an organisation, or renew its connection. KeyError for one that is not known."""
        name = self.organisations[tenant_id]
        now = self._clock.now()
        held = self._held.get((client_id, tenant_id))
        if held is None:
            held = Connection(str(uuid4()), client_id, tenant_id, name, auth_event_id, now, now)
            self._held[client_id, tenant_id] = held
        held.auth_event_id, held.tenant_name, held.updated_at = auth_event_id, name, now
        return held

    def of(self, client_id: str | None, auth_event_id: str | None = None) -> list[Connection]:
        """Return the connections of one app, or of all, oldest first; those of one consent where it is named."""
        return [
            held
            for held in self._held.values()
            if (client_id is None or held.client_id == client_id)
            and (auth_event_id is None or held.auth_event_id == auth_event_id)
        ]

    def has(self, client_id: str, tenant_id: str) -> bool:
        """Return whether the organisation is connected to the app."""
        return (client_id, tenant_id) in self._held

    def is_cut_off(self, tenant_id: str) -> bool:
        """Return whether a known organisation is connected to no app at all."""
        return tenant_id in self.organisations and all(held[1] != tenant_id for held in self._held)

    def delete(self, connection_id: str, client_id: str | None) -> bool:
        """Remove one connection by its id; False when the app has none of that id."""
        for held in self.of(client_id):
            if held.id == connection_id:
                del self._held[held.client_id, held.tenant_id]
                return True
        return False

    def remove(self, tenant_id: str, client_id: str | None) -> int:
        """Remove the connections of an organisation; returns how many there were."""
        gone = [held for held in self.of(client_id) if held.tenant_id == tenant_id]
        for held in gone:
            del self._held[held.client_id, held.tenant_id]
        return len(gone)

    def replace(self, connections: Iterable[Connection]) -> None:
        """Put these connections in the place of all there are."""
        self._held = {(held.client_id, held.tenant_id): held for held in connections}

    def remove_app(self, client_id: str) -> None:
        """Remove all connections of an app."""
        self._held = {pair: held for pair, held in self._held.items() if held.client_id != client_id}
