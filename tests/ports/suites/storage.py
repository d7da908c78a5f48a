"""What the small repositories have to do: claims, subscriptions, flows, mails, tokens.

Subclasses give the fixture of each suite, empty and with the clock of the fixture ``clock``.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from sync.errors import Changed, Unavailable
from sync.people.people import MicrosoftAccount, Subscription
from sync.ports import (
    CalendarClaims,
    FlowRepository,
    Limit,
    MailLimits,
    SentMails,
    SubscriptionIndex,
    TokenCaches,
)
from sync.words import CalendarId
from tests.fakes.clock import START, FakeClock
from tests.ports.suites.connections import person

ANN = person("ann")
BEN = person("ben", "acc-2")
ACCOUNT = MicrosoftAccount(id="home.tenant", address="shared@example.org")
CALENDAR = CalendarId("AAMkAG/+=")
SUBSCRIPTION = Subscription(id="7f10-sub", expires_at=START, client_state="secret")
#: All parts of the keys of sent mails and of limits.
PARTS = tuple(f"{number:02x}" for number in range(256))
LONG_AGO, FAR_AHEAD = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2100))
LATER = START + timedelta(minutes=10)


class ClaimsContract:
    """R5.2: a calendar serves one person at most."""

    async def test_r5_2_the_first_has_the_calendar(self, claims: CalendarClaims) -> None:
        assert await claims.claim(ACCOUNT, CALENDAR, ANN)
        assert not await claims.claim(ACCOUNT, CALENDAR, BEN)
        assert await claims.claim(ACCOUNT, CALENDAR, ANN)

    async def test_r5_2_of_two_who_press_at_once_one_wins(self, claims: CalendarClaims) -> None:
        people = [person(f"s{number}") for number in range(10)]

        answers = await asyncio.gather(*(claims.claim(ACCOUNT, CALENDAR, who) for who in people))

        assert answers.count(True) == 1
        assert await claims.claim(ACCOUNT, CALENDAR, people[answers.index(True)])

    async def test_other_calendars_and_accounts_are_free(self, claims: CalendarClaims) -> None:
        other = MicrosoftAccount(id="other.tenant", address=ACCOUNT.address)
        await claims.claim(ACCOUNT, CALENDAR, ANN)

        assert await claims.claim(ACCOUNT, CalendarId("AAMkAG/+=x"), BEN)
        assert await claims.claim(other, CALENDAR, BEN)

    async def test_an_account_is_known_by_its_id_not_its_address(
        self, claims: CalendarClaims
    ) -> None:
        renamed = MicrosoftAccount(id=ACCOUNT.id, address="new@example.org")
        await claims.claim(ACCOUNT, CALENDAR, ANN)

        assert not await claims.claim(renamed, CALENDAR, BEN)

    async def test_only_its_owner_gives_it_back(self, claims: CalendarClaims) -> None:
        await claims.claim(ACCOUNT, CALENDAR, ANN)

        await claims.release(ACCOUNT, CALENDAR, BEN)
        assert not await claims.claim(ACCOUNT, CALENDAR, BEN)
        await claims.release(ACCOUNT, CALENDAR, ANN)
        await claims.release(ACCOUNT, CALENDAR, ANN)

        assert await claims.claim(ACCOUNT, CALENDAR, BEN)


class SubscriptionsContract:
    """R11.1: who is behind a change notification."""

    async def test_the_person_is_found_by_id_and_client_state(
        self, subscriptions: SubscriptionIndex
    ) -> None:
        await subscriptions.put(SUBSCRIPTION, ANN)

        assert await subscriptions.find("7f10-sub", "secret") == ANN
        assert await subscriptions.find("7f10-sub", "secreT") is None
        assert await subscriptions.find("7f10-sub", "") is None
        assert await subscriptions.find("another", "secret") is None

    async def test_what_anybody_posts_as_an_id_is_only_unknown(
        self, subscriptions: SubscriptionIndex
    ) -> None:
        for text in ("", "/\\#?", "ä\0\n", "x" * 5000, "' or 1 eq 1"):
            assert await subscriptions.find(text, text) is None

    async def test_an_entry_is_replaced_and_dropped(self, subscriptions: SubscriptionIndex) -> None:
        await subscriptions.put(SUBSCRIPTION, ANN)
        await subscriptions.put(
            Subscription(id="7f10-sub", expires_at=LATER, client_state="new"), BEN
        )
        assert await subscriptions.find("7f10-sub", "secret") is None
        assert await subscriptions.find("7f10-sub", "new") == BEN

        await subscriptions.drop("7f10-sub")
        await subscriptions.drop("7f10-sub")

        assert await subscriptions.find("7f10-sub", "new") is None

    async def test_an_entry_has_an_end(self, subscriptions: SubscriptionIndex) -> None:
        other = replace(SUBSCRIPTION, id="other")
        await subscriptions.put(SUBSCRIPTION, ANN)
        await subscriptions.put(other, BEN)
        part = sha256(other.id.encode()).hexdigest()[:2]

        await asyncio.gather(*(subscriptions.forget(each, LONG_AGO) for each in PARTS))
        await subscriptions.forget(part, FAR_AHEAD)

        assert await subscriptions.find(SUBSCRIPTION.id, "secret") == ANN
        assert await subscriptions.find(other.id, "secret") is None


class FlowsContract:
    """R4.4: log-ins under way."""

    async def test_r4_4_a_flow_is_read_until_it_expires(
        self, flows: FlowRepository, clock: FakeClock
    ) -> None:
        await flows.save("id/1", "ä" * 40_000, LATER)

        assert await flows.load("id/1") == "ä" * 40_000
        assert await flows.load("id/2") is None
        clock.advance(600)
        assert await flows.load("id/1") is None

    async def test_a_flow_is_replaced(self, flows: FlowRepository) -> None:
        await flows.save("id", "one", LATER)
        await flows.save("id", "two", LATER)

        assert await flows.load("id") == "two"

    async def test_r4_4_a_flow_is_dropped_by_one(self, flows: FlowRepository) -> None:
        await flows.save("id", "content", LATER)

        answers = await asyncio.gather(*(flows.drop("id") for _ in range(6)))

        assert answers.count(True) == 1
        assert await flows.load("id") is None
        assert not await flows.drop("id")

    async def test_r4_4_what_nobody_came_back_for_is_deleted(self, flows: FlowRepository) -> None:
        ids = [f"id-{number}" for number in range(40)]
        for flow_id in ids:
            await flows.save(flow_id, "content", LATER)
        part = sha256(b"id-0").hexdigest()[0]

        await flows.forget(part, LATER - timedelta(microseconds=1))
        assert await flows.load("id-0") is not None
        await flows.forget(part, LATER)

        left = [flow_id for flow_id in ids if await flows.load(flow_id) is not None]
        assert left == [each for each in ids if sha256(each.encode()).hexdigest()[0] != part]


class SentMailsContract:
    """R9.5: one mail for one cause."""

    async def test_r9_5_a_mail_was_sent_once_it_is_marked(self, sent: SentMails) -> None:
        assert not await sent.was_sent("cause/1")

        await sent.mark_sent("cause/1")

        assert await sent.was_sent("cause/1")
        assert not await sent.was_sent("cause/2")

    async def test_r9_5_to_ask_marks_nothing(self, sent: SentMails) -> None:
        await sent.was_sent("cause")

        assert not await sent.was_sent("cause")

    async def test_r9_5_a_mark_may_be_set_again_and_by_several_at_once(
        self, sent: SentMails
    ) -> None:
        await asyncio.gather(*(sent.mark_sent("cause") for _ in range(6)))

        assert await sent.was_sent("cause")

    async def test_a_mark_has_an_end(self, sent: SentMails) -> None:
        await sent.mark_sent("cause/1")
        await sent.mark_sent("cause/2")

        await asyncio.gather(*(sent.forget(part, LONG_AGO) for part in PARTS))
        assert await sent.was_sent("cause/1")
        await asyncio.gather(*(sent.forget(part, FAR_AHEAD) for part in PARTS))

        assert not await sent.was_sent("cause/1")
        assert not await sent.was_sent("cause/2")


MINUTE = timedelta(minutes=1)
TWO_A_MINUTE = (Limit(count=2, span=MINUTE),)
TWO_A_MINUTE_THREE_AN_HOUR = (*TWO_A_MINUTE, Limit(count=3, span=timedelta(hours=1)))
SECOND = timedelta(seconds=1)


class MailLimitsContract:
    """R9.7, R3.6: how often something may be done."""

    async def test_r9_7_so_many_fit_and_one_more_is_told_when(self, limits: MailLimits) -> None:
        assert await limits.take("ann@example.org", "1", TWO_A_MINUTE, START) is None
        assert await limits.take("ann@example.org", "2", TWO_A_MINUTE, START + SECOND) is None

        later = await limits.take("ann@example.org", "3", TWO_A_MINUTE, START + 2 * SECOND)
        assert later == START + MINUTE
        assert await limits.take("ann@example.org", "3", TWO_A_MINUTE, later) is None

    async def test_r9_7_what_was_refused_is_not_counted(self, limits: MailLimits) -> None:
        for number in range(20):
            await limits.take("key", str(number), TWO_A_MINUTE, START)

        assert await limits.take("key", "new", TWO_A_MINUTE, START + MINUTE) is None

    async def test_r9_5_one_name_is_counted_once(self, limits: MailLimits) -> None:
        for _ in range(5):
            assert await limits.take("key", "the same", TWO_A_MINUTE, START) is None

        assert await limits.take("key", "another", TWO_A_MINUTE, START) is None
        assert await limits.take("key", "a third", TWO_A_MINUTE, START) is not None

    async def test_r9_7_the_strictest_limit_counts(self, limits: MailLimits) -> None:
        for minute in range(3):
            at = START + minute * MINUTE
            name = str(minute)
            assert await limits.take("key", name, TWO_A_MINUTE_THREE_AN_HOUR, at) is None

        at = START + 5 * MINUTE
        later = await limits.take("key", "more", TWO_A_MINUTE_THREE_AN_HOUR, at)
        assert later == START + timedelta(hours=1)

    async def test_r3_6_what_is_booked_ahead_counts(self, limits: MailLimits) -> None:
        once = (Limit(count=1, span=MINUTE),)
        assert await limits.take("key", "ahead", once, START + MINUTE) is None

        assert await limits.take("key", "now", once, START) == START + 2 * MINUTE

    async def test_r9_7_keys_do_not_touch_each_other(self, limits: MailLimits) -> None:
        once = (Limit(count=1, span=MINUTE),)
        assert await limits.take("ann/#?@example.org", "1", once, START) is None

        assert await limits.take("ben@example.org", "1", once, START) is None
        assert await limits.take("ann/#?@example.org", "2", once, START) is not None

    async def test_what_is_given_back_is_free_again(self, limits: MailLimits) -> None:
        once = (Limit(count=1, span=MINUTE),)
        await limits.take("key", "1", once, START)

        await limits.give_back("key", "never taken")
        await limits.give_back("never known", "1")
        assert await limits.take("key", "2", once, START) is not None
        await limits.give_back("key", "1")

        assert await limits.take("key", "2", once, START) is None

    async def test_r9_7_of_many_at_once_so_many_go(self, limits: MailLimits) -> None:
        five = (Limit(count=5, span=MINUTE),)

        answers = await asyncio.gather(
            *(limits.take("key", str(number), five, START) for number in range(8)),
            return_exceptions=True,
        )

        # Who lost the race time and again comes later; nobody is counted twice.
        assert answers.count(None) <= 5
        assert all(
            answer is None or answer == START + MINUTE or isinstance(answer, Unavailable)
            for answer in answers
        )

    async def test_a_count_has_an_end(self, limits: MailLimits) -> None:
        once = (Limit(count=1, span=MINUTE),)
        await limits.take("key", "1", once, START)

        await asyncio.gather(*(limits.forget(part, LONG_AGO) for part in PARTS))
        assert await limits.take("key", "2", once, START) is not None
        await asyncio.gather(*(limits.forget(part, FAR_AHEAD) for part in PARTS))

        assert await limits.take("key", "2", once, START) is None


class TokenCachesContract:
    """One cache for each person."""

    async def test_a_person_has_none_at_first(self, caches: TokenCaches) -> None:
        assert await caches.load(ANN) is None

    async def test_a_cache_is_kept_for_its_person(self, caches: TokenCaches) -> None:
        text = "{tokens ä}" * 9000
        stored = await caches.save(ANN, text, None)

        assert stored.value == text
        assert await caches.load(ANN) == stored
        assert await caches.load(BEN) is None

    async def test_a_write_on_what_has_changed_is_refused(self, caches: TokenCaches) -> None:
        first = await caches.save(ANN, "one", None)
        second = await caches.save(ANN, "two", first.etag)

        with pytest.raises(Changed):
            await caches.save(ANN, "three", first.etag)

        assert await caches.load(ANN) == second

    async def test_a_write_without_a_condition_wins(self, caches: TokenCaches) -> None:
        await caches.save(ANN, "one", None)

        stored = await caches.save(ANN, "two", None)

        assert await caches.load(ANN) == stored

    async def test_r3_3_a_cache_is_destroyed_and_stays_so(self, caches: TokenCaches) -> None:
        stored = await caches.save(ANN, "one", None)

        await caches.delete(ANN)
        await caches.delete(ANN)

        assert await caches.load(ANN) is None
        with pytest.raises(Changed):
            await caches.save(ANN, "two", stored.etag)
