"""What a connection keeps of its organisation: its name and base currency, the chart of accounts, the currencies."""

from pydantic import ValidationError

from xerosync.model.connection import Connection
from xerosync.xero.caller import Caller
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.transport import Call
from xerosync.xero.wire import LedgerAccount, Organisation, elements


class XeroOrganisations:
    """Reads organisations. All methods raise RetryLaterError while Xero does not answer, DisconnectedError for good."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def organisation(self, connection: Connection) -> Organisation:
        """Return the organisation of a connection."""
        found = elements(await self._caller.call(connection, Call("GET", "/Organisation")), "Organisations")
        try:
            return Organisation.model_validate(found[0])
        except (IndexError, ValidationError):
            raise XeroUnavailableError("Xero's answer about the organisation could not be read.") from None

    async def accounts(self, connection: Connection) -> list[LedgerAccount]:
        """Return the chart of accounts, archived ones included."""
        found = await self._caller.records(connection, "Accounts")
        try:
            return [LedgerAccount.model_validate(element) for element in found]
        except ValidationError:
            raise XeroUnavailableError("Xero's answer about the accounts could not be read.") from None

    async def currencies(self, connection: Connection) -> list[str]:
        """Return the codes of the currencies that the organisation may use, such as GBP."""
        found = await self._caller.records(connection, "Currencies")
        return [str(element["Code"]) for element in found if element.get("Code")]
