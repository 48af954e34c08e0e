"""Whether Xero's webhook announces what changes: this decides how far apart an account's sweeps are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.hints import Untold
from xerosync.documents.ports import Announcement, Spacings
from xerosync.documents.sweep_spacing import Spacing, SweepEvidence, next_spacing, spacing_words
from xerosync.documents.views import XeroView

IN_FLIGHT = timedelta(minutes=2)
"""Of what Xero stamped so shortly before, the delivery may be on its way still."""

ECHO_WITHIN = timedelta(minutes=5)
"""How long a write of ours may wait for its echo."""

_NO_EVENTS = frozenset(Untold)

log = structlog.get_logger()


@dataclass(slots=True)
class HookWatch:
    """What one sweep knows and learns of Xero's webhook."""

    spacings: Spacings
    connection: Connection
    now: Callable[[], datetime]
    spacing: Spacing
    asked_at: datetime | None
    announcements: Sequence[Announcement]
    is_announced: bool
    _found: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])

    @classmethod
    async def begin(
        cls,
        spacings: Spacings,
        connection: Connection,
        usual: timedelta,
        now: Callable[[], datetime],
        *,
        is_announced: bool = False,
    ) -> "HookWatch":
        """Read what the webhook announced since the last sweep, and how far apart sweeps are.

        `usual` is how often to sweep unless the connection says otherwise. `is_announced`: it announced
        something that nobody could keep.
        """
        announcements = await spacings.announced(connection.account_id)
        kept = await spacings.get(connection.account_id)
        usual = connection.sweep_interval or usual
        spacing = kept.spacing or Spacing.first(usual, now())
        spacing = spacing.model_copy(update={"usual": usual})
        return cls(spacings, connection, now, spacing, kept.asked_at, announcements, is_announced)

    @property
    def named(self) -> frozenset[str]:
        """The ids in Xero that the webhook named since the last sweep."""
        return frozenset(each.xero_id for each in self.announcements if each.type not in _NO_EVENTS)

    @property
    def is_trusted(self) -> bool:
        """Whether the webhook has shown that it announces what changes, so that sweeps are spread."""
        return self.spacing.doublings > 0

    def rests_until(self, last_read: datetime | None) -> datetime | None:
        """Return until when a kind need not be read, by when that was done last; None: it is to be read now.

        A person's wish, a kind that was never read and a new day (UTC) never wait.
        """
        now = self.now()
        if last_read is None or last_read.date() < now.date() or self.asked_at or self.is_announced:
            return None
        until = self.spacing.rests_until(last_read)
        return until if until > now else None

    def note_change(self, known: XeroView | None, seen: XeroView) -> None:
        """Take in that the sweep found a change."""
        is_fresh = seen.updated_at is not None and self.now() - seen.updated_at < IN_FLIGHT
        if seen.xero_id in self.named or not is_fresh:
            self._found.append((seen.xero_id, known is not None and seen.sent and not known.sent))

    async def keep_spacing(self) -> None:
        """Keep how far apart sweeps are from now on."""
        account_id, now, named = self.connection.account_id, self.now(), self.named
        until = max(now - ECHO_WITHIN, self.spacing.judged_until)
        echoes = await self.spacings.echoes(account_id, self.spacing.judged_until, until)
        seen = SweepEvidence(
            echoes=echoes.echoed,
            silent=echoes.silent,
            announced=len(named),
            gaps=sum(each.type in _NO_EVENTS for each in self.announcements),
            unannounced=sum(xero_id not in named for xero_id, _ in self._found),
            sent_announced=any(was_sent and xero_id in named for xero_id, was_sent in self._found),
            sent_unannounced=any(was_sent and xero_id not in named for xero_id, was_sent in self._found),
        )
        after = next_spacing(self.spacing, seen, now).model_copy(update={"judged_until": until})
        await self.spacings.save(account_id, after, self.asked_at)
        if (after.doublings, after.reason) != (self.spacing.doublings, self.spacing.reason):
            log.info("sweeps spaced", account_id=account_id, words=spacing_words(after))
        self.spacing = after

    async def end(self) -> None:
        """Keep that what the webhook announced was looked at."""
        await self.spacings.swept(self.announcements)
