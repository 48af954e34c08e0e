"""`purge`: what of the details of documents that are done is old enough to go, and to let it go at once."""

from datetime import datetime, timedelta
from typing import Annotated

from cyclopts import Parameter
from pydantic import TypeAdapter, ValidationError

from xerosync.cli.app import Flag, Json, WithoutTemporal, WithSettings
from xerosync.cli.json_forms import PurgeData
from xerosync.cli.terminal import console, counted, print_json
from xerosync.core.errors import MisconfiguredError
from xerosync.operations.purging import oldest_kept, purge_older_than
from xerosync.postgres import Purged
from xerosync.settings import A_KEEP_DETAILS, KeepDetails

_DURATION: TypeAdapter[timedelta] = TypeAdapter(KeepDetails)


async def purge(
    *,
    keep: Annotated[
        str | None, Parameter(help="for how long details are kept, such as P730D; else as the settings say")
    ] = None,
    confirm: Flag = False,
    json: Json = False,
    services: WithoutTemporal,
    settings: WithSettings,
) -> None:
    """Show what is old enough to be purged: timelines and customers' names of documents that are done, and reports.

    Workers purge it by themselves, every hour, where XEROSYNC_KEEP_DETAILS is set. Links between both systems stay.

    Args:
        confirm: purge it now

    Raises:
        MisconfiguredError: the duration is none, too short or too long.
        RetryLaterError: the database or Temporal does not answer; a part may be done.
    """
    kept = _duration(keep) if keep is not None else settings.keep_details
    if kept is None:
        _show(None, Purged(), as_json=json, is_done=False)
        return
    before = oldest_kept(kept)
    purged = await purge_older_than(services, kept) if confirm else await services.purge.preview(before)
    _show(before, purged, as_json=json, is_done=confirm)


def _duration(text: str) -> timedelta:
    try:
        return _DURATION.validate_strings(text)
    except ValidationError:
        raise MisconfiguredError(f"--keep must be {A_KEEP_DETAILS}, not {text!r}.") from None


def _show(before: datetime | None, purged: Purged, *, as_json: bool, is_done: bool) -> None:
    if as_json:
        print_json(PurgeData(before=before, **purged.model_dump(), is_done=is_done))
        return
    if before is None:
        console.print(
            "Details are kept for good: XEROSYNC_KEEP_DETAILS is not set. `starter.py purge --keep P730D` shows what "
            "is older than two years.",
            markup=False,
        )
        return
    console.print(f"Unchanged since {before:%Y-%m-%d %H:%M} UTC {'and purged' if is_done else 'are'}:", markup=False)
    console.print(f"  timeline and customer's name of {counted(purged.documents, 'document')} that are done")
    console.print(f"  names of {counted(purged.customers, 'linked customer')}")
    console.print(f"  {counted(purged.report_rows, 'row')} of reports of imports, previews and acts on many")
    if not is_done and purged != Purged():
        console.print("`--confirm` purges them now. Links between both systems stay.", markup=False)
