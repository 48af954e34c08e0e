"""XML in requests, which some clients send by default (pyxero), read into what the same request is in JSON.

An element with elements in it is an object, or a list where its children are named by its singular (LineItems of
LineItem, Tracking of TrackingCategory); any other is a text. Attributes are passed over. A document type is refused,
and with it every entity that is not XML's own.
"""

from typing import Any
from xml.parsers import expat

from standins.xero.markup import singular_of

_DEEPEST = 20


class NotXMLError(ValueError):
    """The body is no XML, or more than Xero's elements need; the message says what is wrong."""


def read_xml(raw: bytes) -> dict[str, Any]:
    """Return the document as an object of its root's name alone. Raises NotXMLError."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.StartElementHandler = reader.begin
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotXMLError(str(error)) from error
    return reader.root


def _no_document_type(*_: object) -> None:
    raise NotXMLError("a document type is not allowed")


class _Reader:
    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[list[tuple[str, Any]], list[str]]] = [([], [])]

    def begin(self, _name: str, _attributes: object) -> None:
        if len(self._open) > _DEEPEST:
            raise NotXMLError(f"elements are more than {_DEEPEST} deep")
        self._open.append(([], []))

    def text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, name: str) -> None:
        children, texts = self._open.pop()
        if not children:
            value: Any = "".join(texts)
        elif all(child == singular_of(name) for child, _ in children):
            value = [inner for _, inner in children]
        else:
            value = dict(children)
        self._open[-1][0].append((name, value))
        self.root = {name: value}
