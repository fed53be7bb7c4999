"""The rule, one for all kinds of claims.

    CONFIRMED     L > θ0
    REFUTED       U < θ0 + δ
    INCONCLUSIVE  otherwise

with L and U the one-sided bounds at α. A verdict falls back to INCONCLUSIVE when the exact
sign-flip test disagrees, when a control failed, when a broken variant passes too, or when more
than a tenth of an arm's runs diverged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dltheory.statistics import Evidence, Interval
from dltheory.verdicts.claim import Criterion, Verdict
from dltheory.verdicts.control import Control
from dltheory.verdicts.numerals import number
from dltheory.verdicts.sensitivity import Sensitivity, confirming, refuting

LARGEST_ATTRITION = 0.1


@dataclass(frozen=True, kw_only=True)
class Attrition:
    """How many of an arm's runs diverged; each counts as the worst value."""

    arm: str
    diverged: int
    n: int


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A broken variant of the experiment and what the same rule says of it."""

    name: str
    verdict: Verdict

    @property
    def caught(self) -> bool:
        """Whether the rule did not take it for the real thing."""
        return self.verdict != "CONFIRMED"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict with everything it rests on."""

    verdict: Verdict
    reason: str
    interval: Interval
    qualifiers: tuple[str, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    controls: tuple[Control, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    attrition: tuple[Attrition, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError(
            "A judgement has three outcomes and no truth value; compare `.verdict` with a word."
        )


def judge(
    criterion: Criterion,
    evidence: Evidence,
    *,
    alpha: float | None = None,
    controls: Sequence[Control] = (),
    mutants: Mapping[str, Evidence] | None = None,
    attrition: Sequence[Attrition] = (),
) -> Judgement:
    """The verdict on evidence at level α (the criterion's own, or that of the present look)."""
    level = criterion.alpha if alpha is None else alpha
    judged = [
        Mutant(name=name, verdict=_by_bounds(criterion, broken, level).verdict)
        for name, broken in (mutants or {}).items()
    ]
    plain = _by_bounds(criterion, evidence, level)
    evidenced = replace(
        plain, controls=tuple(controls), mutants=tuple(judged), attrition=tuple(attrition)
    )
    return _doubted(evidenced)


def _by_bounds(criterion: Criterion, evidence: Evidence, alpha: float) -> Judgement:
    interval = evidence.interval(alpha)
    null, line = criterion.null, criterion.refutation_line
    if interval.lower > null:
        weak = interval.upper < line
        checks = confirming(evidence, null, alpha)
        qualifiers = ("below smallest effect",) if weak else ()
        return _agreed("CONFIRMED", interval, checks, qualifiers)
    if interval.upper < line:
        checks = refuting(evidence, line, alpha)
        contradicted = interval.upper < null < line
        return _agreed("REFUTED", interval, checks, ("contradicted",) if contradicted else ())
    return Judgement(
        verdict="INCONCLUSIVE",
        reason=(
            f"The interval [{number(interval.lower)}, {number(interval.upper)}] lies neither "
            f"above {number(null)} nor below {number(line)}."
        ),
        interval=interval,
    )


def _agreed(
    verdict: Verdict,
    interval: Interval,
    checks: list[Sensitivity],
    qualifiers: tuple[str, ...],
) -> Judgement:
    disagreeing = [check for check in checks if not check.agrees]
    if disagreeing:
        return Judgement(
            verdict="INCONCLUSIVE",
            reason=(
                f"Student's t says {verdict}, the {disagreeing[0].name} test does not "
                f"(p = {disagreeing[0].p:.3g})."
            ),
            interval=interval,
            sensitivity=tuple(checks),
        )
    return Judgement(
        verdict=verdict,
        reason="",
        interval=interval,
        qualifiers=qualifiers,
        sensitivity=tuple(checks),
    )


def _doubted(judgement: Judgement) -> Judgement:
    """The judgement after controls, mutants and attrition have had their say."""
    failed = [control for control in judgement.controls if not control.held]
    if failed and (judgement.verdict == "CONFIRMED" or any(control.blinds for control in failed)):
        return _set_aside(
            judgement,
            "; ".join(f"the control “{c.name}” failed: {c.observed}" for c in failed),
            tuple(dict.fromkeys(c.when_failed for c in failed if not c.blinds)),
        )
    if judgement.verdict != "CONFIRMED":
        return judgement
    passed = [mutant.name for mutant in judgement.mutants if not mutant.caught]
    if passed:
        return _set_aside(judgement, f"broken variants pass as well: {', '.join(passed)}")
    lost = [a for a in judgement.attrition if a.diverged > LARGEST_ATTRITION * a.n]
    if lost:
        arms = ", ".join(f"{a.diverged} of {a.n} in “{a.arm}”" for a in lost)
        return _set_aside(judgement, f"more than a tenth of the runs diverged: {arms}")
    return judgement


def _set_aside(judgement: Judgement, reason: str, qualifiers: tuple[str, ...] = ()) -> Judgement:
    return replace(
        judgement,
        verdict="INCONCLUSIVE",
        reason=f"{reason[0].upper()}{reason[1:]} (the bounds alone say {judgement.verdict}).",
        qualifiers=(*judgement.qualifiers, *qualifiers),
    )
