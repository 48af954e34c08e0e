"""All webhooks of a stand-in, and the tasks that deliver for them.

A task runs for a hook only while something waits for it. Events of one call leave together: the task starts
after the handler that raised them has finished its turn.
"""

import asyncio
import ssl
from functools import cache
from typing import Any

import httpx

from standins.clock import Clock
from standins.disorder import Disorder
from standins.origins import Targets
from standins.xero.webhooks.hook import ANSWER_WITHIN_SECONDS, Hook
from standins.xero.webhooks.signing import CATEGORIES, event


class Webhooks:
    """Registered hooks by address. `answer_within` is how many seconds a receiver has. Belongs to one event loop."""

    def __init__(
        self, clock: Clock, targets: Targets | None = None, *, answer_within: float = ANSWER_WITHIN_SECONDS
    ) -> None:
        self._clock = clock
        self.targets = targets or Targets()
        self.disorder = Disorder()
        self._answer_within = answer_within
        self._hooks: dict[str, Hook] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def hooks(self) -> list[Hook]:
        """The hooks, oldest first."""
        return list(self._hooks.values())

    async def register(self, url: str, key: str, categories: frozenset[str] = frozenset(CATEGORIES)) -> Hook:
        """Register an address in place of an earlier registration of it, and ask for its intent to receive."""
        await self.remove(url)
        hook = self._hooks[url] = Hook(
            url, key, self._clock, categories, disorder=self.disorder, answer_within=self._answer_within
        )
        await self.ask_intent(hook)
        return hook

    async def ask_intent(self, hook: Hook) -> None:
        """Ask again for the intent to receive; switches a hook on that was off."""
        async with _client() as client:
            await hook.send_intent(client)

    async def remove(self, url: str) -> bool:
        """Remove a hook with all that waits for it; False when there is none at that address."""
        hook = self._hooks.pop(url, None)
        if hook is None:
            return False
        await self._stop(hook)
        return True

    def emit(
        self,
        category: str,
        event_type: str,
        resource_id: str,
        tenant_id: str,
        data: dict[str, Any] | None = None,
        *,
        to_every_hook: bool = False,
    ) -> None:
        """Notify the hooks of a category of a change, CREATE or UPDATE, and return at once.

        `data` (`{Type, Status}`) comes with credit notes alone. A category that Xero does not have yet is delivered
        `to_every_hook`.
        """
        change = event(category, event_type, resource_id, tenant_id, at=self._clock.now(), data=data)
        for hook in self._hooks.values():
            if hook.is_on and (to_every_hook or category in hook.categories):
                hook.enqueue(change)
                self._start(hook)

    async def flush(self) -> None:
        """Deliver now what waits, retries that are not due yet included; returns after one attempt of each."""
        async with _client() as client:
            for hook in self.hooks:
                await hook.drain(client)

    async def close(self) -> None:
        """Stop delivering."""
        for hook in self.hooks:
            await self._stop(hook)

    def _start(self, hook: Hook) -> None:
        running = self._tasks.get(hook.id)
        if running is None or running.done():
            self._tasks[hook.id] = asyncio.create_task(self._run(hook), name=f"webhook {hook.url}")

    async def _run(self, hook: Hook) -> None:
        while hook.waiting and hook.is_on:
            async with _client() as client:
                delivered = await hook.drain(client)
            if not delivered and hook.is_on:
                await hook.wait_for_retry()

    async def _stop(self, hook: Hook) -> None:
        task = self._tasks.pop(hook.id, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _client() -> httpx.AsyncClient:
    # Reading the certificates takes longer than a delivery: once is enough. Redirects are a failure, as in Xero.
    return httpx.AsyncClient(verify=_tls(), trust_env=False, follow_redirects=False)
