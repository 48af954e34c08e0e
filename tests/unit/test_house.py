"""The house: what is found by its name has one name."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_two_classes_of_the_product_have_the_same_name():
    files = [path for part in ("xerosync", "workflows", "activities") for path in (ROOT / part).rglob("*.py")]
    where: dict[str, list[str]] = defaultdict(list)
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(str(path.relative_to(ROOT)))
    assert len(where) > 300
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_no_client_gives_up_on_a_busy_machine():
    """Without a word httpx waits for five seconds: then a test, or the demo, fails by the clock."""
    files = [path for part in ("tests", "demo") for path in (ROOT / part).rglob("*.py")]
    calls = [
        (path, node, {each.arg for each in node.keywords})
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("httpx.AsyncClient", "httpx.Client")
    ]
    assert len(calls) > 20
    # One with a transport of its own leaves no process.
    impatient = [
        f"{path.relative_to(ROOT)}:{node.lineno}" for path, node, said in calls if not said & {"timeout", "transport"}
    ]
    assert impatient == []
