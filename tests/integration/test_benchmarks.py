"""The benchmarks run, at sizes at which nothing is measured."""

import json
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from benchmarks import (
    calls,
    customers,
    encryption,
    history,
    idle,
    life,
    memory,
    page,
    plain,
    scale,
    stand_in,
    throughput,
)
from benchmarks.__main__ import main
from benchmarks.figures import Figure, Result, machine, show, write


async def test_a_month_is_lived_through_and_its_calls_are_counted():
    figures = {it.what: it for it in await life.measure(documents=20, days=3)}
    assert figures["documents open at the end"].value == 20  # nobody pays within three days
    assert figures["   of these: create"].value > 0
    assert figures["   of these: write dates and sent"].value > 0
    assert figures["refused with 429"].reached
    assert figures["Xero calls a document"].value > 0


async def test_the_events_of_a_life_are_counted():
    (events, more) = await history.measure(waits=(1,))
    assert events.value <= 24, "one signal, task or search attribute more than a life needs"
    assert more.value == 0


async def test_encryption_of_a_life_is_timed():
    payloads, longer, a_life, _ = await encryption.measure(rounds=3)
    assert payloads.value >= 6, "two signals, two steps, their results"
    assert longer.value > 1, "what is encrypted is longer"
    assert a_life.value > 0


@pytest.mark.slow
async def test_each_question_to_the_store_is_timed_and_its_plan_judged():
    (documents, _, _, *asked) = await scale.measure(rows=20_000, seconds=0)
    assert (documents.value, documents.note) == (20_000, "1,986 of them open")
    assert all(each.value > 0 for each in asked)
    whole = {each.what for each in asked if "reads the whole table documents" in each.note}
    assert not whole


@pytest.mark.slow
async def test_one_document_is_timed_beside_a_bare_call_on_the_whole_stack():
    ours, bare, beyond = await idle.measure(rounds=1, rest_seconds=0)
    assert ours.value > 0
    assert beyond.value == ours.value - bare.value


async def test_a_batch_for_the_stand_in_is_timed():
    (batch,) = await stand_in.measure(runs=1)
    assert batch.value > 0


@pytest.mark.parametrize(
    "benchmark_", [calls, customers, encryption, history, idle, life, memory, plain, scale, stand_in, throughput]
)
def test_every_benchmark_says_what_it_measures(benchmark_: ModuleType):
    assert benchmark_.__doc__
    assert callable(benchmark_.measure)


def test_a_run_is_shown_and_kept_beside_what_was_measured_before(tmp_path: Path):
    file = tmp_path / "bench.json"
    figures = [Figure("calls", 12, at_most=10), Figure("ratio", 0.9, at_least=0.8), Figure("speed", 1234.5, "/s")]
    write([Result("one", "One", figures, 1.0, 0.5)], machine(), file)
    write([Result("two", "Two", figures[:1], 1.0, 0.5)], machine(), file)
    kept = json.loads(file.read_text())["benchmarks"]
    assert [it["reached"] for it in kept["one"]["figures"]] == [False, True, None]
    assert list(kept) == ["one", "two"]
    console = Console(record=True, width=150)
    show([Result("one", "One", figures, 1.0, 0.5)], machine(), console)
    text = console.export_text()
    assert "not reached" in text
    assert "1,234" in text


def test_a_benchmark_that_is_none_is_told_in_one_line(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["speed"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_last_run_stands_in_a_page_and_its_words_stay(tmp_path: Path):
    kept, text = tmp_path / "bench.json", tmp_path / "page.md"
    write([Result("one", "One", [Figure("ratio", 0.7, at_least=0.8, note="of two")], 1.0, 0.5)], machine(), kept)
    text.write_text(f"# Words\n\n{page.BEGIN}\nold\n{page.END}\n\nMore words\n")
    page.main([str(kept), str(text)])
    assert "| ratio | 0.7 | ≥ 0.8 | **not reached** | of two |" in text.read_text()
    assert "old" not in text.read_text()
    assert text.read_text().startswith("# Words")
    assert text.read_text().endswith("More words\n")
    with pytest.raises(ValueError, match="no place"):
        page.put("# Words", "")
