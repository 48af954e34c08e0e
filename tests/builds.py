"""Another build of the product: a copy of the checkout with a change in a workflow."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOOP = "        while (step := lifecycle.next_step(self._known)) is not Step.SETTLE:\n"
PATCH = "drill"
PATCHED = f'        workflow.patched("{PATCH}")\n'
"""A change as it should be made: what is open goes on as before, what begins does so otherwise."""


def a_copy(folder: Path, *, changed: str | None = None) -> Path:
    """Copy the checkout's worker, with a line more before the loop of a document; return its folder."""
    for name in ("activities", "workflows", "xerosync"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("worker.py", "starter.py"):
        shutil.copy(ROOT / name, folder / name)
    if changed:
        file = folder / "workflows" / "invoice_sync.py"
        before = file.read_text()
        assert before.count(LOOP) == 1, "the loop of a document looks otherwise: change LOOP with it"
        file.write_text(before.replace(LOOP, changed + LOOP))
    return folder
