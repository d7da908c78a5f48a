"""Settings: read once, all problems in one message, never a value in it."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from sync.config import Settings, SettingsError
from sync.host import Host
from sync.setting_values import DEVELOPMENT_STORAGE

KEY, OLD_KEY = b"\xfb" * 32, b"o" * 32
STORAGE = (
    "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5;EndpointSuffix=core.windows.net"
)
REQUIRED = {
    "AzureWebJobsStorage": STORAGE,
    "PUBLIC_BASE_URL": "https://connect-up.example.org",
    "MICROSOFT_CLIENT_ID": "client",
    "MICROSOFT_CLIENT_SECRET": "canary-ms",
    "BOOKING_API_URL": "https://booking.example.org/api",
    "BOOKING_API_TOKEN": "canary-token",
    "BOOKING_OIDC_ISSUER": "https://login.example.org/",
    "BOOKING_OIDC_CLIENT_ID": "connector",
    "BOOKING_OIDC_CLIENT_SECRET": "canary-oidc",
    "BOOKING_WEBHOOK_SECRET": "whsec_" + b64encode(b"canary" * 4).decode(),
    "EMAIL_CONNECTION_STRING": "endpoint=https://mail.example.org/;accesskey=Y2FuYXJ5",
    "EMAIL_SENDER": "DoNotReply@mail.example.org",
    "TOKEN_ENCRYPTION_KEYS": b64encode(KEY).decode(),
    "SESSION_SECRET": "canary-session-of-enough-characters",
}


def settings(**changes: str) -> Settings:
    return Settings.from_env(REQUIRED | changes)


def problems(**changes: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        settings(**changes)
    assert "canary" not in str(error.value)
    assert all(problem in str(error.value) for problem in error.value.problems)
    return error.value.problems


def test_what_is_not_said_has_its_default() -> None:
    read = settings()

    assert read.graph_base_url == "https://graph.microsoft.com/v1.0"
    assert read.microsoft_authority == "https://login.microsoftonline.com/organizations"
    assert (read.product_name, read.product_tag) == ("DaySmart Appointments", "DA")
    assert (read.window_days, read.max_age_seconds) == (90, 3600)
    assert read.cancel_after_seconds == 60
    assert read.held_for_seconds == 24 * 60 * 60
    assert read.lost_after_seconds == 600
    assert read.sweep_schedule == "0 */5 * * * *"
    assert read.renewal_schedule == "0 */15 * * * *"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_env({})

    assert error.value.problems == tuple(f"{name} is missing" for name in REQUIRED)


def test_missing_and_malformed_are_named_together() -> None:
    assert problems(PUBLIC_BASE_URL="", SYNC_WINDOW_DAYS="many") == (
        "PUBLIC_BASE_URL is missing",
        "SYNC_WINDOW_DAYS is not a whole number from 1 to 730",
    )


def test_white_space_and_nul_around_a_value_do_not_count() -> None:
    read = settings(BOOKING_API_TOKEN=" \n token \0\n", BOOKING_PRODUCT_TAG=" \0 ")

    assert read.booking_api_token == "token"
    assert read.product_tag == "DA"


def test_a_line_break_within_a_value_is_malformed() -> None:
    assert len(problems(BOOKING_API_TOKEN="canary\r\nX-Other: 1")) == 1
    # Bytes that are no UTF-8 stand in the environment as halves of characters.
    for text in ("canary\x7f", "canary\u2028", "canary \udcff" + 32 * "x"):
        for name in ("SESSION_SECRET", "BOOKING_PRODUCT_NAME", "HOST_NAME"):
            assert problems(**{name: text + 32 * "y"}) == (
                f"{name} is not free of line breaks and control characters",
            )


def test_addresses_lose_the_slash_at_their_end_but_for_the_issuer() -> None:
    read = settings(
        PUBLIC_BASE_URL="https://example.org/", BOOKING_API_URL="https://example.org/a/"
    )

    assert read.public_base_url == "https://example.org"
    assert read.booking_api_url == "https://example.org/a"
    assert read.booking_oidc_issuer == "https://login.example.org/"


@pytest.mark.parametrize(
    "url",
    ["http://localhost:7071", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:8080/path"],
)
def test_http_goes_for_this_machine(url: str) -> None:
    read = settings(PUBLIC_BASE_URL=url, GRAPH_BASE_URL=url, BOOKING_OIDC_ISSUER=url)

    assert read.public_base_url == read.graph_base_url == read.booking_oidc_issuer == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "http://10.0.0.1",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "ftp://localhost",
        "example.org",
        "https://",
        "https://user@example.org",
        "https://example.org/?a=1",
        "https://example.org/#a",
        "https://exa mple.org",
        "https://example.org:port",
        "https://[example",
        "HTTPS://example.org",
        "https://Example.org",
        "https://example.org:443",
        "https://example.org:",
        "https://example.org/a/../b",
        "https://example.org//a",
        "https://example.org\\a",
        "https://:canary@example.org",
        "https://@example.org",
        "https://example.org?",
        "https://example.org/#",
        "https://example.org:0443",
        "https://ex\u00e4mple.org",
        "https://exam\u200bple.org",
        "https://example%2eorg",
        "https://example.org;script-src",
        "https://*.example.org",
        "https://example..org",
        "https://example.org.",
        "https://example.org/a/%2E%2e/b",
        "https://example.org/\u00e4",
    ],
)
@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "BOOKING_API_URL", "BOOKING_OIDC_ISSUER"])
def test_other_addresses_are_malformed(name: str, url: str) -> None:
    (problem,) = problems(**{name: url})

    assert problem.startswith(f"{name} is not an")


def test_the_authority_is_https_everywhere() -> None:
    assert problems(MICROSOFT_AUTHORITY="http://localhost:1/organizations") == (
        "MICROSOFT_AUTHORITY is not an https address",
    )
    assert settings(MICROSOFT_AUTHORITY="https://localhost:1/o").microsoft_authority


def test_keys_are_read_in_their_order_in_either_alphabet() -> None:
    text = f"{b64encode(KEY).decode()}, {b64encode(OLD_KEY).decode()},"

    assert settings(TOKEN_ENCRYPTION_KEYS=text).token_encryption_keys == (KEY, OLD_KEY)
    assert settings(
        TOKEN_ENCRYPTION_KEYS=text.replace("+", "-").replace("/", "_")
    ).token_encryption_keys == (KEY, OLD_KEY)


@pytest.mark.parametrize(
    "text",
    ["canary", ",", b64encode(b"short").decode(), b64encode(KEY).decode() + ",canary"],
)
def test_other_keys_are_malformed(text: str) -> None:
    assert problems(TOKEN_ENCRYPTION_KEYS=text) == (
        "TOKEN_ENCRYPTION_KEYS is not a comma-separated list of base64 keys of 32 bytes",
    )


@pytest.mark.parametrize("name", [each for each in REQUIRED if each != "AzureWebJobsStorage"])
def test_a_reference_to_a_vault_that_was_not_resolved_is_named_as_such(name: str) -> None:
    text = "@Microsoft.KeyVault(SecretUri=https://canary.vault.azure.net/secrets/x)"

    assert problems(**{name: text}) == (
        f"{name} is a reference to a key vault that was not resolved",
    )


def test_a_reference_is_known_in_any_case_and_in_optional_settings() -> None:
    text = "@microsoft.keyvault(SecretUri=https://canary.vault.azure.net/secrets/x)"

    for name in ("SESSION_SECRET", "HOST_NAME", "AzureWebJobsStorage__clientId"):
        (problem,) = problems(**SERVICES, **{name: text})
        assert problem == f"{name} is a reference to a key vault that was not resolved"


@pytest.mark.parametrize(
    "name",
    [
        "MICROSOFT_CLIENT_ID",
        "MICROSOFT_CLIENT_SECRET",
        "BOOKING_API_TOKEN",
        "BOOKING_OIDC_CLIENT_ID",
        "BOOKING_OIDC_CLIENT_SECRET",
    ],
)
@pytest.mark.parametrize("text", ["can\u200bary", "\ufeffcanary", "can\u00a0ary"])
def test_what_was_pasted_with_signs_that_nobody_sees_is_named(name: str, text: str) -> None:
    assert problems(**{name: text}) == (f"{name} is not made of visible ASCII characters only",)


def test_a_reference_in_place_of_the_storage_is_named_once() -> None:
    text = "@Microsoft.KeyVault(VaultName=canary;SecretName=x)"

    assert problems(AzureWebJobsStorage=text) == (
        "AzureWebJobsStorage is a reference to a key vault that was not resolved",
    )


def test_a_session_secret_of_31_characters_is_too_weak() -> None:
    assert problems(SESSION_SECRET="canary" + 25 * "x") == (
        "SESSION_SECRET is not at least 32 random characters",
    )
    assert settings(SESSION_SECRET="canary" + 26 * "x").session_secret


def test_a_key_of_zeros_is_no_key() -> None:
    zeros = b64encode(bytes(32)).decode()

    for text in (zeros, f"{b64encode(KEY).decode()},{zeros}"):
        assert problems(TOKEN_ENCRYPTION_KEYS=text) == (
            "TOKEN_ENCRYPTION_KEYS is not made of random keys: one is all zeros",
        )


@pytest.mark.parametrize("length", [23, 65])
def test_a_webhook_secret_has_24_to_64_bytes(length: int) -> None:
    for good in (24, 64):
        settings(BOOKING_WEBHOOK_SECRET="whsec_" + b64encode(b"k" * good).decode())

    (problem,) = problems(BOOKING_WEBHOOK_SECRET="whsec_" + b64encode(b"k" * length).decode())
    assert problem.startswith("BOOKING_WEBHOOK_SECRET is not a Standard Webhooks secret")


@pytest.mark.parametrize(
    "text",
    [
        "canary",
        "whsec_",
        "whsec_canary!",
        "WHSEC_" + b64encode(b"canary" * 4).decode(),
        # The library leaves out what its alphabet doesn't have: another secret, and a shorter one.
        "whsec_" + urlsafe_b64encode(b"\xfb\xff" * 12).decode(),
        "whsec_" + b64encode(bytes(24)).decode(),
    ],
)
def test_a_webhook_secret_has_its_form(text: str) -> None:
    assert len(problems(BOOKING_WEBHOOK_SECRET=text)) == 1


@pytest.mark.parametrize("text", ["1", "90", "730"])
def test_numbers_within_bounds_are_read(text: str) -> None:
    assert settings(SYNC_WINDOW_DAYS=text).window_days == int(text)


@pytest.mark.parametrize("text", ["0", "731", "-1", "1.5", "1e2", "9" * 40, "٣"])
def test_other_numbers_are_malformed(text: str) -> None:
    assert len(problems(SYNC_WINDOW_DAYS=text)) == 1


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("CANCEL_AFTER_SECONDS", 0, 86_400),
        ("HELD_FOR_SECONDS", 1, 604_800),
        ("LOST_AFTER_SECONDS", 0, 86_400),
    ],
)
def test_the_patience_of_the_engine_has_bounds(name: str, least: int, most: int) -> None:
    settings(**{name: str(least)})
    settings(**{name: str(most)})

    for value in (least - 1, most + 1):
        assert problems(**{name: str(value)}) == (
            f"{name} is not a whole number from {least} to {most}",
        )


@pytest.mark.parametrize("text", ["*/10 * * * * *", "0 0 6-18 * JAN-DEC mon,TUE", "0  5 * * * *"])
def test_schedules_of_six_fields_are_read(text: str) -> None:
    assert settings(SWEEP_SCHEDULE=text).sweep_schedule == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "00:05:00",
        "0 5 * * * * *",
        "0 ; * * * *",
        "60 * * * * *",
        "x x x x x x",
        "* * * 0 * *",
        "* * * * foo *",
        "*/0 * * * * *",
        "1- * * * * *",
        ", * * * * *",
    ],
)
def test_other_schedules_are_malformed(text: str) -> None:
    assert problems(RENEWAL_SCHEDULE=text) == (
        "RENEWAL_SCHEDULE is not an NCRONTAB expression of six fields",
    )


@pytest.mark.parametrize(
    "text",
    [
        "canary",
        "endpoint=https://mail.example.org",
        "endpoint=http://mail.example.org;accesskey=Y2FuYXJ5",
        "endpoint=https://mail.example.org;accesskey=canary!",
        "endpoint=https://mail.example.org;accesskey=-_-_",
        "endpoint=https://:canary@mail.example.org;accesskey=Y2FuYXJ5",
    ],
)
def test_other_mail_connections_are_malformed(text: str) -> None:
    assert len(problems(EMAIL_CONNECTION_STRING=text)) == 1


def test_mail_goes_to_this_machine_over_http() -> None:
    text = "Endpoint=http://127.0.0.1:7075/;AccessKey=Y2FuYXJ5"

    assert settings(EMAIL_CONNECTION_STRING=text).email_connection_string == text


@pytest.mark.parametrize(
    "text",
    [
        "canary",
        "a@b@c",
        "canary@",
        "Name <canary@example.org>",
        "canary@example..org",
        "canary@example.org\u200b",
    ],
)
def test_other_senders_are_malformed(text: str) -> None:
    assert len(problems(EMAIL_SENDER=text)) == 1


# --- storage ---


def test_a_connection_string_is_taken_as_it_is() -> None:
    storage = settings().storage

    assert (storage.connection_string, storage.queue_url, storage.table_url) == (STORAGE, "", "")


def test_development_storage_is_written_out() -> None:
    storage = settings(AzureWebJobsStorage="UseDevelopmentStorage=true").storage

    assert storage.connection_string == DEVELOPMENT_STORAGE


def test_an_account_for_a_managed_identity_takes_the_place_of_a_connection_string() -> None:
    environ = {
        "AzureWebJobsStorage": "",
        "AzureWebJobsStorage__accountName": "account1",
    }
    system = settings(**environ).storage
    user = settings(**environ, AzureWebJobsStorage__clientId="identity").storage

    assert system.connection_string is None
    assert system.queue_url == "https://account1.queue.core.windows.net"
    assert system.table_url == "https://account1.table.core.windows.net"
    assert (system.client_id, user.client_id) == (None, "identity")


@pytest.mark.parametrize(
    "text",
    [
        "canary",
        "AccountName=canary",
        "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5",
        "DefaultEndpointsProtocol=HTTP;AccountName=account1;AccountKey=a2V5",
        "DefaultEndpointsProtocol=ftp;AccountName=account1;AccountKey=a2V5",
        "AccountName=Canary_/;AccountKey=a2V5",
        "AccountName=account1;AccountKey=canary!",
        "AccountName=account1;AccountKey=a2V5;QueueEndpoint=http://canary.example.org/a",
    ],
)
def test_other_storage_connections_are_malformed(text: str) -> None:
    (problem,) = problems(AzureWebJobsStorage=text)

    assert problem.startswith("AzureWebJobsStorage is not")


SERVICES = {
    "AzureWebJobsStorage": "",
    "AzureWebJobsStorage__blobServiceUri": "https://account1.blob.core.example.org/",
    "AzureWebJobsStorage__queueServiceUri": "https://account1.queue.core.example.org/",
    "AzureWebJobsStorage__tableServiceUri": "https://account2.table.core.example.org/",
}


def test_the_addresses_of_the_services_take_the_place_of_the_name_also_in_two_accounts() -> None:
    storage = settings(**SERVICES, AzureWebJobsStorage__clientId="identity").storage

    assert storage.queue_url == "https://account1.queue.core.example.org"
    assert storage.table_url == "https://account2.table.core.example.org"
    assert (storage.connection_string, storage.client_id) == (None, "identity")


@pytest.mark.parametrize("service", ["blob", "queue", "table"])
def test_of_the_addresses_of_the_services_none_is_missing_or_malformed(service: str) -> None:
    name = f"AzureWebJobsStorage__{service}ServiceUri"

    assert problems(**SERVICES | {name: ""}) == (f"{name} is missing",)
    (problem,) = problems(**SERVICES | {name: "http://canary.example.org"})
    assert problem.startswith(f"{name} is not an https address")


def test_an_account_name_has_its_form() -> None:
    (problem,) = problems(AzureWebJobsStorage="", AzureWebJobsStorage__accountName="Canary_")

    assert problem.startswith("AzureWebJobsStorage__accountName is not")


# --- what is shown ---


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    text = repr(settings(AzureWebJobsStorage=STORAGE.replace("a2V5", "Y2FuYXJ5")))

    for secret in ("canary", "Y2FuYXJ5", repr(KEY)):
        assert secret not in text


def test_without_an_argument_the_process_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SYNC_WINDOW_DAYS", "30")

    assert Settings.from_env().window_days == 30


LOOK = {
    "HOST_NAME": "Salon Planner",
    "HOST_LOGO_URL": "https://static.example.org/logo.svg?v=2",
    "HOST_COLOUR": "#7A1FA2",
    "SUPPORT_URL": "https://help.example.org/outlook/?topic=sync#first",
    "RETURN_URL": "http://localhost:8080/profile",
    "FRAME_ANCESTORS": "https://app.example.org  https://admin.example.org:8443 http://127.0.0.1:1",
}


def test_r12_8_the_hosts_look_and_place_are_read() -> None:
    read = settings(**LOOK)

    assert read.host == Host(
        name="Salon Planner",
        logo_url="https://static.example.org/logo.svg?v=2",
        colour="#7a1fa2",
        support_url="https://help.example.org/outlook/?topic=sync#first",
        return_url="http://localhost:8080/profile",
    )
    assert read.frame_ancestors == (
        "https://app.example.org",
        "https://admin.example.org:8443",
        "http://127.0.0.1:1",
    )


def test_r12_8_without_them_it_is_the_products_own_and_in_no_frame() -> None:
    empty = settings(**dict.fromkeys(LOOK, " "))

    assert settings() == empty
    assert (empty.host, empty.frame_ancestors) == (Host(), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HOST_COLOUR", value) for value in ("red", "#fff", "7a1fa2", "#7a1fa2;", "#7a1fag")),
        *(
            (name, value)
            for name in ("HOST_LOGO_URL", "SUPPORT_URL", "RETURN_URL")
            for value in (
                "http://example.org/logo.svg",
                "javascript:alert(1)",
                "data:image/png;base64,AAAA",
                "//example.org/logo.svg",
                "https://user@example.org/",
                "https://example.org;img-src/*",
                "https://*.example.org/",
                "https://exa mple.org/",
            )
        ),
        *(
            ("FRAME_ANCESTORS", value)
            for value in (
                "*",
                "'self'",
                "https:",
                "https://*.example.org",
                "http://example.org",
                "https://example.org/",
                "https://example.org/app",
                "https://example.org?a=1",
                "https://example.org#",
                "https://example.org:443",
                "https://example.org;script-src",
                "https://example.org,https://other.example",
                "https://good.example.org https://bad.example.org/",
            )
        ),
    ],
)
def test_r12_8_a_wrong_one_is_refused_by_name(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})

    assert problem.startswith(f"{name} is not a")
