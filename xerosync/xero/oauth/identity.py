"""Xero's identity service, as one app asks it: tokens for what the app has in hand, and their revocation."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import SecretStr

from xerosync.metrics.counts import (
    System,
    count_answer,
    count_unreadable,
    operation_of,
)
from xerosync.xero.calls.answer import read_json
from xerosync.xero.calls.unanswered import count_unanswered
from xerosync.xero.errors import ClientRefusedError, TokenUnavailableError

IDENTITY_TIMEOUT = timedelta(seconds=10)
"""Per request; a refresh holds its grant's lock meanwhile, for two of them at most."""


class Identity:
    """One app at the identity service, with its secret, or without one as PKCE has it."""

    def __init__(
        self, client: httpx.AsyncClient, *, identity_url: str, client_id: str, client_secret: SecretStr | None
    ) -> None:
        self._client = client
        self._url = identity_url.rstrip("/")
        self._secret = client_secret
        self.client_id = client_id

    @property
    def has_secret(self) -> bool:
        """Whether the app proves itself by a secret."""
        return self._secret is not None

    async def tokens(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        """Return the answer to a grant request (RFC 6749), with an access token in it; None for `invalid_grant`.

        Raises:
            TokenUnavailableError: there is none, or none to go by; what was asked may have happened.
            ClientRefusedError: the app itself is refused.
        """
        response = await self._post("/connect/token", form)
        body = _object(response.content)
        match response.status_code, body.get("error"):
            case HTTPStatus.OK, _ if {"access_token", "expires_in"} <= body.keys():
                return body
            case _, "invalid_grant":
                return None
            case _, "invalid_client" | "unauthorized_client" | "invalid_scope" | "unsupported_grant_type":
                raise ClientRefusedError
            case status, _:
                if status == HTTPStatus.OK:
                    count_unreadable(System.IDENTITY)
                raise TokenUnavailableError(f"Xero's identity service answered {status}.")

    async def check_client(self) -> None:
        """Make sure that Xero knows the app and its secret, by a refresh token that it never gave.

        To an app that it knows it says `invalid_grant`, or that the app may not ask so; to another one
        `invalid_client` (RFC 6749, 5.2). Nothing is changed by that.

        Raises:
            TokenUnavailableError: the identity service does not answer.
            ClientRefusedError: Xero does not know the app, or not by this secret.
        """
        response = await self._post("/connect/token", {"grant_type": "refresh_token", "refresh_token": "none"})
        if _object(response.content).get("error") == "invalid_client":
            raise ClientRefusedError
        if response.status_code != HTTPStatus.BAD_REQUEST:
            raise TokenUnavailableError(f"Xero's identity service answered {response.status_code}.")

    async def revoke(self, refresh_token: SecretStr) -> None:
        """End a consent. Xero then removes every connection that its user has given the app.

        Raises:
            TokenUnavailableError, ClientRefusedError: as `tokens`.
        """
        response = await self._post("/connect/revocation", {"token": refresh_token.get_secret_value()})
        if response.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
            raise ClientRefusedError
        if response.status_code != HTTPStatus.OK:
            raise TokenUnavailableError(f"Xero's identity service answered {response.status_code}.")

    async def _post(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        operation = operation_of("POST", path)
        auth: httpx.Auth = httpx.Auth()  # none at all: the client's own must not leak in
        if self._secret is not None:
            auth = httpx.BasicAuth(self.client_id, self._secret.get_secret_value())
        else:
            form = {**form, "client_id": self.client_id}  # an app without a secret names itself in the form
        try:
            async with asyncio.timeout(IDENTITY_TIMEOUT.total_seconds()):
                began = asyncio.get_running_loop().time()
                response = await self._client.post(
                    self._url + path, data=dict(form), auth=auth, headers={"Accept": "application/json"}
                )
        # `from None`: the errors hold the request, and the request holds the token.
        except (httpx.TransportError, TimeoutError) as error:
            count_unanswered(System.IDENTITY, operation, error)
            raise TokenUnavailableError from None
        seconds = asyncio.get_running_loop().time() - began
        count_answer(System.IDENTITY, operation, response.status_code, seconds)
        return response


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = read_json(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
