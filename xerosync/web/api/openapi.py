"""The OpenAPI 3.1 description of the API, made of its operations and of the models that they answer with."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from xerosync.web.api.answers import ApiRefusal
from xerosync.web.api.operations import IN_PATH, PREFIX, ApiOperation, Parameter

_IN_ANY = (401, 403, 429, 503)
_REFUSALS = {
    400: "The request asks for something that there is not.",
    401: "There is no key with the request, or it is unknown or revoked.",
    403: "The key has not the scope.",
    404: "The account of the key has no such document or customer.",
    409: "The account is not set up for this; the words say what to do.",
    422: "The body is not of its form.",
    429: "Too many requests with this key.",
    503: "The database or Temporal does not answer: try again.",
}


def description(offered: Sequence[ApiOperation], public_url: str) -> Mapping[str, Any]:
    """Return the description; `public_url` is where the API is reached."""
    bodies = {each.body for each in offered if each.body}
    models = {ApiRefusal, *(each.answer for each in offered), *bodies}
    schemas, definitions = models_json_schema(
        [
            (model, "validation" if model in bodies else "serialization")
            for model in sorted(models, key=lambda model: model.__name__)
        ],
        ref_template="#/components/schemas/{model}",
    )
    refs = {model: schema for (model, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for each in offered:
        paths.setdefault(PREFIX + each.path, {})[each.method.lower()] = _operation(each, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xerosync",
            "version": "1",
            "description": "Where the documents and customers of one Sequence account stand in Xero. Amounts are "
            "decimal strings in the document's currency, instants are UTC.",
        },
        "servers": [{"url": public_url or "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of one account, made by `starter.py api-key NAME`.",
                }
            },
        },
    }


def _operation(operation: ApiOperation, refs: Mapping[Any, Any]) -> dict[str, Any]:
    named = re.findall(r"{(\w+)}", operation.path)
    parameters = [
        *(_parameter(name, "path", IN_PATH[name]) for name in named),
        *(_parameter(name, "query", value) for name, value in operation.query.items()),
    ]
    refusals = sorted({*_IN_ANY, *operation.refusals})
    answers = {
        str(operation.status): {"description": operation.summary, "content": _json(refs[operation.answer])},
        **{str(status): {"description": _REFUSALS[status], "content": _json(refs[ApiRefusal])} for status in refusals},
    }
    body = {"requestBody": {"required": True, "content": _json(refs[operation.body])}} if operation.body else {}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"The key needs the scope `{operation.scope}`.",
        "parameters": parameters,
        **body,
        "responses": answers,
    }


def _parameter(name: str, place: str, parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.choices:
        schema["enum"] = [str(choice) for choice in parameter.choices]
    if parameter.is_day:
        schema["format"] = "date"
    if parameter.whole_number_to:
        schema = {"type": "integer", "minimum": 1, "maximum": parameter.whole_number_to}
    return {"name": name, "in": place, "required": place == "path", "description": parameter.words, "schema": schema}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
