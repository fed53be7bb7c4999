"""What pilots saw of each form, kept beside the claim files: how much seeds vary.

`pytest --pilots` runs the selected forms on pilot seeds and writes `pilots.jsonl` into the folder
of each claim file, one line a form. When the form is judged, its power is planned from them, and
their residuals stand beside its own. A line is of use as long as the form runs, measures and makes
its evidence as its pilots did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dltheory.experiments.sealed import write_atomically
from dltheory.experiments.system_errors import reading
from dltheory.statistics.pilot_spread import spread_as_json
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts.numerals import plain

FILE = "pilots.jsonl"

Pilots = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""The line of a form under its claim, tier and case."""


def pilots_beside(claim_file: Path) -> Pilots:
    """What pilots saw of the forms of a claim file; empty where none were run."""
    return _read(claim_file.parent / FILE)


def pilot_line(trial: Any) -> dict[str, Any] | None:
    """The line of a form that ran on pilot seeds; None for exact evidence, which has no spread."""
    spread = spread_of(trial.outcome.evidence)
    if spread is None:
        return None
    return plain(
        {
            "claim": trial.case.claim.id,
            "tier": trial.case.tier,
            "case": trial.case.name,
            "recipe": trial.recipe,
            "estimand": trial.estimand,
            "pilots": len(trial.kept),
            "first_seed": trial.seeds[0],
            "spread": spread_as_json(spread),
        }
    )


STALE = "its pilots are stale"


def why_of_no_use(line: Mapping[str, Any] | None, recipe: str, estimand: str) -> str:
    """Why a line of pilots says nothing of a form that runs and judges this; "" where it does."""
    if line is None:
        return "no pilots at this scale"
    if line["recipe"] != recipe:
        return f"{STALE}: what is run or measured was changed since; run --pilots again"
    if line.get("estimand", "") != estimand:
        return f"{STALE}: how the evidence is made was changed since; run --pilots again"
    return ""


def stale_lines(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line that names the forms whose pilots are stale; none where there are none."""
    names = [
        f"{record['claim']}{'/' + record['case'] if record['case'] else ''}"
        for record in records
        if STALE in (record["calibration"] or {}).get("power_unknown", "")
    ]
    return [f"stale pilots, so that power is not planned: {', '.join(names)}"] if names else []


def write_pilots(folder: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """Write these lines over those of the same forms; the others stay."""
    path = folder / FILE
    kept = {**_read(path), **{_key(line): line for line in lines}}
    text = "".join(
        json.dumps(kept[key], sort_keys=True, ensure_ascii=False) + "\n" for key in sorted(kept)
    )
    write_atomically(path, text.encode())
    _read.cache_clear()
    return path


@lru_cache
def _read(path: Path) -> Pilots:
    try:
        with reading(path, of="list of pilots", option=""):
            text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    lines = [json.loads(line) for line in text.split("\n") if line]
    return {_key(line): line for line in lines}


def _key(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["claim"], line["tier"], line["case"]
