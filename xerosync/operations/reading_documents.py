"""What acts share that read a document on both sides: its connection, and Xero's refusals in a sentence."""

from collections.abc import Generator
from contextlib import contextmanager

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink
from xerosync.operations.defaults import connected
from xerosync.services import Services


async def connection_of(services: Services, link: DocumentLink) -> Connection:
    """Return the connection by which a document is reached in Xero.

    Raises:
        MisconfiguredError: the account is not connected, or not to the organisation that the document is in.
    """
    connection = await connected(services, link.ref.account_id)
    if link.is_elsewhere(connection.tenant_id):
        raise MisconfiguredError(
            f"The {link.ref} is in the books of the organisation that the account was connected to before: connect it "
            "to that one again, leave the document as it is there, or, if those books are gone, see `push-again`."
        )
    return connection


async def in_sequence(services: Services, ref: DocumentRef, lane: Lane = Lane.LIVE) -> Document:
    """Read a document in Sequence. Raises MissingError where Sequence does not have it."""
    billing = services.billing if lane is Lane.LIVE else services.bulk_billing
    try:
        return await billing.document(ref)
    except MissingError:
        raise MissingError(f"Sequence does not have {ref} any more: was it a draft that was deleted?") from None


@contextmanager
def refusals_in_words() -> Generator[None]:
    """Turn what Xero refuses a person into one sentence."""
    try:
        yield
    except HoldError as refusal:
        raise MisconfiguredError(refusal.reason.sentence(refusal.words)) from refusal
