"""What in an exchange is not as Xero's description says, each deviation by itself and by a name that lasts.

openapi-core judges methods, paths, parameters, bodies and answers. What it lets pass by design is added here: query
parameters, headers, bodies and fields of forms that the description does not know.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from jsonschema.exceptions import ValidationError as SchemaError
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.exceptions import DeserializeError
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import ParameterValidationError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.contract.description import API_URL, FORM, LABEL, Description, Operation
from tests.contract.exchanges import Exchange
from tests.contract.known_mistakes import ANSWER, REQUEST, Deviation

_OF_HTTP = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host", "user-agent"}
)
"""Headers of HTTP itself, which OpenAPI does not describe."""


@dataclass(frozen=True, slots=True)
class Found:
    """A deviation, and an exchange that shows it."""

    deviation: Deviation
    exchange: Exchange
    words: str

    def __str__(self) -> str:
        """Tell it in a line that begins as the table of known mistakes would have it."""
        side, at, rule = self.deviation
        return f'("{side}", "{at}", "{rule}")  # {self.exchange}: {self.words[:200]}'


@dataclass(frozen=True, slots=True)
class Examined:
    """An exchange, the operation it was found to be (None: not described), and what deviates in it."""

    exchange: Exchange
    operation: Operation | None
    found: list[Found] = field(default_factory=list)

    def on(self, side: str) -> list[Found]:
        """Return what deviates in the request or in the answer; a path that is not described does in both."""
        return [one for one in self.found if one.deviation.side == side or self.operation is None]


class Examiner:
    """Holds exchanges against both files of Xero's description."""

    def __init__(self) -> None:
        self.accounting = Description.accounting()
        self.identity = Description.identity()

    def describing(self, path: str, /) -> Description:
        """Return the file that describes a path."""
        return self.accounting if path.startswith("/api.xro/") else self.identity

    def examine(self, exchanges: Iterable[Exchange], sides: Collection[str] = (REQUEST, ANSWER)) -> list[Examined]:
        """Examine each exchange by itself, on these sides of it."""
        return [self._examine(exchange, sides) for exchange in exchanges]

    def _examine(self, exchange: Exchange, sides: Collection[str]) -> Examined:
        description = self.describing(exchange.path)
        operation = description.operation(exchange.method, exchange.path)
        if operation is None:
            missing = Deviation(REQUEST, f"{exchange.method} {exchange.path}", "path")
            return Examined(exchange, None, [Found(missing, exchange, "")])
        looks = [look for side, look in ((REQUEST, _in_request), (ANSWER, _in_answer)) if side in sides]
        return Examined(exchange, operation, [one for look in looks for one in look(description, operation, exchange)])


class _Request:
    """A request as openapi-core reads it."""

    host_url = API_URL

    def __init__(self, exchange: Exchange) -> None:
        self.path = exchange.path
        self.method = exchange.method.lower()
        self.body = exchange.body or None
        self.content_type = exchange.headers.get("content-type", "")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(exchange.query), header=Headers(exchange.headers.multi_items())
        )


class _Answer:
    """An answer as openapi-core reads it."""

    def __init__(self, exchange: Exchange) -> None:
        self.status_code = exchange.status
        self.headers = Headers(exchange.answer_headers.multi_items())
        self.content_type = exchange.answer_headers.get("content-type", "")
        self.data = exchange.answer or None


def _in_request(description: Description, operation: Operation, exchange: Exchange) -> Iterator[Found]:
    def unknown(at: str, words: str = "") -> Found:
        return Found(Deviation(REQUEST, at, "unknown"), exchange, words)

    for name in dict.fromkeys(name for name, _ in exchange.query):
        if name not in operation.query:
            yield unknown(f"{operation}?{name}")
    for name in dict.fromkeys(exchange.headers):
        if name not in operation.headers | _OF_HTTP:
            yield unknown(f"{operation} header {name}")
    if exchange.body and not operation.has_body:
        yield unknown(f"{operation} body", repr(exchange.body))
    if exchange.headers.get("content-type", "") == FORM:
        for name in sorted(dict(parse_qsl(exchange.body.decode())).keys() - operation.form):
            yield unknown(f"{operation} form {name}")
    for error in description.checker.iter_request_errors(_Request(exchange)):
        yield from _told(REQUEST, operation, exchange, error)


def _in_answer(description: Description, operation: Operation, exchange: Exchange) -> Iterator[Found]:
    if exchange.answer and not operation.answers.get(str(exchange.status), True):
        undescribed = Deviation(ANSWER, f"{operation} {exchange.status} body", "unknown")
        yield Found(undescribed, exchange, repr(exchange.answer))
    for error in description.checker.iter_response_errors(_Request(exchange), _Answer(exchange)):
        yield from _told(ANSWER, operation, exchange, error)


def _told(side: str, operation: Operation, exchange: Exchange, error: Exception) -> Iterator[Found]:
    at = str(operation)
    if isinstance(error, ParameterValidationError):
        at += f"?{error.name}" if error.location == "query" else f" {error.location} {error.name.lower()}"
    match error.__cause__ or error:
        case InvalidSchemaValue(schema_errors=inner):
            for one in inner:
                for place, rule in _named(one, at):
                    yield Found(Deviation(side, place, rule), exchange, str(getattr(one, "message", one)))
        case ResponseNotFound(http_status=status):
            yield Found(Deviation(side, at, f"status {status}"), exchange, repr(exchange.answer))
        case MediaTypeNotFound(mimetype=sort):
            yield Found(Deviation(side, at, f"media {sort.partition(';')[0]}"), exchange, str(error))
        case DeserializeError() as cause:
            yield Found(Deviation(side, at, "unreadable"), exchange, str(cause))
        case cause:
            yield Found(Deviation(side, at, type(cause).__name__), exchange, str(cause))


def _named(error: SchemaError, at: str) -> Iterator[tuple[str, str]]:
    """Return where a value is not as its schema says, and which rule of the schema it breaks."""
    schema: Any = error.schema
    label = schema.get(LABEL, at)
    match error.validator:
        case "additionalProperties":
            value: Any = error.instance
            for name in sorted(value.keys() - schema.get("properties", {}).keys()):
                yield f"{label}.{name}", "unknown"
        case "type" if error.instance is None:
            yield label, "null"
        case rule:
            yield label, str(rule)
