"""What is deployed, read from the Bicep files: settings, secrets, identities, runtime."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from pycep import BicepParser

from tests.infra.host_look import HOST_LOOK

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
FILES = sorted(path.relative_to(INFRA).as_posix() for path in INFRA.rglob("*.bicep"))

SECRET_SETTINGS = {
    "MICROSOFT_CLIENT_SECRET",
    "BOOKING_API_TOKEN",
    "BOOKING_OIDC_CLIENT_SECRET",
    "BOOKING_WEBHOOK_SECRET",
    "EMAIL_CONNECTION_STRING",
    "TOKEN_ENCRYPTION_KEYS",
    "SESSION_SECRET",
}
PLAIN_SETTINGS = {
    "PUBLIC_BASE_URL",
    "GRAPH_BASE_URL",
    "MICROSOFT_AUTHORITY",
    "MICROSOFT_CLIENT_ID",
    "BOOKING_API_URL",
    "BOOKING_OIDC_ISSUER",
    "BOOKING_OIDC_CLIENT_ID",
    "BOOKING_PRODUCT_NAME",
    "BOOKING_PRODUCT_TAG",
    *HOST_LOOK,
    "EMAIL_SENDER",
    "SYNC_WINDOW_DAYS",
    "SYNC_MAX_AGE_SECONDS",
    "CANCEL_AFTER_SECONDS",
    "HELD_FOR_SECONDS",
    "LOST_AFTER_SECONDS",
    "SWEEP_SCHEDULE",
    "RENEWAL_SCHEDULE",
    "TRACES_KEPT_PERCENT",
}


@cache
def parsed(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", BicepParser().parse(file_path=INFRA / name))


def resources(kind: str) -> Iterator[dict[str, Any]]:
    """Gives the configuration of every resource of a type, without its loop or condition."""
    for name in FILES:
        for resource in parsed(name).get("resources", {}).values():
            if resource["type"] == kind and not resource["existing"]:
                yield resource["config"].get("config", resource["config"])


def the_only(kind: str) -> dict[str, Any]:
    (resource,) = resources(kind)
    return resource


def site() -> dict[str, Any]:
    properties: dict[str, Any] = the_only("Microsoft.Web/sites")["properties"]
    return properties


def app_settings() -> dict[str, Any]:
    rows = site()["siteConfig"]["appSettings"]
    settings = {row["name"]: row["value"] for row in rows}
    assert len(settings) == len(rows), "a setting stands twice"
    return settings


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_bicep(name: str) -> None:
    assert parsed(name)


def test_every_setting_of_the_connector_is_set() -> None:
    assert set(app_settings()) >= SECRET_SETTINGS | PLAIN_SETTINGS
    assert "AzureWebJobsStorage__accountName" in app_settings()


def test_every_secret_setting_is_a_reference_to_a_secret_that_is_stored() -> None:
    entries = list(resources("Microsoft.KeyVault/vaults/secrets"))
    stored = {secret["name"] for secret in entries}

    named = {name: app_settings()[name] for name in SECRET_SETTINGS}

    for name, value in named.items():
        expected = name.lower().replace("_", "-")
        assert value == f"@Microsoft.KeyVault(VaultName=${{vaultName}};SecretName={expected})"
        assert expected in stored
    assert all(secret["properties"]["contentType"] == "text/plain" for secret in entries)


def test_no_other_setting_holds_a_secret_parameter() -> None:
    secure = {
        name
        for file in FILES
        for name, parameter in parsed(file).get("parameters", {}).items()
        if {"type": "secure"} in parameter["decorators"]
    }

    used = json.dumps([v for k, v in app_settings().items() if k not in SECRET_SETTINGS])

    assert len(secure) == 6
    assert not [name for name in secure if re.search(rf"\b{name}\b", used)]


def test_a_secret_that_is_not_given_is_left_as_the_vault_has_it() -> None:
    entries = parsed("app/vault.bicep")["resources"]

    for name in SECRET_SETTINGS - {"EMAIL_CONNECTION_STRING"}:
        parameter = re.sub(r"_(.)", lambda each: each[1], name.title())
        parameter = parameter[0].lower() + parameter[1:]
        entry = entries[f"{parameter}Entry"]["config"]
        is_given = {"function": {"type": "empty", "parameters": {"item_to_test": parameter}}}
        assert entry["config"]["properties"]["value"] == parameter
        assert entry["condition"] == {
            "operator": {"type": "not", "operands": {"bool_value": is_given}}
        }


def test_secret_parameters_are_empty_by_default_and_no_output_shows_one() -> None:
    for file in FILES:
        document = parsed(file)
        for name, parameter in document.get("parameters", {}).items():
            secret = {"type": "secure"} in parameter["decorators"]
            assert secret == bool(re.search(r"(?i)secret$|token$|keys$", name)), (file, name)
            assert not secret or not parameter["default"]
        assert not re.search(r"(?i)secret|listKeys", json.dumps(document.get("outputs", {})))


def test_the_functions_run_on_flex_consumption_with_python_3_13() -> None:
    config = site()["functionAppConfig"]

    assert the_only("Microsoft.Web/serverfarms")["sku"] == {
        "name": "FC1",
        "tier": "FlexConsumption",
    }
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    assert config["scaleAndConcurrency"]["instanceMemoryMB"] == 2048
    assert config["scaleAndConcurrency"]["triggers"]["http"]["perInstanceConcurrency"] > 1
    # Flex Consumption refuses these: the runtime stands in functionAppConfig instead.
    assert not {"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION"} & set(app_settings())


def test_r7_3_the_functions_export_by_themselves_and_the_worker_does_not() -> None:
    # The worker's own export has spans of every library in it, with whole addresses.
    assert app_settings()["PYTHON_ENABLE_OPENTELEMETRY"] == "true"
    assert "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY" not in app_settings()
    assert "ClientId=" in app_settings()["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]


def test_the_package_is_read_by_identity() -> None:
    authentication = site()["functionAppConfig"]["deployment"]["storage"]["authentication"]

    assert authentication["type"] == "UserAssignedIdentity"
    assert the_only("Microsoft.Web/sites")["identity"]["type"] == "UserAssigned"
    assert site()["keyVaultReferenceIdentity"] == "identityId"


def test_nobody_has_a_key_to_the_storage() -> None:
    storage = the_only("Microsoft.Storage/storageAccounts")["properties"]

    assert storage["allowSharedKeyAccess"] is False
    assert storage["allowBlobPublicAccess"] is False
    assert storage["minimumTlsVersion"] == "TLS1_2"
    assert storage["supportsHttpsTrafficOnly"] is True
    assert "AzureWebJobsStorage" not in app_settings()


def test_how_often_the_storage_keeps_everything_is_a_choice() -> None:
    (allowed,) = (
        each["argument"]
        for each in parsed("main.bicep")["parameters"]["storageRedundancy"]["decorators"]
        if each["type"] == "allowed"
    )

    assert the_only("Microsoft.Storage/storageAccounts")["sku"] == {"name": "redundancy"}
    assert {"type": "allowed", "argument": allowed} in (
        parsed("app/storage.bicep")["parameters"]["redundancy"]["decorators"]
    )


def test_an_own_domain_for_mail_is_linked_when_the_sender_is_on_it() -> None:
    mail = parsed("app/mail.bicep")
    text = (INFRA / "app/mail.bicep").read_text()

    managed, own = resources("Microsoft.Communication/emailServices/domains")
    assert managed["properties"]["domainManagement"] == "AzureManaged"
    assert own["properties"]["domainManagement"] == "CustomerManaged"
    assert set(mail["variables"]) == {"usesOwnDomain", "ownDomainName", "senderName"}
    assert (
        "var usesOwnDomain = !empty(ownDomain) && "
        "endsWith(toLower(sender), toLower('@${ownDomain}'))"
    ) in text
    assert "linkedDomains: usesOwnDomain ? [ domain.id, own.id ] : [ domain.id ]" in text


def test_no_instance_waits_day_and_night_unless_it_is_wanted() -> None:
    assert parsed("main.bicep")["parameters"]["alwaysReadyHttpInstances"]["default"] == 0
    assert "alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [" in (
        (INFRA / "app/function.bicep").read_text()
    )


def test_the_site_takes_https_only_and_no_passwords() -> None:
    policies = list(resources("Microsoft.Web/sites/basicPublishingCredentialsPolicies"))

    assert site()["httpsOnly"] is True
    assert site()["siteConfig"]["minTlsVersion"] == "1.2"
    assert site()["siteConfig"]["ftpsState"] == "Disabled"
    assert {policy["name"] for policy in policies} == {"ftp", "scm"}
    assert not any(policy["properties"]["allow"] for policy in policies)


def test_the_identity_may_do_what_it_needs_and_no_more() -> None:
    text = "\n".join((INFRA / name).read_text() for name in FILES)

    roles = set(re.findall(r"'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'", text))

    assert roles == {
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",  # Storage Blob Data Owner
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",  # Storage Queue Data Contributor
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",  # Storage Table Data Contributor
        "4633458b-17de-408a-b874-0445c86b69e6",  # Key Vault Secrets User
        "3913510d-42f4-4e42-8a64-420c390055eb",  # Monitoring Metrics Publisher
    }
    assert all(
        role["properties"]["principalType"] == "ServicePrincipal"
        for role in resources("Microsoft.Authorization/roleAssignments")
    )


def test_the_vault_goes_by_roles_and_cannot_be_purged() -> None:
    vault = the_only("Microsoft.KeyVault/vaults")["properties"]

    assert vault["enableRbacAuthorization"] is True
    assert vault["enablePurgeProtection"] is True


def test_a_deleted_vault_can_be_taken_back_under_its_name() -> None:
    allowed = {"type": "allowed", "argument": ["default", "recover"]}

    assert the_only("Microsoft.KeyVault/vaults")["properties"]["createMode"] == "createMode"
    assert allowed in parsed("main.bicep")["parameters"]["vaultCreateMode"]["decorators"]


def test_the_queues_and_their_poison_queues_are_there() -> None:
    queues = parsed("app/storage.bicep")["variables"]["queueNames"]["value"]

    assert set(queues) == {
        f"{queue}{kind}"
        for queue in ("sync-jobs", "mail-jobs", "account-jobs")
        for kind in ("", "-poison")
    }


def test_every_module_is_given_the_parameters_that_it_needs() -> None:
    for module in parsed("main.bicep")["modules"].values():
        parameters = parsed(module["detail"]["path"])["parameters"]
        needed = {name for name, each in parameters.items() if each["default"] is None}
        given = set(module["config"]["params"])
        assert needed <= given <= set(parameters), module["detail"]["path"]
