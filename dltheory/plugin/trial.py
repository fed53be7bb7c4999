"""One claim in one form before its judge: samples, evidence, looks, and the record at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dltheory.errors import AllRunsLost, RunFailed, SpecError
from dltheory.experiments.computation import Computation
from dltheory.experiments.run import Run
from dltheory.experiments.tuned import Tuned
from dltheory.plugin.form import Case
from dltheory.plugin.pilots import why_of_no_use
from dltheory.plugin.source import Found, Source
from dltheory.statistics import (
    Evidence,
    Looks,
    Magnitude,
    MeanEvidence,
    RateEvidence,
    anytime,
    level_of_going_on,
    planned,
)
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts import Control, Judgement, arms_plot, calibrate, judge
from dltheory.verdicts.attrition import Attrition
from dltheory.verdicts.design import Design
from dltheory.verdicts.error_rates import Procedure, pilot_spread, planned_power
from dltheory.verdicts.record import Exhibits, Where, describe, judged, printed_beside, unjudged

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a call of `judge` left to be recorded."""

    judgement: Judgement
    evidence: Evidence
    mutants: tuple[Evidence, ...]
    exhibits: Exhibits
    procedure: Procedure
    design: Design


@dataclass(kw_only=True)
class Trial:
    """The state of one test item; `measured` and `judge` are what its function gets."""

    case: Case
    where: Where
    source: Source
    smoke: bool = False
    recipe: str = ""
    estimand: str = ""
    more_seeds: int | None = None
    look: int = 0
    lines: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    pilots: Mapping[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)
    outcome: Outcome | None = None
    _asked: dict[str, Arrays] = field(default_factory=dict)
    _lost: dict[str, set[int]] = field(default_factory=dict)

    @property
    def looks(self) -> tuple[int, ...]:
        """The numbers of seeds at which to look: those planned, and more where that is allowed."""
        planned_looks = self.case.form.looks
        last, step = planned_looks[-1], planned_looks[0]
        if not self.more_seeds or self.case.form.experiment is None:
            return planned_looks
        return (*planned_looks, *range(last + step, self.more_seeds + 1, step))

    @property
    def going_on(self) -> bool:
        """Whether the planned looks are over."""
        return self.look >= len(self.case.form.looks)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the present look."""
        experiment, count = self.case.form.experiment, self.looks[self.look]
        return tuple(experiment.seeds_of(count) if experiment else range(count))

    @property
    def decided(self) -> bool:
        """Whether no further look is needed or planned."""
        if self.outcome is None:
            return False
        last = self.look == len(self.looks) - 1
        return last or not self.outcome.judgement.more_seeds

    @property
    def kept(self) -> tuple[int, ...]:
        """The seeds of the present look of which no run was lost: those that are compared."""
        lost = self._positions_lost
        return tuple(seed for i, seed in enumerate(self.seeds) if i not in lost)

    def hold(self, function: Callable[[], object], provide: Callable[[int], None]) -> None:
        """Call the test at each planned look until it is decided."""
        while True:
            provide(self.looks[self.look])
            if self.look_at(function):
                return
            self.look += 1

    def look_at(self, function: Callable[[], object]) -> bool:
        """Call the test at the present look; whether it is decided."""
        self._lost = {}
        self._call(function)
        if self.outcome is None:
            raise SpecError(
                f"The test of {self.case.claim.id} must call judge(evidence) once; it did not. "
                "Add the call."
            )
        return self.decided

    def _call(self, function: Callable[[], object]) -> None:
        """Call the test until it has met every lost run: all samples then have the same seeds."""
        while True:
            self.outcome, self._asked = None, {}
            try:
                function()
            except _SeedsChanged:
                continue
            return

    def settle(self) -> None:
        """Choose the learning rates that are still open, by pilots that the source has."""
        experiment = self.case.form.experiment
        if experiment is None or not experiment.tuned:
            return
        chosen = experiment.chosen(lambda tuned: self.source.choice(tuned, self.lines))
        self.case = replace(self.case, form=replace(self.case.form, experiment=chosen))
        self.where = replace(self.where, changes=chosen.changes)

    # ── what the test function gets ───────────────────────────────────────────────────────────

    def measured(self, quantity: str, *, worst: float | None = None) -> Arrays:
        """A quantity on every arm: an array over seeds (or seeds × values, for a probe of many).

        A seed of which a run was lost in any arm is left out of all arms: what is compared are the
        runs that train. In an arm that the claim allows to diverge (`Form.may_diverge`) such a
        run counts as `worst` instead, which must be as bad as the worst value that was seen.
        """
        found = {arm: self._sample(arm, quantity) for arm in self.case.form.arms}
        self._leave_out(found)
        kept = [i for i in range(len(self.seeds)) if i not in self._positions_lost]
        if len(kept) < 2 <= len(self.seeds):
            raise AllRunsLost(self._why_lost())
        arrays = {
            arm: np.asarray(
                [self._number(values[i], arm, quantity, worst, values) for i in kept], dtype=float
            )
            for arm, values in found.items()
        }
        self._require_bad(worst, found, quantity)
        self._asked[quantity] = arrays
        return arrays

    def judge(
        self,
        evidence: Evidence,
        *,
        controls: Sequence[Control] = (),
        regime: Sequence[Control] = (),
        mutants: Mapping[str, Evidence] | None = None,
        plots: Sequence[dict[str, Any]] | None = None,
        show: Sequence[str] | None = None,
        tables: Sequence[dict[str, Any]] = (),
        printed: tuple[str, str] | None = None,
        magnitude: Magnitude | None = None,
    ) -> None:
        """Hold the evidence against the form's criterion.

        `regime` gives the conditions that the form declares, as `shown(…)` or `holds(…)` under the
        declared names. `show` names the arms to draw where not all are of one scale; `plots`
        replaces the drawings; `printed` is (value, place) in the paper.
        """
        if self.outcome is not None:
            raise SpecError(f"The test of {self.case.claim.id} may call judge only once.")
        self._require_regime(regime)
        criterion, looks = self.case.form.criterion, self._planned
        alpha = looks.alpha_at(0 if self.going_on else self.look)
        procedure = Procedure(criterion=criterion, looks=looks, seeds=len(self.seeds))
        design = self._design(procedure, evidence)
        if self.going_on:
            evidence, alpha = anytime(evidence), level_of_going_on(criterion.alpha)
        judgement = judge(
            criterion,
            evidence,
            alpha=alpha,
            controls=controls,
            regime=regime,
            mutants=mutants,
            attrition=self._attrition(),
            design=design,
            looks=looks,
            seeds=len(self.seeds),
            pilots=pilot_spread(self._pilot, evidence),
        )
        beside = None
        if printed is not None:
            ours = f"{evidence.estimate:+.4g}".replace("-", "−")
            beside = printed_beside(magnitude, printed=printed[0], locator=printed[1], ours=ours)
        exhibits = Exhibits(
            plots=tuple(self._default_plots(evidence, show) if plots is None else plots),
            tables=tuple(tables),
            magnitude=beside,
            look=self.look + 1,
            alpha=alpha,
        )
        self.outcome = Outcome(
            judgement=_without_scale(judgement) if self.smoke else judgement,
            evidence=evidence,
            mutants=tuple((mutants or {}).values()),
            exhibits=exhibits,
            procedure=procedure,
            design=design,
        )

    @property
    def _planned(self) -> Looks:
        return planned(self.case.form.looks, self.case.form.criterion.alpha)

    def _design(self, procedure: Procedure, evidence: Evidence) -> Design:
        """What the form declares, with the power that its pilots promise."""
        form, pilot = self.case.form, self._pilot
        power = None if pilot is None else planned_power(procedure, pilot, evidence)
        return Design(
            bearing=form.bearing,
            quantifier=self.case.claim.quantifier,
            trained=any(not isinstance(arm, Computation) for arm in form.arms.values()),
            regime=form.regime,
            power=power,
            power_unknown="" if power is not None else self._why_no_power(procedure, evidence),
        )

    def _why_no_power(self, procedure: Procedure, evidence: Evidence) -> str:
        """Why no power was planned; "" for exact evidence, which has none."""
        if spread_of(evidence) is None:
            return ""
        if procedure.criterion.alternative is None:
            return "no smallest effect is asked for"
        return self.why_no_pilots or "its pilots are of another kind of evidence"

    @property
    def why_no_pilots(self) -> str:
        """Why no line of pilots is of use to this form; "" where one is."""
        return why_of_no_use(self._line_of_pilots, self.recipe, self.estimand)

    @property
    def _line_of_pilots(self) -> Mapping[str, Any] | None:
        return self.pilots.get((self.case.claim.id, self.case.tier, self.case.name))

    @property
    def _pilot(self) -> Mapping[str, Any] | None:
        """The line of pilots, where it is of use."""
        return None if self.why_no_pilots else self._line_of_pilots

    def _require_regime(self, regime: Sequence[Control]) -> None:
        declared, given = sorted(self.case.form.regime), sorted(c.name for c in regime)
        if declared != given:
            raise SpecError(
                f"The form declares the regime {declared}; judge(regime=…) of "
                f"{self.case.claim.id} got {given}. Give each declared condition under its name."
            )

    @property
    def gives(self) -> dict[str, Any]:
        """What the test of a claim may ask for by the names of its parameters."""
        return {
            "case": self,
            "measured": self.measured,
            "judge": self.judge,
            "tier": self.case.tier,
            "case_name": self.case.name,
        }

    # ── the record ────────────────────────────────────────────────────────────────────────────

    def described(self) -> dict[str, Any]:
        """What is known without judging."""
        return describe(self.case.claim, self.case.form.criterion, self.where)

    def record(self) -> dict[str, Any]:
        """The record of the judged claim."""
        assert self.outcome is not None
        told = self.outcome
        calibration = calibrate(
            told.procedure,
            told.evidence,
            told.judgement,
            mutants=told.mutants,
            design=told.design,
        )
        keys = dict.fromkeys(run for run, _ in self.lines)
        described = {**self.described(), "runs": list(keys), "seeds": self._listed_seeds}
        if self.going_on:
            described["deviations"].append(
                f"went on to {len(self.seeds)} seeds after the planned looks, by evidence that is "
                "valid at any number of seeds"
            )
        criterion = told.procedure.criterion
        return judged(
            described, criterion, told.judgement, told.evidence, calibration, told.exhibits
        )

    @property
    def _listed_seeds(self) -> list[int]:
        return list(self.seeds) if self.case.form.experiment else []

    def failure(self, reason: str, status: str = "error") -> dict[str, Any]:
        """The record of a claim that could not be judged."""
        return unjudged(self.described(), status, reason)

    # ── samples ───────────────────────────────────────────────────────────────────────────────

    def _sample(self, arm: str, quantity: str) -> list[Found]:
        """What the source has of each seed's run."""
        recipe = self.case.form.arms[arm]
        assert not isinstance(recipe, Tuned)
        values = []
        for seed in self.seeds:
            run = Run(recipe, seed)
            found = self.source.find(run, quantity)
            self.lines[run.key, quantity] = found.line
            values.append(found)
        return values

    def _leave_out(self, found: Mapping[str, Sequence[Found]]) -> None:
        """Remember which runs are lost; begin again where samples were given out with them."""
        known = set(self._positions_lost)
        for arm, values in found.items():
            if isinstance(self.case.form.arms[arm], Computation):
                continue
            self._lost.setdefault(arm, set()).update(
                i for i, value in enumerate(values) if not value.complete
            )
        if self._asked and self._positions_lost - known:
            raise _SeedsChanged

    @property
    def _positions_lost(self) -> set[int]:
        """The places of the seeds of which a run was lost, in an arm that may not diverge."""
        arms = [lost for arm, lost in self._lost.items() if arm not in self.case.form.may_diverge]
        return set().union(*arms)

    def _why_lost(self) -> str:
        lost = ", ".join(
            f"{len(where)} of {len(self.seeds)} in “{arm}”"
            for arm, where in self._lost.items()
            if where and arm not in self.case.form.may_diverge
        )
        return (
            f"All runs that could be compared were lost ({lost}): they diverged, or gave numbers "
            "that are not finite. That says nothing about the claim."
        )

    def _number(
        self,
        found: Found,
        arm: str,
        quantity: str,
        worst: float | None,
        sample: Sequence[Found],
    ) -> float | list[float]:
        if found.complete:
            return found.value  # type: ignore[return-value]
        if worst is None or arm not in self.case.form.may_diverge:
            raise RunFailed(
                f"{quantity!r} needs a number from every run; the run {found.line['run']} (arm "
                f"“{arm}”, seed {found.line['seed']}) "
                f"{'diverged' if found.diverged else 'gave none that is finite'}. Where "
                "that is an outcome of the claim, name the arm in Form(may_diverge=…) and say what "
                f"such a run counts as: measured({quantity!r}, worst=…)."
            )
        whole = [other.value for other in sample if other.complete]
        lists = [value for value in whole if isinstance(value, list)]
        if lists or isinstance(found.value, list):  # a probe of many numbers: the worst in each
            return [worst] * len(lists[0] if lists else found.value)  # type: ignore[arg-type]
        return worst

    def _require_bad(
        self,
        worst: float | None,
        found: Mapping[str, Sequence[Found]],
        quantity: str,
    ) -> None:
        """Check that a lost run counts as no better than some run that trained."""
        replaced = any(self._lost.get(arm) for arm in self.case.form.may_diverge)
        if worst is None or not replaced:
            return
        seen = np.concatenate(
            [
                np.ravel(np.asarray([value.value for value in values if value.complete], float))
                for values in found.values()
            ]
        )
        if seen.size and seen.min() < worst < seen.max():
            raise SpecError(
                f"The worst value of {quantity!r} lies outside what was observed, from "
                f"{seen.min():g} to {seen.max():g}; got worst={worst:g}. Give the worst value that "
                "the quantity can have."
            )

    def _attrition(self) -> list[Attrition]:
        n, alpha = len(self.seeds), self.case.form.criterion.alpha
        return [
            Attrition(
                arm=arm,
                diverged=len(self._lost.get(arm, ())),
                n=n,
                rate_upper=RateEvidence(successes=len(self._lost.get(arm, ())), trials=n)
                .interval(alpha)
                .upper,
            )
            for arm, recipe in self.case.form.arms.items()
            if arm not in self.case.form.may_diverge and not isinstance(recipe, Computation)
        ]

    def _default_plots(
        self, evidence: Evidence, show: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """One strip plot for each quantity that was asked for, of the arms to show."""
        shown = self.case.form.arms if show is None else show
        paired = isinstance(evidence, MeanEvidence) or hasattr(evidence, "inner")
        return [
            arms_plot(
                quantity,
                quantity,
                {arm: arms[arm] for arm in shown},
                seeds=self.kept,
                paired=paired,
                diverged={arm: self._places(arm) for arm in self.case.form.may_diverge},
            )
            for quantity, arms in self._asked.items()
            if all(values.ndim == 1 for values in arms.values())
        ]

    def _places(self, arm: str) -> list[int]:
        """Where the lost runs of an arm stand among the seeds that are kept."""
        kept = [i for i in range(len(self.seeds)) if i not in self._positions_lost]
        return [place for place, i in enumerate(kept) if i in self._lost.get(arm, ())]


class _SeedsChanged(Exception):
    """A lost run was met after samples with its seed had been given out."""


def _without_scale(judgement: Judgement) -> Judgement:
    return replace(
        judgement,
        verdict="INCONCLUSIVE",
        reason="Smoke scale: the recipe executes; two steps can show nothing.",
        qualifiers=("smoke scale",),
    )
