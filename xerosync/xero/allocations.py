"""Setting a credit note against an invoice: `PUT /CreditNotes/{id}/Allocations`, one call for one."""

from datetime import date
from decimal import Decimal

from xerosync.model.connection import Connection
from xerosync.model.documents import Kind
from xerosync.xero.answers import write_json
from xerosync.xero.caller import Caller
from xerosync.xero.kinds import KINDS
from xerosync.xero.refusals import is_refused, refusal_of
from xerosync.xero.transport import Call
from xerosync.xero.wire import elements


async def allocate(
    caller: Caller, connection: Connection, credit_note_id: str, invoice_id: str, *, amount: Decimal, day: date
) -> None:
    """Set an amount of a credit note, in its currency, against an invoice.

    Of two such calls with all that is open on one of the two, Xero refuses the second: nothing is left then.

    Raises:
        HoldError: Xero refuses; its words say why. MissingError: there is no such credit note.
        RetryLaterError: it may have happened all the same; the credit note's Allocations tell.
    """
    body = {"Allocations": [{"Amount": amount, "Date": day.isoformat(), "Invoice": {"InvoiceID": invoice_id}}]}
    path = f"{KINDS[Kind.CREDIT_NOTE].path}/{credit_note_id}/Allocations"
    answer = await caller.call(connection, Call("PUT", path, {"summarizeErrors": "false"}, write_json(body)))
    for element in elements(answer, "Allocations"):
        if is_refused(element) or element.get("ValidationErrors"):
            raise refusal_of(element)
