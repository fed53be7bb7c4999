"""Learning rates chosen on pilot seeds."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.experiments import PILOT_SEEDS_FROM, Experiment, Tuned, compute, tuned
from dltheory.experiments.plan import pilot_plan, plan
from dltheory.experiments.run import Run
from tests.experiments.tiny import ACCURACY, TINY
from tests.mutation import mutant

RATES = (0.3, 0.1, 0.01)
TUNED = Tuned(training=TINY, learning_rates=RATES, pilots=5)
SECOND = Tuned(training=TINY.but(warm_start=TINY), learning_rates=(0.2, 0.1))


def rate_of(losses, module=tuned):
    chooser = module.Tuned(training=TINY, learning_rates=RATES, pilots=5)
    return chooser.choose(losses).optimiser.learning_rate


def check_choice(module):
    """The lowest mean final loss wins among rates with which four of five pilots end."""
    assert rate_of([[3.0] * 5, [1.0] * 5, [2.0] * 5], module) == 0.1
    assert rate_of([[0.1, 9.0, 9.0, 9.0, 9.0], [1.0] * 5, [2.0] * 5], module) == 0.1
    assert rate_of([[0.1] * 3 + [None] * 2, [1.0] * 5, [2.0] * 5], module) == 0.1
    assert rate_of([[0.1] * 4 + [None], [1.0] * 5, [2.0] * 5], module) == 0.3
    assert rate_of([[None] * 5, [None] * 4 + [5.0], [None] * 3 + [7.0] * 2], module) == 0.01
    assert rate_of([[1.0] * 5, [1.0] * 5, [1.0] * 5], module) == 0.3


def test_the_rate_that_fits_best_is_chosen_among_those_that_train():
    check_choice(tuned)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("ranks.index(min(ranks))", "ranks.index(max(ranks))"),
        ("-min(share, 0.8)", "0.0"),
        ("-min(share, 0.8)", "-share"),
        ("sum(ended) / len(ended)", "min(ended)"),
    ],
)
def test_a_fault_in_the_choice_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        check_choice(mutant(tuned, healthy, faulty))


@given(
    st.lists(st.lists(st.none() | st.floats(0, 10), min_size=5, max_size=5), min_size=3, max_size=3)
)
def test_whatever_the_pilots_did_a_candidate_is_chosen(losses):
    assert rate_of(losses) in RATES


@given(st.permutations(range(3)))
def test_the_choice_does_not_depend_on_the_order_of_the_grid(order):
    losses = [[1.0] * 5, [2.0] * 5, [math.inf] * 5]
    shuffled = Tuned(training=TINY, learning_rates=tuple(RATES[i] for i in order), pilots=5)

    assert shuffled.choose([losses[i] for i in order]).optimiser.learning_rate == RATES[0]


def test_candidates_differ_in_their_learning_rate_alone():
    rates = [candidate.optimiser.learning_rate for candidate in TUNED.candidates]

    assert tuple(rates) == RATES
    assert {c.but(optimiser=TINY.optimiser) for c in TUNED.candidates} == {TINY}


def test_pilots_use_no_seed_of_a_verdict():
    assert min(TUNED.pilot_seeds) == PILOT_SEEDS_FROM
    assert len(TUNED.pilot_seeds) == 5


@pytest.mark.parametrize(
    "wrong", [{"learning_rates": (0.1,)}, {"learning_rates": (0.1, 0.1)}, {"pilots": 0}]
)
def test_a_grid_that_leaves_no_choice_is_refused(wrong):
    with pytest.raises(SpecError, match="at least two different learning rates"):
        Tuned(**{"training": TINY, "learning_rates": RATES} | wrong)


# ── experiments and plans ─────────────────────────────────────────────────────────────────────


def experiment(**arms):
    return Experiment(arms=arms, seeds=4, measure=(ACCURACY,))


def pilots(grid):
    return tuple(Run(one, seed) for one in grid.candidates for seed in grid.pilot_seeds)


def test_pilots_are_planned_once_for_all_experiments():
    groups = pilot_plan([experiment(a=TUNED), experiment(b=TUNED, c=TINY)])

    assert [group.runs for group in groups] == [pilots(TUNED)]


def test_the_rates_of_two_grids_are_each_planned_once():
    wider = replace(TUNED, learning_rates=(1.0, *RATES))

    groups = pilot_plan([experiment(a=TUNED, b=wider)])

    assert [group.rates for group in groups] == [(*RATES, 1.0)]


def test_the_start_of_a_pilot_is_planned_before_it():
    groups = pilot_plan([experiment(a=SECOND)])

    assert [group.runs for group in groups] == [
        tuple(Run(TINY, seed) for seed in SECOND.pilot_seeds),
        pilots(SECOND),
    ]


def test_runs_are_planned_once_the_rate_is_chosen():
    chosen = experiment(a=TUNED, b=TINY).chosen(lambda tuned: tuned.candidates[2])

    assert [group.recipe for group in plan([(chosen, 4)])] == [TUNED.candidates[2], TINY]


def test_a_plan_with_an_open_rate_is_refused():
    with pytest.raises(SpecError, match=r"still to be chosen from \(0.3, 0.1, 0.01\)"):
        plan([(experiment(a=TUNED), 4)])


def test_the_chosen_rate_is_noted():
    chosen = experiment(a=TUNED).chosen(lambda tuned: tuned.candidates[1])

    assert chosen.changes == ("learning rate 0.1 of “a” chosen on 5 pilots from 0.3, 0.1, 0.01",)
    assert chosen.tuned == ()


def test_one_pilot_is_called_one():
    alone = experiment(a=replace(TUNED, pilots=1)).chosen(lambda tuned: tuned.candidates[1])

    assert alone.changes == ("learning rate 0.1 of “a” chosen on 1 pilot from 0.3, 0.1, 0.01",)


def test_smoke_scale_chooses_nothing():
    small = experiment(a=TUNED).smoke()

    assert small.arms["a"] == TINY.smoke()


def test_a_longer_experiment_has_longer_pilots():
    longer = experiment(a=TUNED).stretched(2)

    assert [c.epochs for c in longer.arms["a"].candidates] == [12, 12, 12]


def test_an_experiment_of_tuned_arms_measures_something():
    with pytest.raises(SpecError, match="quantities to measure"):
        Experiment(arms={"a": TUNED}, seeds=2)


def test_computations_are_not_tuned():
    square = compute("tests.experiments.calculations:seed_squared")

    assert Experiment(arms={"a": square}, seeds=2).tuned == ()
