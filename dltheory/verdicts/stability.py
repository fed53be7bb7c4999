"""The probability that fresh seeds return the same verdict, with controls and mutants included."""

from __future__ import annotations

from collections.abc import Sequence

from dltheory.verdicts.claim import Verdict
from dltheory.verdicts.control import Control
from dltheory.verdicts.error_rates import Chances


def stability(
    verdict: Verdict,
    again: Chances,
    controls: Sequence[Control] = (),
    mutants: Sequence[Chances | None] = (),
) -> float:
    """A lower bound P of the probability of this verdict on fresh seeds.

    It holds for any dependence between bounds, controls and mutants. A *blinding* control is one
    whose failure takes away REFUTED too (`Control.blinds`):

        CONFIRMED     P = P(bounds confirm) − Σ P(a control changes) − Σ P(a mutant is confirmed)
        SMALLER       the same, with P(bounds say SMALLER)
        REFUTED       P = P(bounds refute) − Σ P(a blinding control changes)
        INCONCLUSIVE  P = the largest of P(bounds are inconclusive), P(a blinding control fails),
                      P(another control fails) − P(bounds refute), and
                      P(a mutant is confirmed) − P(bounds refute)

    P is at least 0. `again` has the probabilities of the bounds. Conditions of the regime are
    passed as controls and are blinding by default. A control without a stability is assumed to
    give the same result again. "vacuous" controls are ignored, because they take no verdict away.
    """
    bearing = [control for control in controls if control.when_failed != "vacuous"]
    passing = [mutant for mutant in mutants if mutant is not None]
    if verdict == "INCONCLUSIVE":
        failing = [_again(c) - (not c.blinds) * again.refuted for c in bearing if not c.held]
        through = [mutant.affirmed - again.refuted for mutant in passing]
        return max(again.of(verdict), *failing, *through, 0.0)
    affirmed = verdict != "REFUTED"
    turning = sum(1.0 - _again(c) for c in bearing if affirmed or c.blinds)
    through = sum(mutant.affirmed for mutant in passing) if affirmed else 0.0
    return max(0.0, again.of(verdict) - turning - through)


def _again(control: Control) -> float:
    return 1.0 if control.stability is None else control.stability
