"""What Xero answers when it refuses.

XeroError                  an answer other than 200
  ValidationError          400, ErrorNumber 10: elements, each with its messages
  QueryParseError          400, ErrorNumber 16: a where or order that Xero can't read
  PostDataInvalidError     400, ErrorNumber 14: a body that is no JSON, or not of the right shape
  NoDataProcessedError     400, ErrorNumber 17: a body without the element that the endpoint takes
  NotFoundError            404, with plain text for a body
  ForbiddenError           403, AuthenticationUnsuccessful: no such organisation for this token
  ServerError              500

InvalidError               one element is refused; the batch decides what becomes of it
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from standins.presets import NOT_FOUND


class XeroError(Exception, ABC):
    """A refusal in Xero's own shape."""

    status = 400

    @abstractmethod
    def body(self) -> Any:
        """Return the JSON body, or a str for a plain text one."""


class _NumberedError(XeroError):
    number = 0
    kind = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> Any:
        """Return ErrorNumber, Type and Message."""
        return {"ErrorNumber": self.number, "Type": self.kind, "Message": self.message}


class ValidationError(_NumberedError):
    """A validation exception occurred."""

    number = 10
    kind = "ValidationException"

    def __init__(self, elements: Sequence[dict[str, Any]]) -> None:
        super().__init__("A validation exception occurred")
        self.elements = list(elements)

    def body(self) -> Any:
        """Return the numbered error with its Elements."""
        return {**super().body(), "Elements": self.elements}


class QueryParseError(_NumberedError):
    """A where or order parameter can't be read, or names a field that is not there."""

    number = 16
    kind = "QueryParseException"


class PostDataInvalidError(_NumberedError):
    """The body is malformed."""

    number = 14
    kind = "PostDataInvalidException"


class NoDataProcessedError(_NumberedError):
    """The body holds nothing that this endpoint takes."""

    number = 17
    kind = "NoDataProcessedException"


class NotFoundError(XeroError):
    """There is no such record."""

    status = 404

    def body(self) -> Any:
        """Return the text: Xero sends no JSON here."""
        return NOT_FOUND


class ForbiddenError(XeroError):
    """The organisation is not connected to this token."""

    status = 403

    def __init__(self, instance: str) -> None:
        super().__init__(instance)
        self.instance = instance

    def body(self) -> Any:
        """Return the problem in the shape of the gateway before the API."""
        return {
            "Type": None,
            "Title": "Forbidden",
            "Status": 403,
            "Detail": "AuthenticationUnsuccessful",
            "Instance": self.instance,
            "Extensions": {},
        }


class ServerError(_NumberedError):
    """Something that Xero can't digest."""

    status = 500
    number = 500
    kind = "InternalServerError"


class InvalidError(Exception):
    """One element is refused, for these reasons in Xero's words; `contact` are those that stand in its Contact."""

    def __init__(self, *messages: str, contact: Sequence[str] = ()) -> None:
        super().__init__("; ".join((*messages, *contact)))
        self.messages = list(messages)
        self.contact = list(contact)
