"""The composition root: settings and an outside in, the App out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from notifications.courier import Courier
from sync.config import Settings
from sync.engine.access_lost import AccessLost
from sync.engine.explain import Explainer
from sync.engine.preview import Previewer
from sync.engine.reading import SyncConfig
from sync.engine.removal import Removal
from sync.engine.report import Reporter
from sync.engine.run import SyncRunner
from sync.engine.texts import Product
from sync.engine.three_looks import Looks
from sync.outside.booking.webhook import BookingWebhooks
from sync.outside.graph.notifications import ChangeNotice, read_notifications
from sync.people.activation import Activation
from sync.people.administration import Administration
from sync.people.choices import Choices
from sync.people.enrolment import Enrolment
from sync.people.invitations import Invitations
from sync.people.mail_choices import MailChoices
from sync.people.my_connection import MyConnection
from sync.people.personal_data import PersonalData
from sync.people.session_ends import SessionEnds
from sync.people.subscriptions import Subscriptions
from sync.people.sweep import Sweep
from sync.people.waker import Waker
from sync.ports import (
    BookingGateway,
    Clock,
    FlowRepository,
    IdFactory,
    JobQueue,
    LedgerRepository,
    LogIn,
    MicrosoftSignIn,
    Signer,
)
from sync.ports.outside import Outside
from sync.production import real_outside

__all__ = ["App", "ChangeNotice", "Outside", "compose", "open_app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What the functions are given."""

    settings: Settings
    clock: Clock
    ids: IdFactory
    signer: Signer
    booking: BookingGateway
    ledger: LedgerRepository
    flows: FlowRepository
    jobs: JobQueue
    microsoft: MicrosoftSignIn
    booking_log_in: LogIn
    graph_notifications: Callable[[bytes], tuple[ChangeNotice, ...]]
    booking_webhooks: BookingWebhooks
    administration: Administration
    activation: Activation
    invitations: Invitations
    choices: Choices
    mail_choices: MailChoices
    my_connection: MyConnection
    session_ends: SessionEnds
    subscriptions: Subscriptions
    waker: Waker
    runner: SyncRunner
    removal: Removal
    sweep: Sweep
    personal_data: PersonalData
    previewer: Previewer
    explainer: Explainer
    courier: Courier
    closers: tuple[Callable[[], Awaitable[None]], ...]


def open_app(settings: Settings | None = None) -> App:
    """Gives the App, by default with the settings of the process; nothing is connected yet.

    Raises:
        SettingsError: Settings are missing or malformed.
    """
    known = settings or Settings.from_env()
    return compose(known, real_outside(known))


def compose(settings: Settings, outside: Outside) -> App:
    """Puts the services together over whatever fulfils the ports."""
    config = SyncConfig(
        product=Product(name=settings.product_name, tag=settings.product_tag),
        window_days=settings.window_days,
        max_age_seconds=settings.max_age_seconds,
        cancel_after_seconds=settings.cancel_after_seconds,
        held_for_seconds=settings.held_for_seconds,
        lost_after_seconds=settings.lost_after_seconds,
    )
    invitations = Invitations(
        connections=outside.connections,
        signer=outside.signer,
        clock=outside.clock,
        public_base_url=settings.public_base_url,
    )
    mail_choices = MailChoices(
        connections=outside.connections,
        limits=outside.limits,
        signer=outside.signer,
        jobs=outside.jobs,
        ids=outside.ids,
        clock=outside.clock,
        public_base_url=settings.public_base_url,
    )
    waker = Waker(ledger=outside.ledger, jobs=outside.jobs)
    enrolment = Enrolment(
        connections=outside.connections,
        claims=outside.claims,
        microsoft=outside.microsoft,
        limits=outside.limits,
        jobs=outside.jobs,
        ids=outside.ids,
        clock=outside.clock,
    )
    subscriptions = Subscriptions(
        connections=outside.connections,
        index=outside.subscriptions,
        jobs=outside.jobs,
        signer=outside.signer,
        ids=outside.ids,
        clock=outside.clock,
    )
    looks = Looks(
        connections=outside.connections,
        clock=outside.clock,
        lost_after_seconds=config.lost_after_seconds,
    )
    removal = Removal(
        booking=outside.booking,
        calendars=outside.calendars,
        connections=outside.connections,
        ledger=outside.ledger,
        claims=outside.claims,
        subscriptions=outside.subscriptions,
        microsoft=outside.microsoft,
        jobs=outside.jobs,
        looks=looks,
        clock=outside.clock,
    )
    personal_data = PersonalData(
        connections=outside.connections,
        rows=outside.rows,
        ledger=outside.ledger,
        enrolment=enrolment,
        calendars=outside.calendars,
        microsoft=outside.microsoft,
        counts=removal.counts,
        clock=outside.clock,
    )
    return App(
        settings=settings,
        clock=outside.clock,
        ids=outside.ids,
        signer=outside.signer,
        booking=outside.booking,
        ledger=outside.ledger,
        flows=outside.flows,
        jobs=outside.jobs,
        microsoft=outside.microsoft,
        booking_log_in=outside.booking_log_in,
        graph_notifications=read_notifications,
        booking_webhooks=BookingWebhooks(settings.booking_webhook_secret),
        administration=Administration(
            booking=outside.booking,
            connections=outside.connections,
            locations=outside.locations,
            jobs=outside.jobs,
            waker=waker,
            enrolment=enrolment,
            clock=outside.clock,
        ),
        activation=Activation(
            booking=outside.booking,
            connections=outside.connections,
            locations=outside.locations,
            jobs=outside.jobs,
            enrolment=enrolment,
            clock=outside.clock,
        ),
        invitations=invitations,
        mail_choices=mail_choices,
        choices=Choices(
            calendars=outside.calendars,
            connections=outside.connections,
            claims=outside.claims,
            microsoft=outside.microsoft,
            mail_choices=mail_choices,
            jobs=outside.jobs,
            ids=outside.ids,
            clock=outside.clock,
        ),
        my_connection=MyConnection(
            booking=outside.booking,
            connections=outside.connections,
            ledger=outside.ledger,
            microsoft=outside.microsoft,
            invitations=invitations,
            jobs=outside.jobs,
            ids=outside.ids,
            clock=outside.clock,
        ),
        session_ends=SessionEnds(
            booking=outside.booking, connections=outside.connections, clock=outside.clock
        ),
        subscriptions=subscriptions,
        waker=waker,
        runner=_runner(outside, subscriptions, removal, looks, config),
        removal=removal,
        sweep=Sweep(
            connections=outside.connections,
            locations=outside.locations,
            jobs=outside.jobs,
            waker=waker,
            sent=outside.sent,
            limits=outside.limits,
            subscriptions=outside.subscriptions,
            flows=outside.flows,
            personal_data=personal_data,
            clock=outside.clock,
        ),
        personal_data=personal_data,
        previewer=Previewer(
            booking=outside.booking,
            calendars=outside.calendars,
            connections=outside.connections,
            ledger=outside.ledger,
            locations=outside.locations,
            ids=outside.ids,
            clock=outside.clock,
            config=config,
        ),
        explainer=Explainer(
            booking=outside.booking,
            calendars=outside.calendars,
            connections=outside.connections,
            ledger=outside.ledger,
            locations=outside.locations,
            ids=outside.ids,
            clock=outside.clock,
            config=config,
        ),
        courier=Courier(
            connections=outside.connections,
            ledger=outside.ledger,
            sent=outside.sent,
            sender=outside.email,
            limits=outside.limits,
            invitation_link=invitations.link,
            confirmation_link=mail_choices.confirmation_link,
            unsubscribe_link=mail_choices.unsubscribe_link,
            clock=outside.clock,
            product=config.product,
            base_url=settings.public_base_url,
            host=settings.host,
            held_for=timedelta(seconds=settings.held_for_seconds),
        ),
        closers=outside.closers,
    )


def _runner(
    outside: Outside,
    subscriptions: Subscriptions,
    removal: Removal,
    looks: Looks,
    config: SyncConfig,
) -> SyncRunner:
    reporter = Reporter(
        connections=outside.connections,
        ledger=outside.ledger,
        jobs=outside.jobs,
        ids=outside.ids,
        clock=outside.clock,
        config=config,
    )
    access_lost = AccessLost(
        connections=outside.connections,
        ledger=outside.ledger,
        claims=outside.claims,
        jobs=outside.jobs,
        reporter=reporter,
        looks=looks,
        clock=outside.clock,
    )
    return SyncRunner(
        booking=outside.booking,
        calendars=outside.calendars,
        connections=outside.connections,
        ledger=outside.ledger,
        locations=outside.locations,
        claims=outside.claims,
        jobs=outside.jobs,
        subscriptions=subscriptions,
        removal=removal,
        access_lost=access_lost,
        reporter=reporter,
        ids=outside.ids,
        clock=outside.clock,
        config=config,
    )
