"""The rule that judges evidence; it is the same for all kinds of claims.

    CONFIRMED     L > θ₀, and not U < θ₀ + δ
    SMALLER       L > θ₀ and U < θ₀ + δ
    REFUTED       U < θ₀ + δ, and not L > θ₀
    INCONCLUSIVE  otherwise

θ is the estimand, θ₀ the null value, δ the smallest effect of the claim, and L and U are the
one-sided bounds of θ at level α. With more seeds both bounds approach θ, so the verdict settles for
any θ. The verdict of the bounds is replaced by INCONCLUSIVE in these cases, checked in this order:

* Attrition: more than a tenth of an arm's runs were lost. This holds for every verdict.
* Regime: a condition of the paper's setting does not hold. This holds for every verdict.
* Controls: a control failed that was to show that the experiment can see the effect. This holds for
  every verdict. A failed control against another explanation ("confounded") takes away CONFIRMED
  and SMALLER, but not REFUTED.
* Mutants: a broken experiment is CONFIRMED or SMALLER too. This takes away CONFIRMED and SMALLER,
  but not REFUTED.
* Rules: the verdict breaks a rule of the design (see `design`).
* Error rates: the plan, simulated with the residuals of these runs and of pilots, errs too often
  (see `error_rates`).

If a null model also satisfies the claim, CONFIRMED and SMALLER stay, are marked *vacuous*, and
support nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dltheory.errors import SpecError
from dltheory.statistics import Evidence, Interval, Looks, single_look
from dltheory.statistics.simulated import Spread, spread_of
from dltheory.verdicts.attrition import Attrition, lost_in
from dltheory.verdicts.claim import Criterion, Verdict
from dltheory.verdicts.control import Control, might_turn
from dltheory.verdicts.design import Design, broken_rules
from dltheory.verdicts.error_rates import ErrorRates, Procedure, error_rates, unreliable
from dltheory.verdicts.mutants import Mutant, counts
from dltheory.verdicts.numerals import number
from dltheory.verdicts.sensitivity import Sensitivity, sign_flips
from dltheory.verdicts.word import word_of

AFFIRMED = ("CONFIRMED", "SMALLER")
"""The words that say that the effect is there."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict with its reason, its bounds, and the checks that it passed or failed.

    `more_seeds` says whether a further look may change an INCONCLUSIVE verdict. `rates` is None for
    exact evidence, and if error rates were not simulated.
    """

    verdict: Verdict
    reason: str
    interval: Interval
    qualifiers: tuple[str, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    controls: tuple[Control, ...] = ()
    regime: tuple[Control, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    attrition: tuple[Attrition, ...] = ()
    rates: ErrorRates | None = None
    more_seeds: bool = False

    def __bool__(self) -> bool:
        raise TypeError(
            "A judgement has four outcomes and no truth value; compare `.verdict` with a word."
        )


def judge(
    criterion: Criterion,
    evidence: Evidence,
    *,
    alpha: float | None = None,
    controls: Sequence[Control] = (),
    regime: Sequence[Control] = (),
    mutants: Mapping[str, Evidence] | None = None,
    attrition: Sequence[Attrition] = (),
    design: Design | None = None,
    looks: Looks | None = None,
    seeds: int | None = None,
    pilots: Spread | None = None,
    simulate: bool = True,
) -> Judgement:
    """The verdict on evidence, with bounds at level `alpha`.

    `alpha` is the level of the present look, by default that of the criterion. `looks` is the whole
    plan, by default one look at this level. `seeds` is the number of seeds behind the evidence, by
    default its n. `mutants` maps names to the evidence of broken experiments. `pilots` is the
    spread of pilot runs. The error rates of the plan are simulated, unless `simulate` is false;
    that takes a hundredth of the time, and no verdict is withheld because of error rates. SpecError
    is raised for evidence or mutants without bounds.
    """
    _require_evidence("evidence", evidence)
    for name, broken in (mutants or {}).items():
        _require_evidence(f"the mutant {name!r}", broken)
    level = criterion.alpha if alpha is None else alpha
    procedure = Procedure(
        criterion=criterion,
        looks=looks or single_look(max(2, evidence.n), level),
        seeds=seeds or max(2, evidence.n),
    )
    interval, said = _by_bounds(criterion, evidence, level)
    judged = [
        Mutant(
            name=name,
            verdict=_by_bounds(criterion, broken, level)[1],
            counts=counts(broken, evidence),
        )
        for name, broken in (mutants or {}).items()
    ]
    plain = Judgement(
        verdict=said,
        reason="" if said != "INCONCLUSIVE" else _open(criterion, interval),
        interval=interval,
        qualifiers=_qualifiers(
            criterion, said, interval, controls, judged, sampled=spread_of(evidence) is not None
        ),
        sensitivity=tuple(sign_flips(evidence, criterion, said)),
        controls=tuple(controls),
        regime=tuple(regime),
        mutants=tuple(judged),
        attrition=tuple(attrition),
        rates=error_rates(procedure, evidence, pilots) if simulate else None,
        more_seeds=said == "INCONCLUSIVE",
    )
    return _doubted(plain, procedure, evidence, level, design, pilots)


def _by_bounds(criterion: Criterion, evidence: Evidence, alpha: float) -> tuple[Interval, Verdict]:
    """The interval of the evidence, and the verdict that follows from its bounds alone."""
    interval = evidence.interval(alpha)
    return interval, word_of(interval.lower, interval.upper, criterion)


def _open(criterion: Criterion, interval: Interval) -> str:
    return (
        f"The interval [{number(interval.lower)}, {number(interval.upper)}] lies neither above "
        f"{number(criterion.null)} nor below {number(criterion.refutation_line)}."
    )


def _qualifiers(
    criterion: Criterion,
    said: Verdict,
    interval: Interval,
    controls: Sequence[Control],
    mutants: Sequence[Mutant],
    *,
    sampled: bool,
) -> tuple[str, ...]:
    """Remarks on the verdict of the bounds: "contradicted", "vacuous", "no control", "no mutant".

    "contradicted" means that a REFUTED θ lies below θ₀. Evidence without sampling error (`sampled`
    is false) needs no mutant, because its tests plant faults instead.
    """
    found: list[str] = []
    if said == "REFUTED" and interval.upper < criterion.null < criterion.refutation_line:
        found.append("contradicted")
    if said in AFFIRMED:
        if any(not c.held and c.when_failed == "vacuous" for c in controls):
            found.append("vacuous")
        if not controls:
            found.append("no control")
        if sampled and not any(mutant.counts for mutant in mutants):
            found.append("no mutant")
    return tuple(found)


def _doubted(
    judgement: Judgement,
    procedure: Procedure,
    evidence: Evidence,
    alpha: float,
    design: Design | None,
    pilots: Spread | None,
) -> Judgement:
    """The judgement after the checks of attrition, regime, controls, mutants, rules, error rates.

    The first check that fails makes the verdict INCONCLUSIVE. `alpha` is the level of the bounds.
    """
    lost = lost_in(judgement.attrition)
    if lost:
        return _set_aside(
            judgement, f"more than a tenth of the runs were lost: {lost}", "runs lost", more=True
        )
    outside = [condition for condition in judgement.regime if not condition.held]
    if outside:
        reasons = "; ".join(f"“{c.name}” does not hold: {c.observed}" for c in outside)
        return _set_aside(
            judgement,
            f"outside the regime: {reasons}",
            "outside the regime",
            more=all(might_turn(condition) for condition in outside),
        )
    failed = _failed_controls(judgement)
    if failed:
        return _set_aside(
            judgement,
            "; ".join(f"the control “{c.name}” failed: {c.observed}" for c in failed),
            *dict.fromkeys(c.when_failed for c in failed if c.when_failed != "inconclusive"),
            more=all(might_turn(control) for control in failed),
        )
    if judgement.verdict == "INCONCLUSIVE":
        return judgement
    passed = [m.name for m in judgement.mutants if not m.caught]
    if passed and judgement.verdict in AFFIRMED:
        return _set_aside(judgement, f"broken experiments pass as well: {', '.join(passed)}")
    line = procedure.criterion.refutation_line
    broken = broken_rules(design, evidence, judgement.verdict, line, alpha) if design else []
    if broken:
        return _set_aside(judgement, "; ".join(broken), "rule")
    rates = judgement.rates
    wrong = unreliable(procedure, evidence, judgement.verdict, rates, pilots) if rates else ""
    return _set_aside(judgement, wrong, "error rate", more=True) if wrong else judgement


def _failed_controls(judgement: Judgement) -> list[Control]:
    """The failed controls that take this verdict away.

    A control that was to show that the experiment can see the effect ("inconclusive") takes away
    every verdict. One that was to rule out another explanation ("confounded") takes away CONFIRMED
    and SMALLER. A "vacuous" control takes away none.
    """
    affirmed = judgement.verdict in AFFIRMED
    return [
        control
        for control in judgement.controls
        if not control.held
        and (control.blinds or (affirmed and control.when_failed == "confounded"))
    ]


def _set_aside(
    judgement: Judgement, reason: str, *qualifiers: str, more: bool = False
) -> Judgement:
    return replace(
        judgement,
        verdict="INCONCLUSIVE",
        reason=f"{reason[0].upper()}{reason[1:]} (the bounds alone say {judgement.verdict}).",
        qualifiers=tuple(dict.fromkeys((*judgement.qualifiers, *qualifiers))),
        more_seeds=more,
    )


def _require_evidence(what: str, given: object) -> None:
    if not hasattr(given, "interval"):
        raise SpecError(
            f"judge takes evidence, which has bounds; {what} is {given!r}. Pass what "
            "mean(values), paired_difference(a, b), success_rate(outcomes) or worst_case(margins) "
            "returns."
        )
