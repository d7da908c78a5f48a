"""What each switch of the simulated service does, for the page on which people flip it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchWords:
    """One switch in words.

    Attributes:
        says: what happens while it is on.
        values: its own values with what they are by default; the default's type is the value's.
    """

    says: str
    values: dict[str, int | float | str | bool] = field(default_factory=dict)


def _words(says: str, **values: float | str | bool) -> SwitchWords:
    return SwitchWords(says=says, values=values)


GROUPS: dict[str, dict[str, SwitchWords]] = {
    "The wire": {
        "latency": _words("Every answer takes this many milliseconds longer.", ms=2000),
        "throttle": _words("429 with Retry-After, in seconds.", retry_after=10),
        "error": _words("An error of the service in place of the answer.", status=503),
        "answer": _words(
            "This very answer, for one object where an id is given.",
            status=403,
            code="ErrorAccessDenied",
        ),
        "timeout_after_effect": _words(
            "A write takes effect, and then the answer is lost.", drop=False
        ),
        "timeout_before_effect": _words("Nothing happens but a lost answer.", drop=False),
        "mailbox_gone": _words("The mailbox can't be found any more."),
        "access_denied": _words("403: access denied."),
        "always_400": _words(
            "Writes of events whose subject contains this are refused.", subject="refused"
        ),
        "concurrency_per_app": _words("The four parallel requests count over all mailboxes."),
    },
    "Change feed": {
        "delta_duplicates": _words("Every event of a round comes twice."),
        "delta_empty_page": _words("A round begins with an empty page."),
        "delta_stale": _words("The newest changes are told one round later."),
        "delta_false_removed": _words("A living event is told as removed."),
        "delta_foreign_removed": _words("An id that nobody knows is told as removed."),
        "delta_master_missing": _words("Later rounds leave the masters of series out."),
        "delta_repeat_nextlink": _words("The next link leads to the same page."),
        "delta_expire": _words("A change token is refused.", status=410),
        "delta_lost_removal": _words("A round leaves its removals out."),
        "delta_removed_occurrences": _words("A deleted series is told by its occurrences too."),
        "delta_immutable_return_lost": _words(
            "With immutable ids, what came back into a calendar is never told again."
        ),
        "delta_no_calendar": _words("501 for the feed of a calendar by id."),
    },
    "Writing": {
        "ignore_if_match": _words("An outdated If-Match passes."),
        "if_match_409": _words("An outdated If-Match is 409 in place of 412."),
        "forget_transaction_id": _words("A repeated transactionId makes a second event."),
        "transaction_id_survives_delete": _words(
            "A repeated transactionId answers with the deleted event."
        ),
        "concurrent_save": _words("A creation is refused with ConcurrentItemSave."),
        "get_404_after_create": _words("A new event can't be read at first.", reads=1),
        "deleted_readable_by_immutable_id": _words("A deleted event can still be read."),
        "etag_touch": _words("A new event's change key changes right after its creation."),
        "refuse_attendee_move": _words("An invitation can't be moved by the one invited."),
        "accept_all_iana": _words("Time zone names outside the closed list are taken."),
    },
    "Subscriptions and notifications": {
        "subscription_limit": _words("A person may have this many subscriptions.", limit=0),
        "subscription_max_minutes": _words("A subscription lives this long.", minutes=60),
        "subscription_me_events_only": _words("A calendar's own resource is refused."),
        "me_events_all_calendars": _words("A subscription tells of all calendars."),
        "notifications_lost": _words("Notifications are not sent."),
        "notifications_duplicated": _words("Notifications are sent twice."),
        "notifications_delayed": _words("Notifications come this late, in milliseconds.", ms=5000),
        "notifications_reordered": _words(
            "Notifications come at a chance moment within this time, in milliseconds.", ms=2000
        ),
    },
}
WORDS = {name: words for group in GROUPS.values() for name, words in group.items()}


def read_value(default: float | str | bool, text: str) -> float | str | bool:  # noqa: FBT001
    """Reads a switch's value from a form, in the type of its default.

    Raises:
        ValueError: a number was wanted.
    """
    if isinstance(default, bool):
        return text == "true"
    return float(text) if isinstance(default, float) else type(default)(text)
