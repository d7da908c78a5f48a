"""A person with a browser that runs no scripts: follows redirects, fills in forms."""

import re
import ssl
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx


@dataclass
class Form:
    """A form as a page offers it: where it goes, what is filled in already, its buttons."""

    action: str
    method: str
    fields: dict[str, list[str]]
    buttons: list[tuple[str, str, str]]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._button: list[str] | None = None
        self._link: list[str] | None = None
        self._select: tuple[str, str | None] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"), {}, [])
            self.forms.append(self._form)
        elif tag == "a":
            self._link = [given.get("href", ""), ""]
        elif tag == "button":
            self._button = [given.get("name", ""), given.get("value", ""), ""]
        elif self._form is not None and tag == "input" and given.get("name"):
            kind = given.get("type", "text")
            if kind not in {"checkbox", "radio"} or "checked" in given:
                value = given.get("value", "on" if kind == "checkbox" else "")
                self._form.fields.setdefault(given["name"], []).append(value)
        elif tag == "select":
            self._select = (given.get("name", ""), None)
        elif (
            tag == "option"
            and self._select is not None
            and (self._select[1] is None or "selected" in given)
        ):
            self._select = (self._select[0], given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button[2] += data
        if self._link is not None:
            self._link[1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "button" and self._button is not None:
            name, value, text = self._button
            if self._form is not None:
                self._form.buttons.append((name, value, " ".join(text.split())))
            self._button = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link[0], " ".join(self._link[1].split())))
            self._link = None
        elif tag == "select" and self._select is not None:
            if self._form is not None and self._select[1] is not None:
                self._form.fields.setdefault(self._select[0], []).append(self._select[1])
            self._select = None


class _Transport(httpx.AsyncHTTPTransport):
    """Takes an empty domain of a cookie for none, as browsers do and httpx does not."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        cookies = answer.headers.get_list("Set-Cookie")
        lines = [(n, v) for n, v in answer.headers.multi_items() if n.lower() != "set-cookie"]
        lines += [("Set-Cookie", cookie.replace("; domain=;", ";")) for cookie in cookies]
        answer.headers = httpx.Headers(lines)
        return answer


class Visitor:
    """One browser.

    Args:
        ca_bundle: What the simulated Microsoft's certificate is checked against.
    """

    def __init__(self, ca_bundle: str) -> None:
        context = ssl.create_default_context(cafile=ca_bundle)
        self.browser = httpx.AsyncClient(
            transport=_Transport(verify=context), follow_redirects=True, timeout=30
        )
        self.page: httpx.Response | None = None

    async def close(self) -> None:
        """Closes the browser."""
        await self.browser.aclose()

    @property
    def shown(self) -> httpx.Response:
        """Gives the page that is open."""
        assert self.page is not None, "no page is open"
        return self.page

    @property
    def text(self) -> str:
        """Gives the page's text without markup."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.shown.text).split())

    async def open(self, address: str) -> httpx.Response:
        """Opens an address, and follows where it leads."""
        self.page = await self.browser.get(address)
        return self.page

    async def follow(self, words: str) -> httpx.Response:
        """Follows the first link whose text or target holds the words."""
        for target, text in self._read().links:
            if words in text or words in target:
                return await self.open(urljoin(str(self.shown.url), target))
        raise AssertionError(f"no link {words!r} on {self.shown.url}: {self.text[:300]}")

    async def press(self, words: str, **filled: Any) -> httpx.Response:
        """Presses the first button whose text or value holds the words, with fields filled in."""
        for form in self._read().forms:
            for name, value, text in form.buttons:
                if words in text or words == value:
                    fields = dict(form.fields)
                    for field, given in filled.items():
                        fields[field] = given if isinstance(given, list) else [str(given)]
                    if name:
                        fields[name] = [value]
                    return await self._send(form, fields)
        raise AssertionError(f"no button {words!r} on {self.shown.url}: {self.text[:300]}")

    async def _send(self, form: Form, fields: dict[str, list[str]]) -> httpx.Response:
        target = urljoin(str(self.shown.url), form.action)
        # A browser names where a form stands; log-in pages look at it.
        origin = f"{self.shown.url.scheme}://{self.shown.url.netloc.decode()}"
        if form.method.lower() == "post":
            self.page = await self.browser.post(target, data=fields, headers={"Origin": origin})
        else:
            self.page = await self.browser.get(target, params=fields)
        return self.page

    def _read(self) -> _Forms:
        forms = _Forms()
        forms.feed(self.shown.text)
        return forms
