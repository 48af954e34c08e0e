"""Addresses of embedded pages over the API."""

from typing import Self
from urllib.parse import quote

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from xerosync.core.api_keys import ApiKey
from xerosync.core.base import Message
from xerosync.core.clock import utc_now
from xerosync.core.documents import Kind
from xerosync.settings import Settings
from xerosync.web.api.answers import json_answer
from xerosync.web.embed.tokens import EMBED_LASTS, EmbedToken, embed_seal


class EmbedRequest(Message):
    """The page that is wanted: of a document, by `kind` and `document_id`, or of a customer, by `customer_id`."""

    kind: Kind | None = None
    document_id: str | None = Field(default=None, min_length=1, max_length=200)
    customer_id: str | None = Field(default=None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _names_one_page(self) -> Self:
        is_document = self.kind is not None and self.document_id is not None
        if is_document is (self.customer_id is not None) or (self.kind is None) != (self.document_id is None):
            raise ValueError("Name a document by kind and document_id, or a customer by customer_id.")
        return self

    @property
    def page(self) -> str:
        """The path of the page below `/embed/`."""
        if self.customer_id is not None:
            return f"customers/{self.customer_id}"
        return f"documents/{self.kind}/{self.document_id}"


class EmbedAddress(Message):
    """The address of the page for a frame, and until when (UTC) it opens."""

    url: str
    expires_at: AwareDatetime


class EmbeddingApi:
    """The handler."""

    def __init__(self, settings: Settings) -> None:
        self._seal = embed_seal(settings.token_keys)
        self._public_url = settings.public_url or ""

    async def make(self, request: Request, key: ApiKey) -> Response:
        """Return the address of a page, which opens it for ten minutes."""
        try:
            wanted = EmbedRequest.model_validate_json(await request.body())
        except ValidationError as error:
            raise HTTPException(422, _sentence(error)) from None
        token = self._seal.seal(EmbedToken(account_id=key.account_id, page=wanted.page, key_id=key.key_id))
        url = f"{self._public_url}/embed/{quote(wanted.page)}?token={token}"
        return json_answer(EmbedAddress(url=url, expires_at=utc_now() + EMBED_LASTS), 201)


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    words = first["msg"].removeprefix("Value error, ")
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {words}." if where else words
