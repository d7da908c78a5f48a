"""The outside as it is: storage, Microsoft Graph, the booking product, the mail service."""

from notifications.acs import AcsEmailSender
from sync.config import Settings, ca_bundle
from sync.outside.azure_storage import open_transport
from sync.outside.booking.gateway import HttpBookingGateway
from sync.outside.booking.log_in import BookingLogIn
from sync.outside.clock import RandomIds, SystemClock
from sync.outside.graph.auth import MsalSignIn
from sync.outside.graph.gateway import GraphCalendars
from sync.outside.graph.microsoft_app import MicrosoftApp
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
from sync.ports.job_texts import encode_account, encode_mail, encode_sync
from sync.ports.outside import Outside


def real_outside(settings: Settings) -> Outside:
    """Gives what fulfils the ports by the settings; nothing is connected yet."""
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
