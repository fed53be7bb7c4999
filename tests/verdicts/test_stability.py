"""How likely fresh seeds return the same verdict, with controls and mutants, by simulation."""

from dataclasses import dataclass

import numpy as np
import pytest

from dltheory.statistics import mean, single_look, worst_case
from dltheory.verdicts import calibrate, holds, judge, shown
from dltheory.verdicts import stability as stability_module
from dltheory.verdicts.error_rates import Procedure
from dltheory.verdicts.repetition import repetition
from tests.mutation import mutant
from tests.verdicts.made_up import around, criterion, repeated

RULE = criterion(smallest_effect=0.5)
PLAN = Procedure(criterion=RULE, looks=single_look(12), seeds=12)
CONFIRMED_BY_A_HAIR = around(0.0).interval(0.01).estimate - around(0.0).interval(0.01).lower
REFUTED_BY_A_HAIR = RULE.refutation_line - CONFIRMED_BY_A_HAIR


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """The true means of what is judged, of its control and of its mutant; all vary by 1."""

    theta: float
    control: float | None = None
    mutant: float | None = None
    when_failed: str = "inconclusive"

    def judged(self, of):
        """The judgement on samples drawn about these means."""
        control, broken = self.parts(of)
        return judge(RULE, of(self.theta), controls=control, mutants=broken, simulate=False)

    def stability(self, verdict):
        _, broken = self.parts(around)
        found = self.judged(around)
        assert found.verdict == verdict
        evidence, mutants = around(self.theta), tuple(broken.values())
        return calibrate(PLAN, evidence, found, mutants=mutants).stability

    def parts(self, of):
        controls = [] if self.control is None else [self._control(of(self.control))]
        return controls, {} if self.mutant is None else {"broken": of(self.mutant)}

    def _control(self, evidence):
        return shown("c", evidence, when_failed=self.when_failed)


EXPERIMENTS = {
    "a control held by a hair": Experiment(theta=3.0, control=CONFIRMED_BY_A_HAIR + 0.01),
    "a mutant caught by a hair": Experiment(theta=3.0, mutant=CONFIRMED_BY_A_HAIR - 0.01),
    "both": Experiment(theta=3.0, control=1.0, mutant=0.3),
    "a mutant that passes": Experiment(theta=3.0, mutant=2.0),
    "refuted, and a control beside it": Experiment(
        theta=-2.0, control=CONFIRMED_BY_A_HAIR + 0.01, when_failed="confounded"
    ),
    "refuted, and a control that blinds": Experiment(
        theta=-2.0, control=CONFIRMED_BY_A_HAIR + 0.01
    ),
    "open, and nearly refuted": Experiment(
        theta=REFUTED_BY_A_HAIR + 0.01, control=-2.0, when_failed="confounded"
    ),
    "open, nearly refuted, and blind": Experiment(theta=REFUTED_BY_A_HAIR + 0.01, control=-2.0),
    "confirmed but for a control": Experiment(theta=3.0, control=-2.0, when_failed="confounded"),
}


def check(experiment, stability):
    """No more than the share of fresh samples that say the same; and no needless caution."""
    verdict = experiment.judged(around).verdict
    draws = np.random.default_rng(5)
    again = [experiment.judged(lambda m: mean(repeated(m, draws))).verdict for _ in range(1500)]
    share = np.mean([word == verdict for word in again])
    assert share - 0.08 <= stability(verdict) <= share + 0.03


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
def test_fresh_seeds_say_the_same_as_often_as_the_stability_says(experiment):
    check(experiment, experiment.stability)


FAULTS = {
    "mutants forgotten": ("- turning - through", "- turning", "a mutant caught by a hair"),
    "controls forgotten": ("- turning - through", "- through", "a control held by a hair"),
    "every control blinds": (
        "(not c.blinds) * again.refuted",
        "0.0 * again.refuted",
        "open, and nearly refuted",
    ),
    "no control blinds": (
        "(not c.blinds) * again.refuted",
        "again.refuted",
        "open, nearly refuted, and blind",
    ),
    "controls beside a refutation": (
        "if affirmed or c.blinds",
        "if True",
        "refuted, and a control beside it",
    ),
    "a passing mutant forgotten": (
        "max(again.of(verdict), *failing, *through, 0.0)",
        "max(again.of(verdict), *failing, 0.0)",
        "a mutant that passes",
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_in_the_stability_is_noticed(fault):
    healthy, faulty, name = fault
    module, experiment = mutant(stability_module, healthy, faulty), EXPERIMENTS[name]
    controls, broken = experiment.parts(around)

    def stability(verdict):
        again, *of_mutants = [
            repetition(PLAN, e) for e in (around(experiment.theta), *broken.values())
        ]
        return module.stability(verdict, again, controls, of_mutants)

    with pytest.raises(AssertionError):
        check(experiment, stability)


def stability_of(evidence, **judging):
    found = judge(RULE, evidence, **judging)
    mutants = tuple(judging.get("mutants", {}).values())
    return calibrate(PLAN, evidence, found, mutants=mutants).stability


@pytest.mark.parametrize(("theta", "held"), [(5.0, True), (0.2, False)])
def test_what_was_decided_where_it_was_measured_is_taken_to_come_out_as_it_did(theta, held):
    decided = holds("c", expectation="e", observed="o", held=held)

    assert stability_of(around(theta), controls=[decided]) > 0.99


@pytest.mark.parametrize("broken", [around(-9.0), worst_case([-1.0])])
def test_mutants_that_are_surely_caught_leave_a_word_stable(broken):
    assert stability_of(around(5.0), mutants={"broken": broken}) > 0.99


def test_a_null_model_that_may_turn_takes_no_stability():
    edge = shown("null", around(CONFIRMED_BY_A_HAIR + 0.01), when_failed="vacuous")

    assert stability_of(around(5.0), controls=[edge]) > 0.99


def test_a_hair_is_a_hair():
    assert shown("c", around(CONFIRMED_BY_A_HAIR + 0.01)).held
    assert not shown("c", around(CONFIRMED_BY_A_HAIR - 0.01)).held
    assert judge(RULE, around(REFUTED_BY_A_HAIR + 0.01)).verdict == "INCONCLUSIVE"
