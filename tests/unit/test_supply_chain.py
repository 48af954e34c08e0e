"""The workflow of GitHub Actions: what it runs is what a change must pass, and nothing in it moves by itself."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, dict[str, Any]] = {file.name: yaml.safe_load(file.read_text()) for file in FILES}
JOBS = [(name, job) for workflow in WORKFLOWS.values() for name, job in workflow["jobs"].items()]
PINNED = re.compile(r"^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def steps(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_every_action_is_pinned_to_a_commit_and_says_its_version() -> None:
    used = [use for file in FILES for use in re.findall(r"uses: (.+)$", file.read_text(), re.MULTILINE)]
    assert used
    assert [use for use in used if not PINNED.match(use)] == []


def test_every_tool_that_is_installed_has_its_version() -> None:
    for file in FILES:
        for packages in re.findall(r"pip install (.+)$", file.read_text(), re.MULTILINE):
            assert [each for each in packages.split() if "==" not in each] == []


@pytest.mark.parametrize(("name", "job"), JOBS, ids=[name for name, _ in JOBS])
def test_a_job_may_read_this_repository_and_no_more_and_ends(name: str, job: dict[str, Any]) -> None:
    assert job["permissions"] == {"contents": "read"}, name
    assert job["timeout-minutes"] <= 90
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_nothing_is_allowed_that_no_job_asks_for() -> None:
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())


def test_tests_image_packages_and_their_list_are_all_there() -> None:
    jobs = dict(JOBS)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
    assert ".ci/run" in steps(jobs["test"])
    assert "docker build --build-arg BUILD_ID=" in steps(jobs["image"])
    assert "ARG BUILD_ID" in (ROOT / "Dockerfile").read_text()
    for tool in ("pip-audit --strict", "cyclonedx-py requirements", "zizmor"):
        assert tool in steps(jobs["packages"])
    for lock in re.findall(r"requirements\S*\.lock", steps(jobs["packages"])):
        assert (ROOT / lock).is_file()


def test_nothing_of_an_event_is_written_into_a_command() -> None:
    for _, job in JOBS:
        assert "${{" not in steps(job)
