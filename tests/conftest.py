"""What every tier of tests shares."""

import gc
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from xerosync.process import leave

pytest_plugins = ["tests.embedded_fixtures"]

# A busy machine draws examples slowly: that is no fault, and no test fails by the clock.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

TOGETHER = ("tests/browser", "tests/contract")
"""Folders whose files one process runs: they share a browser, or what was seen on the wire, that is dear to get."""

_COLLECT_AFTER = (5_000, 20, 20)
"""So many new objects, and so many collections of the younger: seven times as rarely as Python does by itself."""

_STATUS = pytest.StashKey[int]()


class Scheduling(LoadFileScheduling):
    """A file is run by one process, and a folder of `TOGETHER`, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        folder = str(PurePosixPath(file).parent)
        return folder if folder in TOGETHER else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, not among the modules that stay to the end, and less often."""
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave as the product does: Temporal's threads may abort an interpreter that is being torn down."""
    if _STATUS in config.stash and not hasattr(config, "workerinput"):
        leave(config.stash[_STATUS])
