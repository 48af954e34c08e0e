"""Words of the command line on pages of the console: buttons in place of commands, and nothing taken for markup."""

import re

import pytest

from xerosync.web.pages import _FOLDER, _buttons


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("then `retry`.", "then <b>Retry</b>."),
        ("`starter.py status` says who.", "<b>this page</b> says who."),
        ("`starter.py link-customer 0c7e 5f1d` links it.", "<b>Link the customer</b> links it."),
        ("run `starter.py webhooks --renew`", "run <b>starter.py webhooks --renew</b>"),
        ("such as `billing`", "such as <b>billing</b>"),
        ("`resync` reads it again", "<b>Read both sides again</b> reads it again"),
        ("`starter.py push-customer <b>`", "<b>Create it in Xero</b>"),
        ("`starter.py sequence-key <img>` & more", "<b>starter.py sequence-key &lt;img&gt;</b> &amp; more"),
    ],
)
def test_a_command_of_a_text_is_the_button_of_the_console_that_does_it(text: str, shown: str) -> None:
    assert str(_buttons(text)) == shown


def test_every_page_that_shows_a_refusal_shows_commands_as_buttons() -> None:
    for page in (_FOLDER / "templates").glob("*.html"):
        for alert in re.findall(r'role="alert">(.*?)</p>', page.read_text()):
            for shown in re.findall(r"{{ (problem|words|refused)([^}]*) }}", alert):
                assert shown[1] == "|buttons", page.name
