"""A practice with two Locations on the fakes, and the services around it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sync.bootstrap import compose
from sync.engine.items import BookingItem, EventContent, OutlookItem, ReserveContent
from sync.engine.links import Base, Kind, Known, Link, Side, booking_key, outlook_key
from sync.engine.marks import event_mark, reserve_ref, transaction_id
from sync.engine.record import Recorder
from sync.people.people import (
    AccessType,
    Account,
    Connection,
    ConnectionState,
    Location,
    MicrosoftAccount,
    StaffMember,
    SyncSettings,
)
from sync.people.staff_list import StaffStatus
from sync.ports import AccountCause, AccountJob, LedgerChange, MailJob, MailKind, SignIn
from sync.words import (
    AccountId,
    CalendarId,
    Interval,
    LocationId,
    OutlookItemId,
    PersonKey,
    StaffId,
)
from tests.fakes.clock import START
from tests.fakes.outside import Memory, settings_of

ACCOUNT = AccountId("acc1")
NORTH, SOUTH = LocationId("north"), LocationId("south")
BOSS, CHIEF, ANNA, BERT = StaffId("boss"), StaffId("chief"), StaffId("anna"), StaffId("bert")
ACCOUNT_RECORD = Account(
    id=ACCOUNT, name="Practice", time_zone="Europe/Berlin", idle_logout_minutes=30
)


def key(staff_id: StaffId) -> PersonKey:
    """Names a person of the practice."""
    return PersonKey(account_id=ACCOUNT, staff_id=staff_id)


def member(
    staff_id: StaffId,
    access_type: AccessType = AccessType.STAFF,
    *locations: LocationId,
    email: str | None = "",
) -> StaffMember:
    """Makes a profile; by default at the northern Location, with an address."""
    return StaffMember(
        id=staff_id,
        name=staff_id.capitalize(),
        access_type=access_type,
        location_ids=frozenset(locations or (NORTH,)),
        time_zone="Europe/Berlin",
        email=f"{staff_id}@example.org" if email == "" else email,
    )


def sign_in(account: str = "ms-anna", tokens: str = "tokens") -> SignIn:
    """Makes what Microsoft confirmed."""
    return SignIn(
        account=MicrosoftAccount(id=account, address=f"{account}@example.org"), tokens=tokens
    )


def hour(number: int) -> Interval:
    """Gives the hour that begins so many hours after the clock's start."""
    begin = START + timedelta(hours=number)
    return Interval(begin, begin + timedelta(hours=1))


def agreed(interval: Interval, *, booking: str, outlook: str) -> Base:
    """Makes the base of a pair that both sides show at one time."""
    return Base(
        booking=Known(version=booking, interval=interval),
        outlook=Known(version=outlook, interval=interval),
        interval=interval,
        text="text",
    )


class Practice(Memory):
    """Boss is hq_admin, Chief location_admin in the north, Anna and Bert work in the north.

    The plugin is enabled in the north.
    """

    def __init__(self) -> None:
        super().__init__()
        app = compose(settings_of(), self.outside())
        self.waker = app.waker
        self.administration = app.administration
        self.activation = app.activation
        self.invitations = app.invitations
        self.choices = app.choices
        self.own = app.my_connection
        self.mail_choices = app.mail_choices
        self.removal = app.removal
        self.subscriptions = app.subscriptions
        self.sweep = app.sweep
        self.booking.put_account(ACCOUNT_RECORD)
        for place in (NORTH, SOUTH):
            self.booking.put_location(
                ACCOUNT, Location(id=place, name=place, time_zone="Europe/Berlin")
            )
        for profile in (
            member(BOSS, AccessType.HQ_ADMIN, NORTH, SOUTH),
            member(CHIEF, AccessType.LOCATION_ADMIN, NORTH),
            member(ANNA),
            member(BERT),
        ):
            self.booking.put_staff(ACCOUNT, profile)
        self.calendar = self.outlook.add_person(key(ANNA))

    async def enable(self, *location_ids: LocationId) -> None:
        """Enables the plugin here and nowhere else."""
        await self.administration.set_enabled(ACCOUNT, BOSS, frozenset(location_ids))

    async def activate(self, *staff_ids: StaffId) -> tuple[StaffStatus, ...]:
        """Activates people."""
        return (await self.activation.set_active(ACCOUNT, BOSS, staff_ids, ())).rows

    async def deactivate(self, *staff_ids: StaffId) -> tuple[StaffStatus, ...]:
        """Deactivates people."""
        return (await self.activation.set_active(ACCOUNT, BOSS, (), staff_ids)).rows

    async def invite(self, *staff_ids: StaffId) -> tuple[StaffStatus, ...]:
        """Enables the north, and activates people who are invited by that."""
        await self.enable(NORTH)
        return await self.activate(*staff_ids)

    async def authorize(self, staff_id: StaffId = ANNA) -> Connection:
        """Enables the north, activates a person and signs them in."""
        await self.invite(staff_id)
        return await self.own.attach(key(staff_id), sign_in(f"ms-{staff_id}"))

    async def sync(self, staff_id: StaffId = ANNA) -> Connection:
        """Brings a person to ACTIVE with a subscription."""
        await self.authorize(staff_id)
        await self.choices.start(key(staff_id), self.settings())
        self.change(staff_id, state=ConnectionState.ACTIVE, progress=None)
        stored = self.connections.rows[key(staff_id)]
        await self.subscriptions.ensure(stored, self.outlook.open(key(staff_id)))
        self.clear()
        return self.of(staff_id)

    def settings(self, calendar: CalendarId | None = None) -> SyncSettings:
        """Makes settings for Anna's calendar."""
        return SyncSettings(
            calendar_id=calendar or self.calendar, contact_email="anna@private.example"
        )

    async def mirror(self, number: int, staff_id: StaffId = ANNA) -> Link:
        """Books an Appointment and puts its event and Link where a sync would."""
        person, connection = key(staff_id), self.of(staff_id)
        item = self.booking.book(person, hour(number))
        link = Link(
            key=booking_key(item.id),
            origin=Side.BOOKING,
            kind=Kind.APPOINTMENT,
            interval=item.interval,
            booking_id=item.id,
            generation=self.ids.new(),
        )
        assert connection.connection_id is not None
        assert connection.settings is not None
        event = await self.outlook.open(person).create_event(
            connection.settings.calendar_id,
            content=EventContent(subject="Customer - Service", body_html=""),
            interval=item.interval,
            mark=event_mark(connection.connection_id, link),
            transaction_id=transaction_id(connection.connection_id, link),
        )
        assert isinstance(event, OutlookItem)
        base = agreed(item.interval, booking=item.version, outlook=event.etag)
        linked = replace(link, outlook_id=event.id, uid=event.uid, base=base)
        await self.keep(linked, staff_id=staff_id)
        return linked

    async def reserve(self, number: int, staff_id: StaffId = ANNA) -> Link:
        """Makes a Meeting and puts its Reserve and Link where a sync would."""
        person, connection = key(staff_id), self.of(staff_id)
        meeting = OutlookItemId(self.outlook.meet(person, hour(number)))
        link = Link(
            key=outlook_key(meeting),
            origin=Side.OUTLOOK,
            kind=Kind.MEETING,
            interval=hour(number),
            outlook_id=meeting,
            generation=self.ids.new(),
        )
        assert connection.connection_id is not None
        reference = reserve_ref(connection.connection_id, link)
        item = await self.booking.create_reserve(
            person,
            content=ReserveContent(title="Meeting"),
            interval=hour(number),
            external_ref=reference,
            idempotency_key=reference,
        )
        assert isinstance(item, BookingItem)
        base = agreed(hour(number), booking=item.version, outlook="etag")
        linked = replace(link, booking_id=item.id, base=base)
        await self.keep(linked, staff_id=staff_id)
        return linked

    async def keep(self, *links: Link, staff_id: StaffId = ANNA) -> None:
        """Writes Links."""
        opened = await self.ledger.open(key(staff_id), seconds=60)
        assert opened is not None
        await self.ledger.record(opened.lease, LedgerChange(keep=links))
        await self.ledger.close(opened.lease)

    async def remove(self, staff_id: StaffId = ANNA) -> None:
        """Runs one job's share of a removal, as the runner does."""
        opened = await self.ledger.open(key(staff_id), seconds=60)
        assert opened is not None
        recorder = Recorder(ledger=self.ledger, lease=opened.lease, clock=self.clock)
        try:
            await self.removal.run(
                recorder, opened.ledger, self.connections.rows[key(staff_id)].value
            )
        finally:
            await self.ledger.close(recorder.lease)

    async def look_at(self, staff_id: StaffId | None = None) -> None:
        """Runs the Account job of a webhook about a person, or about the whole Account."""
        cause = AccountCause.LOCATIONS_CHANGED if staff_id is None else AccountCause.STAFF_CHANGED
        await self.administration.reconcile(
            AccountJob(cause=cause, account_id=ACCOUNT, staff_id=staff_id)
        )

    def of(self, staff_id: StaffId = ANNA) -> Connection:
        """Gives a person's Connection."""
        return self.connections.rows[key(staff_id)].value

    def change(self, staff_id: StaffId, **fields: object) -> None:
        """Writes fields of a Connection as another part of the product would."""
        self.connections._write(key(staff_id), replace(self.of(staff_id), **fields))  # type: ignore[arg-type]

    def clear(self) -> None:
        """Empties the queues."""
        self.jobs.syncs.clear()
        self.jobs.accounts.clear()
        self.jobs.mails.clear()
        for partition in self.ledger.partitions.values():
            partition.is_wanted, partition.queued_at = False, None

    @property
    def woken(self) -> list[tuple[str, str]]:
        """Lists queued syncs: whose, and why."""
        return [(each.job.person.staff_id, each.job.cause.value) for each in self.jobs.syncs]

    def mails(self, kind: MailKind) -> list[MailJob]:
        """Lists queued mails of a kind."""
        return [each.job for each in self.jobs.mails if each.job.kind is kind]

    def subjects(self, staff_id: StaffId = ANNA) -> Iterable[OutlookItem]:
        """Gives what stands in a person's calendar."""
        return self.outlook.items(key(staff_id))
