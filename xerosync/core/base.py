"""The kinds of pydantic models: ours are exact, what other systems or older workers send is read with tolerance."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Message(BaseModel):
    """A message or value of our own: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TolerantMessage(Message):
    """What Temporal carries between our own workers: a field that only a newer one knows is ignored by the older."""

    model_config = ConfigDict(extra="ignore")


class ApiModel(BaseModel):
    """What a remote system answered: frozen, camelCase on the wire, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


def _no_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError("an amount came as a binary float; amounts are decimal strings")  # noqa: TRY004 - pydantic wants ValueError
    return value


Amount = Annotated[Decimal, BeforeValidator(_no_float)]
"""An exact decimal: money, quantity or rate. A float on the way in is refused, since it may be off already."""
