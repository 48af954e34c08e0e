"""Text that can travel: what JSON can say, but UTF-8, PostgreSQL or Xero can't keep, is replaced or left out.

JSON may hold half of a surrogate pair, which UTF-8 can't hold, and a NUL, which PostgreSQL can't hold. Xero keeps what
XML 1.0 can hold: that lacks most control characters.

A terminal obeys some characters, and shows others as nothing: a text of somebody else, such as a customer's name, comes
to it without the former, and in JSON with neither as they are.
"""

import json
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


_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, and what turns the direction of the text behind it round."""

_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""Control and format characters of Unicode (Cc, Cf), its separators of lines (Zl, Zp), and halves of surrogate pairs.
Not the line feed, which separates the lines of JSON that is laid out."""


def harmless(text: str) -> str:
    """Return a text with U+FFFD for each character that would change what a terminal shows of the others."""
    return _OBEYED.sub(REPLACEMENT, text)


def escape_json(document: str) -> str:
    """Return a JSON document of the same values in which what a terminal obeys or does not show is escaped."""
    return _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], document)


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
