"""What every tier of tests shares."""

import pytest
from hypothesis import HealthCheck, settings

from xerosync.process import leave

pytest_plugins = ["tests.embedded_fixtures"]

# A busy machine draws examples slowly: that is no fault, and no test fails by the clock.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

_STATUS = pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave as the product does: Temporal's threads may abort an interpreter that is being torn down."""
    if _STATUS in config.stash and not hasattr(config, "workerinput"):
        leave(config.stash[_STATUS])
