"""Probes and metrics are read over HTTP by anything that speaks it, and by nothing else."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx
import pytest

from tests.patience import PATIENCE
from xerosync.core.errors import MisconfiguredError
from xerosync.small_http import HttpAnswer, serve_pages

HOST = "127.0.0.1"


async def page() -> HttpAnswer:
    return HttpAnswer(HTTPStatus.OK, b"one 1\n")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serve_pages(HOST, 0, {"/metrics": page}, setting="XEROSYNC_METRICS") as port:
        yield port


async def test_a_page_is_read_by_its_path(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=PATIENCE) as client:
        answer = await client.get("/metrics?x=1")
        assert (answer.status_code, answer.text) == (200, "one 1\n")
        head = await client.head("/metrics")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "6")
        missing = await client.get("/../settings")
        assert (missing.status_code, missing.text) == (404, "/metrics\n")
        assert (await client.post("/metrics")).status_code == 405


async def test_what_is_not_http_is_told_so(port: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"hello\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_a_port_that_is_taken_is_told_in_one_sentence(port: int) -> None:
    with pytest.raises(MisconfiguredError, match=f"XEROSYNC_METRICS_PORT is {port} on {HOST}"):
        async with serve_pages(HOST, port, {}, setting="XEROSYNC_METRICS"):
            pass
