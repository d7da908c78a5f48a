"""Texts that others wrote, made harmless for a mail (R9.7); pure.

A customer, a calendar or a Staff Member can be called ``evil.com``, and mail programs make links of
such words by themselves, in plain text too. So every dot and slash that could hold an address
together is followed by a blank: no program reads across one, whereas characters of no width are
part of a name to some, and a sign of fraud to others.
"""

import re

#: Characters of a name that are kept (R9.7).
LONGEST = 80

#: Browsers take the other three for dots of an address as well.
_DOTS = ".\u3002\uff0e\uff61"
#: Blanks that hold words together, as French does before a colon; and the joiner, which can't be
#: seen, but holds composed emoji together.
_KEPT = "\u00a0\u202f\u200d"
_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
_BREAKS = re.compile(
    rf"(?<=://)(?=\S)"  # http://host
    rf"|(?<=[{_DOTS}])(?=[^\W\d])"  # evil.com, www.evil
    rf"|(?<=[^\W\d][{_DOTS}])(?=\d)"  # host.1
    rf"|(?<=\d[{_DOTS}])(?=\d+[{_DOTS}]\d+[{_DOTS}]\d)"  # 127.0.0.1
)

#: An address of mail and nothing else, as long as the longest name of an account at Microsoft.
_LONGEST_ADDRESS = 113
_ADDRESS = re.compile(r"[\w.%+'~^#&!-]{1,64}@[\w-]+(\.[\w-]+)+", re.ASCII)


def one_line(text: str) -> str:
    """Makes one line of a text, without what can't be seen: it could turn a line around."""
    line = " ".join(part for part in _BLANKS.split(text) if part)
    return "".join(sign for sign in line if sign.isprintable() or sign in _KEPT)


def unlinked(text: str) -> str:
    """Gives a text of which no mail program makes a link."""
    # A joiner after a dot joins nothing, and could hide what follows.
    plain = re.sub(rf"(?<=[{_DOTS}/])\u200d+", "", one_line(text))
    return _BREAKS.sub(" ", plain)


def plain_name(text: str) -> str:
    """Gives a name from outside: one line, of which nobody makes a link, cut with a mark."""
    name = unlinked(text)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def account_name(text: str) -> str:
    """Gives the name of a Microsoft account: an address as it is, anything else as a name.

    Microsoft promises no form of it ("could be an e-mail address, phone number, or a generic
    username"): somebody's own organisation may give out what it likes.
    """
    is_address = len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
    return text if is_address else plain_name(text)
