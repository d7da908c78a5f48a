"""Bodies of events: the server keeps HTML of its own making, whatever was sent.

Source: Graph, event resource, `body` and `bodyPreview`; a body read never equals the one written.
"""

import html
import re
from html.parser import HTMLParser

_HEAD = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
_TEXT_HEAD = (
    '<meta name="Generator" content="Microsoft Exchange Server">\r\n'
    "<!-- converted from text -->\r\n"
    "<style><!-- .EmailQuote { margin-left: 1pt; padding-left: 4pt; } --></style>"
)
_BLOCKS = frozenset({"p", "div", "tr", "li", "h1", "h2", "h3", "ul", "ol", "table"})
_HIDDEN = frozenset({"style", "script", "head", "title"})


def keep(content: str, content_type: str) -> str:
    """Give the HTML that the server keeps for what was written.

    Args:
        content: The text or HTML as sent.
        content_type: `text` or `html`, in any case.
    """
    if not content.strip():
        return ""
    if content_type.lower() == "text":
        lines = html.escape(content, quote=False).replace("\r\n", "\n").split("\n")
        inner = "<br>\r\n".join(lines)
        return (
            f"<html><head>\r\n{_HEAD}\r\n{_TEXT_HEAD}\r\n</head>\r\n<body>\r\n"
            f'<font size="2"><span style="font-size:11pt;"><div class="PlainText">{inner}'
            "</div></span></font>\r\n</body>\r\n</html>\r\n"
        )
    cleaned = re.sub(r"(?is)<script\b.*?</script\s*>", "", content)
    found = re.search(r"(?is)<body[^>]*>(.*)</body>", cleaned)
    inner = found.group(1) if found else cleaned
    inner = re.sub(r"\r?\n", "\r\n", inner)
    return f"<html><head>\r\n{_HEAD}\r\n</head>\r\n<body>\r\n{inner}\r\n</body>\r\n</html>\r\n"


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden -= 1
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def as_text(kept: str) -> str:
    """Give a kept body as plain text, lines ended by CR LF."""
    if not kept:
        return ""
    reader = _TextReader()
    reader.feed(kept)
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text.replace("\n", "\r\n")


def preview(kept: str) -> str:
    """Give the first 255 characters of the plain text."""
    return as_text(kept)[:255]
