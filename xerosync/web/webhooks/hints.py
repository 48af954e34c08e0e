"""What a delivery means: which signal to send because of it. Pure.

A hint says that something may have changed. Whoever acts on it reads the truth again, so a hint that is wrong costs
one read and nothing more.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.errors import XerosyncError
from xerosync.core.hints import Hint, HintAct
from xerosync.core.text import REPLACEMENT, fit_line, without_lost_characters

LONGEST_ID = 200
_LONGEST_INTENT = 1_000
"""Bytes. Xero's has about a hundred; what nobody signed costs little."""
_LONGEST_NUMBER = 60
"""Characters that are kept of a number, to be shown in Temporal alone."""


def is_id(text: str) -> bool:
    """Tell whether a text can be an id: printable, without spaces, not longer than 200 characters."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and " " not in text and REPLACEMENT not in text


def _an_id(text: str) -> str:
    if not is_id(text):
        raise ValueError("this can't be an id")
    return text


_Id = Annotated[str, AfterValidator(_an_id)]
_Word = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]*$", max_length=LONGEST_ID)]
"""What the sender calls something."""


def _instant(said: object) -> datetime | None:
    """Read an instant of Xero's, which names no zone; one that can't be read is none."""
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


class UnreadableDeliveryError(XerosyncError):
    """The body of a delivery is not what its sender publishes."""


class XeroEvent(BaseModel):
    """One event of Xero's; its date is UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: _Id = Field(alias="tenantId")
    resource_id: _Id = Field(alias="resourceId")
    category: _Word = Field(alias="eventCategory", min_length=1)
    type: _Word = Field(default="", alias="eventType")
    at: Annotated[datetime | None, BeforeValidator(_instant)] = Field(default=None, alias="eventDateUtc")


class XeroDelivery(BaseModel):
    """One delivery of Xero: events, and their numbers in the order of the app's webhook; 0 with intent to receive.

    `unreadable` counts the events that are not what Xero publishes. Whatever they say, something changed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    events: tuple[XeroEvent, ...]
    first: int = Field(alias="firstEventSequence", ge=0, lt=2**63)
    last: int = Field(alias="lastEventSequence", ge=0, lt=2**63)
    unreadable: int = 0

    @model_validator(mode="before")
    @classmethod
    def _read_each(cls, said: Any) -> Any:
        """Read the events one by one, so that one that can't be read costs none of the others."""
        if not isinstance(said, dict) or not isinstance(said.get("events"), list):
            return said
        events: list[XeroEvent] = []
        for each in said["events"]:
            with suppress(ValidationError):
                events.append(XeroEvent.model_validate(each))
        return {**said, "events": events, "unreadable": len(said["events"]) - len(events)}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the last event is numbered before the first")
        return self

    @property
    def is_intent_to_receive(self) -> bool:
        """Whether Xero only tries how the address answers."""
        return not self.events and not self.unreadable


class SequenceDelivery(BaseModel):
    """One delivery of Sequence: that something happened to a resource, and the resource as it was then."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: _Word = Field(alias="notificationType", min_length=1)
    account_id: _Id = Field(alias="sequenceAccountId")
    resource_id: _Id = Field(alias="resourceId")
    resource: Any = None

    @property
    def status(self) -> DocumentStatus | None:
        """The status of the document that it shows; None where that is none we know."""
        said = self.resource.get("status") if isinstance(self.resource, dict) else None
        return DocumentStatus(said) if isinstance(said, str) and said in _STATUSES else None

    @property
    def shown(self) -> dict[str, Any]:
        """The document or customer that it shows."""
        return self.resource if isinstance(self.resource, dict) else {}

    @property
    def hint(self) -> Hint:
        """What it asks for."""
        kind = _DOCUMENTS.get(self.type)
        act = HintAct.NOTHING
        if kind:
            # A status that is not known may be a new one: the document's step reads what it means.
            act = _BY_STATUS.get(self.status, HintAct.AMENDED) if self.status else HintAct.AMENDED
        elif self.type in _CUSTOMERS:
            act = HintAct.CUSTOMER
        number = self.shown.get(_NUMBERS[kind]) if kind else None
        return Hint(
            account_id=self.account_id,
            type=self.type,
            resource_id=self.resource_id,
            act=act,
            kind=kind,
            number=fit_line(number, _LONGEST_NUMBER) if isinstance(number, str) and number else None,
        )


_STATUSES = frozenset(status.value for status in DocumentStatus)


_DOCUMENTS = {
    f"{name}_{event}": kind
    for name, kind in (("INVOICE", Kind.INVOICE), ("CREDIT_NOTE", Kind.CREDIT_NOTE))
    for event in ("CREATED", "UPDATED", "ISSUED")
}
_NUMBERS = {Kind.INVOICE: "invoiceNumber", Kind.CREDIT_NOTE: "creditNoteNumber"}
_CUSTOMERS = ("CUSTOMER_CREATED", "CUSTOMER_UPDATED", "CUSTOMER_ARCHIVED")

_BY_STATUS = {
    DocumentStatus.IN_PROGRESS: HintAct.NOTHING,
    DocumentStatus.DRAFT: HintAct.NOTHING,
    DocumentStatus.FINAL: HintAct.FINALIZED,
    DocumentStatus.SENT: HintAct.SENT,
    DocumentStatus.VOIDED: HintAct.VOIDED,
}


def sequence_delivery(account_id: str, body: bytes) -> SequenceDelivery:
    """Return a delivery of Sequence that came to the address of an account.

    Raises:
        UnreadableDeliveryError: it is not what Sequence publishes, or is of another account.
    """
    try:
        said = SequenceDelivery.model_validate_json(without_lost_characters(body))
    except ValidationError as error:
        raise UnreadableDeliveryError(_what_is_wrong("Sequence", error)) from None
    if said.account_id != account_id:
        raise UnreadableDeliveryError("The delivery is of another account than the address that it was sent to.")
    return said


def xero_delivery(body: bytes) -> XeroDelivery:
    """Return a delivery of Xero. Raises UnreadableDeliveryError where it is not what Xero publishes."""
    try:
        return XeroDelivery.model_validate_json(without_lost_characters(body))
    except ValidationError as error:
        raise UnreadableDeliveryError(_what_is_wrong("Xero", error)) from None


def asks_for_intent(body: bytes) -> bool:
    """Tell whether a body, signed or not, has the form of Xero's intent to receive: no events, and short."""
    if len(body) > _LONGEST_INTENT:
        return False
    try:
        return xero_delivery(body).is_intent_to_receive
    except UnreadableDeliveryError:
        return False


def _what_is_wrong(sender: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"The delivery is not what {sender} publishes: {place}: {first['msg']}."
