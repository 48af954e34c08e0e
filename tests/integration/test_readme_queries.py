"""The queries that the README gives to a person in the Temporal Web UI: the server takes each of them."""

import re
from functools import partial
from pathlib import Path

from tests.integration.office import NUMBERS, Office
from tests.patience import until
from xerosync.documents.messages import SyncState

README = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"^\| [^|`]+ \| `([^`]+)` \|$", re.MULTILINE)


async def test_every_query_is_taken_and_finds_a_document(office: Office) -> None:
    customer_id = await office.customer(linked=False)
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    number = (await office.look(ref))[NUMBERS[ref.kind]]
    queries = ROW.findall(README.read_text())
    assert len(queries) >= 7
    own = {
        'DocumentNumber="INV-1"': f'DocumentNumber="{number}"',
        'SequenceCustomer="ID"': f'SequenceCustomer="{customer_id}"',
        'SequenceAccount="ID"': f'SequenceAccount="{ref.account_id}"',
    }
    for query in queries:
        asked = query
        for theirs, ours in own.items():
            asked = asked.replace(theirs, ours)
        await office.services.temporal.count_workflows(asked)
        if asked != query or "Xero" in query.partition("=")[0]:
            await until(partial(is_found, office, asked, ref.document_id))


async def is_found(office: Office, query: str, document_id: str) -> bool:
    """Whether a list has the document: what a workflow says of itself gets there some moments later."""
    return any([document_id in workflow.id async for workflow in office.services.temporal.list_workflows(query)])
