"""What every ``ConnectionRepository`` and ``LocationRepository`` has to do.

Subclasses give the fixtures ``connections`` and ``locations``, empty.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sync.errors import AlreadyExists, Changed
from sync.people.people import (
    AccessType,
    Connection,
    ConnectionState,
    EnabledLocations,
    Goal,
    Invitation,
    InvitationStatus,
    LastSync,
    MicrosoftAccount,
    Problem,
    Progress,
    StaffMember,
    Subscription,
    SyncResult,
    SyncSettings,
)
from sync.ports import ConnectionRepository, LocationRepository
from sync.words import AccountId, CalendarId, ConnectionId, LocationId, PersonKey, ShowAs, StaffId
from tests.fakes.clock import START

SECOND = timedelta(seconds=1)
ACCOUNT = AccountId("acc-1")


def person(staff_id: str = "ann", account_id: str = ACCOUNT) -> PersonKey:
    """Names a person."""
    return PersonKey(account_id=AccountId(account_id), staff_id=StaffId(staff_id))


def connection(
    who: PersonKey | None = None,
    *,
    due_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Connection:
    """Gives a Connection with little in it."""
    who = who or person()
    return Connection(
        person=who,
        active=True,
        state=ConnectionState.ACTIVE,
        staff=StaffMember(
            id=who.staff_id,
            name="Ann",
            access_type=AccessType.STAFF,
            location_ids=frozenset({LocationId("loc-1")}),
            time_zone="Europe/Berlin",
        ),
        due_at=due_at,
        subscription=None
        if ends_at is None
        else Subscription(id="sub", expires_at=ends_at, client_state="state"),
    )


def full_connection() -> Connection:
    """Gives a Connection with everything in it."""
    return replace(
        connection(due_at=START, ends_at=START + timedelta(microseconds=1)),
        invitation=Invitation(id="i1", status=InvitationStatus.SENT, expires_at=START, used=True),
        microsoft=MicrosoftAccount(id="home.tenant", address="ann@example.org"),
        settings=SyncSettings(
            calendar_id=CalendarId("AAMk/+=" * 30),
            contact_email="änn@example.org",
            show_as=frozenset(ShowAs),
        ),
        calendar_name="Kalender",
        calendar_owner="ann@example.org",
        calendar_is_default=True,
        connection_id=ConnectionId("c1"),
        progress=Progress(done=1, total=2),
        last_sync=LastSync(
            ended_at=START, result=SyncResult.PARTIAL, message="m", counts={"b": 2, "a": 1}
        ),
        waiting=3,
        problem=Problem(code="code", message="message"),
        left_behind=4,
        goal=Goal.INACTIVE,
        resync_wanted=True,
        policy="fingerprint",
        session_epoch=5,
    )


class ConnectionsContract:
    """The suite for Connections."""

    async def test_somebody_never_activated_has_none(
        self, connections: ConnectionRepository
    ) -> None:
        assert await connections.get(person()) is None

    async def test_a_connection_is_deleted_as_it_is_known(
        self, connections: ConnectionRepository
    ) -> None:
        first = await connections.put(connection(), None)
        second = await connections.put(connection(due_at=START), first.etag)

        with pytest.raises(Changed):
            await connections.delete(person(), first.etag)
        await connections.delete(person(), second.etag)
        with pytest.raises(Changed):
            await connections.delete(person(), second.etag)

        assert await connections.get(person()) is None

    async def test_a_connection_comes_back_with_all_it_had(
        self, connections: ConnectionRepository
    ) -> None:
        stored = await connections.put(full_connection(), None)

        assert stored.value == full_connection()
        assert await connections.get(person()) == stored

    async def test_a_member_that_was_taken_away_is_gone(
        self, connections: ConnectionRepository
    ) -> None:
        stored = await connections.put(full_connection(), None)

        await connections.put(connection(), stored.etag)

        found = await connections.get(person())
        assert found is not None
        assert found.value == connection()
        assert await every_due(connections, START + SECOND) == []

    async def test_a_second_first_write_is_refused(self, connections: ConnectionRepository) -> None:
        await connections.put(connection(), None)

        with pytest.raises(AlreadyExists):
            await connections.put(full_connection(), None)

    async def test_a_write_on_what_has_changed_is_refused(
        self, connections: ConnectionRepository
    ) -> None:
        first = await connections.put(connection(), None)
        second = await connections.put(full_connection(), first.etag)

        with pytest.raises(Changed):
            await connections.put(connection(), first.etag)
        with pytest.raises(Changed):
            await connections.put(connection(person("nobody")), first.etag)

        assert await connections.get(person()) == second

    async def test_of_many_writers_on_one_state_one_wins(
        self, connections: ConnectionRepository
    ) -> None:
        first = await connections.put(connection(), None)

        answers = await asyncio.gather(
            *(connections.put(connection(), first.etag) for _ in range(8)), return_exceptions=True
        )

        assert sum(isinstance(answer, Changed) for answer in answers) == 7

    async def test_an_account_lists_its_own_people(self, connections: ConnectionRepository) -> None:
        for who in (person("b"), person("a"), person("c", "acc-10"), person("d", "acc")):
            await connections.put(connection(who), None)

        found = await connections.of_account(ACCOUNT)

        assert [one.person for one in found] == [person("a"), person("b")]

    async def test_r12_5_an_account_has_another_version_after_each_write_to_its_people(
        self, connections: ConnectionRepository
    ) -> None:
        async def version() -> str:
            return await connections.version_of_account(ACCOUNT)

        versions = [await version()]
        first = await connections.put(connection(person("a")), None)
        versions.append(await version())
        await connections.put(connection(person("b")), None)
        versions.append(await version())
        again = await connections.put(connection(person("a")), first.etag)
        versions.append(await version())
        await connections.delete(person("a"), again.etag)
        versions.append(await version())
        await connections.put(connection(person("a", "acc-10")), None)

        assert len(set(versions)) == len(versions)
        assert await version() == versions[-1]

    async def test_ids_with_any_characters_are_kept_apart(
        self, connections: ConnectionRepository
    ) -> None:
        people = [person("a/b"), person("a\\b"), person("a?b#"), person("ä" * 300), person("A/B")]
        for who in people:
            await connections.put(connection(who, due_at=START), None)

        assert [await _whose(connections, who) for who in people] == people
        assert sorted(await every_due(connections, START), key=str) == sorted(people, key=str)

    async def test_r11_3_who_is_due_is_found_by_shard(
        self, connections: ConnectionRepository
    ) -> None:
        people = [person("ann", f"acc-{number}") for number in range(40)]
        for who in people:
            await connections.put(connection(who, due_at=START), None)
        await connections.put(connection(person("later", "x"), due_at=START + SECOND), None)
        await connections.put(connection(person("never", "y")), None)

        shards = [await connections.due(shard, START) for shard in range(16)]

        found = [who for shard in shards for who in shard]
        assert sorted(found, key=str) == sorted(people, key=str)
        assert sum(1 for shard in shards if shard) > 8

    async def test_due_is_exact_to_the_microsecond(self, connections: ConnectionRepository) -> None:
        tick = timedelta(microseconds=1)
        await connections.put(connection(due_at=START), None)

        assert await every_due(connections, START - tick) == []
        assert await every_due(connections, START) == [person()]

    async def test_r11_3_expiring_subscriptions_are_found_by_shard(
        self, connections: ConnectionRepository
    ) -> None:
        await connections.put(connection(ends_at=START), None)
        await connections.put(connection(person("later"), ends_at=START + SECOND), None)
        await connections.put(connection(person("none"), due_at=START), None)

        found = [who for shard in range(16) for who in await connections.expiring(shard, START)]

        assert found == [person()]


class LocationsContract:
    """The suite for enabled Locations."""

    async def test_an_account_has_none_at_first(self, locations: LocationRepository) -> None:
        assert await locations.get(ACCOUNT) is None

    async def test_they_are_written_and_replaced(self, locations: LocationRepository) -> None:
        many = EnabledLocations(
            account_id=ACCOUNT,
            location_ids=frozenset(LocationId(f"loc-{number}") for number in range(50)),
        )
        await locations.put(many, None)
        first = await locations.get(ACCOUNT)
        assert first is not None
        assert first.value == many

        await locations.put(EnabledLocations(account_id=ACCOUNT), first.etag)

        second = await locations.get(ACCOUNT)
        assert second is not None
        assert second.value == EnabledLocations(account_id=ACCOUNT)

    async def test_a_write_on_what_has_changed_is_refused(
        self, locations: LocationRepository
    ) -> None:
        enabled = EnabledLocations(account_id=ACCOUNT)
        await locations.put(enabled, None)
        first = await locations.get(ACCOUNT)
        assert first is not None
        await locations.put(enabled, first.etag)

        with pytest.raises(Changed):
            await locations.put(enabled, first.etag)
        with pytest.raises(Changed):
            await locations.put(enabled, None)


async def every_due(connections: ConnectionRepository, before: datetime) -> list[PersonKey]:
    """Asks all shards."""
    return [who for shard in range(16) for who in await connections.due(shard, before)]


async def _whose(connections: ConnectionRepository, who: PersonKey) -> PersonKey | None:
    found = await connections.get(who)
    return None if found is None else found.value.person
