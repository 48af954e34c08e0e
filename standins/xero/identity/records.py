"""The records of identity: apps, consent codes, grants, refresh tokens and connections."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID


class OAuthError(Exception):
    """An OAuth 2 refusal; `code` is the `error` of RFC 6749 that Xero answers."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description or code)
        self.code = code


class AccessRefusedError(Exception):
    """A bearer token or its organisation is refused; fields as in Xero's problem body."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class App:
    """A registered client.

    Without a secret it must use PKCE; with `custom_tenant_id` it is a custom connection. Empty
    `redirect_uris` accept any address that Xero would let an app register.
    """

    client_id: str
    client_secret: str | None
    redirect_uris: tuple[str, ...]
    granular: bool
    custom_tenant_id: str | None = None

    def redirects_to(self, uri: str) -> bool:
        """Return whether consent may send the browser to `uri`."""
        return uri in self.redirect_uris if self.redirect_uris else may_redirect_to(uri)


def may_redirect_to(uri: str) -> bool:
    """Return whether Xero lets an app register `uri`: https anywhere, http on `localhost` alone, no fragment."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host == "localhost")


@dataclass(frozen=True, slots=True)
class Code:
    """A consent on its way to the token endpoint: five minutes, once."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    auth_event_id: str
    challenge: str | None
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """One consent of the user to an app: the chain of rotating refresh tokens and the access tokens of it."""

    id: str
    client_id: str
    scopes: tuple[str, ...]
    auth_event_id: str
    created_at: datetime
    revoked: bool = False
    current: bytes | None = None


@dataclass(slots=True)
class RefreshToken:
    """One link of a grant's chain; `replaced_at` starts its grace."""

    grant: Grant
    expires_at: datetime
    replaced_at: datetime | None = None


@dataclass(slots=True)
class Connection:
    """An organisation connected to an app; `updated_at` moves when it is connected again."""

    id: str
    client_id: str
    tenant_id: str
    tenant_name: str
    auth_event_id: str
    created_at: datetime
    updated_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the shape of `GET /connections`; moments are UTC with seven decimals and no zone."""
        return {
            "id": self.id,
            "authEventId": self.auth_event_id,
            "tenantId": self.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.tenant_name,
            "createdDateUtc": _seven_decimals(self.created_at),
            "updatedDateUtc": _seven_decimals(self.updated_at),
        }


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever makes a call: the app, the grant and the scopes of its access token."""

    client_id: str
    grant_id: str
    scopes: tuple[str, ...]


def canonical(tenant_id: str) -> str:
    """Return an id in lower case with dashes where it is a GUID, else as it is."""
    try:
        return str(UUID(tenant_id))
    except ValueError:
        return tenant_id


def _seven_decimals(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f0")
