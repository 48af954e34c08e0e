"""The next steps that a person gets, for every hold and every finding: commands that there are, as they are taken."""

import ast
import re
import shlex
from itertools import product
from pathlib import Path

import pytest

from starter import app
from tests.store.samples import NOON, document, hold, ref
from xerosync.cli.next_steps import commands_after, commands_for, spelled_out
from xerosync.core.documents import DocumentStatus
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.compare import SIGNALS
from xerosync.reconcile.findings import Aspect, Difference, Finding, Severity

ROOT = Path(__file__).parents[2]
READ = DocumentLink(ref=ref()).read(document())
TYPED = re.compile(r"(?:^|`)starter\.py ([a-z][a-z-]*)", re.MULTILINE)
COMMANDS = {name for name in app if not name.startswith("-")}


def taken(step: str) -> str:
    """Return the command of a step that the real command line takes; anything else raises."""
    program, *arguments = shlex.split(step)
    assert program == "starter.py"
    assert not re.search(r"[{}]", step)
    app.parse_args(arguments, exit_on_error=False, print_error=False)
    return arguments[0]


@pytest.mark.parametrize("reason", list(HoldReason))
def test_every_hold_has_next_steps_that_the_command_line_takes(reason: HoldReason):
    for link in (READ, DocumentLink(ref=ref("a b"))):
        for several in (False, True):
            steps = commands_for(link.held(hold(reason)), several_accounts=several)
            assert len(steps) > 1
            assert [taken(step) for step in steps][-1] == "ignore"
            assert not several or all("--account" in step for step in steps)


@pytest.mark.parametrize("reason", list(HoldReason))
def test_what_a_hold_says_in_words_is_among_its_next_steps(reason: HoldReason):
    named = {words.split()[0] for words in re.findall(r"`([^`]*)`", reason.meaning.release)}
    assert named <= {taken(step) for step in commands_for(READ.held(hold(reason)))}


@pytest.mark.parametrize("reason", list(HoldReason))
@pytest.mark.parametrize("several", [False, True])
def test_every_command_that_a_hold_names_is_printed_as_it_is_typed(reason: HoldReason, several: bool):
    said = spelled_out(
        reason.sentence("Xero says `no`."), READ.ref, READ.number, READ.customer_id, several_accounts=several
    )
    names = re.findall(r"`([^`]*)`", reason.meaning.release)
    printed = [each for each in re.findall(r"`([^`]*)`", said) if each != "no"]
    assert len(printed) == len(names)
    for command, name in zip(printed, names, strict=True):
        assert taken(command) == name.split()[0]
        assert not several or "--account acme" in command


def test_the_command_line_names_no_command_that_can_not_be_typed():
    texts = [
        said(node)
        for file in (ROOT / "xerosync" / "cli").rglob("*.py")
        if file.name != "json_page.py"
        for node in printed_texts(ast.parse(file.read_text()))
    ]
    named = {name for text in texts for name in re.findall(r"`([a-z-]+)(?= [^`]*`|`)", text)}
    assert named & COMMANDS == set()


def printed_texts(tree: ast.Module) -> list[ast.expr]:
    """Return the texts of a module but its docstrings and the texts of `help`."""
    passed_over = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr | ast.keyword) and is_help(node)
    }
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)]
    return [node for node in texts if id(node) not in passed_over]


def is_help(node: ast.Expr | ast.keyword) -> bool:
    return isinstance(node, ast.Expr) or node.arg == "help"


@pytest.mark.parametrize("status", list(SIGNALS))
@pytest.mark.parametrize("cause", list(FindingCause))
def test_every_finding_has_next_steps_that_the_command_line_takes(cause: FindingCause, status: DocumentStatus):
    finding = found(cause, status)
    for reason, several in product(HoldReason if cause is FindingCause.HELD else [None], (False, True)):
        held = finding.model_copy(update={"hold": reason})
        steps = commands_after(held, held.differences[0], several_accounts=several)
        assert bool(steps) is (cause is not FindingCause.CREATED_IN_XERO), "only what was made in Xero is nobody's task"
        for step in steps:
            taken(step)


def test_a_finding_says_of_a_hold_what_the_document_itself_says():
    for reason in HoldReason:
        link = READ.held(hold(reason))
        finding = found(FindingCause.HELD).model_copy(update={"hold": reason, "customer_id": link.customer_id})
        assert commands_after(finding, finding.differences[0]) == commands_for(link)
    unlinked = READ.held(hold(HoldReason.CUSTOMER_UNLINKED))
    assert commands_for(unlinked)[0] == "starter.py link-customer cust-1"


def test_what_is_ignored_can_be_taken_up_and_what_is_well_needs_nothing():
    ignored = READ.let_be(Ignored(because="so", who="ada", since=NOON))
    assert commands_for(ignored) == ["starter.py retry INV-1"]
    assert commands_for(READ) == []


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (None, "invoice inv-1"),
        ("invoice", "invoice inv-1"),
        ("Credit-Note", "invoice inv-1"),
        ("--undo", "invoice inv-1"),
        ('A,"B" 1', "'A,\"B\" 1'"),
    ],
)
def test_a_document_is_named_so_that_the_command_line_understands_it(number: str | None, name: str):
    link = DocumentLink(ref=ref()).read(document(number=number)).held(hold(HoldReason.REJECTED))
    assert commands_for(link)[0] == f"starter.py retry {name}"


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))])
def test_every_command_that_a_page_names_exists(page: str):
    named = TYPED.findall((ROOT / page).read_text())
    assert set(named) <= COMMANDS


@pytest.mark.parametrize("folder", ["xerosync", "activities", "workflows"])
def test_every_command_that_a_message_tells_to_type_exists(folder: str):
    sources = [file.read_text() for file in (ROOT / folder).rglob("*.py")]
    named = {name for source in sources for name in TYPED.findall(source)}
    assert named <= COMMANDS


OF_NO_ACCOUNT = {"demo", "up", "migrate", "serve", "sign-in", "rotate-keys", "completion", "replay", "purge"}
PRINTED = re.compile(r"`starter\.py ([^`]+)`")


def said(node: ast.expr) -> str:
    """Return a text as it is printed: what comes from a variable is one word, the option of an account is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(said(part) for part in node.values)
        case ast.FormattedValue(value=ast.Name(id="option")) | ast.FormattedValue(value=ast.Name(id="account_option")):
            return ""
        case ast.FormattedValue():
            return "1"
        case _:
            return ""


@pytest.mark.parametrize("folder", ["xerosync", "activities", "workflows"])
def test_every_command_in_a_message_is_taken_as_it_stands_with_one_account_and_with_two(folder: str):
    texts = [
        said(node)
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant | ast.JoinedStr)
    ]
    printed = {command for text in texts for command in PRINTED.findall(" ".join(text.split()))}
    assert printed or folder != "xerosync"
    for command in sorted(printed):
        taken(f"starter.py {command}")
        if "--account" not in command and command.split()[0] not in OF_NO_ACCOUNT:
            taken(f"starter.py {command} --account account-1")


def found(cause: FindingCause, status: DocumentStatus = DocumentStatus.SENT) -> Finding:
    difference = Difference(aspect=Aspect.STATUS, verdict=Severity.DIFFERENCE, cause=cause)
    of = ref()
    return Finding(
        account_id=of.account_id,
        kind=of.kind,
        document_id=of.document_id,
        number="INV-1",
        status=status,
        differences=(difference,),
    )
