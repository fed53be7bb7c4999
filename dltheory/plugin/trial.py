"""One claim in one form before its judge: samples, evidence, looks, and the record at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dltheory.errors import RunFailed, SpecError
from dltheory.experiments.run import Run
from dltheory.experiments.tuned import Tuned
from dltheory.plugin.form import Case
from dltheory.plugin.source import Found, Source
from dltheory.statistics import Evidence, Magnitude, MeanEvidence
from dltheory.verdicts import Control, Judgement, arms_plot, calibrate, judge
from dltheory.verdicts.calibration import planned
from dltheory.verdicts.judge import Attrition
from dltheory.verdicts.record import Exhibits, Where, describe, judged, printed_beside, unjudged

Arrays = dict[str, np.ndarray]


@dataclass(kw_only=True)
class Trial:
    """The state of one test item; `measured` and `judge` are what its function gets."""

    case: Case
    where: Where
    source: Source
    smoke: bool = False
    look: int = 0
    lines: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    outcome: tuple[Judgement, Evidence, tuple[Evidence, ...], Exhibits] | None = None
    _asked: dict[str, Arrays] = field(default_factory=dict)
    _diverged: dict[str, list[int]] = field(default_factory=dict)

    @property
    def looks(self) -> tuple[int, ...]:
        """The planned numbers of seeds."""
        return self.case.form.looks

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
        return last or self.outcome[0].verdict != "INCONCLUSIVE"

    def hold(self, function: Callable[[], object], provide: Callable[[int], None]) -> None:
        """Call the test at each planned look until it is decided."""
        while True:
            provide(self.looks[self.look])
            self.outcome, self._asked, self._diverged = None, {}, {}
            function()
            if self.outcome is None:
                raise SpecError(
                    f"The test of {self.case.claim.id} must call judge(evidence) once; it did not. "
                    "Add the call."
                )
            if self.decided:
                return
            self.look += 1

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

        `worst` is what a diverged run counts as; without it a diverged run is an error.
        """
        arms = self.case.form.arms
        self._asked[quantity] = {arm: self._sample(arm, quantity, worst) for arm in arms}
        return self._asked[quantity]

    def judge(
        self,
        evidence: Evidence,
        *,
        controls: Sequence[Control] = (),
        mutants: Mapping[str, Evidence] | None = None,
        plots: Sequence[dict[str, Any]] | None = None,
        show: Sequence[str] | None = None,
        tables: Sequence[dict[str, Any]] = (),
        printed: tuple[str, str] | None = None,
        magnitude: Magnitude | None = None,
        may_diverge: Sequence[str] = (),
    ) -> None:
        """Hold the evidence against the form's criterion.

        `show` names the arms to draw where not all are of one scale; `plots` replaces the drawings;
        `printed` is (value, place) in the paper. A run that diverges in an arm of `may_diverge` is
        an outcome that the claim is about, and no run lost.
        """
        if self.outcome is not None:
            raise SpecError(f"The test of {self.case.claim.id} may call judge only once.")
        criterion = self.case.form.criterion
        alpha = planned(self.looks, criterion.alpha).alpha_at(self.look)
        judgement = judge(
            criterion,
            evidence,
            alpha=alpha,
            controls=controls,
            mutants=mutants,
            attrition=self._attrition(may_diverge),
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
        said = _without_scale(judgement) if self.smoke else judgement
        self.outcome = said, evidence, tuple((mutants or {}).values()), exhibits

    # ── the record ────────────────────────────────────────────────────────────────────────────

    def described(self) -> dict[str, Any]:
        """What is known without judging."""
        return describe(self.case.claim, self.case.form.criterion, self.where)

    def record(self) -> dict[str, Any]:
        """The record of the judged claim."""
        assert self.outcome is not None
        judgement, evidence, mutants, exhibits = self.outcome
        criterion = self.case.form.criterion
        looks = planned(self.looks, criterion.alpha)
        calibration = calibrate(
            criterion, evidence, judgement.verdict, looks, judgement.controls, mutants
        )
        keys = dict.fromkeys(run for run, _ in self.lines)
        described = {**self.described(), "runs": list(keys), "seeds": self._listed_seeds}
        return judged(described, criterion, judgement, evidence, calibration, exhibits)

    @property
    def _listed_seeds(self) -> list[int]:
        return list(self.seeds) if self.case.form.experiment else []

    def failure(self, reason: str) -> dict[str, Any]:
        """The record of a claim that could not be judged."""
        return unjudged(self.described(), "error", reason)

    # ── samples ───────────────────────────────────────────────────────────────────────────────

    def _sample(self, arm: str, quantity: str, worst: float | None) -> np.ndarray:
        recipe = self.case.form.arms[arm]
        assert not isinstance(recipe, Tuned)
        values = []
        for position, seed in enumerate(self.seeds):
            run = Run(recipe, seed)
            found = self.source.find(run, quantity)
            self.lines[run.key, quantity] = found.line
            values.append(self._number(found, arm, position, quantity, worst))
        width = max((len(value) for value in values if isinstance(value, list)), default=0)
        if width:  # a probe of many numbers: a diverged run is the worst in each of them
            values = [v if isinstance(v, list) else [v] * width for v in values]
        return np.asarray(values, dtype=float)

    def _number(
        self, found: Found, arm: str, position: int, quantity: str, worst: float | None
    ) -> float | list[float]:
        numbers = found.value if isinstance(found.value, list) else [found.value]
        finite = [number for number in numbers if number is not None]
        if len(finite) == len(numbers) and not found.diverged:
            return finite if isinstance(found.value, list) else finite[0]
        self._diverged.setdefault(arm, [])
        if position not in self._diverged[arm]:
            self._diverged[arm].append(position)
        if worst is None:
            raise RunFailed(
                f"{quantity!r} needs a number from every run; the run {found.line['run']} (arm "
                f"“{arm}”, seed {found.line['seed']}) "
                f"{'diverged' if found.diverged else 'gave none that is finite'}. Say what such a "
                f"run counts as: measured({quantity!r}, worst=…)."
            )
        if isinstance(found.value, list):
            return [worst if number is None else number for number in found.value]
        return worst

    def _attrition(self, may_diverge: Sequence[str]) -> list[Attrition]:
        n = len(self.seeds)
        return [
            Attrition(arm=arm, diverged=len(self._diverged.get(arm, ())), n=n)
            for arm in self.case.form.arms
            if arm not in may_diverge
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
                seeds=self.seeds,
                paired=paired,
                diverged=self._diverged,
            )
            for quantity, arms in self._asked.items()
            if all(values.ndim == 1 for values in arms.values())
        ]


def _without_scale(judgement: Judgement) -> Judgement:
    return replace(
        judgement,
        verdict="INCONCLUSIVE",
        reason="Smoke scale: the recipe executes; two steps can show nothing.",
        qualifiers=("smoke scale",),
    )
