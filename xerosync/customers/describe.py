"""How far an import or a push is, in words for the Temporal Web UI and the commands. Counts and ids only."""

from xerosync.customers.contact_to_customer import ImportOutcome
from xerosync.customers.messages import ImportProgress, PushHold, PushOutcome, PushResult

_PUSHED = {
    PushOutcome.CREATED: "was created in Xero as contact",
    PushOutcome.ADOPTED: "was in Xero already, and is linked to contact",
    PushOutcome.UPDATED: "was changed in Xero, where it is contact",
    PushOutcome.UNCHANGED: "is in Xero as it should be, as contact",
    PushOutcome.SHARED: "shares its contact with another customer, whose details stay on it: contact",
}


def import_sentence(progress: ImportProgress, *, is_interrupted: bool = False) -> str:
    """Return one sentence on how far an import has come; `is_interrupted`: nobody does the rest."""
    what = "A preview of the import" if progress.preview else "The import"
    number = progress.counts.total
    contacts = "contact" if number == 1 else "contacts"
    of_all = f" of {progress.contacts}" if progress.contacts and not progress.finished else ""
    if progress.stopped:
        return f"{what} stopped after {number} {contacts}: the account is not connected to a Xero organisation."
    if progress.finished:
        return f"{what} is done: {number} {contacts}."
    if is_interrupted:
        return f"{what} was interrupted after {number}{of_all} contacts: start it again for the rest."
    return f"{what} is under way: {number}{of_all} contacts so far."


def import_details(progress: ImportProgress) -> str:
    """Return the sentence and a table of the counts, as Markdown."""
    rows = (
        f"| {name} | {count} | {ImportOutcome(name).words} |" for name, count in progress.counts.model_dump().items()
    )
    return "\n".join((import_sentence(progress), "", "| | contacts | |", "|---|---|---|", *rows))


def push_advice(customer_id: str, result: PushResult, words: str) -> str:
    """Return why a customer's push waits, in Xero's `words` if it refused, and what to do."""
    advice = (
        f'Xero says "{words}".' if words else "",
        result.hold.sentence if result.hold else "",
        f"`starter.py link-customer {customer_id} {result.proposal}` links them." if result.proposal else "",
        f"`starter.py push-customer {customer_id}` pushes again.",
    )
    return " ".join(filter(None, advice))


def push_sentence(customer_id: str, result: PushResult) -> str:
    """Return one sentence on what a push did, or why a person must decide."""
    if result.outcome is PushOutcome.SKIPPED:
        return (
            f"Customer {customer_id} is not in Xero, and new customers are not pushed by themselves (see `settings`)."
        )
    if result.outcome is not PushOutcome.HELD or result.hold is None:
        return f"Customer {customer_id} {_PUSHED[result.outcome]} {result.contact_id}."
    shown = f" `starter.py push-customer {customer_id}` shows what that is." if result.hold is PushHold.REJECTED else ""
    return f"Customer {customer_id} was not pushed. {result.hold.sentence}{shown}"
