"""Free texts of people who were asked for a country."""

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosync.customers.countries import codes, name_of, recognise, suggestions
from xerosync.customers.names import fold

RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online-retail.csv.gz"

WRITTEN = {
    "GB": ["United Kingdom", "UK", "U.K.", "uk ", "GBR", "Great Britain", "England", "United Kingdom (UK)"],
    "US": ["USA", "U.S.A.", "United States", "United States of America", "America"],
    "IE": ["EIRE", "Éire", "Ireland", "Republic of Ireland", "ROI"],
    "ZA": ["RSA", "South Africa", "Republic of South Africa"],
    "NL": ["Holland", "Netherlands", "The Netherlands", "Netherlands, The", "Nederland"],
    "DE": ["Germany", "Deutschland", "BRD", "DEU"],
    "CH": ["Switzerland", "Schweiz", "Suisse", "Svizzera"],
    "AT": ["Austria", "Österreich", "osterreich"],
    "ES": ["Spain", "España", "espana"],
    "FR": ["France", "  FRANCE "],
    "NO": ["Norway", "Norge"],
    "PT": ["Portugal"],
    "BE": ["Belgium", "België", "Belgique"],
    "AU": ["Australia"],
    "CY": ["Cyprus", "Κύπρος"],
    "JP": ["Japan", "日本"],
    "IT": ["Italy", "Italia"],
    "SE": ["Sweden", "Sverige"],
    "LT": ["Lithuania", "Lietuva"],
    "IS": ["Iceland", "Ísland"],
    "DK": ["Denmark", "Danmark"],
    "FI": ["Finland", "Suomi"],
    "PL": ["Poland", "Polska"],
    "IL": ["Israel", "ישראל"],
    "BH": ["Bahrain"],
    "AE": ["United Arab Emirates", "UAE"],
    "SA": ["Saudi Arabia", "KSA"],
    "CZ": ["Czech Republic", "Czechia"],
    "CA": ["Canada"],
    "BR": ["Brazil", "Brasil"],
    "MT": ["Malta"],
    "LB": ["Lebanon"],
    "SG": ["Singapore"],
    "GR": ["Greece", "Ελλάδα"],
    "HK": ["Hong Kong", "Hong Kong SAR China"],
    "CI": ["Côte d'Ivoire", "Cote d\u2019Ivoire", "Ivory Coast"],
    "TR": ["Turkey", "Türkiye"],
    "LC": ["St. Lucia", "Saint Lucia"],
    "JE": ["Jersey"],
    "GG": ["Guernsey"],
    "XK": ["Kosovo"],
}
UNCLEAR = ("Channel Islands", "European Community", "Unspecified")


ALL_WRITTEN = [(code, text) for code, texts in WRITTEN.items() for text in texts]


@pytest.mark.parametrize(("code", "text"), ALL_WRITTEN)
def test_a_country_is_recognised_as_people_write_it(code: str, text: str):
    assert recognise(text) == code


@pytest.mark.parametrize("text", ["", " ", "?", "xyz", "Londn", "Europe", "EU", "QO", *UNCLEAR, "Congo", "Germny"])
def test_what_is_not_certainly_a_country_is_not_guessed(text: str):
    assert recognise(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Channel Islands", ["JE", "GG"]),
        ("Unted Kingdom", ["GB"]),
        ("Germny", ["DE"]),
        ("Polnad", ["PL"]),
        ("Virgin Islands", ["VG", "VI"]),
        ("Leeds, England", ["GB"]),
        ("Unspecified", []),
        ("", []),
    ],
)
def test_the_nearest_countries_are_suggested(text: str, meant: list[str]):
    assert list(suggestions(text)) == meant


def test_every_code_and_english_name_stands_for_its_country():
    assert len(codes()) == 250
    for code in codes():
        assert (recognise(code), recognise(code.lower()), recognise(name_of(code))) == (code, code, code)


@given(st.text(max_size=40))
def test_any_text_gives_a_code_or_none_and_known_suggestions(text: str):
    assert recognise(text) in {None, *codes()}
    assert set(suggestions(text)) <= codes()


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str):
    assert fold(fold(text)) == fold(text)


def test_all_countries_of_the_retail_data_are_known_or_known_to_be_unclear():
    if not RETAIL.exists():
        pytest.skip("the retail data is not here")
    with gzip.open(RETAIL, "rt", encoding="utf-8") as opened:
        texts = {row["Country"] for row in csv.DictReader(opened)}
    assert {text for text in texts if recognise(text) is None} == texts & set(UNCLEAR)
    assert texts - set(UNCLEAR) <= {text for _, text in ALL_WRITTEN}
