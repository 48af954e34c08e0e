"""What the API answers: one of our models as JSON, or why not."""

from pydantic import BaseModel
from starlette.responses import Response

from xerosync.core.base import Message


class ApiRefusal(Message):
    """Why a request was not served, in a sentence."""

    error: str


def json_answer(model: BaseModel, status_code: int = 200) -> Response:
    """Return a model as JSON: amounts and instants as strings."""
    return Response(model.model_dump_json(), status_code, media_type="application/json")
