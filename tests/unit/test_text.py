"""Text that can travel: what Xero's XML, a store and UTF-8 can hold, cut as Xero counts."""

import json
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosync.core.text import fit, fit_line, fit_shortened, length, without_lost_characters

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Control characters and halves of surrogate pairs among it."""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Seats\x02", "Seats"),
        ("Launch \ud83d party", "Launch \ufffd party"),
        ("two\nlines\tof it", "two\nlines\tof it"),
        ("page\x0cbreak", "page break"),
        (" \x00 Acme\ufffe ", "Acme"),
        ("🎉 party", "🎉 party"),
    ],
)
def test_a_text_keeps_all_that_xero_can_keep(text: str, kept: str):
    assert fit(text) == kept


@given(ANY_TEXT, st.integers(2, 30))
def test_a_fitted_text_is_xml_within_its_length_and_fits_as_it_is(text: str, most: int):
    for fitted in (fit(text, most), fit_line(text, most)):
        assert length(fitted) <= most
        assert fitted == fitted.strip()
        assert fit(fitted, most) == fitted
        escaped = fitted.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        ET.fromstring(f"<a>{escaped}</a>")
        fitted.encode()


@given(ANY_TEXT, ANY_TEXT.filter(lambda tail: length(tail) < 10))
def test_a_shortened_text_keeps_its_tail_whole(text: str, tail: str):
    shortened = fit_shortened(text, 20, tail=tail)
    assert length(shortened) <= 20
    assert shortened.endswith(fit("." + tail)[1:])


def test_a_name_cut_at_a_space_does_not_end_with_it():
    assert fit_line("a" * 254 + " and more", 255) == "a" * 254


def test_lengths_are_counted_in_utf_16_and_no_character_is_cut_in_two():
    assert length("🎉") == 2
    assert fit("a🎉", 2) == "a"
    assert fit("🎉" * 200, 255) == "🎉" * 127


def test_runs_of_spaces_in_a_line_are_one_space():
    assert fit_line("  Acme \t\n  Ltd\u00a0\u00a0Co ") == "Acme Ltd Co"


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (rb'"Launch \ud83d party"', "Launch \ufffd party"),
        (rb'"\udf89\uD83D"', "\ufffd\ufffd"),
        (rb'"\ud83c\udf89"', "🎉"),
        (rb'"\ud83d\ud83c\udf89"', "\ufffd🎉"),
        (rb'"a\u0000b"', "a\ufffdb"),
        (rb'"C:\\ud83d \\\ud83d"', "C:\\ud83d \\\ufffd"),
        (rb'"\u00e9\n"', "é\n"),
        ('"é"'.encode(), "é"),
    ],
)
def test_a_json_text_that_nothing_can_hold_is_read_with_replacements(content: bytes, read: str):
    assert json.loads(without_lost_characters(content)) == read


@given(st.recursive(ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_every_json_answer_reads_as_text_that_can_be_stored(value: object):
    read = json.loads(without_lost_characters(json.dumps(value).encode()))
    for text in _texts(read):
        assert "\x00" not in text
        text.encode()


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            yield from (text for each in value for text in _texts(each))
        case dict():
            yield from (text for each in (*value, *value.values()) for text in _texts(each))
        case _:
            pass
