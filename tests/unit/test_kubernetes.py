"""deploy/kubernetes, checked without a cluster: by Kubernetes' own schemas, by ours, and by what the product has."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from worker import GRACE
from xerosync.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATIONS = sorted(FOLDER.glob("*/kustomization.yaml"))
VERSIONS = ("1.30", "1.34", "1.37")
SECRETS = {"xerosync", "xerosync-owner", "xerosync-temporal"}
"""Made by hand, as docs/deploying.md says; xerosync-tls is the ingress controller's affair."""

Manifest = dict[str, Any]


def manifests() -> Iterator[tuple[str, Manifest]]:
    """Every object, with the folder that it stands in."""
    for file in sorted(FOLDER.glob("*/*.yaml")):
        if file.name != "kustomization.yaml":
            yield from ((file.parent.name, each) for each in yaml.safe_load_all(file.read_text()))


ALL = list(manifests())
NAMES = [f"{folder}-{each['kind']}-{each['metadata']['name']}" for folder, each in ALL]
OBJECTS = [each for _, each in ALL]
PODS = {
    NAMES[place]: each["spec"]["template"] for place, each in enumerate(OBJECTS) if "template" in each.get("spec", {})
}

DURATION = {"type": "string", "pattern": r"^(\d+[smh])+$"}
NAME = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


def strict(required: tuple[str, ...], **properties: Any) -> Manifest:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


WORKER_CONTROLLER = {
    # The fields of Temporal's Worker Controller 1.8 that we use: api/v1alpha1 of its repository.
    "Connection": strict(
        ("hostPort",),
        hostPort={"type": "string", "pattern": r"^[a-zA-Z0-9.-]+:[0-9]+$"},
        mutualTLSSecretRef=NAME,
        apiKeySecretRef=strict(("name", "key"), name={"type": "string"}, key={"type": "string"}),
    ),
    "WorkerDeployment": strict(
        ("template", "rollout", "sunset", "workerOptions"),
        replicas={"type": "integer", "minimum": 1},
        template={"type": "object"},
        rollout=strict(
            ("strategy", "steps"),
            strategy={"const": "Progressive"},
            steps={
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "items": strict(
                    ("rampPercentage", "pauseDuration"),
                    rampPercentage={"type": "integer", "minimum": 1, "maximum": 99},
                    pauseDuration=DURATION,
                ),
            },
        ),
        sunset=strict((), scaledownDelay=DURATION, deleteDelay=DURATION),
        workerOptions=strict(
            ("connectionRef", "temporalNamespace"),
            connectionRef=NAME,
            temporalNamespace={"type": "string", "minLength": 1},
        ),
    ),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", OBJECTS, ids=NAMES)
def test_a_manifest_is_valid_to_the_last_field(manifest: Manifest, version: str) -> None:
    if manifest["apiVersion"] == "temporal.io/v1alpha1":
        jsonschema.validate(manifest["spec"], WORKER_CONTROLLER[manifest["kind"]])
    else:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_pods_of_versioned_workers_are_those_of_the_others(version: str) -> None:
    plain, versioned = PODS["worker-Deployment-worker"], PODS["worker-versioned-WorkerDeployment-xerosync"]
    assert versioned == plain
    deployment = next(each for each in OBJECTS if each["kind"] == "Deployment" and each["metadata"]["name"] == "worker")
    kubernetes_validate.validate(deployment, version, strict=True)


def test_the_validator_refuses_what_is_wrong() -> None:
    job = next(each for each in OBJECTS if each["kind"] == "Job")
    wrong = {**job, "spec": {**job["spec"], "backofLimit": 5}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("file", KUSTOMIZATIONS, ids=lambda file: file.parent.name)
def test_a_kustomization_names_every_file_beside_it_and_no_other(file: Path) -> None:
    content = yaml.safe_load(file.read_text())
    beside = {each.name for each in file.parent.glob("*.yaml")} - {file.name}
    assert set(content.get("resources", [])) == beside
    assert all((file.parent / each / "kustomization.yaml").is_file() for each in content.get("components", []))


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("file", KUSTOMIZATIONS, ids=lambda file: file.parent.name)
def test_kubectl_builds_it_with_the_one_image(file: Path) -> None:
    if file.parent.name == "image":
        pytest.skip("a component is built with what uses it")
    built = subprocess.run(["kubectl", "kustomize", file.parent], capture_output=True, text=True, check=True).stdout
    image = yaml.safe_load((FOLDER / "image" / "kustomization.yaml").read_text())["images"][0]
    for each in yaml.safe_load_all(built):
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "xerosync"
    images = set(re.findall(r"^ +(?:- )?image: (.+)$", built, re.MULTILINE))
    version = f"@{image['digest']}" if "digest" in image else f":{image['newTag']}"
    assert images <= {image["newName"] + version}
    assert images or file.parent.name == "shared"


@pytest.mark.parametrize("name", PODS)
def test_a_pod_keeps_to_the_restricted_standard_and_asks_kubernetes_nothing(name: str) -> None:
    spec = PODS[name]["spec"]
    assert spec["serviceAccountName"] == "xerosync"
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    user = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["runAsGroup"]) == tuple(map(int, user))
    for container in spec["containers"]:
        rights = container["securityContext"]
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()


@pytest.mark.parametrize("name", PODS)
def test_what_a_container_runs_is_in_the_image(name: str) -> None:
    for container in PODS[name]["spec"]["containers"]:
        assert container["image"] == "xerosync"
        program, script, *_ = container.get("command", ["python", "worker.py"])
        assert (program, (ROOT / script).is_file()) == ("python", True)


def test_all_that_is_set_is_a_setting_and_no_secret() -> None:
    names = {PREFIX + name.upper() for name in Settings.model_fields}
    settings = next(each["data"] for each in OBJECTS if each["kind"] == "ConfigMap")
    set_for_one = [
        variable["name"]
        for pod in PODS.values()
        for container in pod["spec"]["containers"]
        for variable in container.get("env", [])
    ]
    ours = {name for name in [*settings, *set_for_one] if name.startswith(PREFIX)}
    assert ours <= names
    assert not [name for name in settings if re.search(r"PASSWORD|SECRET|_KEYS?$|DATABASE_URL", name)]


def test_every_setting_without_a_default_is_in_a_file_or_in_the_command_that_makes_the_secrets() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text()
    settings = next(each["data"] for each in OBJECTS if each["kind"] == "ConfigMap")
    made = dict(re.findall(r"create secret generic (\S+) \\\n((?:  --.*\n)+)", page))
    assert set(made) == SECRETS
    assert set(secrets_named(OBJECTS)) == SECRETS
    in_secret = set(re.findall(r"--from-literal=(\w+)=", made["xerosync"]))
    required = {PREFIX + name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    assert required <= {*settings, *in_secret}
    assert re.findall(r"--from-literal=(\w+)=", made["xerosync-owner"]) == ["XEROSYNC_MIGRATION_DATABASE_URL"]


def secrets_named(value: object) -> Iterator[str]:
    """The secrets that manifests name, but those of TLS."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("secretRef", "secretKeyRef", "apiKeySecretRef"):
                yield inner["name"]
            yield from secrets_named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_named(inner)


def test_only_what_migrates_has_the_secret_of_the_owner() -> None:
    with_it = [
        name
        for name, pod in PODS.items()
        for container in pod["spec"]["containers"]
        for source in container["envFrom"]
        if source.get("secretRef", {}).get("name") == "xerosync-owner"
    ]
    assert with_it == ["migrate-Job-migrate"]


def test_probes_and_policies_speak_of_ports_that_are_there() -> None:
    settings = next(each["data"] for each in OBJECTS if each["kind"] == "ConfigMap")
    expected = {
        "worker": {"health": Settings.model_fields["health_port"].default},
        "edge": {"http": Settings.model_fields["serve_port"].default},
    }
    figures = {
        "metrics": int(settings["XEROSYNC_METRICS_PORT"]),
        "temporal": int(settings["XEROSYNC_TEMPORAL_METRICS_PORT"]),
    }
    ports: set[int] = set()
    for pod in (PODS["worker-Deployment-worker"], PODS["edge-Deployment-edge"]):
        [container] = pod["spec"]["containers"]
        named = {each["name"]: each["containerPort"] for each in container["ports"]}
        assert named == expected[container["name"]] | figures
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            get = container[probe]["httpGet"]
            assert get["port"] in named
            assert get["path"] == ("/readyz" if probe == "readinessProbe" else "/healthz")
        ports |= set(named.values())
    policies = [each for each in OBJECTS if each["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in [each["spec"] for each in policies]
    let_in = {port["port"] for each in policies for rule in each["spec"].get("ingress", []) for port in rule["ports"]}
    assert let_in <= ports
    labels = [pod["metadata"]["labels"] for pod in PODS.values()]
    for each in policies:
        wanted = each["spec"]["podSelector"].get("matchLabels", {})
        assert any(wanted.items() <= given.items() for given in labels)


def test_a_worker_is_given_the_time_that_it_takes_to_stop() -> None:
    spec = PODS["worker-Deployment-worker"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > GRACE.total_seconds()
