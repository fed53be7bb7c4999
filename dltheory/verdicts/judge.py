"""The rule, one for all kinds of claims.

    CONFIRMED     L > θ₀, and not U < θ₀ + δ
    SMALLER       L > θ₀ and U < θ₀ + δ
    REFUTED       U < θ₀ + δ, and not L > θ₀
    INCONCLUSIVE  otherwise

with L and U the one-sided bounds at α. With more seeds the bounds close on θ, so that they lead to
one word whatever θ is. A word is not said, and the verdict is INCONCLUSIVE,

* where more than a tenth of an arm's runs were lost,
* where a condition of the paper's setting does not hold: outside the regime,
* where a control failed that the word depends on, or a broken experiment passes too,
* where it breaks a rule of the design (see `design`),
* where the plan, simulated with the residuals of these runs and of pilots, errs too often
  (`error_rates`).

A null model that satisfies the claim too takes no word away: CONFIRMED is then *vacuous* and
supports nothing.
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
    """A verdict with everything it rests on.

    `more_seeds` says whether seeds alone are lacking: a further look may close what is open.
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
    """The verdict on evidence at level α (the criterion's own, or that of the present look).

    `looks` is the whole plan, by default one look at this level, and `seeds` the number of seeds
    that the evidence rests on, by default its n: the plan's error rates are simulated from them,
    unless `simulate` is false, which takes a hundredth of the time and withholds no word for them.
    `pilots` is what pilots of the same evidence saw of its errors.
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
    """The interval of the evidence, and the word that its bounds say."""
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
    """What is told beside the word, before anything takes it away.

    Evidence without sampling error needs no mutant: planted faults stand in its tests.
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
    """The judgement after runs, regime, controls, mutants, rules and error rates had their say."""
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
    """The controls whose failure takes this word away.

    A control that was to show that the experiment can see the effect ("inconclusive") bears on
    every word; one that was to rule out another explanation ("confounded") on affirmed words.
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
