"""The settings: read once from the environment, all problems reported together.

The only module that looks at ``os.environ``. Names and defaults are those of docs/settings.md.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from sync.host import Host
from sync.setting_values import (
    ACCOUNT_NAME,
    MalformedError,
    address,
    check_url,
    colour,
    email_connection,
    is_schedule,
    keys,
    link,
    origins,
    session_secret,
    storage_connection,
    visible,
    webhook_secret,
)

#: Control characters, whatever ends a line, and bytes of the environment that are no text.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# The functions host needs the first, the connector the others.
_STORAGE_SERVICES = ("blob", "queue", "table")


class SettingsError(Exception):
    """Settings are missing or malformed.

    Attributes:
        problems: One sentence for each setting; names, never values.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("The settings can't be used: " + "; ".join(problems) + ".")
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where tables and queues are: either a connection string, or addresses for an identity.

    Attributes:
        connection_string: ``None`` where a managed identity is used.
        queue_url: Address of the queue service; empty where a connection string is used.
        table_url: The same of the table service.
        client_id: Which user-assigned identity; ``None`` for the system-assigned one.
    """

    connection_string: str | None = field(default=None, repr=False)
    queue_url: str = ""
    table_url: str = ""
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. Addresses have no slash at their end, but for the issuer: it is compared.

    Attributes:
        window_days: The Window, in days.
        max_age_seconds: After so many seconds without a sync the sweep wakes a person (R11.3).
        cancel_after_seconds: Between the two looks that prove a deletion (R8.10).
        held_for_seconds: How long held cancellations wait for an answer (R11.7).
        lost_after_seconds: From the first to the third look at what is missing (R10.6).
        token_encryption_keys: Keys of 32 bytes; the first seals, all open.
        sweep_schedule: NCRONTAB with six fields, seconds first.
        renewal_schedule: The same.
        host: How the host shows on pages and mails (R12.8).
        frame_ancestors: Origins that may show the settings and plugin pages in a frame (R12.8).
        application_insights: Connection string of where telemetry goes; empty: nowhere.
        traces_kept_percent: How many in a hundred traces go there of which nothing fails.
    """

    storage: StorageSettings
    public_base_url: str
    graph_base_url: str
    microsoft_authority: str
    microsoft_client_id: str
    microsoft_client_secret: str = field(repr=False)
    booking_api_url: str
    booking_api_token: str = field(repr=False)
    booking_oidc_issuer: str
    booking_oidc_client_id: str
    booking_oidc_client_secret: str = field(repr=False)
    booking_webhook_secret: str = field(repr=False)
    product_name: str
    product_tag: str
    email_connection_string: str = field(repr=False)
    email_sender: str
    token_encryption_keys: tuple[bytes, ...] = field(repr=False)
    session_secret: str = field(repr=False)
    window_days: int
    max_age_seconds: int
    cancel_after_seconds: int
    held_for_seconds: int
    lost_after_seconds: int
    sweep_schedule: str
    renewal_schedule: str
    host: Host
    frame_ancestors: tuple[str, ...]
    application_insights: str = field(repr=False)
    traces_kept_percent: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads the settings; without ``environ`` those of the process.

        White space and NUL characters around a value don't count, and an empty value is a missing
        one.

        Raises:
            SettingsError: Something required is missing, or something is malformed; names all.
        """
        read = _Reader(os.environ if environ is None else environ)
        settings = cls(
            storage=read.storage(),
            public_base_url=read.url("PUBLIC_BASE_URL"),
            graph_base_url=read.url("GRAPH_BASE_URL", "https://graph.microsoft.com/v1.0"),
            microsoft_authority=read.url(
                "MICROSOFT_AUTHORITY",
                "https://login.microsoftonline.com/organizations",
                allow_http=False,
            ),
            microsoft_client_id=read.parsed("MICROSOFT_CLIENT_ID", visible),
            microsoft_client_secret=read.parsed("MICROSOFT_CLIENT_SECRET", visible),
            booking_api_url=read.url("BOOKING_API_URL"),
            booking_api_token=read.parsed("BOOKING_API_TOKEN", visible),
            booking_oidc_issuer=read.url("BOOKING_OIDC_ISSUER", keep_slash=True),
            booking_oidc_client_id=read.parsed("BOOKING_OIDC_CLIENT_ID", visible),
            booking_oidc_client_secret=read.parsed("BOOKING_OIDC_CLIENT_SECRET", visible),
            booking_webhook_secret=read.parsed("BOOKING_WEBHOOK_SECRET", webhook_secret),
            product_name=read.text("BOOKING_PRODUCT_NAME", "DaySmart Appointments"),
            product_tag=read.text("BOOKING_PRODUCT_TAG", "DA"),
            email_connection_string=read.parsed("EMAIL_CONNECTION_STRING", email_connection),
            email_sender=read.parsed("EMAIL_SENDER", address),
            token_encryption_keys=read.parsed("TOKEN_ENCRYPTION_KEYS", keys, missing=()),
            session_secret=read.parsed("SESSION_SECRET", session_secret),
            window_days=read.number("SYNC_WINDOW_DAYS", 90, least=1, most=730),
            max_age_seconds=read.number("SYNC_MAX_AGE_SECONDS", 3600, least=1, most=604_800),
            cancel_after_seconds=read.number("CANCEL_AFTER_SECONDS", 60, least=0, most=86_400),
            held_for_seconds=read.number("HELD_FOR_SECONDS", 86_400, least=1, most=604_800),
            lost_after_seconds=read.number("LOST_AFTER_SECONDS", 600, least=0, most=86_400),
            sweep_schedule=read.schedule("SWEEP_SCHEDULE", "0 */5 * * * *"),
            renewal_schedule=read.schedule("RENEWAL_SCHEDULE", "0 */15 * * * *"),
            host=Host(
                name=read.text("HOST_NAME", ""),
                logo_url=read.chosen("HOST_LOGO_URL", link, ""),
                colour=read.chosen("HOST_COLOUR", colour, ""),
                support_url=read.chosen("SUPPORT_URL", link, ""),
                return_url=read.chosen("RETURN_URL", link, ""),
            ),
            frame_ancestors=read.chosen("FRAME_ANCESTORS", origins, ()),
            application_insights=read.text("APPLICATIONINSIGHTS_CONNECTION_STRING", ""),
            traces_kept_percent=read.number("TRACES_KEPT_PERCENT", 10, least=0, most=100),
        )
        if read.problems:
            raise SettingsError(tuple(read.problems))
        return settings


def ca_bundle(environ: Mapping[str, str] | None = None) -> str | None:
    """Gives the path of a PEM file with private authorities, ``None`` where there is none.

    It is no setting of ours: ``REQUESTS_CA_BUNDLE`` is what machines already set for Python.
    """
    known = os.environ if environ is None else environ
    return known.get("REQUESTS_CA_BUNDLE", "").strip() or None


class _Reader:
    """Reads values by name and collects what is wrong with them.

    A value with a problem is replaced by a stand-in that nobody sees.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self._get(name)
        if value:
            if value.lower().startswith("@microsoft.keyvault("):
                # Azure hands a reference on as it stands where it can't read the vault.
                self.problems.append(f"{name} is a reference to a key vault that was not resolved")
                return ""
            if _UNWRITABLE.search(value):
                self.problems.append(f"{name} is not free of line breaks and control characters")
                return ""
            return value
        if default is None:
            self.problems.append(f"{name} is missing")
            return ""
        return default

    def parsed[T](self, name: str, parse: Callable[[str], T], *, missing: T | str = "") -> T:
        """Reads a required value."""
        value = self.text(name)
        if value:
            try:
                return parse(value)
            except MalformedError as error:
                self.problems.append(f"{name} is not {error}")
        return missing  # type: ignore[return-value] # the stand-in is never used

    def chosen[T](self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Reads a value that may be missing."""
        return self.parsed(name, parse) if self._get(name) else default

    def url(
        self,
        name: str,
        default: str | None = None,
        *,
        allow_http: bool = True,
        keep_slash: bool = False,
    ) -> str:
        value = self.text(name, default)
        if value:
            try:
                check_url(value, allow_http=allow_http)
            except MalformedError as error:
                self.problems.append(f"{name} is not {error}")
        return value if keep_slash else value.rstrip("/")

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self.problems.append(f"{name} is not a whole number from {least} to {most}")
            return default
        return int(value)

    def schedule(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if not is_schedule(value):
            self.problems.append(f"{name} is not an NCRONTAB expression of six fields")
        return " ".join(value.split())

    def storage(self) -> StorageSettings:
        """Reads the storage; the names and their precedence are those of the Azure host."""
        if self._get("AzureWebJobsStorage"):
            value = self.text("AzureWebJobsStorage")
            try:
                return StorageSettings(connection_string=storage_connection(value) if value else "")
            except MalformedError as error:
                self.problems.append(f"AzureWebJobsStorage is not {error}")
                return StorageSettings()
        urls = self._storage_urls()
        return StorageSettings(
            queue_url=urls.get("queue", ""),
            table_url=urls.get("table", ""),
            client_id=self.text("AzureWebJobsStorage__clientId", "") or None,
        )

    def _storage_urls(self) -> dict[str, str]:
        account_name = self._get("AzureWebJobsStorage__accountName")
        if account_name:
            if not ACCOUNT_NAME.fullmatch(account_name):
                self.problems.append(
                    "AzureWebJobsStorage__accountName is not a name of 3 to 24 small letters "
                    "and digits"
                )
            return {
                each: f"https://{account_name}.{each}.core.windows.net"
                for each in _STORAGE_SERVICES
            }
        names = {each: f"AzureWebJobsStorage__{each}ServiceUri" for each in _STORAGE_SERVICES}
        if not any(map(self._get, names.values())):
            self.problems.append("AzureWebJobsStorage is missing")
            return {}
        return {each: self.url(name) for each, name in names.items()}

    def _get(self, name: str) -> str:
        return self._environ.get(name, "").strip().strip("\0").strip()
