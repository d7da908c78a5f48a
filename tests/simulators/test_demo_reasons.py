"""What the demo's log says of why, and which steps of its guided minute it ticks off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.booking.model import AccessType, Account, StaffMember
from simulators.common.request_log import RequestLog
from simulators.demo.guide import Guide, Step
from simulators.demo.news import News
from simulators.demo.reasons import NotTaken
from simulators.demo.sides import Kind, Person, Side, SideItem
from simulators.demo.watch import Watch
from simulators.mailbox.post_office import PostOffice

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
SAM = StaffMember(id="st-sam", name="Sam Taylor", email="sam@practice.example")
TAKEN = "The time is taken."


class Showing:
    """A log that is fed states, two seconds apart."""

    def __init__(self, access: AccessType = AccessType.STAFF) -> None:
        member = replace(SAM, access_type=access)
        self.person = Person(account=Account(id="acc-1"), member=member, mailbox=None)
        self.watch, self.guide = Watch(), Guide()
        self._times: Iterator[datetime] = (NOW + timedelta(seconds=2 * n) for n in range(99))

    def show(
        self, *items: SideItem, not_taken: tuple[NotTaken, ...] = (), connected: bool = True
    ) -> list[str]:
        """Looks at a state; gives the sentences that this adds to the log."""
        before = len(self.watch.lines)
        by_key = {item.key: item for item in items}
        found = self.watch.look(
            self.person, by_key, next(self._times), is_connected=connected, not_taken=not_taken
        )
        self.guide.note(found, connected=connected)
        return [line.text for line in self.watch.lines][before:]


def item(key: str, side: Side, kind: Kind, **more: Any) -> SideItem:
    known: dict[str, Any] = {
        "key": key,
        "side": side,
        "kind": kind,
        "origin": Side.OUTLOOK if kind is Kind.MEETING else Side.BOOKING,
        "title": "Ana - Haircut",
        "start": datetime(2026, 11, 24, 10),  # noqa: DTZ001 - wall clock
        "end": datetime(2026, 11, 24, 11),  # noqa: DTZ001 - wall clock
    }
    return SideItem(**(known | more))


APPOINTMENT = item("apt-1", Side.BOOKING, Kind.APPOINTMENT, partner="event")
EVENT = item("event", Side.OUTLOOK, Kind.APPOINTMENT, partner="apt-1")
MEETING = item("meeting", Side.OUTLOOK, Kind.MEETING, title="Dentist", notes=("busy",))
RESERVE = item("rsv-1", Side.BOOKING, Kind.MEETING, title="Dentist", partner="meeting")


def later(one: SideItem, **more: Any) -> SideItem:
    hour = timedelta(hours=1)
    return replace(one, start=one.start + hour, end=one.end + hour, **more)


def test_a_refused_move_is_told_with_the_booking_products_reason_and_put_back() -> None:
    showing = Showing()
    showing.show(APPOINTMENT, EVENT)
    showing.show(APPOINTMENT, later(EVENT))
    refusal = NotTaken(operation="updateItem", item="apt-1", detail=TAKEN)

    refused = showing.show(APPOINTMENT, later(EVENT), not_taken=(refusal,))
    again = showing.show(APPOINTMENT, later(EVENT), not_taken=(refusal,))
    back = showing.show(APPOINTMENT, EVENT)

    assert refused == ["“Ana - Haircut” may not change: The time is taken."]
    assert again == []
    (said,) = back
    assert said.startswith("“Ana - Haircut” is put back on Tue 24 Nov, 10:00 to 11:00.")
    assert said.endswith("The booking product refused: The time is taken.")
    assert showing.guide.done == {Step.REFUSE}


def test_what_was_deleted_and_made_again_is_put_back() -> None:
    showing = Showing(AccessType.VIEW_ONLY)
    showing.show(APPOINTMENT, EVENT)
    showing.show(APPOINTMENT)

    (back,) = showing.show(APPOINTMENT, replace(EVENT, key="event-2"))

    assert "is put back" in back
    assert back.endswith("Who may only view changes nothing from Outlook.")


def test_what_was_made_all_day_is_put_back_with_that_reason() -> None:
    showing = Showing()
    showing.show(APPOINTMENT, EVENT)
    showing.show(APPOINTMENT, replace(EVENT, all_day=True))

    (back,) = showing.show(APPOINTMENT, EVENT)

    assert back.endswith("An all-day event has no place in the schedule.")


def test_a_move_that_went_through_is_not_taken_for_one_put_back() -> None:
    showing = Showing()
    showing.show(APPOINTMENT, EVENT)
    showing.show(APPOINTMENT, later(EVENT))
    (followed,) = showing.show(later(APPOINTMENT), later(EVENT))

    moved_again = showing.show(later(APPOINTMENT), EVENT)
    undone = showing.show(APPOINTMENT, EVENT)

    assert followed.endswith("2.0 s after it was moved in Outlook.")
    assert "put back" not in " ".join(moved_again + undone)
    assert showing.guide.done == {Step.MOVE}


@pytest.mark.parametrize(
    ("changes", "access", "said"),
    [
        ({"all_day": True}, AccessType.STAFF, "Left out: all-day Meetings block no time"),
        ({"notes": ("free",)}, AccessType.STAFF, "Left out: it shows as free"),
        ({}, AccessType.VIEW_ONLY, "Left out: nothing comes from Outlook"),
        ({}, AccessType.STAFF, ""),
        # Its Reserve stands already: the person has chosen to block time by it.
        ({"notes": ("free",), "partner": "rsv-1"}, AccessType.STAFF, ""),
    ],
)
def test_a_meeting_that_blocks_no_time_says_why(
    changes: dict[str, Any], access: AccessType, said: str
) -> None:
    showing = Showing(access)
    showing.show()

    (text,) = showing.show(replace(MEETING, **changes))

    assert said in text
    assert ("Left out" in text) is bool(said)


def test_nothing_is_left_out_of_what_is_not_connected() -> None:
    showing = Showing()
    showing.show(connected=False)

    assert "Left out" not in "".join(showing.show(replace(MEETING, all_day=True), connected=False))


def test_a_meeting_whose_time_is_taken_is_named() -> None:
    showing = Showing()
    showing.show(APPOINTMENT, EVENT)
    refusal = NotTaken(operation="createReserve", item=None, detail=TAKEN)

    told = showing.show(APPOINTMENT, EVENT, MEETING, not_taken=(refusal,))

    assert told[0] == "No time for “Dentist”: The time is taken. It waits until that is free."


def test_the_guided_minute_ticks_off_what_has_had_its_effect() -> None:
    showing = Showing()
    private = replace(MEETING, private=True, partner="rsv-1")
    gone = replace(APPOINTMENT, gone=True)
    assert showing.guide.next() is Step.BOOK
    for state in (
        (),
        (APPOINTMENT,),
        (APPOINTMENT, EVENT),
        (APPOINTMENT, later(EVENT)),
        (later(APPOINTMENT), later(EVENT)),
        (later(APPOINTMENT),),
        (later(gone),),
        (MEETING,),
        (replace(MEETING, partner="rsv-1"), RESERVE),
        (private, RESERVE),
        (private, replace(RESERVE, title="Reserved")),
    ):
        showing.show(*state)

    assert showing.guide.done == set(Step) - {Step.REFUSE, Step.DISCONNECT}
    assert showing.guide.next() is Step.REFUSE
    showing.show(private, connected=False)
    assert Step.DISCONNECT in showing.guide.done


def test_the_guided_minute_goes_on_while_a_deletion_is_proven() -> None:
    showing = Showing()
    showing.guide.done = {Step.BOOK, Step.MOVE, Step.REFUSE}
    for state in ((), (APPOINTMENT, EVENT)):
        showing.show(*state)
    assert showing.guide.next() is Step.DELETE

    showing.show(APPOINTMENT)

    assert Step.DELETE not in showing.guide.done
    assert showing.guide.next() is Step.BLOCK
    showing.guide.done = set(Step) - {Step.DELETE}
    assert showing.guide.next() is Step.DELETE


def test_only_what_is_new_and_the_persons_own_is_news() -> None:
    log, post_office = RequestLog(), PostOffice()
    news, person = News(log, post_office), Showing().person
    ours, theirs = "/v1/accounts/acc-1/staff/st-sam/", "/v1/accounts/acc-1/staff/st-vera/"
    mail = {
        "senderAddress": "a@b.example",
        "recipients": {"to": [{"address": "sam@practice.example"}]},
        "content": {"subject": "Old", "plainText": "x"},
    }
    log.note("updateItem", path=f"{ours}items/apt-1", status=409, detail=TAKEN)
    post_office.take("1", mail, NOW)
    assert (news.not_taken(person), news.mails(person)) == ([], [])

    log.note("updateItem", path=f"{ours}items/apt-2", status=409, detail=TAKEN)
    log.note("updateItem", path=f"{ours}items/apt-3", status=412, detail="It has changed.")
    log.note("updateItem", path=f"{theirs}items/apt-4", status=409, detail=TAKEN)
    log.note("createReserve", path=f"{ours}reserves", status=409, detail=TAKEN)
    post_office.take("2", mail | {"content": {"subject": "New", "plainText": "x"}}, NOW)

    assert [one.item for one in news.not_taken(person)] == ["apt-2", None]
    assert [one.subject for one in news.mails(person)] == ["New"]
    assert (news.not_taken(person), news.mails(person)) == ([], [])
