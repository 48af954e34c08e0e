"""Tables on narrow terminals, on wide ones and in pipes: nothing is ever cut."""

import json
import sys
import unicodedata

import pytest
from rich.cells import cell_len

from xerosync.cli.tables import print_table, table_lines
from xerosync.cli.terminal import console, print_json, progress

COLUMNS = ("number", "kind", "customer", "amount", "dates in Xero", "state", "hold", "problem")
LONG = "Xero refuses it: The TaxType code 'OUTPUT2' cannot be used with account code '200', says the organisation."
ROWS = [
    ["INV-1", "invoice", "Ada Ltd", "240.00 GBP", "3000-01-01 / 3000-01-01", "pushed", "", ""],
    ["INV-10", "invoice", "株式会社アイウエオ Trading", "1200.00 USD", "", "held", "tax_rejected", LONG],
    ["5e0ecd79-0b8e-4a3c-b9a5-3d6b6fd8c4a1", "credit note", "Bo Ltd", "1.00 GBP", "", "ALARM: sent", "", ""],
]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200, None])
def test_every_number_id_and_word_is_shown_at_every_width(width: int | None):
    lines = list(table_lines(COLUMNS, ROWS, width))
    text = " ".join(lines)
    for row in ROWS:
        for word in " ".join(row).split():
            assert word in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int):
    assert all(cell_len(line) <= width for line in table_lines(COLUMNS, ROWS, width))


def test_in_a_pipe_every_row_is_one_line():
    assert len(list(table_lines(COLUMNS, ROWS, None))) == 2 + len(ROWS)


def test_at_80_columns_what_does_not_fit_on_the_line_stands_below_it_with_its_name():
    lines = list(table_lines(COLUMNS, ROWS[:1], 80))
    assert lines[0].split() == ["number", "kind", "amount", "dates", "in", "Xero", "state"]
    assert lines[2].split()[0] == "INV-1"
    assert lines[3] == "    customer: Ada Ltd"


def test_a_long_text_takes_several_lines_before_columns_go_below():
    rows = [["INV-1", LONG], ["INV-2", "short"]]
    lines = list(table_lines(("number", "problem"), rows, 60))
    assert lines[2].startswith("INV-1   Xero refuses it:")
    assert lines[3].startswith("        ")
    assert lines[-1] == "INV-2   short"


def test_wide_letters_keep_the_columns_in_line():
    lines = list(table_lines(("customer", "state"), [["日本", "pushed"], ["Ada", "sent"]], 80))
    assert [cell_len(line[: line.index(word)]) for line, word in zip(lines[2:], ("pushed", "sent"), strict=True)] == [
        10,
        10,
    ]


ORDERS = "\x1b[2J\x1b[31m", "\x9b31m", "\x07\r", "\u202e00.54", "\u2066", "\x7f"
"""What clears a terminal, colours it, rings, or shows an amount the wrong way round."""

HIDDEN = ("Cc", "Cf", "Zl", "Zp")
"""Categories of Unicode: controls, formats, separators of lines."""


@pytest.mark.parametrize("order", ORDERS)
def test_a_terminal_obeys_nothing_that_stands_in_somebody_s_text(order: str, capsys: pytest.CaptureFixture[str]):
    print_table("1 document", ("number", "customer", "amount"), [("INV-1", f"Ada {order} Ltd", "45.00 GBP")])
    console.print(f"Customer Ada {order}", markup=False)
    progress.print(f"Customer Ada {order}", markup=False)
    shown = "".join(capsys.readouterr())
    assert not set(shown) & set("\x1b\x9b\x07\r\u202e\u2066\x7f")
    assert shown.count("Ada ") == 3


def test_json_carries_what_a_terminal_obeys_or_hides_as_escapes_of_equal_values(capsys: pytest.CaptureFixture[str]):
    hidden = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in HIDDEN]
    said = {f"customer {each}": [f"Ada {each} \\u202e", "株式会社 🎉"] for each in hidden}
    print_json(said)
    shown = capsys.readouterr().out
    assert json.loads(shown) == said
    assert not set(shown) & (set(hidden) - {"\n"})
    assert "株式会社 🎉" in shown


def test_words_of_every_language_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]):
    names = "شركة الاختبار", "株式会社", "Søhne & O'Brien 🎉", "עברית \u200fא"
    print_table("4 customers", ("customer",), [(name,) for name in names])
    shown = capsys.readouterr().out
    assert all(name in shown for name in names)
