"""A worker tells Temporal its build where a deployment is named, and says what is missing."""

import pytest
from temporalio.common import VersioningBehavior

from xerosync.core.errors import MisconfiguredError
from xerosync.worker_deployment import BUILD_ID, NAME, deployment_of


@pytest.mark.parametrize("environment", [{}, {BUILD_ID: "abc"}, {NAME: "", BUILD_ID: "abc"}])
def test_without_the_name_of_a_deployment_a_worker_is_unversioned(environment: dict[str, str]) -> None:
    assert deployment_of(environment) is None


@pytest.mark.parametrize("build_id", [None, "", "unknown"])
def test_a_build_without_an_id_is_refused_in_one_sentence(build_id: str | None) -> None:
    environment = {NAME: "xerosync"} | ({} if build_id is None else {BUILD_ID: build_id})
    with pytest.raises(MisconfiguredError, match=f"^{NAME} is set, so {BUILD_ID} must say which build this is"):
        deployment_of(environment)


def test_open_documents_upgrade_to_the_current_build() -> None:
    deployment = deployment_of({NAME: "xerosync", BUILD_ID: "abc"})
    assert deployment
    assert (deployment.version.deployment_name, deployment.version.build_id) == ("xerosync", "abc")
    assert deployment.use_worker_versioning
    assert deployment.default_versioning_behavior is VersioningBehavior.AUTO_UPGRADE
