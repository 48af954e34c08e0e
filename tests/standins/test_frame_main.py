"""`python -m standins` as a person runs it."""

import asyncio
import re
import signal
import sys

import httpx

from tests.patience import PATIENCE


async def test_one_line_tells_both_addresses_once_they_answer_and_a_signal_stops_both():
    command = [sys.executable, "-m", "standins", "--authentication", "--limits", "0.5"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
        found = re.fullmatch(r"xero (http://127\.0\.0\.1:\d+) sequence (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            for url in found.groups():
                await http.post(url + "/_sandbox/clock", json={"set": "2031-01-01T00:00:00Z"})
            moments = [(await http.get(url + "/_sandbox/clock")).json()["now"] for url in found.groups()]
            assert {moment[:10] for moment in moments} == {"2031-01-01"}
            assert (await http.get(found[1] + "/_sandbox/limits")).json()["minute"] == 30
            assert (await http.get(found[1] + "/connections")).status_code == 401
            assert "Demo Company" in (await http.get(found[1] + "/")).text
    finally:
        process.send_signal(signal.SIGTERM)
        rest, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, rest, errors) == (0, b"", b"")


async def test_a_wrong_limit_and_a_port_in_use_are_told_in_one_line():
    async def run(*arguments: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "standins", *arguments, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
        return process.returncode, errors.decode().splitlines()[-1]

    listening = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        wrong, used = await asyncio.gather(run("--limits", "many"), run("--xero-port", str(port)))
    assert wrong[0] == 2
    assert wrong[1].endswith("say off, real, starter, or a factor above 0 such as 0.5")
    assert used == (1, f"standins: port {port} is in use")
