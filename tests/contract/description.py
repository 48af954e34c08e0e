"""Xero's own OpenAPI description, made ready to be held against what goes over the wire.

Every schema is labelled with where it stands (`Invoice.DueDate`, `Invoice.Payments[]`), so that a deviation can
be named by it wherever in an answer it occurs. What the description leaves out is added from the table of known
mistakes. It breaks the rules of OpenAPI in places (a default of `'false'` for a boolean), so it is not checked itself.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.paths.finders import APICallPathFinder

from tests.contract.known_mistakes import ELEMENTS, IDENTITY_SILENCES, PATHS, SILENCES, SPELLINGS, Silence

JSON = dict[str, Any]
FOLDER = Path(__file__).parents[3] / "shared" / "xero-openapi"
ACCOUNTING, IDENTITY = FOLDER / "xero_accounting.yaml", FOLDER / "xero-identity.yaml"
LABEL = "x-label"
FORM = "application/x-www-form-urlencoded"
API_URL = "https://api.xero.com"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads the description in a third of a second, Python in ten."""

_METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """What the description says of a method on a path; names of headers are in lower case."""

    method: str
    path: str
    query: frozenset[str]
    headers: frozenset[str]
    has_body: bool
    form: frozenset[str]
    """Fields of the form that is its body; none where that is no form."""
    answers: Mapping[str, bool]
    """By status, whether such an answer has a body."""

    def __str__(self) -> str:
        """Name it as deviations do: `GET /Invoices/{InvoiceID}`."""
        return f"{self.method} {self.path}"


class Description:
    """One file of the description; the accounting one takes half a second to load."""

    def __init__(
        self,
        raw: JSON,
        *,
        paths: JSON | None = None,
        elements: Mapping[str, str] | None = None,
        silences: tuple[Silence, ...] = (),
    ) -> None:
        raw["paths"] |= paths or {}
        for name, schema in raw["components"]["schemas"].items():
            _label(schema, name)
        for path, noun in (elements or {}).items():
            _describe_elements(raw, path, noun)
        for silence in silences:
            _break(raw, silence)
        for item in raw["paths"].values():
            for method in _METHODS:
                item.get(method, {}).pop("security", None)  # scopes are for the stand-in's own tests to show
        self.checker = OpenAPI.from_dict(raw, config=Config(spec_validator_cls=None))
        self.raw = raw
        self._finder = APICallPathFinder(self.checker.spec)

    @classmethod
    def accounting(cls) -> "Description":
        """Load the Accounting API, with what it leaves out."""
        return cls(_read(ACCOUNTING), elements=ELEMENTS, silences=SILENCES)

    @classmethod
    def identity(cls) -> "Description":
        """Load the Identity API, with what it leaves out."""
        raw = _read(IDENTITY)
        spelled = {path: deepcopy(raw["paths"][other]) for path, other in SPELLINGS.items()}
        return cls(raw, paths=PATHS | spelled, silences=IDENTITY_SILENCES)

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that a method on a path stands for, None where there is none."""
        try:
            pattern = self._finder.find(method.lower(), API_URL + path).path_result.pattern
        except PathError:
            return None
        item = self.raw["paths"][pattern]
        said = item[method.lower()]
        named = [self._resolved(held) for held in (*item.get("parameters", ()), *said.get("parameters", ()))]
        return Operation(
            method,
            pattern,
            frozenset(held["name"] for held in named if held["in"] == "query"),
            frozenset(held["name"].lower() for held in named if held["in"] == "header"),
            "requestBody" in said,
            frozenset(self._form_of(said)),
            {status: "content" in self._resolved(answer) for status, answer in said["responses"].items()},
        )

    def examples(self) -> Iterator[tuple[str, str, int, Any]]:
        """Return path, method, status and example of every answer that has one."""
        for path, item in self.raw["paths"].items():
            for method in _METHODS:
                for status, answer in item.get(method, {}).get("responses", {}).items():
                    for sort in self._resolved(answer).get("content", {}).values():
                        if "example" in sort:
                            yield path, method, int(status), sort["example"]

    def _form_of(self, said: JSON) -> JSON:
        sorts = self._resolved(said.get("requestBody", {})).get("content", {})
        schema = self._resolved(sorts.get(FORM, {}).get("schema", {}))
        fields: JSON = schema.get("properties", {})
        return fields

    def _resolved(self, held: JSON) -> JSON:
        if "$ref" not in held:
            return held
        _, _, kind, name = held["$ref"].split("/")
        found: JSON = self.raw["components"][kind][name]
        return found


def _read(file: Path) -> JSON:
    loaded: JSON = yaml.load(file.read_bytes(), _LOADER)
    return loaded


def _label(schema: Any, at: str) -> None:
    """Label a schema and what stands in it, and close it to other fields; a reference is labelled where it leads."""
    if not isinstance(schema, dict) or "$ref" in schema:
        return
    schema[LABEL] = at
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    _label(schema.get("items"), f"{at}[]")
    for name, inner in schema.get("properties", {}).items():
        _label(inner, f"{at}.{name}")


def _describe_elements(raw: JSON, path: str, noun: str) -> None:
    """Say of the 400s of a path what their Elements are, where the description only says that they name a record."""
    schemas = raw["components"]["schemas"]
    element, error = f"{noun}InError", f"ErrorOf{noun}"
    properties = schemas["Element"]["properties"] | schemas[noun]["properties"]
    closed = {"type": "object", "additionalProperties": False}
    schemas[element] = closed | {"properties": properties, LABEL: element}
    elements = {"type": "array", "items": {"$ref": f"#/components/schemas/{element}"}}
    properties = schemas["Error"]["properties"] | {"Elements": elements}
    schemas[error] = closed | {"properties": properties, LABEL: error}
    for method in _METHODS:
        answers = raw["paths"][path].get(method, {}).get("responses", {})
        if "400" in answers:
            content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{error}"}}}
            answers["400"] = {"description": "", "content": content}


def _break(raw: JSON, silence: Silence) -> None:
    """Add an answer that the description leaves out; KeyError where it leaves it out no more."""
    for operation in silence.operations:
        method, path = operation.split(" ")
        answers = raw["paths"][path][method.lower()]["responses"]
        if str(silence.status) in answers:
            raise KeyError(f"{operation} {silence.status} is described")
        answers[str(silence.status)] = {"description": "", **({"content": silence.content} if silence.content else {})}
