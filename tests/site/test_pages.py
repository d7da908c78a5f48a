"""Pages are pure functions of their views."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from sync.engine.lines import Line, Named
from sync.engine.telling import ActivityAction, ActivityResult, Direction
from sync.messages import ENGLISH
from sync.people.connection_states import resync_asked
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    Failing,
    HeldAnswer,
    LastSync,
    MicrosoftAccount,
    Missing,
    Problem,
    Progress,
    StaffMember,
    SyncResult,
    SyncSettings,
)
from sync.site.pages.plugin_views import (
    Leaving,
    LetGoView,
    LocationChoice,
    Note,
    PluginView,
    StaffRow,
    StaffTable,
)
from sync.site.pages.render import (
    confirm_page,
    connect_page,
    let_go_page,
    notice_page,
    plugin_page,
    settings_page,
)
from sync.site.pages.troubles import trouble_of
from sync.site.pages.views import (
    CalendarChoice,
    ConfirmView,
    ConnectView,
    HeldView,
    MailView,
    NoticeView,
    PreviewItemView,
    PreviewSideView,
    PreviewView,
    RemovalView,
    SettingsView,
    Shell,
    Step,
    VerdictView,
    Visitor,
    WhyView,
)
from sync.site.pages.wording import FAILING
from sync.words import AccountId, CalendarId, PersonKey, StaffId

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MARKUP = "<script>alert(1)</script>"
SHELL = Shell(
    product="DaySmart Appointments", visitor=Visitor(name="Anna Berger", csrf_token="c" * 32)
)
STAFF = StaffMember(
    id=StaffId("s-1"),
    name="Anna Berger",
    access_type=AccessType.STAFF,
    location_ids=frozenset(),
    time_zone="Europe/Berlin",
    email="anna@example.com",
)
CHOICES = SyncSettings(calendar_id=CalendarId("c-1"), contact_email="anna@example.com")
CONNECTION = Connection(
    person=PersonKey(account_id=AccountId("a-1"), staff_id=StaffId("s-1")),
    active=True,
    state=ConnectionState.AUTHORIZED,
    staff=STAFF,
    microsoft=MicrosoftAccount(id="m", address="anna@contoso.example"),
    settings=CHOICES,
)
VIEW = SettingsView(
    mail=MailView(address="ann@example.org"),
    shell=SHELL,
    connection=CONNECTION,
    account="anna@contoso.example",
    choices=CHOICES,
    now=NOON,
    window_days=90,
    calendars=(CalendarChoice(id="c-1", name="Calendar", is_default=True),),
)
ACTIVE = replace(
    VIEW,
    connection=replace(CONNECTION, state=ConnectionState.ACTIVE, calendar_name="Practice"),
    calendars=(),
    removal=RemovalView(events=14, reserves=3),
    why=WhyView(first_day="2026-11-23", last_day="2026-11-30"),
)
KIM = VerdictView(
    side="booking",
    title="Kim Adler - Massage",
    start=NOON + timedelta(days=1),
    end=NOON + timedelta(days=1, hours=1),
    synced=False,
    rule="R11.7",
    reason="Its cancellation waits for your answer.",
)
HELD = replace(
    ACTIVE,
    held=HeldView(count=7, until=NOON + timedelta(days=1), items=(KIM, KIM)),
)
PLUGIN = PluginView(
    shell=replace(SHELL, visitor=Visitor(name="Anna", csrf_token="c" * 32, is_admin=True)),
    person="acme/anna",
    zone="Europe/Berlin",
    now=NOON,
    locations=(LocationChoice(id="l-1", name="Mitte", enabled=True),),
    can_enable=True,
    table=StaffTable(
        rows=(StaffRow(staff_id="s-1", name="Anna Berger", active=True, state="active"),),
        matching=("s-1",),
        total=1,
    ),
)
LET_GO = LetGoView(
    title="Deactivate 1 Staff Member?",
    lines=("Line",),
    people=(Leaving(name="Anna Berger", items=3, elsewhere=("South",)),),
    confirm_label="Deactivate",
    fields=(("action", "deactivate"),),
)
ALL = {
    "notice": notice_page(SHELL, NoticeView(title="Title", lines=("Line",))),
    "connect": connect_page(
        Shell(product="DaySmart Appointments"),
        ConnectView(
            invited=True,
            microsoft_alive=False,
            booking_alive=False,
            next_step=Step(label="Sign in with Microsoft", href="/auth/microsoft"),
        ),
    ),
    "confirm": confirm_page(
        SHELL,
        ConfirmView(
            title="Sure?",
            lines=("Line",),
            points=("One",),
            confirm_label="Yes",
            action="/plugin",
            fields=(("action", "deactivate"),),
        ),
    ),
    "settings": settings_page(VIEW),
    "active": settings_page(ACTIVE),
    "held": settings_page(HELD),
    "plugin": plugin_page(PLUGIN),
    "let_go": let_go_page(SHELL, LET_GO, LET_GO.fields),
}


def staff_page(row: StaffRow) -> str:
    return plugin_page(replace(PLUGIN, table=replace(PLUGIN.table, rows=(row,))))


class Outline(HTMLParser):
    """Collects what the checks below ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("name", ALL)
def test_r12_4_every_page_has_landmarks_one_h1_and_headings_in_order(name: str) -> None:
    outline = Outline(ALL[name])
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(outline.all("main")) == len(outline.all("header")) == 1
    assert outline.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize("name", ALL)
def test_r12_4_every_field_has_a_label(name: str) -> None:
    text = ALL[name]
    labelled = {label.get("for") for label in Outline(text).all("label")}
    inside = re.findall(r"<label[^>]*>(.*?)</label>", text, re.DOTALL)

    for tag, field in Outline(text).tags:
        if tag in {"input", "select"} and field.get("type") != "hidden":
            in_label = any(f'name="{field.get("name")}"' in part for part in inside) or any(
                f'id="{field.get("id")}"' in part for part in inside
            )

            assert field.get("id") in labelled or in_label


@pytest.mark.parametrize("name", ALL)
def test_no_page_has_inline_script_style_or_handlers(name: str) -> None:
    outline = Outline(ALL[name])

    assert not outline.all("style")
    assert all("src" in script for script in outline.all("script"))
    assert not any(
        attribute == "style" or attribute.startswith("on")
        for _, attributes in outline.tags
        for attribute in attributes
    )


@pytest.mark.parametrize("name", ALL)
def test_every_form_that_changes_something_carries_the_csrf_token(name: str) -> None:
    for form in re.findall(r"<form.*?</form>", ALL[name], re.DOTALL):
        if 'method="post"' in form:
            assert f'name="csrf_token" value="{"c" * 32}"' in form


def test_r4_3_the_microsoft_account_stands_first_in_the_page() -> None:
    text = settings_page(VIEW)

    assert text.index("anna@contoso.example") < text.index("<nav")
    assert text.index("anna@contoso.example") < text.index("<main")


def test_text_from_outside_never_becomes_markup() -> None:
    verdict = VerdictView(
        side="outlook",
        title=MARKUP,
        start=NOON,
        end=NOON + timedelta(hours=1),
        synced=False,
        rule="R7.5",
        reason=MARKUP,
    )
    entry = Line(
        at=NOON,
        direction=Direction.TO_OUTLOOK,
        action=ActivityAction.CREATED,
        result=ActivityResult.REFUSED,
        title=MARKUP,
        reason=MARKUP,
        start=NOON,
    )
    preview = PreviewView(
        to_outlook=PreviewSideView(
            count=2, first=(PreviewItemView(title=MARKUP, start=NOON, end=NOON),)
        ),
        to_booking=PreviewSideView(count=0),
    )
    question = HeldView(count=1, until=NOON, items=(replace(verdict, reason=""),))
    problem = Problem(code="new", message=MARKUP)
    pages = (
        settings_page(replace(ACTIVE, held=question)),
        settings_page(replace(ACTIVE, connection=replace(ACTIVE.connection, problem=problem))),
        settings_page(replace(ACTIVE, waiting=(verdict,), activity=(entry,), activity_next=MARKUP)),
        settings_page(replace(VIEW, preview=preview, problem=MARKUP)),
        settings_page(replace(VIEW, calendars=(CalendarChoice(id=MARKUP, name=MARKUP),))),
        plugin_page(replace(PLUGIN, words=MARKUP, done=MARKUP)),
        notice_page(SHELL, NoticeView(title=MARKUP, lines=(MARKUP,), people=(MARKUP,))),
    )

    assert not any(MARKUP in page for page in pages)
    assert all("&lt;script&gt;" in page for page in pages)


@pytest.mark.parametrize("mark", [chr(each) for each in (*range(0x202A, 0x202F), 0x2066, 0x2069)])
def test_text_from_outside_turns_no_sentence_of_ours_around(mark: str) -> None:
    name = f"{mark}gnilacnac \u05d0\u200f"
    kim = replace(KIM, title=name)
    view = replace(HELD, held=HeldView(count=1, until=NOON, items=(kim,)))
    visitor = Visitor(name=name, csrf_token="c" * 32)
    let_go = replace(LET_GO, people=(Leaving(name=name, items=3, elsewhere=(name,)),))

    for page in (
        settings_page(replace(view, shell=replace(SHELL, visitor=visitor))),
        notice_page(SHELL, NoticeView(title="Title", lines=(name,), people=(name,))),
        let_go_page(SHELL, let_go, ()),
    ):
        assert "gnilacnac \u05d0\u200f" in page
        assert mark not in page


def test_r5_5_the_form_offers_every_choice_with_the_defaults_of_the_contract() -> None:
    fields = Outline(settings_page(VIEW)).all("input")
    ticked = {
        (field["name"], field["value"] if field["name"] != "x" else "")
        for field in fields
        if "checked" in field
    }

    assert ticked == {
        ("sync_reserves", "on"),
        ("sync_meetings", "on"),
        ("sync_meeting_details", "on"),
        ("notify_resync_completed", "on"),
        ("notify_update_failed", "on"),
        ("on_outlook_delete", "cancel"),
        ("show_as", "busy"),
        ("show_as", "oof"),
    }
    values = {field["value"] for field in fields if field["name"] == "show_as"}
    assert values == {"free", "tentative", "busy", "oof", "workingElsewhere"}


def test_r5_7_while_syncing_there_is_resync_and_disconnect_but_no_form() -> None:
    text = settings_page(ACTIVE)

    assert 'value="resync"' in text
    assert "Disconnect Calendar" in text
    assert "Start Sync" not in text
    assert "Change your choices" in text


def test_r5_7_the_progress_bar_shows_steps_done() -> None:
    starting = replace(
        ACTIVE,
        connection=replace(
            CONNECTION, state=ConnectionState.STARTING, progress=Progress(done=34, total=80)
        ),
    )
    bar = Outline(settings_page(starting)).all("progress")[0]

    assert (bar["value"], bar["max"]) == ("34", "80")
    assert 'http-equiv="refresh"' in settings_page(starting)


def test_r5_8_the_last_sync_is_said_in_the_persons_zone() -> None:
    done = LastSync(ended_at=NOON, result=SyncResult.PARTIAL)
    text = settings_page(
        replace(ACTIVE, connection=replace(ACTIVE.connection, last_sync=done, waiting=2))
    )

    assert "Mon 23 Nov 2026, 13:00" in text
    assert 'datetime="2026-11-23T12:00:00Z" data-zone="Europe/Berlin"' in text
    assert "2 items" in text


def test_r5_8_r12_5_the_last_sync_says_how_long_ago_it_was() -> None:
    done = LastSync(ended_at=NOON - timedelta(minutes=5, seconds=50), result=SyncResult.OK)
    text = settings_page(replace(ACTIVE, connection=replace(ACTIVE.connection, last_sync=done)))
    row = StaffRow(
        staff_id="s-1", name="Anna", active=True, state="active", last_sync_at=done.ended_at
    )

    for page in (section(text, "status-title"), staff_page(row)):
        assert re.search(r"<time [^>]*data-ago[^>]*>5 minutes ago</time>", page)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=1200), "1200 days ago"),
    ],
)
def test_r12_5_how_long_ago_is_said_in_the_largest_unit(passed: timedelta, words: str) -> None:
    assert ENGLISH.ago(NOON, NOON + passed) == words


@pytest.mark.parametrize("page", ["settings", "active", "plugin"])
def test_r12_5_the_page_says_which_zone_its_times_are_in(page: str) -> None:
    assert "All times are in the time zone Europe/Berlin." in ALL[page]


def test_r12_5_a_zone_that_nobody_knows_is_said_to_be_utc() -> None:
    lost = replace(CONNECTION, staff=replace(STAFF, time_zone="Mars/Base"))

    assert "All times are in the time zone UTC." in settings_page(replace(VIEW, connection=lost))


def test_r12_6_what_never_syncs_is_said_where_one_chooses() -> None:
    text = settings_page(replace(VIEW, window_days=30)).split('id="what-syncs"')[1]

    assert text.index("The next 30 days") < text.index('name="sync_reserves"')
    for words in ("All-day meetings never do", "Day Off", "Group events of DaySmart Appointments"):
        assert words in text


def test_r12_6_who_may_only_view_is_told_nothing_of_meetings() -> None:
    viewer = replace(CONNECTION, staff=replace(STAFF, access_type=AccessType.VIEW_ONLY))
    text = settings_page(replace(VIEW, connection=viewer)).split('id="what-syncs"')[1]

    assert "All-day" not in text


def test_r12_1_a_line_that_stands_for_many_opens_and_one_that_is_over_says_so() -> None:
    many = Line(
        at=NOON,
        direction=Direction.TO_OUTLOOK,
        action=ActivityAction.CREATED,
        result=ActivityResult.OK,
        title="Kim and 120 more",
        start=NOON,
        count=121,
        items=(Named(title="Kim", start=NOON), Named(title="Ada & Co")),
    )
    over = Line(
        at=NOON,
        direction=Direction.TO_BOOKING,
        action=ActivityAction.CREATED,
        result=ActivityResult.REFUSED,
        title="Lunch",
        reason="This is over. It was taken.",
        is_over=True,
    )
    text = section(settings_page(replace(ACTIVE, activity=(many, over))), "activity-title")

    assert "Created in Outlook: 121 items" in text
    assert "<summary>Show the first 2</summary>" in text
    assert "Ada &amp; Co" in text
    assert "Over</span> Could not be created in the booking calendar" in text
    assert "Refused" not in text


def section(text: str, heading: str) -> str:
    """Gives the part of a page that a heading names."""
    return text.split(f'aria-labelledby="{heading}"')[1].split("</section>", maxsplit=1)[0]


def test_r11_7_the_question_says_what_happens_and_offers_both_answers() -> None:
    text = section(settings_page(HELD), "held")
    buttons = Outline(text).all("button")

    assert "7 appointments wait for your answer" in text
    assert "Nothing is cancelled until you answer" in text
    assert "Tue 24 Nov 2026, 13:00" in text
    assert text.count("Kim Adler - Massage") == 2
    assert "and 5 more" in text
    assert [(button["name"], button["value"]) for button in buttons] == [
        ("answer", "cancel"),
        ("answer", "put_back"),
    ]


def test_r11_7_a_question_whose_list_can_not_be_read_can_be_answered_all_the_same() -> None:
    question = HeldView(count=1, until=NOON)
    text = section(settings_page(replace(ACTIVE, held=question)), "held")

    assert "1 appointment waits for your answer" in text
    assert "listed just now" in text
    assert 'value="put_back"' in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [(HeldAnswer.CANCEL, "being cancelled"), (HeldAnswer.PUT_BACK, "being put back")],
)
def test_r11_7_an_answer_that_is_being_carried_out_is_said_and_not_asked_for_again(
    answer: HeldAnswer, words: str
) -> None:
    question = HeldView(count=7, until=NOON, answer=answer)
    page = settings_page(replace(ACTIVE, held=question))
    text = section(page, "held")

    assert "Being done" in text
    assert words in text
    assert "<button" not in text
    assert 'http-equiv="refresh"' in page


def test_r11_8_what_fails_stands_before_how_the_last_sync_ended() -> None:
    failing = replace(
        ACTIVE.connection,
        last_sync=LastSync(ended_at=NOON, result=SyncResult.OK),
        failing=Failing(since=NOON, times=2, code="unreachable"),
        problem=Problem(code="unreachable", message="The other side could not be reached."),
    )
    page = settings_page(replace(ACTIVE, connection=failing))
    text = section(page, "status-title")

    assert "Outlook or the booking calendar can't be reached properly since" in text
    assert "Mon 23 Nov 2026, 13:00" in text
    assert "tried again by itself" in text
    assert text.index('class="alert"') < text.index("Last sync")
    assert "Everything is in step" not in text
    assert "Not syncing properly" in page


def test_r11_8_one_bad_moment_is_not_shown() -> None:
    once = replace(ACTIVE.connection, failing=Failing(since=NOON, times=1, code="unreachable"))

    assert 'class="alert"' not in settings_page(replace(ACTIVE, connection=once))


def test_r10_6_what_is_not_proven_to_be_lost_is_said_so() -> None:
    missing = replace(
        ACTIVE.connection, missing=Missing(what="calendar", since=NOON, looks=1), problem=None
    )
    text = section(settings_page(replace(ACTIVE, connection=missing)), "status-title")

    assert "Microsoft can't be reached properly since" in text
    assert "nothing is removed" in text


@pytest.mark.parametrize("code", FAILING)
def test_r11_8_each_thing_that_can_fail_is_said_with_its_time(code: str) -> None:
    failing = replace(
        ACTIVE.connection,
        failing=Failing(since=NOON, times=2, code=code),
        problem=Problem(code=code, message="For administrators."),
    )
    trouble = trouble_of(failing)

    assert trouble is not None
    assert "since Mon 23 Nov 2026, 13:00. " in trouble.sentence("Europe/Berlin")
    assert "administrators" not in trouble.sentence("Europe/Berlin")


def test_r11_8_what_fails_is_said_once() -> None:
    problem = Problem(code="unforeseen", message="For administrators, since 2026.")
    last = LastSync(ended_at=NOON, result=SyncResult.FAILED, message=problem.message)
    failing = replace(
        ACTIVE.connection,
        last_sync=last,
        failing=Failing(since=NOON, times=2, code="unforeseen"),
        problem=problem,
    )

    assert "For administrators" not in settings_page(replace(ACTIVE, connection=failing))


def test_r10_6_a_sign_in_that_does_not_open_leads_to_another_one() -> None:
    code = "sign_in_unreadable"
    failing = replace(
        ACTIVE.connection,
        failing=Failing(since=NOON, times=2, code=code),
        problem=Problem(code=code, message="For administrators."),
    )

    page = settings_page(replace(ACTIVE, connection=failing))

    assert "is stored here can't be opened since" in page
    assert 'class="button" href="/auth/microsoft"' in page


def test_r11_8_a_sentence_for_administrators_is_not_shown_once_it_is_over() -> None:
    last = LastSync(ended_at=NOON, result=SyncResult.FAILED, message="The Staff Member has to...")
    again = replace(ACTIVE.connection, last_sync=last, resync_wanted=True)

    assert "The Staff Member" not in settings_page(replace(ACTIVE, connection=again))


def test_r10_6_a_resync_says_that_it_waits_for_the_end_of_a_failure() -> None:
    stuck = replace(
        ACTIVE.connection,
        resync_wanted=True,
        progress=Progress(done=0, total=0),
        missing=Missing(what="mailbox", since=NOON, looks=1),
    )
    text = section(settings_page(replace(ACTIVE, connection=stuck)), "status-title")

    assert "Resync: waits until this is over" in text
    assert "getting ready" not in text


def test_r10_4_who_lost_the_mailbox_is_told_so_beside_the_invitation_to_sign_in() -> None:
    lost = replace(
        CONNECTION,
        state=ConnectionState.INVITED,
        microsoft=None,
        problem=Problem(code="mailbox_gone", message="For administrators."),
    )
    page = settings_page(replace(VIEW, connection=lost, account=None))

    assert "has no mailbox any more" in section(page, "status-title")


def test_an_unknown_problem_is_said_as_it_is_stored() -> None:
    known = replace(ACTIVE.connection, problem=Problem(code="new", message="Something new."))

    assert "Something new." in settings_page(replace(ACTIVE, connection=known))


@pytest.mark.parametrize(
    ("action", "direction", "result", "words"),
    [
        (ActivityAction.CREATED, Direction.TO_OUTLOOK, ActivityResult.OK, "Created in Outlook"),
        (
            ActivityAction.MOVED,
            Direction.TO_BOOKING,
            ActivityResult.REFUSED,
            "Could not be moved in the booking calendar",
        ),
        (ActivityAction.DELETED, Direction.BOTH, ActivityResult.OK, "Deleted in both calendars"),
        (
            ActivityAction.HELD,
            Direction.TO_BOOKING,
            ActivityResult.OK,
            "Held back, and you were asked",
        ),
        (ActivityAction.ANSWERED, Direction.BOTH, ActivityResult.OK, "No longer held back"),
    ],
)
def test_r12_1_a_line_of_activity_says_what_was_done_where(
    action: ActivityAction, direction: Direction, result: ActivityResult, words: str
) -> None:
    entry = Line(at=NOON, direction=direction, action=action, result=result, title="T")
    many = replace(entry, count=12)

    assert words in settings_page(replace(ACTIVE, activity=(entry,)))
    is_question = action in {ActivityAction.HELD, ActivityAction.ANSWERED}
    shown = words if is_question else f"{words}: 12 items"
    assert f"{shown}</p>" in settings_page(replace(ACTIVE, activity=(many,)))


def test_r10_1_the_confirmation_counts_what_will_go() -> None:
    dialog = settings_page(ACTIVE).split("<dialog")[1].split("</dialog>")[0]

    assert "14 events" in dialog
    assert "3 reserves" in dialog


def test_r2_3_the_plugin_page_has_no_place_for_an_address_or_contents() -> None:
    names = set(StaffRow.__dataclass_fields__)

    assert not names & {"email", "contact_email", "settings", "title", "microsoft"}


def test_r11_8_a_person_whose_sync_fails_has_no_green_badge() -> None:
    text = staff_page(
        replace(
            PLUGIN.table.rows[0],
            last_sync_at=NOON,
            last_sync_result="failed",
            notes=(Note(text="It fails.", is_bad=True),),
        )
    )

    assert "Not syncing properly" in text
    assert "badge good" not in text


def test_r12_3_nothing_waits_for_somebody_who_was_deactivated() -> None:
    past = replace(PLUGIN.table.rows[0], last_sync_at=NOON, last_sync_result="partial")
    before = staff_page(past)
    after = staff_page(replace(past, active=False, state="inactive"))

    assert "some items are waiting" in before
    assert "some items are waiting" not in after


@pytest.mark.parametrize("title", [", appointments", ",", f"{'9' * 5_000} appointments"])
def test_r12_1_a_title_that_looks_like_a_number_of_appointments_is_shown(title: str) -> None:
    """Anybody may send an invitation with it."""
    entry = Line(
        at=NOON,
        direction=Direction.TO_BOOKING,
        action=ActivityAction.CREATED,
        result=ActivityResult.OK,
        title=title,
        start=NOON,
    )
    missing = replace(KIM, title=title)

    page = settings_page(replace(ACTIVE, activity=(entry,), waiting=(missing,)))

    assert page.count(f"<strong>{title}</strong>") == 2


@pytest.mark.parametrize("state", ConnectionState)
def test_every_state_has_a_page(state: ConnectionState) -> None:
    view = replace(ACTIVE, connection=replace(CONNECTION, state=state))

    assert "<h1>My calendar sync</h1>" in settings_page(view)


def test_r10_3_who_has_to_sign_in_again_is_offered_that() -> None:
    lost = replace(CONNECTION, state=ConnectionState.RECONNECT_NEEDED)

    assert 'href="/auth/microsoft"' in settings_page(replace(ACTIVE, connection=lost))


def test_r2_4_who_may_only_view_is_told_what_that_means() -> None:
    viewer = replace(STAFF, access_type=AccessType.VIEW_ONLY)
    form = settings_page(replace(VIEW, connection=replace(CONNECTION, staff=viewer)))
    running = settings_page(replace(ACTIVE, connection=replace(ACTIVE.connection, staff=viewer)))

    assert "Your access type is view only" in form
    assert "no: your access type is view only" in running
    assert "puts the event back" in running


def test_r5_7_a_resync_that_waits_to_begin_shows_its_bar_too() -> None:
    wanted = replace(
        resync_asked(ACTIVE.connection, "again", NOON),
        last_sync=LastSync(ended_at=NOON, result=SyncResult.OK),
    )

    text = settings_page(replace(ACTIVE, connection=wanted))

    assert Outline(text).all("progress")
    assert "data-busy" in text


def test_r5_7_a_sync_that_has_ended_and_has_its_mail_still_to_queue_shows_no_bar() -> None:
    """The page waited a minute for the end of something that was over."""
    ended = replace(
        ACTIVE.connection,
        resync_wanted=True,
        last_sync=LastSync(ended_at=NOON, result=SyncResult.OK),
    )

    text = settings_page(replace(ACTIVE, connection=ended))

    assert not Outline(text).all("progress")
    assert "data-busy" not in text
