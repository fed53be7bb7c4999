"""Controls: checks whose failure shows that an experiment cannot be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dltheory.statistics import Evidence, single_look
from dltheory.verdicts.claim import Criterion
from dltheory.verdicts.error_rates import Procedure
from dltheory.verdicts.numerals import number
from dltheory.verdicts.repetition import repetition

SURE = 0.99
"""A control that fresh seeds decide alike so often is not asked again."""

Failure = Literal["inconclusive", "vacuous", "confounded"]


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control: what was expected, what was observed, and whether it held.

    `when_failed` says what a failure means: "inconclusive" (the experiment could not have seen the
    effect), "vacuous" (a null model satisfies the claim too) or "confounded" (the effect goes away
    when another factor is matched). `stability` is the probability that fresh seeds give the same
    result; None for a control without sampling error.
    """

    name: str
    expectation: str
    observed: str
    held: bool
    when_failed: Failure = "inconclusive"
    stability: float | None = None

    @property
    def blinds(self) -> bool:
        """Whether a failure of this control also takes away REFUTED ("inconclusive" controls)."""
        return self.when_failed == "inconclusive"


def might_turn(control: Control) -> bool:
    """Whether more seeds may change the result: it rests on a sample, and is not stable."""
    return control.stability is not None and control.stability < SURE


def shown(
    name: str,
    evidence: Evidence,
    *,
    above: float = 0.0,
    alpha: float = 0.01,
    when_failed: Failure = "inconclusive",
) -> Control:
    """A control that holds if the lower bound of its evidence at level alpha exceeds `above`."""
    interval = evidence.interval(alpha)
    held = bool(interval.lower > above)
    return Control(
        name=name,
        expectation=f"lower bound above {number(above)}",
        observed=(
            f"{number(interval.estimate)} [{number(interval.lower)}, {number(interval.upper)}], "
            f"n = {evidence.n}"
        ),
        held=held,
        when_failed=when_failed,
        stability=_stability(evidence, above, alpha, held=held),
    )


def holds(
    name: str,
    *,
    expectation: str,
    observed: str,
    held: bool,
    when_failed: Failure = "inconclusive",
) -> Control:
    """A control whose result is given, without sampling error and so without a stability."""
    return Control(
        name=name,
        expectation=expectation,
        observed=observed,
        held=bool(held),
        when_failed=when_failed,
    )


def _stability(evidence: Evidence, above: float, alpha: float, *, held: bool) -> float:
    """The probability that fresh seeds give the same result; 0 if the spread is unknown."""
    once = Procedure(
        criterion=Criterion(because="a control", null=above, alpha=alpha),
        looks=single_look(max(2, evidence.n), alpha),
        seeds=max(2, evidence.n),
    )
    found = repetition(once, evidence)
    if found is None:
        return 0.0
    return found.affirmed if held else 1.0 - found.affirmed
