"""What azd runs before and after it provisions: docs/operations.md says what a person sees of it.

Whoever deploys runs it with the Python that is there, 3.10 or later: the standard library only.
The vault is where secrets live. Its names are asked of Azure's control plane, which tells no
values and wants no further role.
"""

import base64
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

AZURE = "https://management.azure.com"
VAULT_API = "2023-07-01"
LOCATIONS_API = "2022-12-01"
INFRA = Path(__file__).resolve().parent.parent / "infra"

REQUIRED = (
    "MICROSOFT_CLIENT_ID",
    "BOOKING_API_URL",
    "BOOKING_OIDC_ISSUER",
    "BOOKING_OIDC_CLIENT_ID",
)
GENERATED = ("TOKEN_ENCRYPTION_KEYS", "SESSION_SECRET")
HANDED_OUT = (
    "MICROSOFT_CLIENT_SECRET",
    "BOOKING_API_TOKEN",
    "BOOKING_OIDC_CLIENT_SECRET",
    "BOOKING_WEBHOOK_SECRET",
)
_SECONDS = 30
_KEY_BYTES = 32

Ask = Callable[[str, str], list[dict[str, Any]]]
Set = Callable[[str, str], None]


class StopError(Exception):
    """Nothing may go on; the message is for the person who deploys."""


def before_provision(environ: Mapping[str, str], ask: Ask, set_value: Set) -> list[str]:
    """Makes the secrets that are nobody's to hand out, unless the vault has them.

    Args:
        environ: The azd environment.
        ask: Lists what Azure has at a path, with an API version.
        set_value: Sets a value of the azd environment.

    Returns:
        What was done, a sentence each.

    Raises:
        StopError: Something is missing or can't be used; names all.
    """
    _require(environ, "AZURE_ENV_NAME", "AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION")
    kept = _secrets_in_vault(environ, ask)
    deleted = kept is None and _has_deleted_vault(environ, ask)
    names = kept or set()

    problems = [f"{name} is missing" for name in REQUIRED if not environ.get(name)]
    if not deleted:
        problems += [
            f"{name} is missing, and the vault has none"
            for name in HANDED_OUT
            if not environ.get(name) and _secret(name) not in names
        ]
    problems += _unusable(environ)
    redundancy = environ.get("STORAGE_REDUNDANCY") or "Standard_ZRS"
    if redundancy.endswith("ZRS") and not _has_zones(environ, ask):
        problems.append(
            f"STORAGE_REDUNDANCY is {redundancy}, and {environ['AZURE_LOCATION']} has no zones: "
            "Standard_LRS or Standard_GRS will do"
        )
    if problems:
        raise StopError("; ".join(problems) + ". Set them by `azd env set NAME VALUE`.")

    set_value("VAULT_CREATE_MODE", "recover" if deleted else "default")
    done = ["The deleted vault is recovered with its secrets."] if deleted else []
    for name in GENERATED:
        if deleted or _secret(name) in names:
            if environ.get(name):
                set_value(name, "")
                done.append(f"{name}: the vault's stays, the azd environment's is taken away.")
        elif not environ.get(name):
            set_value(name, base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
            done.append(f"{name} is made.")
    return done


def after_provision(environ: Mapping[str, str], ask: Ask, set_value: Set) -> list[str]:
    """Takes the secrets out of the azd environment once the vault has them.

    Args:
        environ: The azd environment, with the outputs of the deployment.
        ask: Lists what Azure has at a path, with an API version.
        set_value: Sets a value of the azd environment.

    Returns:
        What was done and what is left to do, a sentence each.

    Raises:
        StopError: The vault lacks a secret: it was recovered without one.
    """
    kept = _secrets_in_vault(environ, ask) or set()
    done = []
    for name in GENERATED + HANDED_OUT:
        if environ.get(name) and _secret(name) in kept:
            set_value(name, "")
            done.append(f"{name} is in the vault, and no longer in the azd environment.")
    missing = [name for name in GENERATED + HANDED_OUT if _secret(name) not in kept]
    if missing:
        raise StopError(
            f"the vault lacks {', '.join(missing)}: run `azd provision` once more, which says "
            "what to set."
        )
    address = environ.get("CONNECTOR_URL", "")
    return [
        *done,
        f"Redirect address of the app registration: {address}/auth/microsoft/callback",
        f"Redirect address at the booking product: {address}/auth/booking/callback",
        f"Webhooks of the booking product go to: {address}/api/webhooks/booking",
    ]


def _require(environ: Mapping[str, str], *names: str) -> None:
    missing = [name for name in names if not environ.get(name)]
    if missing:
        raise StopError(
            f"{', '.join(missing)} missing: begin with `azd env new NAME --subscription ID "
            "--location REGION`."
        )


def _secrets_in_vault(environ: Mapping[str, str], ask: Ask) -> set[str] | None:
    """Gives the names of the secrets that are kept, ``None`` where there is no vault."""
    vaults = [
        vault["id"] for vault in _vaults(environ, ask, "vaults") if _is_ours(vault["id"], environ)
    ]
    if not vaults:
        return None
    return {secret["name"] for vault in vaults for secret in ask(f"{vault}/secrets", VAULT_API)}


def _has_deleted_vault(environ: Mapping[str, str], ask: Ask) -> bool:
    return any(
        _is_ours(vault["properties"]["vaultId"], environ)
        and _region(vault["properties"]["location"]) == _region(environ["AZURE_LOCATION"])
        for vault in _vaults(environ, ask, "deletedVaults")
    )


def _vaults(environ: Mapping[str, str], ask: Ask, kind: str) -> list[dict[str, Any]]:
    # Of the whole subscription: the group itself is not there before the first time.
    subscription = f"/subscriptions/{environ['AZURE_SUBSCRIPTION_ID']}"
    return ask(f"{subscription}/providers/Microsoft.KeyVault/{kind}", VAULT_API)


def _is_ours(vault: str, environ: Mapping[str, str]) -> bool:
    start = (
        f"/resourcegroups/rg-{environ['AZURE_ENV_NAME']}/providers/microsoft.keyvault/vaults/kv-cu-"
    )
    return start.lower() in vault.lower()


def _has_zones(environ: Mapping[str, str], ask: Ask) -> bool:
    regions = ask(f"/subscriptions/{environ['AZURE_SUBSCRIPTION_ID']}/locations", LOCATIONS_API)
    return any(
        region["name"] == _region(environ["AZURE_LOCATION"])
        and region.get("availabilityZoneMappings")
        for region in regions
    )


def _region(name: str) -> str:
    return name.replace(" ", "").lower()


def _secret(name: str) -> str:
    return name.lower().replace("_", "-")


def _unusable(environ: Mapping[str, str]) -> list[str]:
    """Finds values that azd would break or drop without a word."""
    given = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    text = (INFRA / "main.bicep").read_text(encoding="utf-8")
    numbers = set(re.findall(r"^param (\w+) int\b", text, re.MULTILINE))
    problems = []
    for parameter, each in given.items():
        name = each["value"].strip("${}")
        value = environ.get(name, "")
        # azd writes a value into the parameters as it is.
        if re.search(r'["\\\r\n]', value):
            problems.append(f"{name} holds a double quote, a backslash or a line break")
        elif value and parameter in numbers and not re.fullmatch("[0-9]+", value):
            problems.append(f"{name} is no whole number")
    return problems


def asker(token: str, azure: str = AZURE) -> Ask:
    """Gives a way to list what Azure has.

    Args:
        token: Bearer token for the control plane.
        azure: Where the control plane is.
    """

    def ask(path: str, version: str) -> list[dict[str, Any]]:
        return list(_pages(f"{azure}{quote(path)}?api-version={version}", token, azure))

    return ask


def _pages(url: str, token: str, azure: str) -> Iterator[dict[str, Any]]:
    while url:
        # The token is for Azure alone, also where an answer names the next page.
        if not url.startswith(f"{azure}/"):
            raise StopError("Azure's answer leads elsewhere.")
        request = Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        try:
            with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                page = json.load(answer)
        except HTTPError as error:
            raise StopError(f"Azure answered {error.code} to {url}.") from error
        except (URLError, TimeoutError, ValueError) as error:
            raise StopError(f"Azure could not be asked ({type(error).__name__}).") from error
        yield from page["value"]
        url = page.get("nextLink") or ""


def _azd(*arguments: str) -> str:
    result = subprocess.run(  # noqa: S603
        ["azd", *arguments],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise StopError(f"`azd {' '.join(arguments[:2])}` failed: {result.stderr.strip()}")
    return result.stdout


def _set_value(name: str, value: str) -> None:
    _azd("env", "set", name, value, "--environment", os.environ["AZURE_ENV_NAME"])


def main(arguments: list[str], azure: str = AZURE) -> int:
    """Runs the hook that the one argument names; gives the exit code."""
    hooks = {"preprovision": before_provision, "postprovision": after_provision}
    try:
        token = json.loads(_azd("auth", "token", "--output", "json"))["token"]
        said = hooks[arguments[0]](os.environ, asker(token, azure), _set_value)
    except StopError as error:
        sys.stderr.write(f"Stopped: {error}\n")
        return 1
    for line in said:
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
