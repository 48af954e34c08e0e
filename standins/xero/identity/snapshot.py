"""Identity as one JSON document, so that tokens and consents given before a restart still open the stand-in after it.

It holds the key that signs access tokens, so it is as good as all of them; of refresh tokens there are digests only.
Codes are not in it: they live for five minutes. Nor is whether tokens are checked: that is decided at every start.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, TypeAdapter, ValidationError

from standins.xero.identity.records import App, Connection, Grant, RefreshToken
from standins.xero.identity.state import IdentityState
from standins.xero.identity.tokens import Signer

Hex = Annotated[str, AfterValidator(lambda text: bytes.fromhex(text).hex()), PlainSerializer(str)]
"""Bytes as hexadecimal digits."""


class NotASnapshotError(ValueError):
    """The text is no snapshot of this stand-in's identity; the message says why."""


@dataclass(slots=True, kw_only=True)
class Consent:
    """A grant; `current` is the digest of the refresh token that is not replaced yet."""

    id: str
    client_id: str
    scopes: tuple[str, ...]
    auth_event_id: str
    created_at: datetime
    revoked: bool
    current: Hex | None


@dataclass(slots=True, kw_only=True)
class Refresh:
    """A refresh token by its digest, and the grant it belongs to."""

    digest: Hex
    grant_id: str
    expires_at: datetime
    replaced_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Identity:
    """All of identity, written out. `live` names the access tokens in force with their grant and end."""

    user_id: str
    signing_key: Hex
    apps: list[App]
    connections: list[Connection]
    grants: list[Consent]
    refresh_tokens: list[Refresh]
    live: dict[str, tuple[str, datetime]]


_IDENTITY = TypeAdapter(Identity)


def take(identity: IdentityState) -> bytes:
    """Return identity as JSON."""
    return _IDENTITY.dump_json(
        Identity(
            user_id=identity.user_id,
            signing_key=identity.signer.key.hex(),
            apps=list(identity.apps.values()),
            connections=identity.connections.of(None),
            grants=[
                Consent(
                    id=grant.id,
                    client_id=grant.client_id,
                    scopes=grant.scopes,
                    auth_event_id=grant.auth_event_id,
                    created_at=grant.created_at,
                    revoked=grant.revoked,
                    current=grant.current.hex() if grant.current else None,
                )
                for grant in identity.grants.values()
            ],
            refresh_tokens=[
                Refresh(
                    digest=digest.hex(),
                    grant_id=token.grant.id,
                    expires_at=token.expires_at,
                    replaced_at=token.replaced_at,
                )
                for digest, token in identity.refresh_tokens.items()
            ],
            live=identity.live,
        )
    )


def load(identity: IdentityState, snapshot: bytes) -> None:
    """Put a snapshot in the place of all there is; the books come first, for connections name their organisations.

    Raises NotASnapshotError, and then changes nothing.
    """
    try:
        written = _IDENTITY.validate_json(snapshot)
    except ValidationError as error:
        first = error.errors()[0]
        raise NotASnapshotError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    unknown = {each.tenant_id for each in written.connections} - identity.connections.organisations.keys()
    if unknown:
        raise NotASnapshotError(f"it connects organisations that there are no books of: {', '.join(sorted(unknown))}")
    grants = {each.id: _grant(each) for each in written.grants}
    if strays := {each.grant_id for each in written.refresh_tokens} - grants.keys():
        raise NotASnapshotError(f"it has refresh tokens of grants that are not in it: {', '.join(sorted(strays))}")
    identity.user_id = written.user_id
    identity.signer = Signer(bytes.fromhex(written.signing_key))
    identity.apps = {app.client_id: app for app in written.apps}
    identity.connections.replace(written.connections)
    identity.grants = grants
    identity.refresh_tokens = {
        bytes.fromhex(each.digest): RefreshToken(grants[each.grant_id], each.expires_at, each.replaced_at)
        for each in written.refresh_tokens
    }
    identity.live = written.live


def _grant(written: Consent) -> Grant:
    return Grant(
        id=written.id,
        client_id=written.client_id,
        scopes=written.scopes,
        auth_event_id=written.auth_event_id,
        created_at=written.created_at,
        revoked=written.revoked,
        current=bytes.fromhex(written.current) if written.current else None,
    )
