"""Error rates, power and stability of the procedure that judges one form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dltheory.statistics import Evidence
from dltheory.verdicts.design import Design
from dltheory.verdicts.error_rates import Procedure
from dltheory.verdicts.judge import Judgement
from dltheory.verdicts.repetition import repetition
from dltheory.verdicts.stability import stability

STABLE = 0.99
"""A form gates only if an identical run would return the same verdict this often."""

PROVISIONAL = 0.8
"""A word that an identical run would return less often is provisional."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Simulated error rates, power and stability of one form's procedure; None if unknown.

    `stability` is the probability that fresh seeds return the same verdict. `gates` says whether a
    change of the verdict fails continuous integration. `simulations` is the number of experiments
    behind the error rates. `power` is the probability of CONFIRMED at the smallest effect, planned
    from pilots; if it is None, `power_unknown` gives the reason.
    """

    stability: float | None
    gates: bool
    false_confirm: float | None = None
    false_confirm_own_residuals: float | None = None
    false_refute: float | None = None
    false_refute_own_residuals: float | None = None
    simulations: int = 0
    power: float | None = None
    power_unknown: str = ""
    provisional: bool = False
    """Whether there is a word that fresh seeds may well not return."""


def calibrate(
    procedure: Procedure,
    evidence: Evidence,
    judgement: Judgement,
    *,
    mutants: Sequence[Evidence] = (),
    design: Design | None = None,
) -> Calibration:
    """Error rates, power and stability of this form's procedure.

    A verdict gates if fresh seeds would return it with probability ≥ `STABLE`. If error rates were
    simulated, it must also have a control and a mutant that counts. `mutants` are the evidence of
    the mutants.
    """
    again, rates = repetition(procedure, evidence), judgement.rates
    broken = [repetition(procedure, mutant) for mutant in mutants]
    controls = (*judgement.controls, *judgement.regime)
    same = None if again is None else stability(judgement.verdict, again, controls, broken)
    return Calibration(
        stability=same,
        gates=same is not None and same >= STABLE and not _unchecked(judgement),
        false_confirm=rates and rates.false_confirm,
        false_confirm_own_residuals=rates and rates.false_confirm_own_residuals,
        false_refute=rates and rates.false_refute,
        false_refute_own_residuals=rates and rates.false_refute_own_residuals,
        simulations=rates.simulations if rates else 0,
        power=design and design.power,
        power_unknown=design.power_unknown if design else "",
        provisional=judgement.verdict != "INCONCLUSIVE" and same is not None and same < PROVISIONAL,
    )


def _unchecked(judgement: Judgement) -> bool:
    return judgement.rates is not None and bool(
        {"no control", "no mutant"} & {*judgement.qualifiers}
    )
