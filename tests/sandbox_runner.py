"""Temporal's workflow sandbox, in which tests run and replay workflows."""

import compileall
from pathlib import Path

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

import workflows


def sandbox() -> SandboxedWorkflowRunner:
    """Return the runner that refuses what is not deterministic, and modules that were passed through by accident."""
    # It loads the workflow's module again for every run: compile it once, where the result may be kept.
    compileall.compile_dir(Path(workflows.__path__[0]), quiet=2)
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_import_notification_policy(
            SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        )
    )
