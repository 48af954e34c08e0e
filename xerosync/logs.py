"""Logs: events with bound ids, one pipeline for all loggers, and no secret in any line.

Both structlog's loggers and the standard library's (Temporal's among them) pass the same processors and leave as one
line each on standard error. A secret is recognised by the name of its field or by its form, and masked in
every text, tracebacks included.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

from xerosync.core.text import escape_json, harmless
from xerosync.metrics.counts import count_lost_line
from xerosync.traces.spans import trace_id

MASK = "***"

_SECRET_NAME = re.compile(
    r"token|secret|password|passwd|authorization|cookie|credential|api[_-]?key|private[_-]?key|code_verifier",
    re.IGNORECASE,
)

_NAME = r"(?:[\w-]*(?:token|secret|password|api[_-]?key)|authorization|code_verifier|(?:set-)?cookie)"
_VALUE = r"[^\s\"'\\&,;<>{}()\[\]]+"
_SECRET_FORMS: Sequence[tuple[re.Pattern[str], str]] = (
    # a word before what follows it: `Authorization: Bearer x`, `"refresh_token": "x"`, `client_secret=x`
    (re.compile(rf"({_NAME}[\"'\\]*\s?[:=]\s?[\"'\\]*(?:(?:bearer|basic)\s)?){_VALUE}", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\b(bearer|basic)(\s)[\w.~+/=-]{16,}", re.IGNORECASE), rf"\1\2{MASK}"),
    # user and password in an address
    (re.compile(r"(\w+://[^\s:/@\"'\\]+):[^\s@/\"'\\]+@"), rf"\1:{MASK}@"),
    # a JWT, a Fernet token, a secret of Sequence's webhooks
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"), MASK),
    (re.compile(r"\bgAAAA[\w-]{40,}=*"), MASK),
    (re.compile(r"\bwhsec_\w+"), MASK),
)

_WITHOUT_TRACEBACK = "asyncpg.pool"
"""It warns with a traceback each time that it can't reach the database; that it can't is enough."""

_QUIET = ("httpx", "httpcore", "asyncio")
"""They log every request or slow step at INFO or DEBUG, with addresses; their warnings pass."""


def configure_logging(log_format: str, log_level: str, stream: TextIO | None = None) -> None:
    """Send all logs of this process to standard error, or to `stream`. A second call replaces the first.

    `log_format` is `json` or `console`, `log_level` is `DEBUG`, `INFO`, `WARNING` or `ERROR`.
    """
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _trace_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _temporal_ids],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_secrets,
            *_renderers(log_format, colors=out.isatty()),
        ],
    )
    handler = _Handler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for before in [each for each in root.handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(log_level)
    logging.getLogger(_WITHOUT_TRACEBACK).addFilter(_drop_traceback)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Temporal's loggers would write their ids into the sentence; here they are fields.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def _drop_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info:
        record.msg = f"{record.msg} ({type(record.exc_info[1]).__name__})"
        record.exc_info = None
    return True


class _Handler(logging.StreamHandler[TextIO]):
    """Counts a line that can't be written, as on a full disk: whoever wrote it goes on, and the next one is tried."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        if isinstance(sys.exc_info()[1], OSError):
            count_lost_line()
        else:
            super().handleError(record)


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask each secret in an event, however deep it is nested."""
    return {name: _masked(name, value) for name, value in event.items()}


def masked_text(text: str) -> str:
    """Return a text with everything in it masked that has the form of a secret."""
    for form, replacement in _SECRET_FORMS:
        text = form.sub(replacement, text)
    return text


def _masked(name: object, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _masked(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(name, inner) for inner in value]
    if isinstance(name, str) and _SECRET_NAME.search(name):
        return MASK
    return masked_text(repr(value) if isinstance(value, bytes) else str(value))


def _trace_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add the id of the running trace, where traces are on."""
    running = trace_id()
    if running is not None:
        event["trace_id"] = running
    return event


def _temporal_ids(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Move what Temporal's loggers add, ids and the fields of its core, to the top of the event, where ours are."""
    for name in ("temporal_workflow", "temporal_activity"):
        for key, value in (event.pop(name, None) or {}).items():
            event.setdefault(key, value)
    core = event.pop("temporal_log", None)
    if core is not None:
        event["target"] = core.target
        for key, value in core.fields.items():
            event.setdefault(key, value)
    return event


def _renderers(log_format: str, *, colors: bool) -> Sequence[Processor]:
    if log_format == "json":
        return [structlog.processors.JSONRenderer(_as_json)]
    # Plain tracebacks: the pretty ones show local variables, and with them customers' data.
    return [_harmless, structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def _as_json(event: object, **options: Any) -> str:
    return escape_json(json.dumps(event, ensure_ascii=False, **options))


def _harmless(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave nothing in an event's texts that a terminal obeys; what else it holds is shown with escapes anyway."""
    return {name: harmless(value) if isinstance(value, str) else value for name, value in event.items()}
