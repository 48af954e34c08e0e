"""The table of the description's mistakes holds nothing that is not needed, and nothing that is not so."""

import json
from datetime import date

import httpx

from tests.contract.deviations import Examined, Examiner
from tests.contract.exchanges import Exchange
from tests.contract.known_mistakes import (
    ANSWER,
    ELEMENTS,
    EXAMPLES,
    IDENTITY_SILENCES,
    MISTAKES,
    PATHS,
    SILENCES,
    SPELLINGS,
    Deviation,
)


def test_every_known_mistake_is_met(by_our_client: list[Examined], by_others: list[Examined]):
    met = {found.deviation for examined in by_our_client for found in examined.found}
    met |= {found.deviation for examined in by_others for found in examined.on(ANSWER)}

    assert sorted(MISTAKES.keys() - met) == []


def test_every_answer_that_the_description_leaves_out_is_met(by_our_client: list[Examined], by_others: list[Examined]):
    met = {(str(examined.operation), examined.exchange.status) for examined in (*by_our_client, *by_others)}
    silences = (*SILENCES, *IDENTITY_SILENCES)
    added = {(operation, silence.status) for silence in silences for operation in silence.operations}

    assert sorted(added - met) == []


def test_every_path_that_the_description_leaves_out_is_met(by_our_client: list[Examined]):
    met = {examined.operation.path for examined in by_our_client if examined.operation}

    assert sorted((PATHS.keys() | SPELLINGS.keys()) - met) == []


def test_the_elements_of_every_400_are_met(by_our_client: list[Examined], by_others: list[Examined]):
    met = {
        examined.operation.path
        for examined in (*by_our_client, *by_others)
        if examined.operation and examined.exchange.status == 400 and b'"Elements"' in examined.exchange.answer
    }

    assert sorted(ELEMENTS.keys() - met) == []


def test_what_is_said_to_be_in_the_descriptions_own_examples_is_there(
    examiner: Examiner, by_our_client: list[Examined], by_others: list[Examined]
):
    asked = {examined.operation.path for examined in (*by_our_client, *by_others) if examined.operation}
    shown = {
        found.deviation
        for examined in examiner.examine(_examples(examiner, asked), (ANSWER,))
        for found in examined.found
    }
    claimed = {deviation for deviation, source in MISTAKES.items() if source == EXAMPLES}

    assert sorted(claimed - shown) == []
    assert Deviation(ANSWER, "Invoice.Total", "unknown") not in shown


def _examples(examiner: Examiner, paths: set[str]) -> list[Exchange]:
    """Return the description's own examples for these paths, as if they had been answered."""
    return [
        Exchange(
            method.upper(),
            f"{prefix}{path.translate({ord('{'): None, ord('}'): None})}",
            query=(),
            headers=httpx.Headers(),
            body=b"",
            status=status,
            answer_headers=httpx.Headers({"content-type": "application/json"}),
            answer=(example if isinstance(example, str) else json.dumps(example, default=date.isoformat)).encode(),
        )
        for description, prefix in ((examiner.accounting, "/api.xro/2.0"), (examiner.identity, ""))
        for path, method, status, example in description.examples()
        if path in paths
    ]
