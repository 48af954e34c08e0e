"""Text that can travel: what JSON can say, but UTF-8, PostgreSQL or Xero can't keep, is replaced or left out.

JSON may hold half of a surrogate pair, which UTF-8 can't hold, and a NUL, which PostgreSQL can't hold. Xero keeps what
XML 1.0 can hold: that lacks most control characters.
"""

import re
from typing import Final

REPLACEMENT: Final = "\ufffd"

_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lost>\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))"
    rb"|\\[^u]",
    re.DOTALL,
)
"""A whole pair, half of one or a NUL, and any other escape: a backslash that is escaped itself begins none."""

_ABSENT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def without_lost_characters(content: bytes) -> bytes:
    """Return a JSON document in which U+FFFD stands for each half of a surrogate pair and each NUL."""
    if b"\\u" not in content:
        return content
    return _ESCAPES.sub(lambda found: b"\\ufffd" if found["lost"] else found[0], content)


def fit(text: str, most: int | None = None) -> str:
    """Return a text as Xero can keep it: without control characters, no longer than `most`, no space at its ends.

    Lengths are UTF-16 code units, as .NET counts: Xero does not publish how it counts, and no other way of counting
    finds a text longer. No character is cut in two.
    """
    kept = _ABSENT_IN_XML.sub(_instead, text).strip()
    return kept if most is None else _cut(kept, most).strip()


def fit_line(text: str, most: int | None = None) -> str:
    """Return a text of one line as Xero can keep it: as `fit`, with each run of spaces and line breaks one space."""
    return fit(" ".join(fit(text).split()), most)


def fit_shortened(text: str, most: int, *, tail: str = "") -> str:
    """Return a text with its tail, as Xero can keep it; where that is too long, "…" stands for the end of the text."""
    kept, end = fit(text), fit("." + tail)[1:]
    room = most - length(end)
    return kept + end if length(kept) <= room else fit(kept, room - 1) + "…" + end


def length(text: str) -> int:
    """Return how long a text is in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _instead(found: re.Match[str]) -> str:
    character = found[0]
    if character.isspace():
        return " "
    return REPLACEMENT if "\ud800" <= character <= "\udfff" else ""


def _cut(text: str, most: int) -> str:
    if length(text) <= most:
        return text
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
