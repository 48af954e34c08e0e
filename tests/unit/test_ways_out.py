"""What a person is told to type about a document that is held or ignored."""

import re
from typing import Any

import pytest

from starter import app
from tests.store.samples import NOON, document, hold, ref
from xerosync.model.holds import HoldReason
from xerosync.model.links import DocumentLink, Ignored
from xerosync.model.ways_out import ways_out

READ = DocumentLink(ref=ref()).read(document())


@pytest.mark.parametrize("reason", list(HoldReason))
def test_every_way_out_of_a_hold_is_a_command_that_there_is(reason: HoldReason):
    commands = ways_out(READ.held(hold(reason)))
    assert commands[-1] == 'ignore INV-1 --because "…"'
    assert all(_is_command(command.split()[0]) for command in commands)
    assert not any("{" in command for command in commands)


@pytest.mark.parametrize("reason", list(HoldReason))
def test_every_command_that_a_hold_names_in_its_sentence_exists(reason: HoldReason):
    named = re.findall(r"`([a-z-]+)[^`]*`", reason.meaning.release)
    assert all(_is_command(name) for name in named), named


def test_what_is_ignored_can_be_taken_up_and_what_is_well_needs_nothing():
    ignored = READ.let_be(Ignored(because="so", who="ada", since=NOON))
    assert ways_out(ignored) == ["retry INV-1"]
    assert ways_out(READ) == []


def test_a_document_without_number_is_named_by_kind_and_id():
    [retry, *_] = ways_out(DocumentLink(ref=ref()).held(hold(HoldReason.REJECTED)))
    assert retry == "retry invoice inv-1"


def _is_command(name: str) -> Any:
    return name in {each for each in app if not each.startswith("-")}
