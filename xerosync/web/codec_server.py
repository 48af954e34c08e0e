"""The codec server of the Temporal Web UI: it shows encrypted payloads to a person who is signed in to the console.

The page of Temporal's Web UI asks from its own site, with the cookie of our session. So this alone of all that needs a
session may be asked from another site, and only from that of XEROSYNC_TEMPORAL_UI_URL. It reads; it encrypts nothing.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from temporalio.api.common.v1 import Payload, Payloads

from xerosync.core.payload_codec import ENCODING, AccountCodec, UnreadablePayloadError, key_id_of
from xerosync.core.people import Person
from xerosync.settings import Settings
from xerosync.web.access import Access


class CodecServer:
    """Answers what the Web UI asks. A payload that the person may not see, or nobody can read, is left as it is."""

    def __init__(self, codec: AccountCodec, temporal_ui_url: str | None) -> None:
        self._codec = codec
        parts = urlsplit(temporal_ui_url or "")
        self._site = f"{parts.scheme}://{parts.netloc}" if temporal_ui_url else None

    async def decode(self, request: Request) -> Response:
        """Return the payloads of the body, decrypted. Raises HTTPException 400, 401 and 403."""
        self._check_site(request)
        if request.method == "OPTIONS":
            return PlainTextResponse("", 204, headers=self._headers(asked_before=True))
        access: Access = request.app.state.access
        person = await access.person(request)
        if person is None:
            raise HTTPException(401, "Sign in to the console first.", headers=self._headers())
        try:
            asked = Parse(await request.body(), Payloads())
        except (ParseError, UnicodeDecodeError):
            raise HTTPException(400, "The body is not JSON of payloads.", headers=self._headers()) from None
        shown = Payloads(payloads=[await self._shown(payload, person) for payload in asked.payloads])
        return Response(MessageToJson(shown), media_type="application/json", headers=self._headers())

    async def _shown(self, payload: Payload, person: Person) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        try:
            key, _ = await self._codec.keys.by_id(key_id_of(payload))
            return await self._codec.decoded(payload) if person.sees(key.account_id) else payload
        except UnreadablePayloadError:
            return payload

    def _check_site(self, request: Request) -> None:
        if self._site is None or request.headers.get("origin") != self._site:
            raise HTTPException(403, "Only the page at XEROSYNC_TEMPORAL_UI_URL may ask for this.")

    def _headers(self, *, asked_before: bool = False) -> dict[str, str]:
        headers = {
            "Access-Control-Allow-Origin": self._site or "",
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
        if asked_before:
            headers |= {
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "content-type, x-namespace",
                "Access-Control-Max-Age": "600",
            }
        return headers


def codec_routes(codec: AccountCodec, settings: Settings) -> Sequence[BaseRoute]:
    """Return the address that is entered in the Web UI as its codec server: our public URL and `/codec`."""
    server = CodecServer(codec, settings.temporal_ui_url)
    return [Route("/codec/decode", server.decode, methods=["POST", "OPTIONS"])]
