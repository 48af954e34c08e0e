"""Customers over the API."""

from starlette.requests import Request
from starlette.responses import Response

from xerosync.core.api_keys import ApiKey
from xerosync.operations.customer_data import customer_data
from xerosync.services import Services
from xerosync.web.api.answers import json_answer
from xerosync.web.path_params import name_of


class CustomersApi:
    """The handler."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def one(self, request: Request, key: ApiKey) -> Response:
        """Return a customer."""
        return json_answer(await customer_data(self._services, key.account_id, name_of(request)))
