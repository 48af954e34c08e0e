"""`preview`: what a document would be in Xero, field by field, and what keeps it from going. Xero is not asked."""

from functools import partial

from xerosync.cli.app import Account, Document, Json, WithoutTemporal
from xerosync.cli.naming import has_several_accounts, named
from xerosync.cli.next_steps import spelled_out
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.operations.preview import look_ahead

_LINE = ("Description", "Quantity", "UnitAmount", "LineAmount", "AccountCode", "TaxType")


async def preview(*document: Document, account: Account = None, json: Json = False, services: WithoutTemporal) -> None:
    """Show what a document would be in Xero, field by field, and what keeps it from going. Nothing is sent."""
    ref = await named(services, document, account)
    document_read = await services.billing.document(ref)
    ahead = await look_ahead(services, document_read, services.billing)
    if json:
        print_json(ahead.model_dump())
        return
    said_of = partial(
        spelled_out,
        ref=ref,
        number=document_read.number,
        customer_id=document_read.customer_id,
        several_accounts=await has_several_accounts(services),
    )
    problems = {refusal.field: refusal.words or refusal.matter for refusal in ahead.refusals}
    header = {name: value for name, value in ahead.fields.items() if name != "LineItems"}
    header["Contact"] = header["Contact"]["ContactID"]
    print_table(
        f"{ref.kind.words} {ahead.fields.get('InvoiceNumber') or ahead.fields.get('CreditNoteNumber')}",
        ("field", "value", "problem"),
        [(name, value, problems.get(name)) for name, value in header.items()],
    )
    items = ahead.fields["LineItems"]
    print_table(
        f"{len(items)} line{'' if len(items) == 1 else 's'}",
        _LINE,
        [[item.get(name) for name in _LINE] for item in items],
    )
    console.print(ahead.totals, markup=False)
    for refusal in ahead.refusals:
        said = f" ({refusal.words})" if refusal.words else ""
        console.print(f"{refusal.reason}: {refusal.matter}{said} {said_of(refusal.release)}", markup=False)
    for doubt in ahead.doubts:
        console.print(f"{doubt} Xero decides whether it takes that.", markup=False)
    if ahead.chart_read_at is None:
        console.print("The chart of accounts was not read yet: ledger accounts and currency are not checked here.")
    console.print(said_of(ahead.verdict), markup=False)
