"""The contract of the connector, and what of it is served today."""

from pathlib import Path
from typing import Any

import yaml

CONTRACT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "connector-api.openapi.yaml").read_text()
)
#: What the contract describes and the product does not serve yet.
TO_COME = {}


def _is_served(entry: object) -> bool:
    return not (isinstance(entry, dict) and entry.get("operationId") in TO_COME)


def _without_what_is_to_come() -> dict[str, Any]:
    paths = {
        path: {name: entry for name, entry in item.items() if _is_served(entry)}
        for path, item in CONTRACT["paths"].items()
    }
    return {**CONTRACT, "paths": {path: item for path, item in paths.items() if item}}


SERVED = _without_what_is_to_come()
