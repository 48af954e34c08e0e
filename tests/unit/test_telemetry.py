"""One pipeline for all logs, and no secret in any line."""

import errno
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from temporalio import activity, workflow

from xerosync.logs import configure_logging, masked_text
from xerosync.metrics.counts import REGISTRY

JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjFDQUY4.eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6.c2lnbmF0dXJl-_x"
FERNET = "gAAAAABl" + "x" * 90 + "=="


class _Log:
    """What was logged."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def configure(self, log_format: str = "json", log_level: str = "INFO") -> None:
        configure_logging(log_format, log_level, self.stream)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def only(self) -> dict[str, Any]:
        (line,) = self.lines
        return json.loads(line)


class _Full(io.StringIO):
    """A file on a full disk."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def log() -> Iterator[_Log]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "asyncio")}
    infos = workflow.logger.workflow_info_on_message, activity.logger.activity_info_on_message
    log = _Log()
    log.configure()
    yield log
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    workflow.logger.workflow_info_on_message, activity.logger.activity_info_on_message = infos


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_terminal_obeys_nothing_that_is_logged(log: _Log, log_format: str) -> None:
    log.configure(log_format)
    orders = "\x1b[2J\x9b31m\u202e\x07"
    structlog.get_logger().warning(f"refused {orders}", reason=f"Ada{orders}", of=[orders])
    (line,) = log.lines
    assert not set(line) & set(orders) - set("[2J31m")
    if log_format == "json":
        assert json.loads(line)["reason"] == f"Ada{orders}"


def test_on_a_full_disk_whoever_logs_goes_on_and_each_lost_line_is_counted(
    log: _Log, capsys: pytest.CaptureFixture[str]
) -> None:
    before = REGISTRY.get_sample_value("xerosync_log_lines_lost_total") or 0
    logger = structlog.get_logger("xerosync.sync")
    configure_logging("json", "INFO", _Full())
    for _ in range(3):
        logger.info("document pushed")
    assert REGISTRY.get_sample_value("xerosync_log_lines_lost_total") == before + 3
    log.configure()
    logger.info("document pushed")
    assert log.only()["event"] == "document pushed"
    assert capsys.readouterr().err == ""


def test_a_pool_that_does_not_reach_the_database_says_so_without_a_traceback(log: _Log) -> None:
    failed = ConnectionRefusedError("refused")
    logging.getLogger("asyncpg.pool").warning("Failed to restore; retrying", exc_info=failed)
    line = log.only()
    assert line["event"] == "Failed to restore; retrying (ConnectionRefusedError)"
    assert "exception" not in line


def test_an_event_is_one_line_of_json_with_its_ids(log: _Log) -> None:
    with structlog.contextvars.bound_contextvars(document="invoice 1"):
        structlog.get_logger("xerosync.sync").info("document pushed", xero_id="x-1")
    line = log.only()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "document pushed",
        "level": "info",
        "logger": "xerosync.sync",
        "document": "invoice 1",
        "xero_id": "x-1",
    }


def test_other_peoples_loggers_take_the_same_way(log: _Log) -> None:
    with structlog.contextvars.bound_contextvars(document="invoice 1"):
        logging.getLogger("temporalio.worker").warning("Slow %s", "task", extra={"attempt": 2})
    line = log.only()
    assert (line["event"], line["document"], line["attempt"]) == ("Slow task", "invoice 1", 2)


def test_temporals_ids_are_fields_and_not_words(log: _Log) -> None:
    details = {"workflow_id": "invoice-sync/a/invoice/1", "attempt": 3}
    logging.getLogger("temporalio.activity").info("Looking", extra={"temporal_activity": details})
    line = log.only()
    assert (line["event"], line["workflow_id"], line["attempt"]) == ("Looking", "invoice-sync/a/invoice/1", 3)
    assert "temporal_activity" not in line
    assert workflow.logger.workflow_info_on_message is False
    assert activity.logger.activity_info_on_message is False


def test_what_is_below_the_level_is_left_out(log: _Log) -> None:
    structlog.get_logger().debug("too quiet")
    logging.getLogger("somebody").debug("too quiet")
    logging.getLogger("httpx").info("HTTP Request: GET https://api.xero.com")
    assert log.lines == []
    log.configure(log_level="DEBUG")
    structlog.get_logger().debug("heard")
    assert log.only()["event"] == "heard"


def test_configuring_twice_logs_once(log: _Log) -> None:
    log.configure()
    structlog.get_logger().info("once")
    assert len(log.lines) == 1


def test_the_console_gets_a_line_for_people(log: _Log) -> None:
    log.configure(log_format="console")
    structlog.get_logger().info("document pushed", number="INV-1")
    (line,) = log.lines
    assert "document pushed" in line
    assert "number=INV-1" in line
    assert "\x1b[" not in line


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_where_and_neither_locals_nor_secrets(log: _Log, log_format: str) -> None:
    log.configure(log_format=log_format)
    try:
        _fail_with("".join(["s3", "cret"]))
    except RuntimeError:
        structlog.get_logger().exception("failed")
        logging.getLogger("somebody").exception("failed too")
    text = log.stream.getvalue()
    assert text.count("_fail_with") >= 2
    assert "RuntimeError" in text
    assert "s3cret" not in text
    if log_format == "json":
        assert [json.loads(line)["event"] for line in log.lines] == ["failed", "failed too"]


@pytest.mark.parametrize(
    "fields",
    [
        {"access_token": "s3cret"},
        {"refreshToken": "s3cret"},
        {"headers": {"Authorization": "Bearer s3cret"}},
        {"client_secret": SecretStr("s3cret")},
        {"nested": [{"deep": {"XEROSYNC_DATABASE_PASSWORD": "s3cret"}}]},
        {"api_key": ["s3cret", "s3cret"]},
        {"token": b"s3cret"},
        {"cookie": "session=s3cret"},
    ],
)
def test_a_field_that_is_named_like_a_secret_is_masked(log: _Log, fields: dict[str, Any]) -> None:
    structlog.get_logger().info("careless", **fields)
    assert "s3cret" not in log.stream.getvalue()
    assert log.only()["event"] == "careless"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Basic aWQ6czNjcmV0", "Authorization: Basic ***"),
        ("sent Bearer abcdefghijklmnop.123", "sent Bearer ***"),
        ("{'refresh_token': 's3cret', 'expires_in': 1800}", "{'refresh_token': '***', 'expires_in': 1800}"),
        ('body {\\"access_token\\": \\"s3cret\\"}', 'body {\\"access_token\\": \\"***\\"}'),
        ("POST /connect/token client_secret=s3cret&grant_type=x", "POST /connect/token client_secret=***&grant_type=x"),
        ("postgresql://xerosync:s3cret@db:5432/x is down", "postgresql://xerosync:***@db:5432/x is down"),
        (f"token {JWT} expired", "token *** expired"),
        (f"row has {FERNET}", "row has ***"),
        ("signed with whsec_s3cret", "signed with ***"),
        ("X-Api-Key: s3cret", "X-Api-Key: ***"),
    ],
)
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(log: _Log, text: str, masked: str) -> None:
    assert masked_text(text) == masked
    structlog.get_logger().info(text)
    structlog.get_logger().info("in a field", words=text, more=[text])
    logging.getLogger("somebody").warning("%s", text)
    everything = log.stream.getvalue()
    for secret in ("s3cret", "aWQ6czNjcmV0", "abcdefghijklmnop", JWT, FERNET):
        assert secret not in everything
    assert [json.loads(line)["level"] for line in log.lines] == ["info", "info", "warning"]


@pytest.mark.parametrize(
    "text",
    [
        "the basic settings were read",
        "tokens were refreshed",
        "Xero says: token expired at 2026-01-01",
        "see https://go.xero.com/app/!a1b2/invoicing/view/85e52542-3e54-4f0d-872b-33bba11a0504",
        "invoice-sync/acme/credit_note/85e52542-3e54-4f0d-872b-33bba11a0504",
        "at 127.0.0.1:5432",
        "mail ann@example.com",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked_text(text) == text


def test_counts_are_no_secrets(log: _Log) -> None:
    structlog.get_logger().info("refreshed", tokens=3, has_secret=True, token_age=None)
    line = log.only()
    assert (line["tokens"], line["has_secret"], line["token_age"]) == (3, True, None)


def _fail_with(secret: str) -> None:
    raise RuntimeError(f"refresh_token={secret}")
