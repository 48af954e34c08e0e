"""The page on what `--json` prints says what the models say."""

from pathlib import Path

from xerosync.cli.json_page import page

PAGE = Path(__file__).parents[2] / "docs" / "json.md"


def test_the_page_on_json_is_as_the_code_writes_it():
    assert PAGE.read_text() == page(), "run `python -m xerosync.cli.json_page > docs/json.md`"
