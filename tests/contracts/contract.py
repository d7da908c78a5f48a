"""The contract of the connector, as it was agreed on."""

from pathlib import Path
from typing import Any

import yaml

CONTRACT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "connector-api.openapi.yaml").read_text()
)
