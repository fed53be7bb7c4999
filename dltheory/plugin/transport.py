"""What a claim's report carries from a worker of xdist: any text, also half a character."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dltheory.reporting.visible import visible

CARRIED = ("claim_record", "claim_lines", "claim_provenances")


def packed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a report with what it carries as ASCII, and nothing else that cannot cross."""
    others = {name: _crossing(value) for name, value in data.items() if name not in CARRIED}
    carried = {name: data[name] for name in CARRIED if name in data}
    return {**others, "dltheory": json.dumps(carried)}


def unpack(data: dict[str, Any]) -> None:
    """Put what was packed back in its place."""
    data.update(json.loads(data.pop("dltheory")))


def _crossing(value: Any) -> Any:
    if isinstance(value, str):
        return value if _encodes(value) else visible(value)
    if isinstance(value, Mapping):
        return {_crossing(name): _crossing(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_crossing(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_crossing(item) for item in value)
    return value


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
