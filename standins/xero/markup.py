"""XML for clients that do not ask for JSON: enough to notice the missing header, in the shape Xero gives it."""

from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

_SINGULAR = {"Addresses": "Address", "Tracking": "TrackingCategory", "Balances": "Balances", "Currencies": "Currency"}


def singular_of(name: str) -> str:
    """Return what the elements of a list are called."""
    return _SINGULAR.get(name) or name.removesuffix("s")


def to_xml(root: str, body: Any) -> bytes:
    """Return `body` (dicts, lists, plain values) as a document with this root element."""
    parts = ['<?xml version="1.0" encoding="utf-8"?>']
    _write(parts, root, body)
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Any) -> None:
    if value is None:
        return
    parts.append(f"<{name}>")
    if isinstance(value, dict):
        for key, inner in value.items():
            _write(parts, key, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _write(parts, singular_of(name), inner)
    else:
        parts.append(escape(_text(value)))
    parts.append(f"</{name}>")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
