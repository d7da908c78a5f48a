"""The composition root: settings in, the App out. The only module that knows the outside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from notifications.acs import AcsEmailSender
from notifications.courier import Courier
from sync.config import Settings, ca_bundle
from sync.engine.access_lost import AccessLost
from sync.engine.explain import Explainer
from sync.engine.preview import Previewer
from sync.engine.reading import SyncConfig
from sync.engine.removal import Removal
from sync.engine.report import Reporter
from sync.engine.run import SyncRunner
from sync.engine.texts import Product
from sync.engine.three_looks import Looks
from sync.outside.azure_storage import open_transport
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.booking.log_in import BookingLogIn
from sync.outside.booking.webhook import BookingWebhooks
from sync.outside.clock import RandomIds, SystemClock
from sync.outside.graph.auth import MsalSignIn
from sync.outside.graph.gateway import GraphCalendars
from sync.outside.graph.microsoft_app import MicrosoftApp
from sync.outside.graph.notifications import ChangeNotice, read_notifications
from sync.outside.graph.tokens import MsalTokens
from sync.outside.http_client import open_client
from sync.outside.queues.jobs import QueueJobs
from sync.outside.signer import ItsdangerousSigner
from sync.outside.tables.claims import TableClaims
from sync.outside.tables.client import Tables
from sync.outside.tables.connections import TableConnections
from sync.outside.tables.flows import TableFlows
from sync.outside.tables.ledger import TableLedger
from sync.outside.tables.locations import TableLocations
from sync.outside.tables.mail_limits import TableMailLimits
from sync.outside.tables.person_rows import TablePersonRows
from sync.outside.tables.sealing import Sealer
from sync.outside.tables.sent_mails import TableSentMails
from sync.outside.tables.subscriptions import TableSubscriptions
from sync.outside.tables.token_caches import TableTokenCaches
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
from sync.ports.job_texts import encode_account, encode_mail, encode_sync
from sync.ports.outside import Outside

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
    return compose(known, _real(known))


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


def _real(settings: Settings) -> Outside:
    clock, ids = SystemClock(), RandomIds()
    sealer, tables = Sealer(settings.token_encryption_keys), Tables(settings.storage)
    caches = TableTokenCaches(tables, sealer=sealer)
    limits = TableMailLimits(tables, secret=settings.session_secret)
    microsoft = MicrosoftApp(
        authority=settings.microsoft_authority,
        client_id=settings.microsoft_client_id,
        client_secret=settings.microsoft_client_secret,
        redirect_uri=f"{settings.public_base_url}/auth/microsoft/callback",
        client=open_client(ca_bundle=ca_bundle()),  # Its own: the booking product's is busy.
    )
    client = open_client(ca_bundle=ca_bundle())
    jobs = QueueJobs(
        settings.storage,
        encode_sync=encode_sync,
        encode_account=encode_account,
        encode_mail=encode_mail,
    )

    return Outside(
        clock=clock,
        ids=ids,
        signer=ItsdangerousSigner(settings.session_secret),
        booking=HttpBookingGateway(
            client=client, base_url=settings.booking_api_url, token=settings.booking_api_token
        ),
        calendars=GraphCalendars(
            base_url=settings.graph_base_url,
            public_base_url=settings.public_base_url,
            tokens=MsalTokens(app=microsoft, caches=caches, clock=clock),
            clock=clock,
        ),
        microsoft=MsalSignIn(app=microsoft, caches=caches, clock=clock),
        booking_log_in=BookingLogIn(
            client=client,
            issuer=settings.booking_oidc_issuer,
            client_id=settings.booking_oidc_client_id,
            client_secret=settings.booking_oidc_client_secret,
            redirect_uri=f"{settings.public_base_url}/auth/booking/callback",
            clock=clock,
            ids=ids,
        ),
        connections=TableConnections(tables, sealer=sealer),
        locations=TableLocations(tables),
        ledger=TableLedger(tables, sealer=sealer, clock=clock, ids=ids),
        claims=TableClaims(tables),
        subscriptions=TableSubscriptions(tables),
        flows=TableFlows(tables, sealer=sealer, clock=clock),
        sent=TableSentMails(tables),
        limits=limits,
        rows=TablePersonRows(tables, sealer=sealer, limits=limits),
        jobs=jobs,
        email=AcsEmailSender(
            connection_string=settings.email_connection_string,
            sender=settings.email_sender,
            open_transport=open_transport,
            ca_bundle=ca_bundle(),
        ),
        closers=(tables.close, jobs.close),
    )
