"""The product's time comes from one place."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

from xerosync.core.clock import replaced, seconds, utc_now

_ROOT = Path(__file__).parents[2]
_READ_TIME = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic"}
_MAY = {"xerosync/core/clock.py", "xerosync/cli/following.py", "xerosync/operations/webhooks.py"}
"""The clock itself; what shows a person how long a command takes; a signature that the own edge checks at once."""


def test_time_is_read_in_one_place() -> None:
    found = {
        path.relative_to(_ROOT).as_posix()
        for folder in ("xerosync", "activities", "workflows")
        for path in (_ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in _READ_TIME
    }
    assert found <= _MAY, f"these read the time themselves: use core/clock.py: {found - _MAY}"


def test_another_time_holds_as_long_as_the_block_lasts() -> None:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    with replaced(now=lambda: then, seconds=lambda: 7.0):
        assert (utc_now(), seconds()) == (then, 7.0)
    assert utc_now() - then > timedelta(0)
