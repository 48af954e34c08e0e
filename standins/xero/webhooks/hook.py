"""One registered webhook: its queue, its deliveries, its retries.

Invariants: nothing is delivered before the intent to receive was answered rightly; what is not answered 200
within five seconds stays at the head of the queue and is tried again, ever more slowly, on the stand-in's
clock; after a day of failures the hook is switched off and what waits is dropped.
"""

import asyncio
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

import httpx

from standins.clock import Clock
from standins.disorder import Disorder, wrong_signatures
from standins.xero.webhooks.signing import payload, signature

ANSWER_WITHIN_SECONDS = 5.0
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
SWITCHED_OFF_AFTER = timedelta(hours=24)

_EVENTS_A_DELIVERY = 100
_KEPT_DELIVERIES = 1_000
_HTTP_OK = 200
_HTTP_UNAUTHORIZED = 401


class HookStatus(StrEnum):
    """What Xero's developer page shows beside a webhook."""

    PENDING = "intent to receive pending"
    OK = "ok"
    FAILED = "intent to receive failed"
    RETRYING = "retrying"
    OFF = "switched off"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST and what came back; `problem` says what was wrong with the answer, None when it was right.

    `forged` ones are signed wrongly, so that 401 is the right answer.
    """

    at: str
    first: int
    last: int
    status: int | None
    problem: str | None
    forged: bool = False


class Hook:
    """One webhook of the app. `disorder` is how much goes wrong on the way."""

    def __init__(
        self,
        url: str,
        key: str,
        clock: Clock,
        categories: frozenset[str],
        *,
        disorder: Disorder,
        answer_within: float = ANSWER_WITHIN_SECONDS,
    ) -> None:
        self.id = str(uuid4())
        self.url = url
        self.key = key
        self.categories = categories
        self._disorder = disorder
        self.status = HookStatus.PENDING
        self.intent_problems: list[str] = []
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT_DELIVERIES)
        self._clock = clock
        self._answer_within = answer_within
        self._queue: deque[tuple[int, dict[str, Any]]] = deque()
        self._sequence = 0
        self._failing_since: datetime | None = None
        self._retry_after = FIRST_RETRY
        self.retry_at: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """How many events are not delivered yet."""
        return len(self._queue)

    @property
    def is_on(self) -> bool:
        """Return whether events are taken."""
        return self.status in {HookStatus.OK, HookStatus.RETRYING}

    def enqueue(self, event: dict[str, Any]) -> None:
        """Take an event for delivery, under the hook's next sequence number; a lost one leaves a gap."""
        self._sequence += 1
        if not self._disorder.happens("lose"):
            self._queue.append((self._sequence, event))

    async def send_intent(self, client: httpx.AsyncClient) -> None:
        """Ask the receiver for its intent: a body signed rightly (200), then wrongly and not at all (401 each)."""
        body = payload((), 0, 0)
        right = signature(body, self.key)
        self.intent_problems = []
        for signed in (right, *wrong_signatures(right)):
            problem = (await self._post(client, body, signed, (0, 0), forged=signed != right)).problem
            if problem is not None:
                self.intent_problems.append(problem)
        self.status = HookStatus.FAILED if self.intent_problems else HookStatus.OK
        self._failing_since = None

    async def drain(self, client: httpx.AsyncClient) -> bool:
        """Deliver what waits until the queue is empty (True) or a delivery fails (False)."""
        async with self._one_at_a_time:
            while self._queue and self.is_on:
                batch = [self._queue[place] for place in range(min(len(self._queue), _EVENTS_A_DELIVERY))]
                half = len(batch) // 2 if self._disorder.happens("reorder") else 0
                for part in (batch[half:], batch[:half]):
                    if part and not await self._deliver(client, part):
                        self._note_failure()
                        return False
                for _ in batch:
                    self._queue.popleft()
                self.status, self._failing_since = HookStatus.OK, None
                self.retry_at, self._retry_after = None, FIRST_RETRY
            return True

    async def wait_for_retry(self) -> None:
        """Wait until the next attempt is due."""
        await self._clock.wait_until(self.retry_at or self._clock.now())

    def as_json(self) -> dict[str, Any]:
        """Return the hook as `/_sandbox/webhooks` shows it; the key stays out."""
        return {
            "id": self.id,
            "url": self.url,
            "categories": sorted(self.categories),
            "status": self.status.value,
            "intent_problems": self.intent_problems,
            "waiting": self.waiting,
            "retry_at": self.retry_at.isoformat() if self.retry_at else None,
            "deliveries": [asdict(delivery) for delivery in self.deliveries],
        }

    def _note_failure(self) -> None:
        now = self._clock.now()
        self._failing_since = self._failing_since or now
        self.status = HookStatus.RETRYING
        self.retry_at = now + self._retry_after
        self._retry_after = min(self._retry_after * 2, LONGEST_RETRY)
        if now - self._failing_since >= SWITCHED_OFF_AFTER:
            self.status = HookStatus.OFF
            self._queue.clear()

    async def _deliver(self, client: httpx.AsyncClient, batch: list[tuple[int, dict[str, Any]]]) -> bool:
        first, last = batch[0][0], batch[-1][0]
        body = payload([event for _, event in batch], first, last)
        signed = signature(body, self.key)
        if self._disorder.happens("forge"):
            await self._post(client, body, self._disorder.wrong_signature(signed), (first, last), forged=True)
        times = 2 if self._disorder.happens("duplicate") else 1
        outcome = [await self._post(client, body, signed, (first, last)) for _ in range(times)]
        return all(delivery.problem is None for delivery in outcome)

    async def _post(
        self,
        client: httpx.AsyncClient,
        body: bytes,
        signed: str | None,
        span: tuple[int, int],
        *,
        forged: bool = False,
    ) -> Delivery:
        status, problem = None, None
        headers = {"content-type": "application/json"} | ({} if signed is None else {"x-xero-signature": signed})
        try:
            async with asyncio.timeout(self._answer_within):
                answer = await client.post(self.url, content=body, headers=headers)
            status, problem = answer.status_code, _problem(answer, _HTTP_UNAUTHORIZED if forged else _HTTP_OK)
        except TimeoutError:
            problem = f"no answer within {self._answer_within:g} seconds"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = f"no answer: {type(error).__name__}"
        delivery = Delivery(self._clock.now().isoformat(), *span, status, problem, forged)
        self.deliveries.append(delivery)
        return delivery


def _problem(answer: httpx.Response, wanted: int) -> str | None:
    if answer.status_code != wanted:
        meant = "rightly" if wanted == _HTTP_OK else "wrongly"
        return f"answered {answer.status_code}, not {wanted}, to a body signed {meant}"
    if answer.content:
        return "the answer has a body"
    return "the answer sets a cookie" if "set-cookie" in answer.headers else None
