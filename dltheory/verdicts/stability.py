"""How likely fresh seeds are to return the same verdict, with all that it hangs on."""

from __future__ import annotations

from collections.abc import Sequence

from dltheory.verdicts.claim import Verdict
from dltheory.verdicts.control import Control
from dltheory.verdicts.repetition import Repetition


def stability(
    verdict: Verdict,
    again: Repetition,
    controls: Sequence[Control] = (),
    mutants: Sequence[Repetition | None] = (),
) -> float:
    """The least chance of this verdict, however bounds, controls and mutants depend on each other.

        CONFIRMED     P ≥ P(bounds confirm) − Σ P(a control turns) − Σ P(a mutant passes)
        REFUTED       P ≥ P(bounds refute) − Σ P(a control turns without which nothing is refuted)
        INCONCLUSIVE  P ≥ the largest of P(bounds are open), P(such a control fails), and
                      P(another control fails, or a mutant passes) − P(bounds refute)

    A control that was decided where it was measured is taken to come out as it did, and a mutant
    without a variance to be caught.
    """
    passing = [mutant for mutant in mutants if mutant is not None]
    if verdict == "INCONCLUSIVE":
        failing = [_again(c) - (not c.blinds) * again.refuted[1] for c in controls if not c.held]
        through = [mutant.confirmed[0] - again.refuted[1] for mutant in passing]
        return max(again.stability(verdict), *failing, *through, 0.0)
    confirmed = verdict == "CONFIRMED"
    turning = sum(1.0 - _again(c) for c in controls if confirmed or c.blinds)
    through = sum(mutant.confirmed[1] for mutant in passing) if confirmed else 0.0
    return max(0.0, again.stability(verdict) - turning - through)


def _again(control: Control) -> float:
    return 1.0 if control.stability is None else control.stability
