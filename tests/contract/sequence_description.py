"""The published description of Sequence's API, which stands beside the checkout and is never copied into it.

It is the shapes alone: paths, parameters, fields, what is required, enumerations. Where it leaves a body open, as it
does for nearly all errors, any body will do.
"""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.contract.description import API_URL, Description
from tests.contract.deviations import Examiner

SHAPES = Path(__file__).parents[3] / "shared" / "sequence-openapi" / "shapes.json"
PREFIX = "/api"
"""What the paths of both the real API and the stand-in begin with."""

_ANY_BODY: dict[str, Any] = {"application/json": {}, "application/pdf": {}}


class SequenceExaminer(Examiner):
    """Holds exchanges against the description of Sequence."""

    def __init__(self) -> None:
        self.description = Description(_shapes())

    def describing(self, _: str, /) -> Description:
        """Return the one description."""
        return self.description


def _shapes() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(SHAPES.read_bytes())
    raw["servers"] = [{"url": API_URL + PREFIX}]
    for item in raw["paths"].values():
        for method in item.keys() & {"get", "put", "post", "patch", "delete"}:
            for status, answer in item[method]["responses"].items():
                answer["description"] = ""
                if int(status) == HTTPStatus.ACCEPTED:
                    answer.pop("content", None)
                elif not answer.get("content"):
                    answer["content"] = _ANY_BODY
    return raw
