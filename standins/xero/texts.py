"""Which text Xero takes. It keeps XML, and counts characters as .NET does.

Where a field may be empty or is too long is for who reads it; here is what holds for every text.
"""

import re
from typing import Any

# What JSON text must hold for a parsed value to be unfit: strict JSON has no raw control characters.
_SUSPICIOUS = re.compile(rb"\\[ubf]|\xef\xbf[\xbe\xbf]")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(" {2,}")


def unfit_character(raw: bytes, value: Any) -> str | None:
    """Return a character of `value`, which was read from the JSON `raw`, that XML can't hold; None if all are fit.

    Half of a surrogate pair is such a character.
    """
    return _first_unfit(value) if _SUSPICIOUS.search(raw) else None


def length_of(text: str) -> int:
    """Return the length of a text in UTF-16 units, as .NET counts it; that Xero does is unverified."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def too_long(name: str, most: int) -> str:
    """Return what Xero says of a field that is too long. The words are unverified."""
    return f"The length of the field {name} must not be greater than {most}."


def folded(name: str) -> str:
    """Return the name of a contact as Xero keeps it: each run of spaces is one, none at the ends."""
    return _SPACES.sub(" ", name).strip()


def _first_unfit(value: Any) -> str | None:
    if isinstance(value, str):
        found = _UNFIT.search(value)
        return found[0] if found else None
    inner = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for each in inner if (found := _first_unfit(each))), None)
