"""The commands as a person runs them, on a stack that runs; and how each mistake is named."""

import asyncio
import getpass
import re
import secrets
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from starter import main
from tests.integration.office import NUMBERS, Office
from tests.integration.program import STARTER, WORKER, Ended, environment_of, run, running
from tests.patience import PATIENCE
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.messages import SyncState

NOWHERE = "127.0.0.1:1"


@pytest.fixture
async def pushed(office: Office) -> DocumentRef:
    """An invoice that is in Xero with placeholder dates."""
    ref = await office.final(await office.customer())
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    return ref


@pytest.fixture
async def held(office: Office) -> DocumentRef:
    """An invoice whose customer is not linked."""
    ref = await office.final(await office.customer(linked=False))
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    return ref


@pytest.fixture
def alone(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """This process with the office's settings, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


async def number_of(office: Office, ref: DocumentRef) -> str:
    return (await office.look(ref))[NUMBERS[ref.kind]]


async def starter(office: Office, *arguments: str, folder: Path) -> Ended:
    """Run a command that is right."""
    ended = await run(*arguments, folder=folder, settings=office.environment)
    assert (ended.code, ended.err) == (0, "")
    return ended


async def listed(office: Office, *filters: str, folder: Path) -> dict[str, dict[str, Any]]:
    """List documents as data, by their ids in Sequence."""
    rows = (await starter(office, "status", "--json", *filters, folder=folder)).data["documents"]
    return {row["ref"]["document_id"]: row for row in rows}


async def test_status_lists_documents_as_a_table_as_data_and_by_state_and_hold(
    office: Office, pushed: DocumentRef, held: DocumentRef, tmp_path: Path
) -> None:
    table = await starter(office, "status", folder=tmp_path)
    by_state = await listed(office, "--state", "pushed", folder=tmp_path)
    by_hold = await listed(office, "--hold", "customer_unlinked", "--limit", "1", folder=tmp_path)
    [row] = [line for line in table.out.splitlines() if line.strip().startswith(await number_of(office, pushed))]
    customer = (await office.link(pushed)).customer_name
    assert customer
    for cell in ("invoice", customer, "45.00 GBP", "3000-01-01 / 3000-01-01", "pushed"):
        assert cell in row
    assert pushed.document_id in by_state
    assert {row["state"] for row in by_state.values()} == {"pushed"}
    assert list(by_hold) == [held.document_id]
    assert by_hold[held.document_id]["hold"]["reason"] == "customer_unlinked"


async def test_status_shows_one_document_by_number_and_by_kind_and_id(
    office: Office, pushed: DocumentRef, held: DocumentRef, tmp_path: Path
) -> None:
    number = await number_of(office, pushed)
    in_words = await starter(office, "status", number, folder=tmp_path)
    by_id = await starter(office, "status", "invoice", pushed.document_id, "--json", folder=tmp_path)
    waiting = await starter(office, "status", "invoice", held.document_id, folder=tmp_path)
    assert by_id.data["number"] == number
    assert by_id.data["workflow_is_open"] is True
    for url in (by_id.data["xero_url"], by_id.data["sequence_url"]):
        assert url in in_words.out
        async with httpx.AsyncClient(follow_redirects=True, trust_env=False, timeout=PATIENCE) as browser:
            page = await browser.get(url)
        assert (page.status_code, number in page.text) == (200, True)
    assert f"Workflow:    invoice-sync/{office.account_id}/invoice/{pushed.document_id} (open)" in in_words.out
    assert "3000-01-01" in in_words.out
    assert "Its customer is not linked to a Xero contact." in waiting.out
    assert "not there" in waiting.out


async def test_the_commands_take_a_document_through_its_life(office: Office, tmp_path: Path) -> None:
    customer_id = await office.customer()
    ref = await office.final(customer_id, Kind.CREDIT_NOTE)
    number = await number_of(office, ref)
    # Nothing is known of it here yet: its number is found in Sequence.
    ended = await starter(office, "finalize", number, folder=tmp_path)
    assert (
        ended.out
        == f"Signalled finalized for {ref}. `starter.py status invoice {ref.document_id}` shows".replace(
            "invoice", "credit_note"
        )
        + " what came of it.\n"
    )
    await office.reach([ref], SyncState.PUSHED)

    await office.act(ref, "send")
    ended = await starter(office, "sent", "credit_note", ref.document_id, "--json", folder=tmp_path)
    assert (ended.data["signal"], ended.data["ref"]["document_id"]) == ("sent", ref.document_id)
    await office.reach([ref], SyncState.SETTLED)

    shown = await starter(office, "status", number, folder=tmp_path)
    timeline = shown.out.partition("What happened (UTC):\n")[2].splitlines()
    assert f"({getpass.getuser()})" in next(words for words in timeline if "By hand: finalize." in words)
    assert "→ settled  (writing its dates in Xero, after it was sent)" in timeline[-1]
    ended = await starter(office, "status", number, "--json", folder=tmp_path)
    assert ended.data["timeline"]["in_all"] == len(ended.data["timeline"]["entries"]) == len(timeline)
    await office.assert_once([ref], sent=True)

    await office.act(ref, "void")
    await starter(office, "void", number, folder=tmp_path)
    await office.reach([ref], SyncState.VOIDED)


async def test_retry_releases_a_hold(office: Office, held: DocumentRef, tmp_path: Path) -> None:
    customer_id = (await office.link(held)).customer_id
    assert customer_id
    ended = await starter(office, "retry", await number_of(office, held), folder=tmp_path)
    assert "held as customer_unlinked, is tried again at once. `starter.py status INV-" in ended.out
    await office.services.store.link_customer(office.account_id, customer_id, office.linked[customer_id])
    await starter(office, "retry", await number_of(office, held), folder=tmp_path)
    await office.reach([held], SyncState.PUSHED)


async def test_what_sequence_shows_otherwise_is_not_signalled_and_what_is_done_needs_nothing(
    office: Office, pushed: DocumentRef, tmp_path: Path
) -> None:
    number = await number_of(office, pushed)
    for command, done in (("sent", "sent"), ("void", "voided")):
        ended = await run(command, number.lower(), folder=tmp_path, settings=office.environment)
        assert (ended.code, ended.out) == (1, f"{number} is FINAL in Sequence: nothing was {done}.\n")
    again = await starter(office, "finalize", number, folder=tmp_path)
    assert again.out.startswith(f"Nothing was to be done: {number} is in Xero with the placeholder date")
    retried = await starter(office, "retry", number, "--json", folder=tmp_path)
    assert retried.data["words"].startswith(f"{number} was not on hold.")


async def test_a_total_that_differs_in_xero_is_counted_and_listed(
    office: Office, pushed: DocumentRef, tmp_path: Path
) -> None:
    link = await office.link(pushed)
    assert link.xero
    seen, total = link.xero, Decimal("0.01")
    await office.services.store.change(pushed, lambda now: now.pushed(seen, total))
    shown = await starter(office, "status", "--drifting", folder=tmp_path)
    assert "45.00 GBP (Xero 0.01 GBP)" in shown.out
    assert "with another total in Xero (--drifting lists them)" in shown.out
    drifting = await listed(office, "--drifting", folder=tmp_path)
    assert pushed.document_id in drifting
    assert all(row["drift"] for row in drifting.values())


@pytest.mark.parametrize("width", ["60", "80", "120"])
async def test_at_every_width_the_list_names_each_document_and_its_state(
    office: Office, held: DocumentRef, tmp_path: Path, width: str
) -> None:
    link = await office.link(held)
    # Of its customer alone, whatever other tests left in the office.
    of_it = ("--customer", str(link.customer_id), "--limit", "1")
    ended = await run("status", *of_it, folder=tmp_path, settings={**office.environment, "COLUMNS": width})
    number, name = await number_of(office, held), link.customer_name
    assert name
    for words in (number, name, "45.00 GBP", "held", "customer_unlinked"):
        assert words in ended.out
    table = ended.out.partition("All documents:")[0]
    assert max(map(len, table.splitlines())) <= int(width)


async def test_with_json_a_mistake_is_data_too(office: Office, tmp_path: Path) -> None:
    ended = await run("status", "NO-SUCH-1", "--json", folder=tmp_path, settings=office.environment)
    assert (ended.code, ended.err) == (2, "")
    error = ended.data["error"]
    assert (error["type"], error["exit_code"]) == ("UnknownDocumentError", 2)
    assert error["message"].startswith("No invoice or credit note has the number NO-SUCH-1")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["paint"], 'Unknown command "paint".'),
        (["link-customer", "caf\udce9"], "Argument 2 is not text in UTF-8: type it again."),
        (["status", "--colour"], "Unknown option: --colour."),
        (["status", "--state", "lost"], 'Invalid value "lost" for --state. Choose from: "pending", "pushed"'),
        (["status", "--hold", "lost"], 'Invalid value "lost" for --hold. Choose from: "customer_unlinked"'),
        (["status", "--limit", "many"], 'Invalid value for --limit: unable to convert "many" into int.'),
        (["status", "--limit", "0"], 'Invalid value "0" for --limit. Must be >= 1.'),
        (["demo", "quickly"], "Nothing is known to do with quickly. See `starter.py demo --help`."),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code = main(arguments)
    assert_refused(Ended(code, *capsys.readouterr()), words, code=2)


NAMING = "Name a document by its number, such as INV-1, or as `invoice ID` or `credit_note ID`."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["finalize"], NAMING),
        (["void", "receipt", "1"], NAMING),
        (["status", "NO-SUCH-1"], "No invoice or credit note has the number NO-SUCH-1: check it in Sequence."),
        (["sent", "invoice", "no-such"], "Sequence has no invoice no-such: check its id and kind there."),
    ],
)
async def test_a_document_that_is_not_there_is_told_in_one_line(
    office: Office, tmp_path: Path, arguments: list[str], words: str
) -> None:
    assert_refused(await run(*arguments, folder=tmp_path, settings=office.environment), words, code=2)


async def test_a_document_of_the_other_kind_is_not_taken_for_the_one_that_was_meant(
    office: Office, tmp_path: Path
) -> None:
    ref = await office.final(await office.customer())
    ended = await run("finalize", "credit-note", ref.document_id, folder=tmp_path, settings=office.environment)
    assert_refused(ended, f"Sequence has no credit note {ref.document_id}", code=2)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://localhost/x", "XEROSYNC_DATABASE_URL must be of the form postgresql://"),
        ("TOKEN_KEYS", "abc", "Key 1 of XEROSYNC_TOKEN_KEYS is not a Fernet key"),
        ("TOKEN_KEYS", "", "XEROSYNC_TOKEN_KEYS is not set"),
        ("XERO_API_URL", "xero.com", "XEROSYNC_XERO_API_URL must be an address that begins with https://"),
        ("SWEEP_INTERVAL", "often", "XEROSYNC_SWEEP_INTERVAL must be an ISO 8601 duration"),
        ("SWEEP_INTERVALS", "PT1M", "XEROSYNC_SWEEP_INTERVALS is not a setting: did you mean"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, words: str
) -> None:
    alone.setenv(f"XEROSYNC_{name}", value)
    code = main(["status"])
    assert_refused(Ended(code, *capsys.readouterr()), words, code=2)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"XEROSYNC_DATABASE_URL": f"postgresql://u:p@{NOWHERE}/x"}, 1, f"The database x at {NOWHERE} did not answer"),
        ({"XEROSYNC_SEQUENCE_API_URL": f"http://{NOWHERE}"}, 1, "Sequence could not be reached"),
        ({"XEROSYNC_SEQUENCE_CLIENT_SECRET": "wrong"}, 2, "Sequence does not know XEROSYNC_SEQUENCE_CLIENT_ID"),
        ({"TEMPORAL_PROFILE": "nobody"}, 2, "Correct the TEMPORAL_… variables or Temporal's file of profiles"),
    ],
)
async def test_what_does_not_answer_or_lets_nobody_in_is_told_in_one_line(
    office: Office, tmp_path: Path, changed: dict[str, str], code: int, words: str
) -> None:
    assert_refused(await for_an_unknown_number("status", office, tmp_path, changed), words, code=code)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"TEMPORAL_ADDRESS": NOWHERE}, 1, f"Temporal does not answer at {NOWHERE}: start it, or correct"),
        ({"TEMPORAL_NAMESPACE": "nowhere"}, 2, "Temporal has no namespace nowhere: correct TEMPORAL_NAMESPACE"),
    ],
)
async def test_without_temporal_a_command_that_signals_says_so_in_one_line_and_status_works(
    office: Office, tmp_path: Path, changed: dict[str, str], code: int, words: str
) -> None:
    assert_refused(await for_an_unknown_number("finalize", office, tmp_path, changed), words, code=code)
    looked = await for_an_unknown_number("status", office, tmp_path, changed)
    assert_refused(looked, "No invoice or credit note has the number NO-", code=2)


async def for_an_unknown_number(command: str, office: Office, folder: Path, changed: dict[str, str]) -> Ended:
    """Run a command for a number that is not stored, so that Sequence is asked for it."""
    asked = f"NO-{secrets.token_hex(4)}"
    return await run(command, asked, folder=folder, settings={**office.environment, **changed})


async def test_an_account_whose_key_sequence_refuses_is_not_connected(office: Office, tmp_path: Path) -> None:
    wrong = {"XEROSYNC_SEQUENCE_ACCOUNT_ID": office.account_id, "XEROSYNC_SEQUENCE_CLIENT_SECRET": "wrong"}
    ended = await run("connect", "--port", "0", folder=tmp_path, settings={**office.environment, **wrong})
    assert_refused(ended, "Sequence does not know XEROSYNC_SEQUENCE_CLIENT_ID", code=2)


async def test_missing_settings_are_told_all_at_once(tmp_path: Path) -> None:
    ended = await run("status", folder=tmp_path)
    assert ended.code == 2
    ended = ended.err.splitlines()
    assert [line.partition(" ")[0] for line in ended] == [
        "XEROSYNC_DATABASE_URL",
        "XEROSYNC_TOKEN_KEYS",
        "XEROSYNC_XERO_CLIENT_ID",
    ]
    assert all("is not set: it must be" in line for line in ended)


@pytest.mark.parametrize(
    ("arguments", "changed", "expected"),
    [
        (["--work"], {}, (2, "unrecognized arguments: --work: see `worker.py --help`")),
        ([], {"XEROSYNC_TOKEN_KEYS": Fernet.generate_key().decode()}, (2, "No key of XEROSYNC_TOKEN_KEYS opens")),
        ([], {"XEROSYNC_XERO_CLIENT_SECRET": "wrong"}, (2, "Xero does not accept XEROSYNC_XERO_CLIENT_ID and")),
        ([], {"XEROSYNC_SEQUENCE_CLIENT_SECRET": "wrong"}, (2, "Sequence does not know XEROSYNC_SEQUENCE_CLIENT_ID")),
        ([], {"TEMPORAL_ADDRESS": NOWHERE}, (1, f"Temporal does not answer at {NOWHERE}")),
    ],
)
async def test_a_worker_that_can_not_work_says_why_in_one_line(
    office: Office, tmp_path: Path, arguments: list[str], changed: dict[str, str], expected: tuple[int, str]
) -> None:
    settings = {**office.environment, **changed}
    async with running(*arguments, folder=tmp_path, settings=settings, script=WORKER) as worker:
        said = await worker.errors_until("worker started")
        assert "worker started" not in said, said
        ended = await worker.end()
    code, words = expected
    assert_refused(Ended(ended.code, ended.out, said), words, code=code)


async def test_output_that_nobody_reads_to_its_end_is_no_mistake(office: Office, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_shell(
        'exec 3>&1; { "$PYTHON" "$STARTER" status --json; echo $? >&3; } | true',
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env=environment_of({**office.environment, "PYTHON": sys.executable, "STARTER": str(STARTER)}),
    )
    out, err = await process.communicate()
    assert (out, err) == (b"0\n", b"")


def assert_refused(ended: Ended, words: str, *, code: int) -> None:
    """One line on standard error that begins so, and nothing else."""
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert ended.err.startswith(words)
    assert ended.err.count("\n") == 1
    assert ended.err.endswith("\n")
