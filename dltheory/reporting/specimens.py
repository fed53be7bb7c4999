"""Five drawn intervals that show how the verdict rule reads."""

from __future__ import annotations

from dltheory.reporting.schema import Criterion, Evidence, Record

_CASES = (
    ("CONFIRMED", "The whole interval lies above θ₀.", 0.9, 0.35, 1.45),
    ("SMALLER", "Above θ₀ and below θ₀ + δ: the effect is there, and smaller.", 0.45, 0.15, 0.75),
    ("REFUTED", "Any effect is smaller than the smallest the claim could mean.", 0.3, -0.25, 0.8),
    ("REFUTED", "The effect has the opposite sign: “contradicted”.", -0.5, -0.8, -0.15),
    ("INCONCLUSIVE", "The interval reaches from θ₀ or below to θ₀ + δ or above.", 0.6, -0.3, 1.5),
)


REACH = (-0.9, 1.6)
"""What the common axis reaches to."""


def specimens() -> list[tuple[Record, str]]:
    """Made-up records on a common axis, each with the sentence that explains its verdict."""
    return [(_specimen(verdict, *numbers), words) for verdict, words, *numbers in _CASES]


def _specimen(verdict: str, estimate: float, lower: float, upper: float) -> Record:
    """A record that holds nothing but an interval against 0 and 1."""
    return Record(
        claim="specimen",
        tier="",
        status="judged",
        verdict=verdict,
        criterion=Criterion(null=0.0, smallest_effect=1.0),
        evidence=Evidence(estimate=estimate, lower=lower, upper=upper),
    )
