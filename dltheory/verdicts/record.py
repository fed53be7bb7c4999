"""A verdict as one JSON object; reports are made from these. Equal inputs give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dltheory.statistics import (
    EquivalenceEvidence,
    Evidence,
    ExactEvidence,
    Magnitude,
    OppositeEvidence,
    WeakestEvidence,
)
from dltheory.verdicts.calibration import Calibration
from dltheory.verdicts.claim import Bearing, Claim, Criterion
from dltheory.verdicts.judge import Judgement
from dltheory.verdicts.numerals import finite, plain

# The version of the format of records.
SCHEMA = 2


@dataclass(frozen=True, kw_only=True)
class Where:
    """Which form of a claim a record is about, and how to run it again.

    `case` names the form among those of its claim. `changes` are deviations from the plan.
    """

    tier: str
    case: str
    test: str
    command: str
    plan: str
    runs: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    looks: tuple[int, ...] = ()
    changes: tuple[str, ...] = ()
    sentence: str = ""
    bearing: Bearing = "claim"
    regime: tuple[str, ...] = ()
    unit: str = ""
    """The unit of the form's θ; "" where the claim's unit is that of all its forms."""


@dataclass(frozen=True, kw_only=True)
class Exhibits:
    """What a report card shows besides the verdict; `look` counts from 1, `alpha` is its level."""

    plots: tuple[dict[str, Any], ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    magnitude: dict[str, Any] | None = None
    look: int = 1
    alpha: float = 0.01


def describe(claim: Claim, criterion: Criterion, where: Where) -> dict[str, Any]:
    """The record of a form before it is judged: its statement, criterion and place."""
    return {
        "schema": SCHEMA,
        "claim": claim.id,
        "case": where.case,
        "tier": where.tier,
        "status": "not run",
        "reason": "",
        "verdict": None,
        "expected": criterion.expected,
        "expected_reason": criterion.expected_reason,
        "qualifiers": [],
        "paper": asdict(claim.paper),
        "statement": claim.statement,
        "sentence": where.sentence,
        "bearing": where.bearing,
        "regime": [{"name": name} for name in where.regime],
        "quantifier": claim.quantifier,
        "provisional": False,
        "supports": False,
        "locator": claim.locator,
        "kind": claim.kind,
        "formula": claim.formula,
        "estimand": claim.estimand,
        "unit": where.unit or claim.unit,
        "refuted_if": claim.refuted_if,
        "licenses": criterion.licenses,
        "criterion": {
            "null": finite(criterion.null),
            "smallest_effect": finite(criterion.smallest_effect),
            "slack": finite(criterion.slack),
            "printed_effect": criterion.printed_effect,
            "because": criterion.because,
            "alpha": finite(criterion.alpha),
            "looks": list(where.looks),
        },
        "evidence": None,
        "plots": [],
        "tables": [],
        "sensitivity": [],
        "controls": [],
        "magnitude": None,
        "calibration": None,
        "more_seeds": False,
        "attrition": [],
        "deviations": [*criterion.deviations, *where.changes],
        "adjusted": None,
        "plan": where.plan,
        "runs": list(where.runs),
        "seeds": list(where.seeds),
        "test": where.test,
        "command": where.command,
    }


def unjudged(described: Mapping[str, Any], status: str, reason: str) -> dict[str, Any]:
    """The record of a form that was not judged, with the status and reason; it has no verdict."""
    return {**described, "status": status, "reason": reason}


def judged(
    described: Mapping[str, Any],
    criterion: Criterion,
    judgement: Judgement,
    evidence: Evidence,
    calibration: Calibration,
    exhibits: Exhibits,
) -> dict[str, Any]:
    """The record of a judged form, as plain JSON types."""
    record = {
        **described,
        "status": "judged",
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "qualifiers": list(judgement.qualifiers),
        "evidence": _evidence(criterion, judgement, evidence, exhibits),
        "plots": list(exhibits.plots),
        "tables": list(exhibits.tables),
        "sensitivity": [asdict(check) for check in judgement.sensitivity],
        "controls": [asdict(control) for control in judgement.controls],
        "regime": [asdict(condition) for condition in judgement.regime],
        "provisional": calibration.provisional,
        "supports": supports(judgement, calibration),
        "magnitude": exhibits.magnitude,
        "calibration": {
            **asdict(calibration),
            "mutants": [
                {"name": m.name, "verdict": m.verdict, "caught": m.caught, "counts": m.counts}
                for m in judgement.mutants
            ],
        },
        "more_seeds": judgement.more_seeds,
        "attrition": [asdict(a) for a in judgement.attrition],
    }
    return plain(record)


def line(record: Mapping[str, Any]) -> str:
    """The record as one line of verdicts.jsonl, without the line break."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, allow_nan=False)


def in_order(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records sorted by claim, case and tier, so that files do not depend on the run order."""
    return sorted(records, key=lambda r: (r["claim"], r["case"], r["tier"]))


def printed_beside(
    magnitude: Magnitude | None, *, printed: str, locator: str, ours: str
) -> dict[str, Any]:
    """The printed value and ours for the report card.

    `magnitude` is None if the scale of the form does not allow a comparison; the verdict is then
    "not comparable".
    """
    return {
        "printed": printed,
        "locator": locator,
        "ours": ours,
        "verdict": magnitude.verdict if magnitude else "not comparable",
        "low": finite(magnitude.low) if magnitude else None,
        "high": finite(magnitude.high) if magnitude else None,
    }


def _evidence(
    criterion: Criterion, judgement: Judgement, evidence: Evidence, exhibits: Exhibits
) -> dict[str, Any]:
    tested = not _exact(evidence)
    return {
        "method": evidence.method,
        "n": evidence.n,
        "estimate": finite(judgement.interval.estimate),
        "sd": finite(evidence.sd),
        "lower": finite(judgement.interval.lower),
        "upper": finite(judgement.interval.upper),
        "p_confirm": finite(evidence.p_above(criterion.null)) if tested else None,
        "p_refute": finite(evidence.p_below(criterion.refutation_line)) if tested else None,
        "alpha": exhibits.alpha,
        "look": exhibits.look,
        "cases": evidence.cases if isinstance(evidence, ExactEvidence) else None,
        "violation_rate_bound": _violation_rate(criterion, evidence),
    }


def _exact(evidence: Evidence) -> bool:
    """Whether the evidence has no sampling error and therefore no meaningful p-value."""
    if isinstance(evidence, WeakestEvidence):
        return all(_exact(part) for part in evidence.parts)
    if isinstance(evidence, (EquivalenceEvidence, OppositeEvidence)):
        return _exact(evidence.inner)
    return isinstance(evidence, ExactEvidence)


def _violation_rate(criterion: Criterion, evidence: Evidence) -> float | None:
    """The upper bound of the rate of violations; None if a case violates the claim.

    It is also None for evidence with sampling error and for a single case.
    """
    if not isinstance(evidence, ExactEvidence) or evidence.cases == 1:
        return None
    held = evidence.value > criterion.null
    return finite(evidence.violation_rate_bound(criterion.alpha)) if held else None


# The qualifiers with which a verdict does not count for or against its claim.
_SUPPORTS_NOTHING = {"vacuous", "no control", "no mutant"}


def supports(judgement: Judgement, calibration: Calibration) -> bool:
    """Whether the verdict supports or contradicts the claim.

    It must not be INCONCLUSIVE, provisional, vacuous, or without a control or a mutant.
    """
    return (
        judgement.verdict != "INCONCLUSIVE"
        and not calibration.provisional
        and not _SUPPORTS_NOTHING & {*judgement.qualifiers}
    )
