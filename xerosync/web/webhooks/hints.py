"""What a delivery means: which signal to send because of it. Pure.

A hint says that something may have changed. Whoever acts on it reads the truth again, so a hint that is wrong costs
one look and nothing more.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.errors import XerosyncError
from xerosync.core.hints import Act, Hint

MOST_EVENTS = 1_000
"""Events of one delivery of Xero; it sends at most some hundred."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class UnreadableDeliveryError(XerosyncError):
    """The body of a delivery is not what its sender publishes."""


class XeroEvent(BaseModel):
    """One event of Xero's; its date is UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: _Text = Field(alias="tenantId")
    resource_id: _Text = Field(alias="resourceId")
    category: _Text = Field(alias="eventCategory")
    type: str = Field(default="", alias="eventType", max_length=200)


class XeroDelivery(BaseModel):
    """One delivery of Xero: events, and their numbers in the order of the app's webhook; 0 with intent to receive."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    events: tuple[XeroEvent, ...] = Field(max_length=MOST_EVENTS)
    first: int = Field(alias="firstEventSequence", ge=0)
    last: int = Field(alias="lastEventSequence", ge=0)


class _SequenceDelivery(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    type: _Text = Field(alias="notificationType")
    account_id: _Text = Field(alias="sequenceAccountId")
    resource_id: _Text = Field(alias="resourceId")
    resource: dict[str, Any] = Field(default_factory=dict)

    @field_validator("resource", mode="before")
    @classmethod
    def _nothing_is_empty(cls, resource: object) -> object:
        return {} if resource is None else resource


_DOCUMENTS = {
    f"{name}_{event}": kind
    for name, kind in (("INVOICE", Kind.INVOICE), ("CREDIT_NOTE", Kind.CREDIT_NOTE))
    for event in ("CREATED", "UPDATED", "ISSUED")
}
_CUSTOMERS = ("CUSTOMER_CREATED", "CUSTOMER_UPDATED", "CUSTOMER_ARCHIVED")

_BY_STATUS = {
    DocumentStatus.IN_PROGRESS: Act.NOTHING,
    DocumentStatus.DRAFT: Act.NOTHING,
    DocumentStatus.FINAL: Act.FINALIZED,
    DocumentStatus.SENT: Act.SENT,
    DocumentStatus.VOIDED: Act.VOIDED,
}


def sequence_hint(account_id: str, body: bytes) -> Hint:
    """Return what a delivery of Sequence asks for, for the account whose address it came to.

    Raises:
        UnreadableDeliveryError: it is not what Sequence publishes, or is of another account.
    """
    try:
        said = _SequenceDelivery.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableDeliveryError(_what_is_wrong("Sequence", error)) from None
    if said.account_id != account_id:
        raise UnreadableDeliveryError("The delivery is of another account than the address that it was sent to.")
    kind = _DOCUMENTS.get(said.type)
    act = Act.NOTHING
    if kind:
        # A status that is not known may be a new one: the document's step reads what it means.
        act = _BY_STATUS.get(_status(said.resource.get("status")), Act.AMENDED)
    elif said.type in _CUSTOMERS:
        act = Act.CUSTOMER
    return Hint(account_id=account_id, type=said.type, resource_id=said.resource_id, act=act, kind=kind)


def xero_delivery(body: bytes) -> XeroDelivery:
    """Return a delivery of Xero. Raises UnreadableDeliveryError where it is not what Xero publishes."""
    try:
        return XeroDelivery.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableDeliveryError(_what_is_wrong("Xero", error)) from None


def _status(said: object) -> DocumentStatus:
    try:
        return DocumentStatus(str(said))
    except ValueError:
        return DocumentStatus.DELETED


def _what_is_wrong(sender: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"The delivery is not what {sender} publishes: {place}: {first['msg']}."
