"""`docs/stand-ins.md` names every endpoint of Xero's description that the stand-in does not have, and no other."""

import re
from pathlib import Path

import pytest
import yaml
from starlette.routing import Match, Route

from standins.xero import create_xero
from standins.xero.owners import WITH_ATTACHMENTS, WITH_HISTORY
from tests.contract.description import ACCOUNTING

PAGE = Path(__file__).parents[2] / "docs" / "stand-ins.md"
VERBS = {"get", "put", "post", "delete"}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_there(routes: list[Route], verb: str, path: str) -> bool:
    """Whether a route takes it; those of History and Attachments take any owner and know a few."""
    owner, *beneath = path.strip("/").split("/")
    for part, owners in (("History", WITH_HISTORY), ("Attachments", WITH_ATTACHMENTS)):
        if part in beneath and owner not in owners:
            return False
    named = "/api.xro/2.0" + re.sub(r"\{[^}]*\}", "x", path)
    asked = {"type": "http", "method": verb.upper(), "path": named, "headers": []}
    return any(route.matches(asked)[0] is Match.FULL for route in routes)


@pytest.fixture(scope="module")
def left_out() -> tuple[set[str], set[str]]:
    """The resources that are left out whole, and the operations left out of others."""
    if not ACCOUNTING.exists():
        pytest.skip(
            f"Xero's OpenAPI description is needed beside the repository: shared/xero-openapi/{ACCOUNTING.name}"
        )
    paths = yaml.load(ACCOUNTING.read_text(), LOADER)["paths"]
    routes = [route for route in create_xero().routes if isinstance(route, Route)]
    operations = [(verb, path) for path, item in paths.items() for verb in VERBS & item.keys()]
    missing = [(verb, path) for verb, path in operations if not is_there(routes, verb, path)]
    resources = {path.split("/")[1] for _, path in operations}
    whole = resources - {path.split("/")[1] for verb, path in operations if (verb, path) not in missing}
    return whole, {f"{verb.upper()} {path}" for verb, path in missing if path.split("/")[1] not in whole}


def test_the_page_names_every_endpoint_that_is_left_out_and_no_other(left_out: tuple[set[str], set[str]]):
    (section,) = re.findall(r"### Endpoints that are left out\n(.*?)\n###? ", PAGE.read_text(), re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", section))

    whole, operations = left_out
    assert {name for name in named if " " not in name} == whole
    assert {name for name in named if " " in name} == operations
