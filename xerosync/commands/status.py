"""`status`: where documents stand; of one, why it is not in Xero and what happened to it."""

from collections.abc import Sequence

from temporalio.service import RPCError

from xerosync.commands.naming import named
from xerosync.commands.output import console, print_json, print_table
from xerosync.model.documents import DocumentRef
from xerosync.model.holds import HoldReason
from xerosync.model.links import DocumentLink
from xerosync.model.messages import SyncState
from xerosync.model.story import Story
from xerosync.model.story_words import cause_words, line
from xerosync.model.words import sentence
from xerosync.services import Services
from xerosync.temporal import document_workflow_id
from xerosync.xero.links import deep_link


async def list_documents(
    services: Services, *, state: SyncState | None, hold: HoldReason | None, limit: int, as_json: bool
) -> None:
    """Show the documents in a state or hold, the last changed first."""
    links = await services.store.documents(state=state, hold=hold, limit=limit)
    if as_json:
        print_json([_as_data(link) for link in links])
        return
    print_table(
        f"{len(links)} document{'' if len(links) == 1 else 's'}",
        ("number", "kind", "customer", "amount", "dates in Xero", "state", "hold"),
        [
            (
                link.number or link.ref.document_id,
                link.ref.kind.words,
                link.customer_name or link.customer_id,
                _amount(link),
                _dates(link),
                link.state,
                link.current_hold.reason if link.current_hold else None,
            )
            for link in links
        ],
    )
    counts = await services.store.counts()
    console.print(
        ", ".join(f"{count.documents} {count.hold or count.state}" for count in counts) or "No documents yet."
    )


async def show_document(services: Services, words: Sequence[str], *, as_json: bool) -> None:
    """Show one document: both sides, the hold with Xero's words, and where to look."""
    ref = await named(services, words)
    link = await services.store.document(ref)
    url = await _deep_link(services, link)
    story = await services.store.story(ref)
    if as_json:
        print_json(
            {
                **_as_data(link),
                "xero_url": url,
                "workflow_is_open": await _is_open(services, ref),
                "story": {
                    "in_all": story.in_all,
                    "told": [{**told.model_dump(mode="json"), "line": line(told)} for told in story.told],
                },
            }
        )
        return
    console.print(sentence(ref, link.known))
    header = link.sequence.header if link.sequence else None
    xero = link.xero
    print_table(
        f"{ref.kind.words} {link.number or ref.document_id}",
        ("", "Sequence", "Xero"),
        [
            ("status", link.sequence.status if link.sequence else None, xero.status if xero else "not there"),
            ("issue date", header.issue_date if header else None, xero.issue_date if xero else None),
            ("due date", header.due_date if header else None, xero.due_date if xero else None),
            ("total", link.gross_total, link.xero_total if xero else None),
            ("sent", bool(link.sequence and link.sequence.status == "SENT"), xero.sent if xero else None),
            ("paid", None, xero.payment if xero else None),
            ("id", ref.document_id, xero.xero_id if xero else None),
        ],
    )
    if link.drift:
        console.print(link.drift.sentence())
    if url:
        console.print(f"In Xero:  {url}")
    console.print(f"Workflow: {document_workflow_id(ref)} ({'open' if await _is_open(services, ref) else 'ended'})")
    _tell_story(story)


def _tell_story(story: Story) -> None:
    """Print a line an entry, the oldest first."""
    if not story.told:
        return
    shown = len(story.told)
    console.print()
    console.print(
        "What happened (UTC):"
        if shown == story.in_all
        else f"What happened (UTC), the last {shown} of {story.in_all} entries:"
    )
    for told in story.told:
        console.print(f"{told.first_at:%Y-%m-%d %H:%M:%S}  {line(told)}  ({cause_words(told.cause)})", markup=False)


def _amount(link: DocumentLink) -> str | None:
    if link.gross_total is None:
        return None
    in_xero = f" (Xero {link.xero_total})" if link.drift else ""
    return f"{link.gross_total} {link.currency}{in_xero}"


def _dates(link: DocumentLink) -> str | None:
    if link.xero is None:
        return None
    return " / ".join(str(date) for date in (link.xero.issue_date, link.xero.due_date) if date)


def _as_data(link: DocumentLink) -> dict[str, object]:
    return {
        **link.model_dump(mode="json", exclude={"intent", "hold"}),
        "state": link.state,
        "drift": link.drift.model_dump(mode="json") if link.drift else None,
        "hold": link.current_hold.model_dump(mode="json") if link.current_hold else None,
        "sentence": sentence(link.ref, link.known),
    }


async def _deep_link(services: Services, link: DocumentLink) -> str | None:
    connection = await services.store.connection(link.ref.account_id)
    if connection is None or link.xero is None:
        return None
    return deep_link(connection.short_code, link.ref.kind, link.xero.xero_id)


async def _is_open(services: Services, ref: DocumentRef) -> bool:
    try:
        description = await services.workflows.handle(ref).describe()
    except RPCError:
        return False
    return description.close_time is None
