"""The calls on the page of the stand-ins, typed as they stand there."""

import asyncio
import os
import re
from pathlib import Path

from standins.sequence import create_sequence
from standins.serving import serve
from standins.xero import create_xero
from tests.patience import PATIENCE

PAGE = Path(__file__).parents[2] / "docs" / "stand-ins.md"


async def test_the_calls_on_the_page_work_as_they_stand() -> None:
    [typed] = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    sequence_app, xero_app = create_sequence(authentication=True), create_xero(authentication=True)
    async with serve(sequence_app) as sequence, serve(xero_app) as xero:
        names = {"SEQUENCE": sequence.url, "XERO": xero.url, "PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"}
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", typed),
            env=names,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(PATIENCE):
            out, err = await shell.communicate()
    assert (shell.returncode, err.decode()) == (0, "")
    said = out.decode()
    for seen in ('"externalIds":[{"key":"Xero","value":"260"}]', '"status":"FINAL"', '"Name":"Import Me Ltd"'):
        assert seen in said
    assert '"SentToContact":true' in said, "marked as sent as a person in Xero does"
