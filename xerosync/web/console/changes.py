"""Lets an open page know that what it shows has changed, by server-sent events without data: the page reads itself.

`live`: changes arrive from now on, so read again. `changed`: read again. `lost`: changes do not arrive.
`beat`: nothing new; a page that gets none for a while is not live. `ended`: sign in again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import RetryLaterError
from xerosync.core.people import Role
from xerosync.operations.defaults import the_connection
from xerosync.postgres.changes import Follower, News, PostgresChanges, TooManyFollowersError
from xerosync.services import Services
from xerosync.web.access import Access, needs
from xerosync.web.path_params import can_name

BEAT_SECONDS = 5
_BETWEEN_SECONDS = 0.4
"""Changes that come faster than this are sent together."""
_LONGEST_SECONDS = 600
"""Then the page asks anew, so that whoever signs people in before us is asked, too."""


def routes(services: Services, changes: PostgresChanges, stopping: asyncio.Event) -> Sequence[BaseRoute]:
    """Return the route of the events; once `stopping` is set they end."""
    return [Route("/accounts/{account}/changes", ChangeEvents(services, changes, stopping).stream)]


class ChangeEvents:
    """Streams what changes in an account, or in one document of it."""

    def __init__(self, services: Services, changes: PostgresChanges, stopping: asyncio.Event) -> None:
        self._services = services
        self._changes = changes
        self._stopping = stopping

    @needs(Role.VIEWER)
    async def stream(self, request: Request) -> Response:
        """Send events until the page goes away, ten minutes are over, or the person may no longer see the account."""
        account_id = request.path_params["account"]
        await the_connection(self._services, account_id)
        ref = _document(account_id, request.query_params.get("document", ""))
        return StreamingResponse(
            self._events(request, account_id, ref),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    async def _events(self, request: Request, account_id: str, ref: DocumentRef | None) -> AsyncGenerator[str]:
        now = asyncio.get_running_loop().time
        until = now() + _LONGEST_SECONDS
        checked_at, was_live = now(), None
        try:
            with self._changes.following(account_id, ref) as follower:
                while now() < until and not self._stopping.is_set():
                    news = await self._next(follower)
                    if now() - checked_at >= BEAT_SECONDS:
                        checked_at = now()
                        if not await self._may_see(request, account_id):
                            yield _event("ended")
                            return
                    if news is None:
                        yield _event("beat")
                    elif news.is_live is not was_live:
                        was_live = news.is_live
                        yield _event("live" if was_live else "lost")
                    elif news.has_changed:
                        yield _event("changed")
                    await asyncio.sleep(_BETWEEN_SECONDS)
        except TooManyFollowersError:
            yield _event("lost")

    async def _next(self, follower: Follower) -> News | None:
        """Return what is new, or None where nothing is for a while or the process stops."""
        news, stop = asyncio.create_task(follower.news()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((news, stop), timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return news.result() if news.done() else None
        finally:
            news.cancel()
            stop.cancel()

    async def _may_see(self, request: Request, account_id: str) -> bool:
        access: Access = request.app.state.access
        try:
            person = await access.person(request)
        except HTTPException:
            return False
        except RetryLaterError:
            # While the database is away nobody can be looked up, and nothing of it is sent.
            return True
        return person is not None and person.sees(account_id)


def _event(name: str) -> str:
    return f"event: {name}\ndata:\n\n"


def _document(account_id: str, named: str) -> DocumentRef | None:
    """Return the document that a text `kind/id` names. Raises HTTPException 400 where it names none."""
    if not named:
        return None
    kind, _, document_id = named.partition("/")
    if kind not in set(Kind) or not can_name(document_id):
        raise HTTPException(400, "A document is named by its kind and its id, such as invoice/5f1d.")
    return DocumentRef(account_id=account_id, kind=Kind(kind), document_id=document_id)
