"""Access tokens, and their refresh: one worker refreshes under the grant's lock, all others read what it stored.

Xero rotates the refresh token with every use and keeps the previous one usable for 30 minutes. That grace is what
makes a lost answer harmless: whatever was lost, the token that is still stored can be sent again. A token leaves
this module only as a secret that no repr, log or error shows.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from pydantic import SecretStr

from xerosync.connection.grant import Grant, GrantKind, Grants, LockedGrant
from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError
from xerosync.faultpoints import FaultPoint, reach
from xerosync.xero.errors import DisconnectedError, TokenUnavailableError
from xerosync.xero.oauth.identity import Identity

AHEAD = timedelta(minutes=2)
"""A token is refreshed this long before it expires, so that it outlives the call that it is taken for."""

_USABLE = timedelta(seconds=5)
"""What a token must have left to be used where a refresh failed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token, and whose: calls of a custom connection name no organisation."""

    value: SecretStr
    kind: GrantKind


_Refresh = tuple[str, AccessToken | None]
"""A refresh under way: of which grant, and which token Xero had refused."""


class Tokens:
    """Access tokens of any number of grants, through one injected `httpx.AsyncClient`."""

    def __init__(
        self,
        grants: Grants,
        client: httpx.AsyncClient,
        *,
        identity_url: str,
        client_id: str,
        client_secret: SecretStr | None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._grants = grants
        self._identity = Identity(client, identity_url=identity_url, client_id=client_id, client_secret=client_secret)
        self._clock = clock
        self._refreshes: dict[_Refresh, asyncio.Task[Grant]] = {}
        self._unsaved: dict[str, tuple[Grant, Grant]] = {}

    async def access_token(self, grant_id: str, *, rejected: AccessToken | None = None) -> AccessToken:
        """Return a token with two minutes to live; never the one that Xero just `rejected`.

        Raises:
            HoldError: DisconnectedError, the grant is revoked; someone must connect again.
            RetryLaterError: TokenUnavailableError, or the store does not answer.
            MissingError: there is no such grant.
            MisconfiguredError: ClientRefusedError.
        """
        grant = await self._grants.read(grant_id)
        if not self._serves(grant, AHEAD, rejected):
            try:
                grant = await self._refreshed(grant_id, rejected)
            except RetryLaterError:
                if not self._serves(grant, _USABLE, rejected):
                    raise
                log.warning("token refresh put off", grant_id=grant_id)
        if grant.is_revoked or grant.access_token is None:
            raise DisconnectedError("The consent given to the app at Xero has ended.")
        return AccessToken(grant.access_token, grant.kind)

    def _serves(self, grant: Grant, left: timedelta, rejected: AccessToken | None) -> bool:
        if grant.is_revoked:
            return True
        if grant.access_token is None or grant.expires_at is None or grant.expires_at - self._clock() < left:
            return False
        return rejected is None or grant.access_token != rejected.value

    async def _refreshed(self, grant_id: str, rejected: AccessToken | None) -> Grant:
        """Return the grant after one refresh, shared by all callers of this process whom Xero refused the same token.

        Others wait for the lock in their turn: what is fresh enough for one may be the very token refused to another.
        A caller that is cancelled leaves the refresh running: a rotated token that nobody stores is a lost one.
        """
        asked = (grant_id, rejected)
        task = self._refreshes.get(asked)
        if task is None:
            task = asyncio.create_task(self._refresh(grant_id, rejected), name=f"refresh of grant {grant_id}")
            self._refreshes[asked] = task
            task.add_done_callback(lambda done: self._forget(asked, done))
        return await asyncio.shield(task)

    def _forget(self, asked: "_Refresh", task: asyncio.Task[Grant]) -> None:
        self._refreshes.pop(asked, None)
        if not task.cancelled():
            task.exception()  # looked at, since the callers may all be gone

    async def _refresh(self, grant_id: str, rejected: AccessToken | None) -> Grant:
        async with self._grants.lock(grant_id) as locked:
            grant = await self._settled(locked)
            if self._serves(grant, AHEAD, rejected):
                return grant
            reach(FaultPoint.BEFORE_REFRESH)
            renewed = await self._renew(grant)
            self._unsaved[grant_id] = (grant, renewed)
            reach(FaultPoint.BEFORE_TOKENS_STORED)
            await locked.save(renewed)
            reach(FaultPoint.AFTER_TOKENS_STORED)
            del self._unsaved[grant_id]
            return renewed

    async def _settled(self, locked: LockedGrant) -> Grant:
        """Return the grant, after storing what an earlier refresh could not because the database was down."""
        before, renewed = self._unsaved.get(locked.grant.grant_id, (None, None))
        if before is None or renewed is None:
            return locked.grant
        stored = locked.grant
        if stored == before:
            await locked.save(renewed)
        del self._unsaved[before.grant_id]
        return renewed if stored == before else stored

    async def _renew(self, grant: Grant) -> Grant:
        """Return the grant with fresh tokens, or revoked where Xero says `invalid_grant` to all that we have."""
        if grant.kind is GrantKind.CUSTOM:
            scope = {"scope": " ".join(grant.scopes)} if grant.scopes else {}
            given = await self._ask({"grant_type": "client_credentials", **scope})
            if given is not None:
                return self._with(grant, given)
        for refresh_token in (grant.refresh_token, grant.previous_refresh_token):
            if refresh_token is None:
                continue
            given = await self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token.get_secret_value()})
            if given is not None:
                return self._with(grant, given, used=refresh_token)
        log.warning("grant revoked", grant_id=grant.grant_id)
        return grant.model_copy(update={"is_revoked": True, "access_token": None, "expires_at": None})

    def _with(self, grant: Grant, given: dict[str, Any], used: SecretStr | None = None) -> Grant:
        rotated = given.get("refresh_token")
        scope = given.get("scope")
        return grant.model_copy(
            update={
                "access_token": SecretStr(str(given["access_token"])),
                "expires_at": self._clock() + timedelta(seconds=int(given["expires_in"])),
                "refresh_token": SecretStr(str(rotated)) if rotated else grant.refresh_token,
                "previous_refresh_token": used if rotated else grant.previous_refresh_token,
                "scopes": tuple(scope.split()) if isinstance(scope, str) else grant.scopes,
            }
        )

    async def _ask(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Return the identity service's tokens; None for `invalid_grant`.

        A lost answer may have rotated the token all the same. The one just sent is then the previous one, so it
        is sent once more, within its grace, before the caller has to try again later.
        """
        try:
            return await self._identity.tokens(form)
        except TokenUnavailableError:
            return await self._identity.tokens(form)
