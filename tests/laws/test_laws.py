"""The engine's laws over all that can have happened to one Link: nothing here is drawn by chance.

``small_world.combinations`` names every combination of kind, rights, choice, act in the booking
product, act in Outlook, hold, intent and port. A share of them is played in each run:
``LAWS=all`` plays them all, in some eight minutes.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from sync.engine.actions import Drop, Wait
from sync.engine.items import BookingKind
from sync.engine.links import Why
from sync.engine.plan import plan
from tests.laws.small_world import (
    CANARY,
    NOW,
    Small,
    Told,
    act_in_booking,
    act_in_outlook,
    booking_pair,
    build,
    combinations,
    outlook_pair,
)

#: One in so many combinations is played, of those that a law looks at; a prime, so that each
#: value of each part comes with each of the others.
SHARE = 1 if os.environ.get("LAWS") == "all" else 53


def some(offset: int, **parts: str) -> Iterator[tuple[Told, Small]]:
    """Gives a share of the combinations, built; ``parts`` narrows them."""
    names = ("kind", "access", "choice", "booking", "outlook", "hold", "intent", "port")
    for place, told in enumerate(combinations()):
        if place % SHARE == offset % SHARE and all(
            told[names.index(name)] == value for name, value in parts.items()
        ):
            yield told, build(told)


def test_l1_every_combination_gives_one_step_and_the_order_of_links_means_nothing() -> None:
    for told, world in some(1):
        one, other = plan(world.scene()), plan(build(told).scene(shuffled=True))

        assert sorted(map(repr, one.writes)) == sorted(map(repr, other.writes)), told
        assert sorted(map(repr, one.notes)) == sorted(map(repr, other.notes)), told


def test_l2_r8_10_an_appointment_goes_only_after_two_looks_a_minute_apart() -> None:
    for told, world in some(2, kind="appointment"):
        since = {"unproven old": 120, "unproven young": 30}.get(told[5])
        first = None if since is None else NOW - timedelta(seconds=since)
        world.settle()
        for what, when in world.deleted:
            if what != "item":
                continue
            assert told[4] == "gone", told
            looks = [look for look in world.looks if look <= when]
            first = first or looks[0]
            assert when - first >= timedelta(seconds=60), told
            assert looks[-1] <= when, told


def test_l2_one_answer_that_contradicts_takes_nothing_away() -> None:
    for port in ("404 once", "lists fail", "lags"):
        for told, world in some(3, port=port):
            if told[3] == "gone" or told[4] in {"gone", "free", "elsewhere", "all-day", "passed"}:
                continue
            if told[0] == "meeting" and (told[4] in {"far", "series"} or told[1] == "view_only"):
                # It takes no part any more, whatever a read says.
                continue
            world.settle()

            assert "item" not in {what for what, _ in world.deleted}, told
            assert world.item is not None, told


def test_l3_l8_r8_8_a_fixed_point_is_reached_and_a_second_round_writes_nothing() -> None:
    for told, world in some(4):
        if world.refuses or world.lists_fail or told[4] == "unreadable":
            continue
        world.settle()
        held = [link for link in world.links.values() if link.intent is not None]

        assert held == [], told
        assert world.leftovers == set(), told
        assert world.round() == 0, told


def test_l3_r11_5_what_waits_for_more_than_a_look_has_nothing_in_doubt() -> None:
    """A call in doubt makes each run look, and try again all that was refused (seed 11001259)."""
    looks = {None, Why.UNREADABLE, Why.STALE, Why.PUT_BACK, Why.REFUSED}
    for told, world in some(8):
        for note in plan(world.scene()).notes:
            if isinstance(note, Drop):
                continue
            hold = note.hold if isinstance(note, Wait) else note.link.hold
            why = None if hold is None else hold.why
            assert note.link.intent is None or why in looks, told


@pytest.mark.parametrize("minutes", [1, 5, 15, 45])
@pytest.mark.parametrize("act", ["same", "moved", "touched", "new id"])
def test_l3_r8_14_no_rounding_is_ever_a_change(minutes: int, act: str) -> None:
    for world in (booking_pair(BookingKind.APPOINTMENT), outlook_pair()):
        world.grain = timedelta(minutes=minutes)
        act_in_outlook(world, act)
        world.settle()

        assert world.round() == 0
        if world.item is not None and world.item.external_ref is None:
            assert world.event is not None
            assert world.event.interval == world.item.interval


def test_l4_r8_15_what_is_older_than_our_own_write_changes_nothing() -> None:
    for told, world in some(5, port="lags", access="staff"):
        before = world.item
        if told[3] != "same" or told[4] in {"elsewhere", "new id", "gone"} or told[6] != "none":
            continue
        scene = world.scene()

        assert plan(scene).writes == (), told
        assert world.item == before


def test_l6_r11_5_a_death_at_any_write_changes_nothing_in_the_end() -> None:
    for told, undisturbed in some(6, port="accepts"):
        undisturbed.settle()
        for place in range(1, undisturbed.writes + 1):
            for takes_effect in (False, True):
                world = build(told)
                world.dies_at, world.takes_effect = place, takes_effect
                world.settle()

                assert outcome(world) == outcome(undisturbed), (told, place, takes_effect)


def test_l9_r7_3_no_private_text_is_in_anything() -> None:
    for told, world in some(7, outlook="private"):
        if world.event is not None:
            world.event = replace(world.event, subject=CANARY, body=CANARY)
        todo = plan(world.scene())
        world.settle()

        private = [write for write in todo.writes if CANARY in repr(getattr(write, "content", ""))]
        assert private == [], told
        assert CANARY not in repr((world.links, world.tells, world.activity, world.item)), told


def outcome(world: Small) -> tuple[object, ...]:
    """Gives what people see in the end; ids and versions apart."""
    item, event = world.item, world.event
    return (
        None if item is None else (item.interval, item.title, item.customer_name),
        None if event is None else (event.interval, event.is_all_day, world.calendar),
        sorted({(tell.title, tell.tried, tell.state) for tell in world.tells}),
        len(world.tells),
    )


def test_the_acts_do_something() -> None:
    world = booking_pair(BookingKind.APPOINTMENT)
    act_in_booking(world, "gone")

    assert world.item is None
