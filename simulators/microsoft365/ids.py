"""Ids as Exchange gives them: opaque, case-sensitive, and full of characters that URLs mind."""

import base64
import hashlib
from collections import Counter


class IdMint:
    """Makes ids that repeat in every run.

    Args:
        url_safe: Whether ids have `-` and `_` where they otherwise have `/` and `+`. Many
            mailboxes' ids do, and some clients don't escape theirs.
    """

    def __init__(self, *, url_safe: bool) -> None:
        self._url_safe = url_safe
        self._count = 0
        self._made: Counter[str] = Counter()

    def item_id(self, prefix: str) -> str:
        """Make an id with `/`, `+` and `=` in it, unless they are to be safe.

        Each second id of a kind differs from the one before it by the case of one letter only, so
        that a caller who compares ids without case confuses two items at once.
        """
        self._made[prefix] += 1
        count = self._made[prefix]
        made = self.derived(prefix, str((count - 1) // 2))
        return made if count % 2 else made[:-3] + made[-3].swapcase() + made[-2:]

    def plain_id(self) -> str:
        """Make an id in the shape of a GUID."""
        self._count += 1
        digest = hashlib.sha256(f"guid:{self._count}".encode()).hexdigest()
        parts = (digest[:8], digest[8:12], "4" + digest[13:16], "a" + digest[17:20], digest[20:32])
        return "-".join(parts)

    def change_key(self) -> str:
        """Make a change key, another for each call."""
        self._count += 1
        digest = hashlib.sha256(f"key:{self._count}".encode()).digest()
        return base64.b64encode(digest[:16]).decode()

    def derived(self, prefix: str, source: str) -> str:
        """Derive an opaque id from a source text; the same source gives the same id."""
        digest = hashlib.sha256(f"{prefix}{source}".encode()).digest()
        text = base64.b64encode(digest * 2).decode().rstrip("=")
        made = f"{prefix}{text[:24]}/{text[24:48]}+{text[48:60]}qX="
        return made.replace("/", "-").replace("+", "_") if self._url_safe else made
