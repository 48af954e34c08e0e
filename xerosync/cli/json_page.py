"""Writes `docs/json.md` from the models that `--json` prints: `python -m xerosync.cli.json_page > docs/json.md`."""

import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from xerosync.backfill.report import BackfillRow
from xerosync.cli.customer_list import ListedCustomer
from xerosync.cli.json_forms import (
    AdoptData,
    ConnectData,
    IgnoreData,
    ImportData,
    KeptKey,
    LinkedData,
    MigratedData,
    NewApiKey,
    PurgeData,
    PushAgainData,
    PushData,
    ReleasedData,
    ResyncData,
    RotatedKeys,
    SettingsData,
    SignalData,
    StatusList,
    StatusOne,
    SuggestedContact,
    UnlinkedData,
)
from xerosync.cli.reconcile_report import ReconcileData
from xerosync.cli.webhooks import WebhookState
from xerosync.core.api_keys import ApiKey
from xerosync.documents.messages import SweepResult
from xerosync.operations.disconnecting import Disconnected
from xerosync.operations.preview import Preview

_PRINTED: dict[type[BaseModel], str] = {
    StatusList: "`status`",
    StatusOne: "`status DOCUMENT`",
    SignalData: "`finalize`, `sent`, `void`; `retry DOCUMENT`",
    ReleasedData: "`retry --hold`",
    IgnoreData: "`ignore`",
    AdoptData: "`adopt`",
    ResyncData: "`resync`",
    PushAgainData: "`push-again`",
    Preview: "`preview`",
    ListedCustomer: "`customers`: each of the list",
    BackfillRow: "`backfill`: each of the list",
    ReconcileData: "`reconcile`",
    ImportData: "`import-customers`",
    PushData: "`push-customer`",
    LinkedData: "`link-customer CUSTOMER CONTACT`",
    SuggestedContact: "`link-customer CUSTOMER`: each of the list",
    UnlinkedData: "`unlink-customer`",
    ConnectData: "`connect`",
    Disconnected: "`disconnect`",
    SettingsData: "`settings`: each of the list",
    KeptKey: "`sequence-key`",
    RotatedKeys: "`rotate-keys`",
    NewApiKey: "`api-key NAME`",
    ApiKey: "`api-key`: each of the list; `api-key --revoke`: the key",
    MigratedData: "`migrate`",
    PurgeData: "`purge`",
    SweepResult: "`sweep`",
    WebhookState: "`webhooks`: each of the list",
}

_HEAD = """# What `--json` prints

With `--json` a command prints one JSON value on standard output. Amounts are decimal strings, instants are ISO 8601 in
UTC. A command that fails prints `{"error": {"type", "message", "exit_code"}}` instead; the exit code is 2 for a wrong
setting or argument, else 1. Fields are only added to these forms, never changed or taken away. What a terminal would
obey or not show, such as an escape or a mark of direction in a name, comes as a `\\u` escape.

`python -m xerosync.cli.json_page` writes this page from the code. What
`demo`, `up`, `sign-in` and `completion` print is not promised.
"""


def page() -> str:
    """Return the page, as Markdown."""
    models = list(_PRINTED)
    names, schema = models_json_schema([(model, "serialization") for model in models])
    defined: dict[str, Any] = schema["$defs"]
    shown = {names[model, "serialization"]["$ref"].rpartition("/")[2]: words for model, words in _PRINTED.items()}
    rest = [name for name in sorted(defined) if name not in shown]
    sections = ["\n".join(_section(name, defined[name], shown.get(name))) for name in [*shown, *rest]]
    return "\n".join([_HEAD, *sections])


def _section(name: str, form: dict[str, Any], printed_by: str | None) -> Iterator[str]:
    yield f"## {name}\n"
    if printed_by:
        yield f"{printed_by}.\n"
    if "enum" in form:
        yield f"One of {', '.join(f'`{each}`' for each in form['enum'])}.\n"
        return
    yield "| field | type |\n|---|---|"
    for field, of in form.get("properties", {}).items():
        yield f"| `{field}` | {_type(of)} |"
    yield ""


def _type(of: dict[str, Any]) -> str:
    """Return a type in words."""
    if "$ref" in of:
        name = str(of["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in of:
        return " or ".join(dict.fromkeys(_type(each) for each in of["anyOf"]))
    if of.get("type") == "array":
        return f"list of {_type(of.get('items', {}))}"
    return str(of.get("format") or of.get("type") or "any")


if __name__ == "__main__":
    sys.stdout.write(page())
