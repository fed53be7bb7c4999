"""The design of a form, fixed before its runs, and the rules that a verdict must satisfy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dltheory.statistics import Evidence, WeakestEvidence
from dltheory.verdicts.claim import Bearing, Quantifier, Verdict

LEAST_POWER = 0.8
"""The chance to confirm at the smallest effect that a plan must have."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a form declares besides its criterion.

    `trained` says whether networks were trained. `regime` holds the names of the conditions without
    which the paper's effect cannot be expected. `power` is the probability of CONFIRMED at the
    smallest effect, planned from pilots. If it is None, `power_unknown` gives the reason, and the
    rule “power” does not apply, because the error rates of bounds do not depend on the power.
    """

    bearing: Bearing = "claim"
    quantifier: Quantifier = ""
    trained: bool = False
    regime: tuple[str, ...] = ()
    power: float | None = None
    power_unknown: str = ""


def broken_rules(
    design: Design, evidence: Evidence, word: Verdict, line: float, alpha: float
) -> list[str]:
    """The rules that this verdict would break, as sentences.

    A verdict that breaks a rule becomes INCONCLUSIVE. `line` is the refutation line, and `alpha`
    the one-sided level of the bounds.
    """
    broken: list[str] = []
    if design.power is not None and design.power < LEAST_POWER:
        broken.append(
            f"rule “power”: the planned power at the smallest effect is {design.power:.2f}, below "
            f"{LEAST_POWER}"
        )
    if word == "REFUTED" and design.bearing != "analogue" and design.trained and not design.regime:
        broken.append(
            "rule “regime”: a refutation by trained networks needs measured conditions of the "
            "paper's setting, and the form declares none"
        )
    if (
        word == "REFUTED"
        and design.quantifier != "every"
        and _one_of_several(evidence, line, alpha)
    ):
        broken.append(
            "rule “universal”: some parts are refuted and others are not, and the paper does not "
            'assert the effect of every part; a claim that does has quantifier="every"'
        )
    return broken


def _one_of_several(evidence: Evidence, line: float, alpha: float) -> bool:
    """Whether evidence has several parts and at least one is not refuted at level alpha."""
    if not isinstance(evidence, WeakestEvidence) or len(evidence.parts) == 1:
        return False
    uppers: Sequence[float] = [part.interval(alpha).upper for part in evidence.parts]
    return max(uppers) >= line
