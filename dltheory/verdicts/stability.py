"""How likely fresh seeds are to return the same verdict, with all that it hangs on."""

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
    """The least chance of this verdict, however bounds, controls and mutants depend on each other.

        CONFIRMED     P ≥ P(bounds confirm) − Σ P(a control turns) − Σ P(a mutant passes)
        SMALLER       likewise
        REFUTED       P ≥ P(bounds refute) − Σ P(a control turns without which nothing is refuted)
        INCONCLUSIVE  P ≥ the largest of P(bounds are open), P(such a control fails), and
                      P(another control fails, or a mutant passes) − P(bounds refute)

    Conditions of the regime are controls of the second kind. A control that was decided where it
    was measured is taken to come out as it did. A control whose failure takes no word away has no
    part in this.
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
