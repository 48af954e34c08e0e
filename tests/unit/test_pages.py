"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FILE = re.compile(r"`([\w-]+(?:/[\w-]+)+\.(?:py|sql|md|yml|toml))(?:::(\w+))?`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_test_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    for name, test in FILE.findall(text):
        [*found] = (path for path in (ROOT / name, ROOT / "xerosync" / name) if path.exists())
        assert found, name
        assert not test or f"def {test}(" in found[0].read_text(), f"{name}::{test}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_a_page_links_to_exists(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target
