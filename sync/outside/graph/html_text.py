"""The text of an HTML body, where Graph sends HTML although text was asked for, pure.

One pass in linear time: the standard library's parser needs half a minute for 64 kB of ``<a '``
(case 84), and a body is whatever somebody sent.
"""

import re
from html import unescape

#: Characters that are read at most: styles take some, and notes are cut far below (R7.2).
LIMIT = 256_000
#: Tags, and characters between them, after which the rest is left: two hundred bodies come in one
#: page, and nobody else is served while they are read.
TAGS = 5_000
TEXT = 32_000

_BLOCKS = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "hr"}
)
#: What ends the silence that a tag begins.
_SILENT = {
    "head": re.compile(r"</head\b|<body\b", re.IGNORECASE),
    "style": re.compile(r"</style\b", re.IGNORECASE),
    "script": re.compile(r"</script\b", re.IGNORECASE),
    "title": re.compile(r"</title\b", re.IGNORECASE),
}
#: A comment, or a tag with its quoted values. It never takes a step back (possessive quantifiers),
#: and what has no end goes to the end of the text, as browsers read it.
_TAG = re.compile(
    r"<!--(?P<comment>)"
    r"|<(?P<tag>/?[a-zA-Z][a-zA-Z0-9:-]*+|[!?/])"
    r"(?:[^>=]++|=\s*+\"[^\"]*+(?:\"|\Z)|=\s*+'[^']*+(?:'|\Z)|=)*+(?:>|\Z)"
)
#: Numbers of no character; Python refuses to read those of thousands of digits.
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")


def text_of(html: str) -> str:
    """Gives the text that a person reads, one line for each block, no empty lines at the ends."""
    text = unescape(_NO_CHARACTER.sub("\ufffd", "".join(_pieces(html[:LIMIT]))[: 2 * TEXT]))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _pieces(html: str) -> list[str]:
    pieces: list[str] = []
    endless: set[str] = set()
    at = tags = length = 0
    while (found := _TAG.search(html, at)) is not None:
        pieces.append(_inline(html[at : found.start()]))
        tags, length = tags + 1, length + len(pieces[-1])
        if tags > TAGS or length > TEXT:
            return pieces
        at = found.end()
        if found["comment"] is not None:
            end = html.find("-->", at)
            if end < 0:
                return pieces
            at = end + len("-->")
            continue
        name = found["tag"].lower()
        if name.removeprefix("/") in _BLOCKS:
            pieces.append("\n")
        elif name in _SILENT and name not in endless:
            end_of_silence = _SILENT[name].search(html, at)
            if end_of_silence is not None:
                at = end_of_silence.start()
            elif name == "head":
                # A head that nobody ends is ended by the first word, as in browsers.
                endless.add(name)
            else:
                return pieces
    pieces.append(_inline(html[at : at + TEXT]))
    return pieces


def _inline(text: str) -> str:
    """Makes line breaks between tags what they are in HTML: spaces."""
    return text.replace("\n", " ").replace("\r", " ")
