"""The whole service in memory: real services and planner over fakes, a clock that is set by hand.

``World`` holds any number of people. ``settle`` works off the queues as the host would, one job
after another, and moves the clock on to whatever comes next; ``sync`` is one wake-up and all that
follows from it. The services reach their ports over a ``Wire``, where calls can fail and die.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from simulators.host.process import ROOT
from simulators.host.settings import read_host_options
from sync.bootstrap import compose
from sync.engine.items import BookingItem, OutlookItem
from sync.engine.links import Link, Side, Why
from sync.engine.telling import ActivityEntry, Tell
from sync.engine.texts import Product
from sync.errors import SyncError, TransientError
from sync.people.people import (
    AccessType,
    Account,
    Connection,
    ConnectionState,
    EnabledLocations,
    Location,
    MicrosoftAccount,
    StaffMember,
    SyncSettings,
)
from sync.people.sweep import SHARDS
from sync.ports import Cause, MailJob, MailKind, SignIn, Stored, SyncJob
from sync.words import (
    AccountId,
    CalendarId,
    Interval,
    LocationId,
    OutlookItemId,
    PersonKey,
    StaffId,
)
from tests.fakes.outside import Memory, settings_of
from tests.fakes.queues import Queued
from tests.stories.sync.wire import Crash, Wire, Worker, working

ACCOUNT = AccountId("acme")
NORTH = LocationId("north")
SOUTH = LocationId("south")
PRODUCT = Product(name="DaySmart Appointments", tag="DA")
#: Ports whose calls can fail and die, as the wire calls them.
WIRED = {
    "booking": "booking",
    "outlook": "calendars",
    "sign_in": "microsoft",
    "connections": "connections",
    "locations": "locations",
    "ledger": "ledger",
    "claims": "claims",
    "index": "subscriptions",
    "sent": "sent",
    "limits": "limits",
    "jobs": "jobs",
    "email": "email",
}
#: More jobs than any sensible history needs: past it, something feeds on itself.
PATIENCE = 300
#: Until a message comes again whose worker died; the Azure host takes ten minutes.
AFTER_DEATH = timedelta(minutes=2)
#: Until one comes again whose worker failed, as host.json says.
AFTER_FAILURE = read_host_options(ROOT).queues.visibility_timeout
#: How far ``settle`` goes on to what is due later: second looks, and the first few further tries.
SOON = timedelta(minutes=4)


class World(Memory):
    """Everything outside the product in memory, and the product's services on it."""

    def __init__(self, **settings: int) -> None:
        super().__init__()
        self.mailed: list[tuple[MailJob, tuple[Tell, ...]]] = []
        self.wire = Wire()
        self.failures = 0
        outside = self.outside()
        # What tells the time or makes ids does not fail.
        ports = {of: self.wire.through(name, getattr(outside, of)) for name, of in WIRED.items()}
        self.app = compose(settings_of(**settings), replace(outside, **ports))
        self.waker = self.app.waker
        self.sweep = self.app.sweep
        self.service = self.app.my_connection
        self.subscriptions = self.app.subscriptions
        self.runner = self.app.runner
        self.booking.put_account(
            Account(id=ACCOUNT, name="Acme", time_zone="Europe/Berlin", idle_logout_minutes=60)
        )
        for location_id in (NORTH, SOUTH):
            self.booking.put_location(
                ACCOUNT,
                Location(id=location_id, name=location_id.title(), time_zone="Europe/Berlin"),
            )
        self.locations.rows[ACCOUNT] = Stored(
            value=EnabledLocations(account_id=ACCOUNT, location_ids=frozenset({NORTH})), etag="1"
        )

    # --- people ---

    def add_person(
        self, name: str = "anna", access_type: AccessType = AccessType.STAFF
    ) -> PersonKey:
        """Makes a Staff Member with a mailbox who is activated and signed in with Microsoft."""
        member = StaffMember(
            id=StaffId(name),
            name=name.title(),
            access_type=access_type,
            location_ids=frozenset({NORTH}),
            time_zone="Europe/Berlin",
            email=f"{name}@example.com",
        )
        person = self.booking.put_staff(ACCOUNT, member)
        self.outlook.add_person(person)
        self.connections.rows[person] = Stored(
            value=Connection(
                person=person,
                active=True,
                state=ConnectionState.AUTHORIZED,
                staff=member,
                microsoft=MicrosoftAccount(id=f"ms-{name}", address=f"{name}@example.org"),
            ),
            etag=f"new-{name}",
        )
        return person

    def settings(self, person: PersonKey, **choices: Any) -> SyncSettings:
        """Gives choices as a person would leave them, but for those named."""
        base = SyncSettings(
            calendar_id=self.calendar(person), contact_email=f"{person.staff_id}@example.com"
        )
        return replace(base, **choices)

    async def start(self, person: PersonKey, **choices: Any) -> None:
        """Presses Start Sync and waits for the end of the first sync."""
        await self.app.choices.start(person, self.settings(person, **choices))
        await self.settle()

    async def started_person(self, name: str = "anna", **choices: Any) -> PersonKey:
        """Makes a person whose sync runs."""
        person = self.add_person(name)
        await self.start(person, **choices)
        return person

    async def booked(
        self, interval: Interval, *, customer: str = "Customer", **fields: Any
    ) -> tuple[PersonKey, BookingItem]:
        """Makes a person whose sync runs, and an Appointment that both calendars show."""
        person = await self.started_person()
        item = self.booking.book(person, interval, customer=customer, **fields)
        await self.sync(person)
        return person, item

    async def met(self, interval: Interval, **fields: Any) -> tuple[PersonKey, OutlookItemId]:
        """Makes a person whose sync runs, and a Meeting that blocks its time."""
        person = await self.started_person()
        meeting = self.outlook.meet(person, interval, **fields)
        await self.sync(person, Cause.OUTLOOK_CHANGED)
        return person, meeting

    async def sign_in_again(self, person: PersonKey) -> None:
        """Signs in again with the same Microsoft account (R10.3)."""
        account = self.connection(person).microsoft
        assert account is not None
        await self.service.attach(person, SignIn(account=account, tokens="new"))

    def set_access(self, person: PersonKey, access_type: AccessType) -> None:
        """Changes a person's access type, as read from the booking product (R2.5)."""
        stored = self.connections.rows[person]
        staff = replace(stored.value.staff, access_type=access_type)
        self.booking.put_staff(ACCOUNT, staff)
        self.connections.rows[person] = Stored(
            value=replace(stored.value, staff=staff), etag=f"{stored.etag}+"
        )

    # --- time and jobs ---

    async def sync(self, person: PersonKey, cause: Cause = Cause.BOOKING_CHANGED) -> None:
        """Wakes a person, and works until nothing is left to do."""
        await self.waker.wake(person, cause)
        await self.settle()

    async def settle(self) -> None:
        """Works off all jobs, moving the clock on to those that are due soon.

        Raises:
            AssertionError: Jobs feed on jobs.
        """
        until = self.clock.now() + SOON
        for _ in range(PATIENCE):
            job = self.jobs.take_sync()
            if job is not None:
                await self.deliver(job)
                continue
            following = min((queued.visible_at for queued in self.jobs.syncs), default=None)
            if following is None or following > until:
                await self.collect_mails()
                return
            self.clock.time = following
        raise AssertionError(f"not quiet after {PATIENCE} jobs: {self.jobs.syncs}")

    async def deliver(self, job: SyncJob) -> None:
        """Runs a job as one worker; where that dies or fails, the message comes again later."""
        try:
            with working(Worker()):
                await self.runner.run(job)
        except (Crash, TransientError) as error:
            self.failures += 1
            rests = AFTER_DEATH if isinstance(error, Crash) else AFTER_FAILURE
            again = Queued(job=job, visible_at=self.clock.now() + rests)
            self.jobs.syncs.append(again)

    async def sweep_all(self) -> None:
        """Lets the timer look after everybody who is due, and works off what follows."""
        for shard in range(SHARDS):
            await self.sweep.run_shard(shard)
        self.jobs.accounts.clear()
        await self.settle()

    async def collect_mails(self) -> None:
        """Lets the courier carry out the queued mails; what fails comes again."""
        again: list[Queued[MailJob]] = []
        while (job := self.jobs.take_mail()) is not None:
            bundles = _bundles(job)
            told = [await self.ledger.tells(job.person, bundle) for bundle in bundles]
            tells = tuple(tell for bundle in told for tell in bundle)
            before = len(self.post.sent)
            try:
                with working(Worker()):
                    await self.app.courier.deliver(job)
            except (Crash, SyncError):
                again.append(Queued(job=job, visible_at=self.clock.now()))
            if len(self.post.sent) > before:
                self.mailed.append((job, tells))
        self.jobs.mails += again

    # --- what there is to see ---

    def connection(self, person: PersonKey) -> Connection:
        """Gives a person's Connection."""
        return self.connections.rows[person].value

    def calendar(self, person: PersonKey) -> CalendarId:
        """Gives the id of the person's default calendar."""
        return self.outlook.default(person)

    def links(self, person: PersonKey) -> tuple[Link, ...]:
        """Gives a person's Links."""
        return tuple(self.ledger.of(person).links.values())

    def link_of(self, person: PersonKey, item_id: str) -> Link:
        """Gives the Link that names an item on either side."""
        found = [x for x in self.links(person) if item_id in {x.booking_id, x.outlook_id}]
        found = [x for x in found if not is_ended(x)]
        assert len(found) == 1, f"{len(found)} Links name {item_id}"
        return found[0]

    def event_of(self, person: PersonKey, item: BookingItem) -> OutlookItem:
        """Gives the event that shows an item of the booking product."""
        link = self.link_of(person, item.id)
        found = [x for x in self.outlook.items(person) if x.id == link.outlook_id]
        assert len(found) == 1, f"{len(found)} events stand for {item.id}"
        return found[0]

    def events(self, person: PersonKey) -> list[OutlookItem]:
        """Gives the events of ours in the person's default calendar."""
        ours = {x.outlook_id for x in self.links(person) if x.origin is Side.BOOKING}
        return [item for item in self.outlook.items(person) if item.id in ours]

    def reserves(self, person: PersonKey) -> list[BookingItem]:
        """Gives the Reserves made from Meetings, oldest start first."""
        return [item for item in self.booking.schedule(person) if item.external_ref is not None]

    def activity(self, person: PersonKey) -> list[ActivityEntry]:
        """Gives the person's activity, oldest first."""
        return [entry for _, entry in self.ledger.of(person).activity]

    def tells(self, person: PersonKey) -> list[Tell]:
        """Gives everything that the person was told by mail about refusals (R9.3)."""
        return [tell for job, told in self.mailed if job.person == person for tell in told]

    def writes(self) -> int:
        """Counts calls so far that could write on either side."""
        return self.booking.writes + self.outlook.writes

    def links_alive(self, person: PersonKey) -> tuple[Link, ...]:
        """Gives the Links that still stand for something."""
        return tuple(x for x in self.links(person) if not is_ended(x))


def _bundles(job: MailJob) -> list[str]:
    """Names the bundles of tells that a mail tells: its own, or those of a sync that ended."""
    if job.kind is MailKind.SYNC_COMPLETED:
        return list(json.loads(job.reference)["bundles"])
    return [job.reference]


def is_ended(link: Link) -> bool:
    """Says whether a Link only remembers an event that is deleted."""
    return link.hold is not None and link.hold.why is Why.ENDED
