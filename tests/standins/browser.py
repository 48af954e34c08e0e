"""A browser without JavaScript: links, forms, redirects; every page must be well formed and free of scripts."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass
class Browser:
    http: httpx.AsyncClient

    async def see(self, path: str) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        assert "<script" not in answer.text
        Balanced().check(answer.text)
        return answer.text

    async def press(self, page: str, action: str, **fields: Any) -> str:
        """Press the button of the form with this action on a page, and follow it back."""
        forms = re.findall(r'<form (?:class="line" )?method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
        (inside,) = [html for address, html in forms if address.endswith(action)]
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', inside))
        address = next(address for address, _ in forms if address.endswith(action))
        answer = await self.http.post(address, data={**hidden, **fields}, follow_redirects=True)
        assert answer.status_code == 200
        return answer.text


class Balanced(HTMLParser):
    """Fails on an element that is never closed, or closed out of order."""

    EMPTY = frozenset({"meta", "link", "input", "br", "!doctype"})

    def check(self, html: str) -> None:
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002 - the parser's own signature
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
