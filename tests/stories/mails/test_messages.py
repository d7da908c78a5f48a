from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from notifications import messages, sync_messages
from notifications.letters import Context, Letter
from notifications.rendering import render
from sync.engine.reasons import SkipReason, explain
from sync.engine.telling import Tell
from sync.engine.texts import Product
from sync.messages import ENGLISH
from sync.people.people import (
    Connection,
    ConnectionState,
    Held,
    HeldAnswer,
    LastSync,
    MicrosoftAccount,
    PendingContact,
    SyncResult,
)
from sync.words import Interval
from tests.fakes.clock import START
from tests.stories.mails.people import BASE_URL, INVITATION, PRODUCT, connection, invited

LINK = f"{BASE_URL}/connect?invitation=t0ken"
TELL = Tell(
    title="Kim - Massage",
    tried="You moved the event in Outlook.",
    reason="The time is taken.",
    now="The event is back where it was.",
    state="s",
    old=Interval(START, START + timedelta(hours=1)),
    new=Interval(START + timedelta(hours=2), START + timedelta(hours=3)),
)

BLOCKED = replace(
    TELL, title="Team", tried="Your Outlook meeting should block this time.", old=None
)
ASKED = PendingContact(
    address="other@example.org", id="ask-1", expires_at=START + timedelta(days=7)
)


def about(person: Connection, product: Product = PRODUCT) -> Context:
    return Context(product=product, base_url=BASE_URL, connection=person)


def all_letters(context: Context, tell: Tell = TELL) -> list[Letter]:
    """Gives one of each message."""
    last = LastSync(ended_at=START, result=SyncResult.OK, counts={"to_outlook.created": 1})
    return [
        messages.invitation(context, INVITATION, LINK),
        sync_messages.sync_completed(context, last),
        sync_messages.not_updated(context, (tell,)),
        messages.disconnected(context, "reconnect_needed"),
        messages.disconnected(context, "calendar_gone"),
        messages.disconnected(context, "mailbox_gone"),
        messages.disconnected(context, "deactivated"),
        messages.disconnected(context, "anything else"),
        messages.reconnected(context),
        sync_messages.held(context, (tell,), START + timedelta(days=1)),
        sync_messages.sync_completed(context, last, (tell, BLOCKED)),
        messages.confirm_contact(context, ASKED, f"{BASE_URL}/contact/confirm?token=t0ken"),
    ]


TO = "a@b.c"


def completed(counts: dict[str, int], waiting: int = 0) -> str:
    last = LastSync(ended_at=START, result=SyncResult.OK, counts=counts)
    return render(
        sync_messages.sync_completed(about(connection(waiting=waiting)), last), "a@b.c", ENGLISH
    ).text


class Page(HTMLParser):
    """Collects what a browser would make of a mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in {"meta", "br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("number", range(12))
def test_r9_6_every_message_says_product_calendar_and_microsoft_account(number: int) -> None:
    mail = render(all_letters(about(connection()))[number], TO, ENGLISH)

    for form in (mail.text, mail.html):
        assert "DaySmart Appointments" in form
        assert "Outlook calendar" in form
        assert "Work" in form
        assert "ann@microsoft.example" in form


@pytest.mark.parametrize("number", range(12))
def test_r9_6_every_message_says_how_to_stop_it_or_where_to_change_it(number: int) -> None:
    letter = all_letters(about(connection()))[number]
    mail = render(letter, TO, ENGLISH)

    assert letter.stop in mail.text
    # Who is no Staff Member yet, or a stranger, has no settings page.
    without_page = "administrator" in letter.stop or "do nothing" in letter.stop
    assert letter.stop_url == f"{BASE_URL}/settings" or without_page


@pytest.mark.parametrize("number", range(12))
def test_r9_5_the_html_is_whole_and_loads_nothing(number: int) -> None:
    page = Page(render(all_letters(about(connection()))[number], TO, ENGLISH).html)

    assert page.open == []
    assert not {"img", "script", "link", "iframe"} & set(page.tags)
    assert all(link.startswith(f"{BASE_URL}/") for link in page.links)


@pytest.mark.parametrize("number", range(12))
def test_r9_5_html_and_plain_text_say_the_same(number: int) -> None:
    letter = all_letters(about(connection()))[number]
    mail = render(letter, TO, ENGLISH)
    page = Page(mail.html)

    texts: list[object] = [letter.heading, *letter.paragraphs, *letter.notes, letter.stop]
    texts += [row.value for section in letter.sections for row in section.rows]
    for text in texts:
        assert ENGLISH.show(text) in mail.text
        assert ENGLISH.show(text) in page.text


def test_everybodys_data_is_escaped_and_stays_on_its_line() -> None:
    evil = '<img src=x onerror="a()">\r\nMicrosoft account: evil\u202e & {{ 7*7 }}'
    ann = connection(calendar_name=evil)
    tell = Tell(title=evil, tried=evil, reason=evil, now=evil, state="s")
    context = about(ann, Product(name=evil, tag="X"))

    for letter in (
        sync_messages.not_updated(context, (tell,)),
        sync_messages.held(context, (tell,), START),
        *all_letters(context),
    ):
        mail = render(letter, TO, ENGLISH)

        assert "img" not in Page(mail.html).tags
        assert "49" not in mail.html
        assert "\n" not in mail.subject
        assert "\u202e" not in mail.text + mail.html + mail.subject
        assert not any(line.startswith("Microsoft account: evil") for line in mail.text.split("\n"))


def test_emoji_stay_whole() -> None:
    title = "👩‍⚕️ Zoë"
    tell = Tell(title=title, tried="t", reason="r", now="n", state="s")

    mail = render(sync_messages.not_updated(about(connection()), (tell,)), TO, ENGLISH)

    assert title in mail.text
    assert title in mail.html


def test_r9_1_the_invitation_carries_its_link_and_says_how_long_it_is_good() -> None:
    mail = render(messages.invitation(about(invited()), INVITATION, LINK), TO, ENGLISH)

    assert LINK in mail.text
    assert LINK in Page(mail.html).links
    assert "Monday 23 November 2026, 04:00 (EST)" in mail.text
    assert "none chosen yet" in mail.text
    assert "none signed in yet" in mail.text


def test_r9_2_a_completed_resync_is_told_with_counts_for_each_side() -> None:
    text = completed({"to_outlook.created": 41, "to_booking.deleted": 1, "to_booking.moved": 0})

    outlook, booking = text.split("* In DaySmart Appointments")
    assert "Created: 41" in outlook
    assert "Removed: 1" in booking
    assert "Moved" not in text
    assert "Left out" not in text


@pytest.mark.parametrize("reason", [SkipReason.ALL_DAY, SkipReason.SHOW_AS, SkipReason.TIME_TAKEN])
def test_r9_2_what_was_left_out_is_told_with_its_reason(reason: SkipReason) -> None:
    text = completed({f"left_out.{reason}": 4})

    assert f"4 items: {explain(reason).sentence}" in text


def test_what_stands_on_the_other_side_already_is_not_called_left_out() -> None:
    text = completed(
        {"left_out.own_event": 7, "left_out.series_master": 3, "left_out.booking_cancelled": 2}
    )

    assert "Left out" not in text


def test_a_resync_that_found_nothing_says_so() -> None:
    assert "nothing had to be changed" in completed({})


def test_items_that_wait_are_counted() -> None:
    assert "1 item could not be synced yet" in completed({}, waiting=1)
    assert "2 items could not be synced yet" in completed({}, waiting=2)


def test_r9_8_what_waits_is_said_in_the_subject_and_nothing_is_called_in_sync() -> None:
    last = LastSync(ended_at=START, result=SyncResult.PARTIAL)
    held = Held(since=START, count=8)

    asked = sync_messages.sync_completed(about(connection(waiting=1, held=held)), last)
    waits = sync_messages.sync_completed(about(connection(waiting=2)), last)
    answered = replace(held, answer=HeldAnswer.CANCEL)
    over = sync_messages.sync_completed(about(connection(held=answered)), last)

    assert asked.subject == (
        "DaySmart Appointments: your calendars were compared; 8 appointments wait for your "
        "answer, 1 item could not be synced"
    )
    assert "8 appointments are not cancelled until you answer" in " ".join(asked.paragraphs)
    assert waits.heading == "Your calendars were compared; 2 items could not be synced"
    assert "agreed already" not in " ".join(waits.paragraphs)
    assert over.heading == "Your Outlook calendar is in sync"


def test_r9_8_meetings_that_could_not_block_time_are_no_change_of_the_person() -> None:
    mail = render(sync_messages.not_updated(about(connection()), (BLOCKED,)), TO, ENGLISH)
    mixed = render(
        sync_messages.not_updated(about(connection()), (BLOCKED, TELL)), "a@b.c", ENGLISH
    )

    assert mail.subject == "DaySmart Appointments: 1 meeting could not block time"
    assert "What you did" not in mail.text
    assert "New time" not in mail.text
    assert mixed.subject == "DaySmart Appointments: 2 changes could not be made"


def test_r9_3_each_item_says_what_was_tried_why_not_and_where_it_stands() -> None:
    mail = render(sync_messages.not_updated(about(connection()), (TELL,)), TO, ENGLISH)

    for text in (
        "Kim - Massage",
        "What you did: You moved the event in Outlook.",
        "Old time: Monday 23 November 2026, 03:00 to 04:00 (EST)",
        "New time: Monday 23 November 2026, 05:00 to 06:00 (EST)",
        "Why not: The time is taken.",
        "Now: The event is back where it was.",
    ):
        assert text in mail.text


def test_r9_3_a_deletion_has_one_time_and_no_empty_lines() -> None:
    tell = Tell(
        title="Lunch",
        tried="You deleted it.",
        reason="",
        now="It is back.",
        state="s",
        old=TELL.old,
    )

    text = render(sync_messages.not_updated(about(connection()), (tell,)), TO, ENGLISH).text

    assert "  Time: Monday" in text
    assert "New time" not in text
    assert "Why not" not in text


def test_r9_3_one_mail_tells_of_many_items() -> None:
    mail = render(
        sync_messages.not_updated(about(connection()), (TELL, TELL, TELL)), "a@b.c", ENGLISH
    )

    assert mail.subject == "DaySmart Appointments: 3 changes could not be made"
    assert mail.text.count("* Kim - Massage") == 3


def test_r11_7_held_cancellations_are_listed_with_what_happens_without_an_answer() -> None:
    letter = sync_messages.held(about(connection()), (TELL, TELL), START + timedelta(days=1))
    mail = render(letter, TO, ENGLISH)

    assert mail.subject == "DaySmart Appointments: 2 appointments wait for your answer"
    assert mail.text.count("* Kim - Massage\n  Time: Monday 23 November 2026, 03:00 to 04:00") == 2
    assert "Nothing is cancelled until you answer" in mail.text
    assert "If there is no answer by Tuesday 24 November 2026, 03:00 (EST)" in mail.text
    assert f"{BASE_URL}/settings" in Page(mail.html).links


def test_r11_7_a_long_list_is_cut_and_says_so() -> None:
    letter = sync_messages.held(about(connection()), (TELL,) * 63, START)

    assert "63 appointments wait" in letter.heading
    assert len(letter.sections) == 50
    assert "And 13 more" in letter.notes[0]


def test_r11_7_one_appointment_is_asked_about_in_the_singular() -> None:
    letter = sync_messages.held(about(connection()), (TELL,), START)

    assert letter.heading == "1 appointment waits for your answer"
    assert letter.notes == ()


@pytest.mark.parametrize(
    "code", ["reconnect_needed", "calendar_unclear", "calendar_gone", "mailbox_gone"]
)
def test_r9_4_a_disconnection_says_what_it_means_and_links_to_the_way_back(code: str) -> None:
    mail = render(messages.disconnected(about(connection()), code), TO, ENGLISH)

    assert f"{BASE_URL}/connect" in Page(mail.html).links
    assert f"{BASE_URL}/connect" in mail.text


def test_r10_3_lost_access_says_that_nothing_was_removed() -> None:
    text = render(
        messages.disconnected(about(connection()), "reconnect_needed"), "a@b.c", ENGLISH
    ).text

    assert "Nothing was removed from either calendar" in text


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (connection(state=ConnectionState.RECONNECT_NEEDED), "has to be reconnected"),
        (connection(active=False, state=ConnectionState.DISCONNECTING), "not active for you"),
        (connection(state=ConnectionState.INACTIVE), "not active for you"),
        (connection(state=ConnectionState.AUTHORIZED), "has ended"),
    ],
)
def test_an_unknown_cause_is_told_by_the_state(person: Connection, words: str) -> None:
    assert words in render(messages.disconnected(about(person), ""), TO, ENGLISH).text


@pytest.mark.parametrize(
    ("waiting", "tells", "heading"),
    [
        (1, (BLOCKED,), "1 meeting could not block time"),
        (3, (BLOCKED,), "1 meeting could not block time, 2 items could not be synced"),
        (0, (TELL,), "1 change could not be made"),
        (2, (BLOCKED, TELL, BLOCKED), "2 meetings could not block time, 1 change could not be"),
    ],
)
def test_r9_8_a_sync_that_could_not_do_all_names_what_in_the_same_mail(
    waiting: int, tells: tuple[Tell, ...], heading: str
) -> None:
    last = LastSync(ended_at=START, result=SyncResult.PARTIAL)

    letter = sync_messages.sync_completed(about(connection(waiting=waiting)), last, tells)
    mail = render(letter, TO, ENGLISH)

    assert f"your calendars were compared; {heading}" in mail.subject
    assert "in sync" not in mail.subject
    assert all(tell.title in mail.text for tell in tells)
    assert "agreed already" not in mail.text


def test_r5_3_a_confirmation_says_who_asked_and_what_happens_without_an_answer() -> None:
    link = f"{BASE_URL}/contact/confirm?token=t0ken"

    mail = render(messages.confirm_contact(about(connection()), ASKED, link), TO, ENGLISH)

    assert link in mail.text
    assert "Ann asked for messages" in mail.text
    assert "Monday 30 November 2026, 03:00 (EST)" in mail.text
    assert "do nothing" in mail.text


@pytest.mark.parametrize("number", range(12))
def test_r9_7_no_name_from_outside_is_long_or_becomes_a_link(number: int) -> None:
    evil = "Win at http://evil.com or www.evil.com! " + "x" * 200
    staff = replace(connection().staff, name=evil)
    tell = replace(TELL, title=evil, reason="See evil.com.", tried="evil.com", now="evil.com")
    microsoft = MicrosoftAccount(id="home-1", address=evil)
    context = about(connection(staff=staff, calendar_name=evil, microsoft=microsoft))
    letters = all_letters(context, tell)

    mail = render(letters[number], TO, ENGLISH)

    assert "evil.com" not in mail.text + mail.html + mail.subject
    assert "http://evil" not in mail.text + mail.html
    assert "x" * 80 not in mail.text + mail.html
    assert "evil. com" in mail.text
