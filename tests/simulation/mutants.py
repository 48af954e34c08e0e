"""`make mutants`: each planted fault of `mutants.toml`, one at a time in a copy of the tree, must be found.

    copy of the tree ──▶ fault planted ──▶ runs of some seeds ──▶ what is violated, as expected ──▶ fault taken out

The checkout is never changed. Two faults are played at once, each in a process and a copy of its own.
"""

import argparse
import importlib
import logging
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("mutants.toml")
_AT_ONCE = 2
_SEEDS = 3
_DOCUMENTS = 80
SECONDS = 120
"""Of a processor that a run may take: twenty times what one without a fault does. One that takes more never ends."""

_PRODUCT = ("xerosync", "activities", "workflows", "worker", "tests")
"""What a copy imports anew; the stand-ins and the libraries are imported once, before."""

_COPIED = ("xerosync", "activities", "workflows", "standins", "tests", "worker.py", "pyproject.toml")


class TooLongError(BaseException):
    """A run goes on and on. No `except Exception` of what it plays may stop this."""


class NotPlantedError(ValueError):
    """The text that a fault replaces does not stand exactly once in its file: the table must follow the code."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place of a file, given by its path in the tree, and what is put there."""

    file: str
    before: str
    after: str

    def planted(self, text: str) -> str:
        """Return a file's text with the fault in it. Raises NotPlantedError."""
        if (times := text.count(self.before)) != 1:
            raise NotPlantedError(f"{self.file} has {self.before!r} {times} times, not once: mend mutants.toml.")
        return text.replace(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault, and what the simulator must say of it (a regular expression). `historic`: this project once had it."""

    name: str
    finds: str
    changes: tuple[Change, ...]
    historic: bool = False


def mutants(table: Path = TABLE) -> list[Mutant]:
    """Read the table."""
    return [_mutant(row) for row in tomllib.loads(table.read_text())["mutant"]]


def _mutant(row: dict[str, Any]) -> Mutant:
    changes = tuple(Change(each["file"], each["before"], each["after"]) for each in (row, *row.get("also", ())))
    return Mutant(row["name"], row["finds"], changes, row.get("historic", False))


def plant(root: Path, mutant: Mutant) -> dict[Path, str]:
    """Plant a fault into a tree; return, by file, the text that stood there before. Raises NotPlantedError."""
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    for change in mutant.changes:
        path = root / change.file
        before.setdefault(path, path.read_text())
        after[path] = change.planted(after.get(path, before[path]))
    for path, text in after.items():
        path.write_text(text)
    return before


@contextmanager
def _planted(root: Path, mutant: Mutant) -> Generator[None]:
    before = plant(root, mutant)
    try:
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a mutant: what the run said that found it, and whether that was expected."""

    mutant: Mutant
    words: str
    seed: int | None

    @property
    def is_expected(self) -> bool:
        """Whether it was found, by the check that was to find it."""
        return self.seed is not None and re.search(self.mutant.finds, self.words) is not None


def _play(mutant: Mutant, *, scratch: Path, seeds: int, documents: int) -> Found:
    """Play one mutant, in a process that ends with it."""
    root = _copy(scratch / str(os.getpid()))
    for name in [name for name in sys.modules if name.partition(".")[0] in _PRODUCT]:
        if name not in ("tests", "tests.simulation", __name__):
            del sys.modules[name]
    sys.path.insert(0, str(root))
    for package in ("tests", "tests.simulation"):
        sys.modules[package].__path__ = [str(root / package.replace(".", "/"))]
    sys.dont_write_bytecode = True
    os.chdir(root)
    with _planted(root, mutant):
        try:
            city, plan = (importlib.import_module(f"tests.simulation.{name}") for name in ("city", "plan"))
            for seed in range(1, seeds + 1):
                if words := ended(lambda seed=seed: city.simulate(plan.Plan.of(seed, documents)).violation):
                    return Found(mutant, words, seed)
        except Exception as error:  # noqa: BLE001 - a fault that breaks the run is told like any other
            return Found(mutant, f"it broke: {type(error).__name__}: {error}", None)
    return Found(mutant, "not found", None)


def ended(run: Callable[[], str | None]) -> str | None:
    """Return what a run says, or that it does not end."""

    def stop(*_: object) -> None:
        raise TooLongError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, 1)
    try:
        return run()
    except TooLongError:
        return f"it did not end within {SECONDS} seconds of a processor"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> int:
    """Play all mutants, or those whose name has a word; return 1 where one was not found as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", default=[""], help="play only those whose name has one of these")
    parser.add_argument("--documents", type=int, default=_DOCUMENTS)
    parser.add_argument("--seeds", type=int, default=_SEEDS, help="how many runs look for each")
    asked = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets is part of what repeats.
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONHASHSEED": "0"})
    for library in ("httpx", "structlog", "simplejson", "pydantic", "temporalio.worker", "temporalio.testing"):
        importlib.import_module(library)
    importlib.import_module("temporalio.contrib.pydantic")
    for app in ("standins.xero", "standins.sequence"):
        importlib.import_module(app)
    structlog: Any = importlib.import_module("structlog")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    wanted = [each for each in mutants() if any(word.lower() in each.name.lower() for word in asked.words)]
    results: list[Found] = []
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        play = partial(_play, scratch=Path(scratch), seeds=asked.seeds, documents=asked.documents)
        with fork.Pool(_AT_ONCE, maxtasksperchild=1) as pool:
            for found in pool.imap(play, wanted, chunksize=1):
                results.append(found)
                mark = "found" if found.is_expected else "MISSED"
                print(f"{mark:6} {found.mutant.name}: {found.words} (seed {found.seed})", flush=True)  # noqa: T201 - what a person asked for
    missed = [each for each in results if not each.is_expected]
    print(f"{len(results) - len(missed)} of {len(results)} found as expected")  # noqa: T201 - what a person asked for
    return bool(missed)


def _copy(to: Path) -> Path:
    to.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, to / name)
    return to


if __name__ == "__main__":
    sys.exit(main())
