"""The errors of the product: one class for each reaction.

SyncError
├── TransientError            the job goes back with a delay
│   ├── Throttled
│   └── Unavailable
├── PreconditionFailed        drop the action, look again
│   ├── Gone
│   ├── AlreadyExists
│   └── Changed
├── ResyncRequired            forget the cursor, read in full
├── Unreadable                that object, list or calendar waits; everything else flows (R11.8)
├── AuthorizationLost         reconnect needed, one mail, nothing deleted (R10.3)
├── CalendarLost              look for it under a new id; still gone after three looks, disconnect
├── MailboxLost               still gone after three looks, disconnect (R10.4, R10.6)
├── LeaseLost                 stop at once: somebody else works for this person (R11.2)
├── UntrustedRequest          refuse plainly, count, never retry
├── ContractBroken            an answer we can't read: shown, alert, tried again
├── NewerFormat               a newer release wrote this: left alone, tried again later
└── Rejected                  a person's request that can't be fulfilled; carries the problem
"""


class SyncError(Exception):
    """Root of all errors of the product; messages name ids, never contents."""


class TransientError(SyncError):
    """Something passes by itself.

    Attributes:
        retry_after: Seconds to wait as the other side said; ``None`` where it didn't say.
        side: Whose calendar it was, ``booking`` or ``outlook``; ``None`` where nobody noted it.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.side: str | None = None


class Throttled(TransientError):  # noqa: N818 - names say what happened, as in the field
    """The other side asked for fewer calls: 429, or any passing failure with Retry-After (R11.6).

    A write that ended so may have taken effect.
    """


class Unavailable(TransientError):  # noqa: N818
    """The other side failed or could not be reached (5xx, dropped connection, time-out).

    A write that ended so may have taken effect.
    """


class PreconditionFailed(SyncError):  # noqa: N818
    """A write met another state than it was planned for: read again, decide again."""


class Gone(PreconditionFailed):
    """The item of a write is not there (404)."""


class AlreadyExists(PreconditionFailed):
    """A row or subscription of that key is there already (409)."""


class Changed(PreconditionFailed):
    """The item has changed since it was read (412)."""


class ResyncRequired(SyncError):  # noqa: N818
    """A delta token or change cursor is not accepted any more (410)."""


class Unreadable(SyncError):  # noqa: N818
    """One object, list or calendar can't be read: its own trouble and nobody else's (R10.6).

    Attributes:
        code: The other side's word for it, or ``http_403`` and the like: no contents.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class AuthorizationLost(SyncError):  # noqa: N818
    """Microsoft refuses the person's tokens for good."""


class CalendarLost(SyncError):  # noqa: N818
    """The calendar answers 404."""


class MailboxLost(SyncError):  # noqa: N818
    """The mailbox is gone or not reachable for applications any more."""


class LeaseLost(SyncError):  # noqa: N818
    """The lease on a person ran out or was taken over: nothing may be written any more."""


class UntrustedRequest(SyncError):  # noqa: N818
    """A signature, client state, OAuth state or link does not hold."""


class ContractBroken(SyncError):  # noqa: N818
    """The other side answered with something that its contract doesn't allow."""


class SignInUnreadable(ContractBroken):
    """A stored sign-in does not open: its key is gone, or it is none of ours.

    Nobody has refused anything (R10.6): with the key, or after another sign-in, all goes on.
    """


class NewerFormat(SyncError):  # noqa: N818
    """A stored row or a job was written by a newer release: this one must not touch it."""


class Rejected(SyncError):  # noqa: N818
    """A person's or server's request can't be fulfilled.

    Attributes:
        status: HTTP status, 400 to 499.
        code: The problem's bare type (``calendar_in_use``, ``not_permitted`` ...).
        detail: The sentence for people.
        retry_after: Seconds after which it is possible (429); ``None`` where time changes nothing.
    """

    def __init__(
        self, *, status: int, code: str, detail: str, retry_after: float | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
