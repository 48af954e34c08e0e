"""Which build of the worker this process is, where Temporal is to know: Worker Deployment Versioning.

The two variables are those that Temporal's Worker Controller sets. An image carries its build id in any case; without
the name of a deployment its workers are unversioned, and every one of them takes every task.
"""

import os
from collections.abc import Mapping

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from xerosync.core.errors import MisconfiguredError

NAME = "TEMPORAL_DEPLOYMENT_NAME"
BUILD_ID = "TEMPORAL_WORKER_BUILD_ID"
UNKNOWN = "unknown"
"""The build id of an image that was built without one."""


def deployment_of(environment: Mapping[str, str] = os.environ) -> WorkerDeploymentConfig | None:
    """Return the deployment and build that a worker is of, or None where it is unversioned.

    Workflows upgrade by themselves: a document is open for months, longer than any build is kept running.

    Raises:
        MisconfiguredError: the deployment has a name, and this build has none.
    """
    name, build_id = environment.get(NAME, ""), environment.get(BUILD_ID, "")
    if not name:
        return None
    if build_id in ("", UNKNOWN):
        raise MisconfiguredError(
            f"{NAME} is set, so {BUILD_ID} must say which build this is: a commit, for example. An image takes it "
            "when it is built (docker build --build-arg BUILD_ID=…)."
        )
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=name, build_id=build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
