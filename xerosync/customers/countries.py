"""The country that a free text means, as its ISO 3166-1 alpha-2 code; and what it may have meant where it is unclear.

A text is recognised whole or not at all: a country that was guessed puts the wrong tax on a document. Names are those
of Unicode's CLDR (through Babel), in English and in the country's own languages.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache
from typing import Any

from babel import Locale, localedata
from babel.core import get_global
from babel.languages import get_official_languages

from xerosync.customers.names import fold

_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""Territories of CLDR with two letters that are not in ISO 3166-1. XK (Kosovo) is not either, but Sequence takes it."""

_ALIASES = {
    "AE": ("Emirates", "UAE", "U.A.E."),
    "BA": ("Bosnia", "Bosnia Herzegovina"),
    "BO": ("Plurinational State of Bolivia",),
    "BN": ("Brunei Darussalam",),
    "CD": ("DR Congo", "DRC", "Democratic Republic of the Congo", "Congo, Democratic Republic of the", "Zaire"),
    "CG": ("Republic of the Congo", "Congo Brazzaville"),
    "CI": ("Ivory Coast",),
    "CN": ("PRC", "P.R. China", "PR China", "People's Republic of China", "Mainland China"),
    "CV": ("Cabo Verde",),
    "CZ": ("Czech Republic",),
    "DE": ("Federal Republic of Germany", "BRD", "West Germany"),
    "DK": ("Kingdom of Denmark",),
    "FM": ("Federated States of Micronesia",),
    "GB": (
        "UK",
        "U.K.",
        "Great Britain",
        "Gt Britain",
        "Britain",
        "United Kingdom of Great Britain and Northern Ireland",
        "Utd Kingdom",
        "England",
        "Scotland",
        "Wales",
        "Cymru",
        "Northern Ireland",
        "England UK",
    ),
    "GM": ("The Gambia",),
    "HK": ("Hong Kong", "HKSAR"),
    "IE": ("EIRE", "ROI", "Republic of Ireland", "Irish Republic", "Southern Ireland", "Ireland, Republic of"),
    "IR": ("Islamic Republic of Iran", "Persia"),
    "KR": ("Korea", "Republic of Korea", "Korea, Republic of", "South Korea", "ROK"),
    "KP": ("North Korea", "Democratic People's Republic of Korea", "DPRK"),
    "KN": ("St Kitts",),
    "LA": ("Lao PDR", "Lao People's Democratic Republic"),
    "LU": ("Grand Duchy of Luxembourg",),
    "MD": ("Republic of Moldova",),
    "MK": ("Macedonia", "FYROM", "Republic of North Macedonia"),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao"),
    "NL": ("Holland", "Nederland", "Kingdom of the Netherlands"),
    "NZ": ("Aotearoa",),
    "PS": ("Palestine", "State of Palestine"),
    "RU": ("Russian Federation",),
    "SA": ("KSA", "Kingdom of Saudi Arabia"),
    "SK": ("Slovak Republic",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Taiwan ROC", "Republic of China", "Chinese Taipei"),
    "TZ": ("United Republic of Tanzania",),
    "US": ("USA", "U.S.A.", "U.S.", "America", "United States of America", "The States"),
    "VA": ("Vatican", "Holy See"),
    "VE": ("Bolivarian Republic of Venezuela",),
    "VG": ("BVI", "Virgin Islands, British"),
    "VI": ("USVI", "Virgin Islands, US"),
    "VN": ("Viet Nam",),
    "ZA": ("RSA", "R.S.A.", "Republic of South Africa", "S. Africa", "Sth Africa"),
}
"""What people write besides the names; England and other parts of a country stand for the country."""

_SEVERAL = {
    "Channel Islands": ("JE", "GG"),
    "Channel Isles": ("JE", "GG"),
    "Congo": ("CD", "CG"),
    "Czechoslovakia": ("CZ", "SK"),
    "Netherlands Antilles": ("CW", "SX", "BQ"),
    "Serbia and Montenegro": ("RS", "ME"),
    "Virgin Islands": ("VG", "VI"),
    "Yugoslavia": ("RS", "HR", "SI"),
}
"""Texts that stand for more than one country: never recognised, but it is known what they may mean."""

_MOST_SUGGESTIONS = 3
_LIKE_ENOUGH = 0.72
_LONGEST_CODE = 3
_IN_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")


def recognise(text: str) -> str | None:
    """Return the code of the country that a text names: by name, code or alias; None where that is not certain."""
    key, without = _key(text), _key(_IN_BRACKETS.sub(" ", text))
    if not key or key in _several() or without in _several():
        return None
    english = _by_name()
    return english.get(key) or english.get(without) or _by_native_name().get(key) or _by_native_name().get(without)


@lru_cache(maxsize=4096)
def suggestions(text: str) -> Sequence[str]:
    """Return the codes of the countries that an unrecognised text may mean: three at most, the likeliest first."""
    key = _key(text)
    if key in _several():
        return _several()[key]
    names = {name: code for name, code in {**_by_native_name(), **_by_name()}.items() if len(name) > _LONGEST_CODE}
    close = get_close_matches(key, names, n=4 * _MOST_SUGGESTIONS, cutoff=_LIKE_ENOUGH)
    within = sorted(
        (name for name in names if f" {name} " in f" {key} "),
        key=lambda name: -SequenceMatcher(None, name, key).ratio(),
    )
    return tuple(dict.fromkeys(names[name] for name in (*within, *close)))[:_MOST_SUGGESTIONS]


def name_of(code: str) -> str:
    """Return the English name of a country by its code; the code itself where it is none."""
    return _territories("en").get(code, code)


@cache
def codes() -> frozenset[str]:
    """Return all codes that an address in Sequence may carry."""
    return frozenset(c for c in _territories("en") if len(c) == len("GB") and c.isalpha()) - _NO_COUNTRIES


@cache
def _by_name() -> dict[str, str]:
    """Return codes by folded English name, alias, and code of two or three letters."""
    found: dict[str, str] = {}
    for code in sorted(codes()):
        english = name_of(code)
        found |= dict.fromkeys((_key(english), _key(_IN_BRACKETS.sub(" ", english)), code.casefold()), code)
    for alias, meant in _territory_aliases().items():
        if len(meant) == 1 and meant[0] in codes() and alias.isalpha():
            found.setdefault(alias.casefold(), meant[0])
    for code, aliases in _ALIASES.items():
        found |= dict.fromkeys(map(_key, aliases), code)
    return found


@cache
def _by_native_name() -> dict[str, str]:
    """Return codes by folded name in the country's own languages; a name that two countries have is left out.

    Takes about a second, once: used only where the English names do not match.
    """
    found: dict[str, str | None] = {}
    for code in sorted(codes()):
        for language in get_official_languages(code, regional=True, de_facto=True):
            if localedata.exists(language) and (native := _territories(language).get(code)):
                key = _key(native)
                found[key] = code if found.get(key, code) == code else None
    return {name: code for name, code in found.items() if code and name not in _by_name()}


@cache
def _several() -> dict[str, tuple[str, ...]]:
    return {_key(text): meant for text, meant in _SEVERAL.items()}


@cache
def _territories(language: str) -> dict[str, str]:
    names: Any = Locale.parse(language).territories
    return dict(names)


def _territory_aliases() -> dict[str, list[str]]:
    """Return CLDR's codes that stand for others: of three letters, and such as UK."""
    aliases: Any = get_global("territory_aliases")
    return dict(aliases)


def _key(text: str) -> str:
    words = fold(text).split()
    if words[:1] == ["the"]:
        words = words[1:]
    if words[-1:] == ["the"]:
        words = words[:-1]
    if len(words) > 1:  # alone it is the code of São Tomé
        words = ["saint" if word == "st" else word for word in words]
    return " ".join(words)
