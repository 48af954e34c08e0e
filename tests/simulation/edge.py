"""Webhooks: from the company's signature to the signal, through the product's own receiver and inbox.

    people ──▶ Sequence ──signed, tried again until taken──▶ receiver ──▶ inbox ──▶ delivery ──▶ signals
               Xero (`xero_hook.py`) ───────────────────────────▲                        └──────▶ sweeps

A copy of the edge may die at any await. What it acknowledged must lead to a signal all the same.
"""

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from standins.disorder import wrong_signatures
from standins.exactjson import dumps
from standins.sequence import rendering
from standins.sequence.kinds import Kind
from standins.sequence.records import Document
from standins.sequence.state import Account
from standins.sequence.webhooks import FIRST_PAUSE, LONGEST_PAUSE, digest
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_inbox import MemoryInbox
from tests.simulation.scheduler import WORKER, SeededLoop
from tests.simulation.server import ServerWorkflows
from xerosync.core import clock
from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.web.webhooks.delivery import POLL_SECONDS, RETRY_SECONDS, HintDelivery
from xerosync.web.webhooks.lookups import DatabaseTime, Lookups
from xerosync.web.webhooks.receiver import WebhookReceiver

_SECRET = "whsec_simulated"
XERO_KEY = "xero-webhook-key"
_MOST_AGE = timedelta(hours=26)
_ON_THE_WAY = 2.0
"""Seconds at most, until a delivery arrives and until Temporal has taken a signal."""

_UNTAKEN = 0.1
"""How often Temporal does not take a signal, and how often its answer is lost."""


class _Secrets:
    async def of(self, account_id: str) -> Mapping[str, SecretStr]:
        del account_id
        return {"policy": SecretStr(_SECRET)}


class Signals:
    """Temporal as the edge reaches it; sometimes it does not answer, and then it may have taken the signal."""

    def __init__(self, workflows: ServerWorkflows, wake_sweep: Callable[[], None], die: random.Random) -> None:
        self._workflows, self._wake_sweep, self._die = workflows, wake_sweep, die

    async def document(self, ref: DocumentRef, signal: str, number: str | None) -> None:
        await self._taken(lambda: self._workflows.deliver(ref, signal, None))
        del number

    async def _taken(self, take: Callable[[], None]) -> None:
        await asyncio.sleep(self._die.uniform(0, _ON_THE_WAY))
        is_answered, is_taken = (self._die.random() >= _UNTAKEN for _ in range(2))
        if is_taken:
            take()
        if not (is_taken and is_answered):
            raise TemporalUnavailableError

    async def customer(self, account_id: str, customer_id: str) -> None:
        raise AssertionError(f"the customer {customer_id} of {account_id} does not change in a run")

    async def sweep(self, account_id: str) -> None:
        del account_id
        await self._taken(self._wake_sweep)

    async def sweep_announced(self, account_id: str) -> None:
        raise AssertionError(f"the inbox always keeps what concerns {account_id}")


class Edge:
    """Takes deliveries. `deadly` is how often a copy dies within a second of taking one; another one follows."""

    def __init__(
        self,
        loop: SeededLoop,
        store: MemoryStore,
        inbox: MemoryInbox,
        signals: Signals,
        die: random.Random,
        *,
        deadly: float,
    ) -> None:
        self._loop, self._store, self._die, self._deadly = loop, store, die, deadly
        self._inbox: Any = inbox
        self._signals = signals
        self._context = contextvars.copy_context()
        self._copy = 0
        self._start()

    def _start(self) -> None:
        """Start a copy, over the inbox and the store that stay. Its number is below those of workers."""
        self._copy -= 1
        secrets: Any = _Secrets()
        store: Any = self._store
        database = DatabaseTime()
        self._delivery = HintDelivery(self._inbox, self._signals, store)
        self._receiver = WebhookReceiver(
            self._inbox,
            Lookups(secrets, store, database),
            self._delivery,
            database,
            xero_keys=[SecretStr(XERO_KEY)],
            max_age=_MOST_AGE,
            now=clock.utc_now,
        )
        self._is_delivering = False
        self._deliver()

    def _die_now(self, number: int) -> None:
        if number == self._copy:
            self._loop.kill(number)
            self._start()

    def _within(self, work: Any) -> asyncio.Task[Any]:
        """Run something that dies with the present copy."""
        context = self._context.copy()
        context.run(WORKER.set, self._copy)
        return self._loop.create_task(work, context=context)

    def _deliver(self) -> None:
        if not self._is_delivering and not self._inbox.is_empty:
            self._is_delivering = True
            self._within(self._run())

    async def _run(self) -> None:
        """Deliver as `HintDelivery.run` does, for as long as there is something: a look at nothing costs, too."""
        while not self._inbox.is_empty:
            try:
                taken = await self._delivery.deliver_pending()
            except TemporalUnavailableError:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await asyncio.sleep(0 if taken else POLL_SECONDS)
        self._is_delivering = False

    async def sequence(self, account_id: str, body: bytes, signature: str | None) -> Response | None:
        """Return the answer to a delivery of Sequence; None where the copy that took it died before."""
        request = _request(f"/webhooks/sequence/{account_id}", body, "sequence-signature", signature, account_id)
        return await self._answer(self._receiver.sequence(request))

    async def xero(self, body: bytes, signature: str | None) -> Response | None:
        """Return the answer to a delivery of Xero; None where the copy that took it died before."""
        return await self._answer(self._receiver.xero(_request("/webhooks/xero", body, "x-xero-signature", signature)))

    async def _answer(self, answer: Coroutine[Any, Any, Response]) -> Response | None:
        number = self._copy
        if self._die.random() < self._deadly:
            self._loop.call_later(self._die.uniform(0, 1), self._die_now, number, context=self._context)
        answering = self._within(answer)
        done, _ = await asyncio.wait({answering}, timeout=10)
        if not done:
            return None
        self._deliver()
        return answering.result()


def _request(path: str, body: bytes, header: str, signature: str | None, account_id: str = "") -> Request:
    headers = [(b"content-type", b"application/json")]
    if signature is not None:
        headers.append((header.encode(), signature.encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "path_params": {"account": account_id},
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


class Sender:
    """Sequence's side of the webhook: signs, and tries again until a delivery is taken, for a day."""

    def __init__(
        self, loop: SeededLoop, edge: Edge, account: Account, die: random.Random, violate: Callable[[str], None]
    ) -> None:
        self._loop, self._edge, self._account, self._die, self._violate = loop, edge, account, die, violate
        self._under_way: set[asyncio.Task[None]] = set()

    def delivery(self, kind: Kind, document: Document, *, forged: bool) -> Callable[[], None]:
        """Return what sends a delivery about a document as it is now; before it a forged one, where asked for."""
        body = dumps(
            {
                "notificationType": f"{kind.resource_type}_UPDATED",
                "sequenceAccountId": self._account.id,
                "resourceType": kind.resource_type,
                "resourceId": document.id,
                "resource": rendering.document(self._account, kind, document),
            }
        )

        def send() -> None:
            sending = self._loop.create_task(self._send(body, forged=forged))
            self._under_way.add(sending)
            sending.add_done_callback(self._under_way.discard)

        return send

    async def _send(self, body: bytes, *, forged: bool) -> None:
        if forged and (status := await self._attempt(body, forged=True)) not in (None, HTTPStatus.UNAUTHORIZED):
            self._violate(f"a forged webhook was answered with {status}")
        pause = FIRST_PAUSE
        while await self._attempt(body) != HTTPStatus.OK:
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _attempt(self, body: bytes, *, forged: bool = False) -> int | None:
        await asyncio.sleep(self._die.uniform(0, _ON_THE_WAY))
        milliseconds = int(self._account.clock.now().timestamp() * 1000)
        right = digest(_SECRET, body, milliseconds)
        signed = self._die.choice(wrong_signatures(right)) if forged else right
        signature = f"t={milliseconds},s={signed}" if signed is not None else None
        answer = await self._edge.sequence(self._account.id, body, signature)
        return answer.status_code if answer else None
