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
    invitations = Invitations(outside, public_base_url=settings.public_base_url)
    mail_choices = MailChoices(outside, public_base_url=settings.public_base_url)
    waker = Waker(outside)
    enrolment = Enrolment(outside)
    subscriptions = Subscriptions(outside)
    looks = Looks(outside, lost_after_seconds=config.lost_after_seconds)
    removal = Removal(outside, looks=looks)
    personal_data = PersonalData(outside, enrolment=enrolment, counts=removal.counts)
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
        administration=Administration(outside, waker=waker, enrolment=enrolment),
        activation=Activation(outside, enrolment=enrolment),
        invitations=invitations,
        mail_choices=mail_choices,
        choices=Choices(outside, mail_choices=mail_choices),
        my_connection=MyConnection(outside, invitations=invitations),
        session_ends=SessionEnds(outside),
        subscriptions=subscriptions,
        waker=waker,
        runner=_runner(outside, subscriptions, removal, looks, config),
        removal=removal,
        sweep=Sweep(outside, waker=waker, personal_data=personal_data),
        personal_data=personal_data,
        previewer=Previewer(outside, config=config),
        explainer=Explainer(outside, config=config),
        courier=Courier(
            outside,
            invitation_link=invitations.link,
            confirmation_link=mail_choices.confirmation_link,
            unsubscribe_link=mail_choices.unsubscribe_link,
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
    reporter = Reporter(outside, config=config)
    access_lost = AccessLost(outside, reporter=reporter, looks=looks)
    return SyncRunner(
        outside,
        subscriptions=subscriptions,
        removal=removal,
        access_lost=access_lost,
        reporter=reporter,
        config=config,
    )
