"""States of the USA and provinces of Canada: the only regions that Sequence's address has a field for (`state`).

The codes are those that Sequence takes in its API version 2024-07-30. A text is recognised whole or not at all.
"""

from functools import cache

from xerosync.customers.names import fold

_STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DC": "District of Columbia",
    "DE": "Delaware",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}
_PROVINCES = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia",
    "NT": "Northwest Territories",
    "NU": "Nunavut",
    "ON": "Ontario",
    "PE": "Prince Edward Island",
    "QC": "Québec",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}
_NAMES = {"US": _STATES, "CA": _PROVINCES}
_ALIASES = {
    "US": {
        "D.C.": "DC",
        "Washington DC": "DC",
        "Washington D.C.": "DC",
        "State of New York": "NY",
        "New York State": "NY",
        "Washington State": "WA",
        "Commonwealth of Massachusetts": "MA",
    },
    "CA": {"Newfoundland": "NL", "Newfoundland & Labrador": "NL", "PEI": "PE", "P.E.I.": "PE", "Yukon Territory": "YT"},
}


def region_code(country: str, region: str) -> str | None:
    """Return the code of a state or province that a free text names, by code or name; None for any other region.

    `country` is an ISO 3166-1 alpha-2 code: only US and CA have such codes.
    """
    return _by_name(country).get(fold(region))


@cache
def _by_name(country: str) -> dict[str, str]:
    names = _NAMES.get(country, {})
    found = {fold(text): code for code, name in names.items() for text in (code, name)}
    return found | {fold(alias): code for alias, code in _ALIASES.get(country, {}).items()}
