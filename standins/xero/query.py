"""What a request asks for: its organisation, its parameters, the elements of its body.

Names of parameters are read in any case, booleans as true and True, lists with commas raw or encoded.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from starlette.requests import Request

from standins.exactjson import MalformedJSON, loads
from standins.xero.dates import DateTooEarlyError, NotADateError, read_modified_since
from standins.xero.errors import InvalidError, NoDataProcessedError, PostDataInvalidError, QueryParseError, ServerError
from standins.xero.state import Organisation
from standins.xero.texts import unfit_character
from standins.xero.xml_bodies import NotXMLError, read_xml

MAX_BODY = 10 * 1024 * 1024
MAX_PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 100


def organisation_of(request: Request) -> Organisation:
    """Return the organisation named by xero-tenant-id. Raises ForbiddenError."""
    found: Organisation = request.app.state.xero.organisation(request.headers.get("xero-tenant-id"))
    return found


class Parameters:
    """The query of a request."""

    def __init__(self, request: Request) -> None:
        self._values = {name.lower(): value for name, value in request.query_params.items()}
        self._modified_since = request.headers.get("if-modified-since")

    def text(self, name: str) -> str | None:
        """Return a parameter, None where it is absent or empty."""
        return self._values.get(name.lower()) or None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean parameter."""
        value = self._values.get(name.lower())
        return default if not value else value.lower() == "true"

    def many(self, name: str) -> list[str] | None:
        """Return a list parameter: values with commas between, None where it is absent or empty."""
        value = self.text(name)
        return None if value is None else [part.strip() for part in value.split(",") if part.strip()]

    def ids(self, name: str) -> set[str] | None:
        """Return a parameter of ids, with or without their dashes, None where it is absent or empty."""
        found = self.many(name)
        return None if found is None else {_id(text) for text in found}

    def page(self) -> tuple[int, int] | None:
        """Return page and pageSize, None when the request does not page. Raises QueryParseError."""
        if self.text("page") is None and self.text("pageSize") is None:
            return None
        number = self._whole("page", 1)
        size = self._whole("pageSize", DEFAULT_PAGE_SIZE)
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise QueryParseError(f"pageSize must be between 1 and {MAX_PAGE_SIZE}")
        return max(number, 1), size

    def unit_places(self) -> int:
        """Return 4 with unitdp=4, else 2."""
        return 4 if self.text("unitdp") == "4" else 2

    def modified_since(self) -> int | None:
        """Return If-Modified-Since in milliseconds; one that is no date counts as absent. Raises ServerError."""
        if not self._modified_since:
            return None
        try:
            return read_modified_since(self._modified_since)
        except DateTooEarlyError as error:
            raise ServerError("SqlDateTime overflow. Must be between 1/1/1753 and 12/31/9999.") from error
        except NotADateError:
            return None

    def _whole(self, name: str, default: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError as error:
            raise QueryParseError(f"{name} must be a whole number") from error


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return text.lower()


async def elements_of(request: Request, plural: str, noun: str) -> list[dict[str, Any]]:
    """Return the elements of a body: `{"Invoices": […]}`, a bare object or a bare list; the same in XML.

    Raises PostDataInvalidError, NoDataProcessedError.
    """
    raw = await request.body()
    if len(raw) > MAX_BODY:
        raise PostDataInvalidError("The request body is larger than 10 MB")
    body = _body(raw.strip(), noun)
    if (unfit := unfit_character(raw, body)) is not None:
        # The whole request, as reported of XML bodies (calcinai/xero-php#832); that JSON fares so is unverified
        reason = f"'', hexadecimal value 0x{ord(unfit):02X}, is an invalid character."
        raise PostDataInvalidError(f"Xml for post data was invalid, {reason}")
    found = body.get(plural, [body] if body else []) if isinstance(body, dict) else body
    if isinstance(found, dict):
        found = [found]
    if not found:
        message = f"No data has been processed for this endpoint. This endpoint is expecting {noun} data to be"
        raise NoDataProcessedError(f"{message} specifed in the request body.")
    if not isinstance(found, list) or not all(isinstance(element, dict) for element in found):
        raise PostDataInvalidError("Invalid Json data")
    return found


def _body(raw: bytes, noun: str) -> Any:
    try:
        if raw.startswith((b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<")):
            document = read_xml(raw)
            return document.get(noun, document)
        return loads(raw) if raw else None
    except NotXMLError as error:
        raise PostDataInvalidError(f"Xml for post data was invalid, {error}") from error
    except MalformedJSON as error:
        raise PostDataInvalidError("Invalid Json data") from error


def text_of(payload: Mapping[str, Any], name: str) -> str | None:
    """Return a field as text, None where it is absent, null or blank."""
    value = payload.get(name)
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).strip() or None


def number_of(payload: Mapping[str, Any], name: str) -> Decimal | None:
    """Return a field as a Decimal, from a JSON number or a string. Raises InvalidError."""
    value = payload.get(name)
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, bool) and (number := Decimal(str(value))).is_finite():
            return number
    except InvalidOperation:
        pass
    raise InvalidError(f"The value '{value}' of {name} is not a valid number")


def flag_of(payload: Mapping[str, Any], name: str) -> bool | None:
    """Return a field as a boolean, from JSON or from text; None where it is absent."""
    value = payload.get(name)
    if value is None or isinstance(value, bool):
        return value
    return str(value).lower() == "true"
