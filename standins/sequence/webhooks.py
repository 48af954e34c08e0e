"""Notifications to webhook recipients: signed, in the background, tried again for a day, in disorder on demand.

A delivery is `{notificationType, sequenceAccountId, resourceType, resourceId, resource}` with the header
`Sequence-Signature: t=<unix ms>,s=<hex HMAC-SHA256 of "t.rawBody">`; the resource is as it was when the event
happened. Order and retries are not published. Here each recipient gets first attempts in order, one after another.
What fails is tried again beside the rest, after 1, 2, 4 seconds of the stand-in's clock and so on, at least once an
hour, and is given up a day after the first attempt.
"""

import asyncio
import hmac
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import httpx

from standins.clock import Clock
from standins.disorder import Disorder
from standins.exactjson import dumps
from standins.origins import Targets
from standins.sequence.records import Policy

_TYPES = (
    "CUSTOMER_CREATED CUSTOMER_UPDATED CUSTOMER_ARCHIVED INVOICE_CREATED INVOICE_UPDATED INVOICE_ISSUED "
    "CREDIT_NOTE_CREATED CREDIT_NOTE_UPDATED CREDIT_NOTE_ISSUED INTEGRATION_SYNC_COMPLETED "
    "INTEGRATION_WEBHOOK_HANDLED MERCHANT_UPDATED BILLING_SCHEDULE_CREATED BILLING_SCHEDULE_UPDATED "
    "BILLING_SCHEDULE_ARCHIVED QUOTE_PUBLISHED QUOTE_ACCEPTED QUOTE_SIGNED INVOICE_REMINDER_SENT "
    "WATCHTOWER_TASK_ASSIGNED"
)
TYPES = frozenset(_TYPES.split())
KEPT_DELIVERIES = 10_000
GIVEN_UP_AFTER = timedelta(hours=24)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)
_TIMEOUT = 10.0
_OVERTAKING = 0.05
"""Seconds that a delivery held back waits for another to overtake it."""


class Subscriber(Protocol):
    """What is read of an account."""

    @property
    def id(self) -> str:
        """The account's id."""
        ...

    @property
    def policies(self) -> Mapping[str, Policy]:
        """Its notification policies, by id."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: `status` is None where no answer came."""

    notification_type: str
    resource_id: str
    url: str
    attempt: int
    status: int | None
    forged: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the recipient took it."""
        return self.status is not None and self.status < httpx.codes.MULTIPLE_CHOICES

    def as_json(self) -> dict[str, Any]:
        """Return the attempt as `/_sandbox/webhooks` shows it."""
        return {
            "notificationType": self.notification_type,
            "resourceId": self.resource_id,
            "url": self.url,
            "attempt": self.attempt,
            "status": self.status,
            "forged": self.forged,
        }


@dataclass(frozen=True, slots=True)
class _Message:
    notification_type: str
    resource_id: str
    url: str
    secret: str
    body: bytes


@dataclass(slots=True)
class _Lane:
    """What waits for one recipient of one policy."""

    pending: deque[_Message] = field(default_factory=deque[_Message])
    held: deque[_Message] = field(default_factory=deque[_Message])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    running: bool = False


class Webhooks:
    """Delivers what is emitted, in whatever `disorder` is asked for."""

    def __init__(self, clock: Clock, targets: Targets | None = None) -> None:
        self._clock = clock
        self._targets = targets or Targets()
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: dict[asyncio.Task[Any], datetime] = {}
        self._moved_on = asyncio.Event()
        self.disorder = Disorder()
        self._client: httpx.AsyncClient | None = None
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.reset()

    def reset(self) -> None:
        """Return to the defaults: everything once and in order."""
        self.disorder.reset()
        self.deliveries.clear()

    def forget(self) -> None:
        """Drop what waits for delivery; attempts under way still end."""
        for lane in self._lanes.values():
            lane.pending.clear()
            lane.held.clear()
        self._lanes.clear()

    def emit(
        self,
        account: Subscriber,
        notification_type: str,
        resource_type: str,
        resource_id: str,
        render: Callable[[], Any],
        *,
        of_any_type: bool = False,
    ) -> None:
        """Notify every policy of `account` that covers the type, or all; `render` is called only if there is one."""
        body = b""
        for policy in account.policies.values():
            covered = of_any_type or policy.types is None or notification_type in policy.types
            if policy.channel != "WEBHOOK" or not covered:
                continue
            body = body or dumps(
                {
                    "notificationType": notification_type,
                    "sequenceAccountId": account.id,
                    "resourceType": resource_type,
                    "resourceId": resource_id,
                    "resource": render(),
                }
            )
            for url in policy.recipients:
                message = _Message(notification_type, resource_id, url, policy.secret or "", body)
                self._enqueue(self._lanes.setdefault((policy.id, url), _Lane()), message)

    async def flush(self) -> None:
        """Return once nothing is under way; a retry that is not due yet is not waited for."""
        while any(self._due.get(task, self._clock.now()) <= self._clock.now() for task in self._tasks):
            self._moved_on.clear()
            await self._moved_on.wait()

    async def close(self) -> None:
        """Stop all deliveries and close the connections."""
        self.forget()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _enqueue(self, lane: _Lane, message: _Message) -> None:
        if self.disorder.happens("lose"):
            return
        (lane.held if self.disorder.happens("reorder") else lane.pending).append(message)
        if self.disorder.happens("duplicate"):
            lane.pending.append(message)
        lane.arrived.set()
        if not lane.running:
            lane.running = True
            self._start(self._run(lane))

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._due.pop(task, None)
        self._moved_on.set()

    async def _run(self, lane: _Lane) -> None:
        while lane.pending or lane.held:
            if not lane.pending:
                lane.arrived.clear()
                try:
                    async with asyncio.timeout(_OVERTAKING):
                        await lane.arrived.wait()
                except TimeoutError:
                    pass
            for queue in (lane.pending, lane.held):
                if queue:
                    await self._deliver(queue.popleft())
        lane.running = False

    async def _deliver(self, message: _Message) -> None:
        if self.disorder.happens("forge"):
            await self._attempt(message, 1, forged=True)
        if not (await self._attempt(message, 1)).succeeded:
            self._start(self._retry(message))

    async def _retry(self, message: _Message) -> None:
        given_up_at = self._clock.now() + GIVEN_UP_AFTER
        pause = FIRST_PAUSE
        for attempt in itertools.count(2):
            await self._wait_until(self._clock.now() + pause)
            if (await self._attempt(message, attempt)).succeeded or self._clock.now() >= given_up_at:
                return
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _wait_until(self, at: datetime) -> None:
        task = asyncio.current_task()
        assert task is not None, "retries run in tasks"
        self._due[task] = at
        self._moved_on.set()
        await self._clock.wait_until(at)
        del self._due[task]

    async def _attempt(self, message: _Message, attempt: int, *, forged: bool = False) -> Delivery:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        signed: str | None = digest(message.secret, message.body, milliseconds)
        if forged:
            signed = self.disorder.wrong_signature(signed)
        headers = {"Content-Type": "application/json"}
        if signed is not None:
            headers["Sequence-Signature"] = f"t={milliseconds},s={signed}"
        status: int | None = None
        if self._targets.refusal(message.url) is None:
            status = await self._post(message, headers)
        delivery = Delivery(message.notification_type, message.resource_id, message.url, attempt, status, forged)
        self.deliveries.append(delivery)
        return delivery

    async def _post(self, message: _Message, headers: Mapping[str, str]) -> int | None:
        if self._client is None:
            # Recipients are named by the user; a proxy of the environment has no part in it.
            self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)
        try:
            return (await self._client.post(message.url, content=message.body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return None


def digest(secret: str, body: bytes, milliseconds: int) -> str:
    """Return the signature of a body that is sent at `milliseconds` since 1970, in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{milliseconds}.".encode() + body, sha256).hexdigest()
