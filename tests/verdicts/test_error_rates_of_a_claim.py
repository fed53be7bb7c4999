"""What is printed beside a verdict: measured error rates, power, stability, whether it gates."""

import numpy as np
import pytest

from dltheory.statistics import (
    Looks,
    correlation,
    equivalence,
    mean,
    opposite,
    power_of_mean,
    spend,
    success_rate,
    unpaired_difference,
    weakest,
    worst_case,
)
from dltheory.verdicts import calibrate, holds, judge, shown
from dltheory.verdicts.calibration import SIMULATIONS, crossing_rate, planned
from tests.verdicts.made_up import around, criterion, per_seed, repeated

ONE = planned((12,), 0.01)
SLACK = 4 * (0.01 * 0.99 / SIMULATIONS) ** 0.5


def calibrated(evidence, looks=ONE, **fields):
    rule = criterion(**fields)
    return calibrate(rule, evidence, judge(rule, evidence).verdict, looks)


@pytest.mark.parametrize("alpha", [0.01, 0.05])
@pytest.mark.parametrize("n", [3, 12])
def test_normal_errors_cross_at_the_nominal_rate(n, alpha):
    errors = np.random.default_rng(n).standard_normal((SIMULATIONS, n))

    rate = crossing_rate(errors, planned((n,), alpha))

    assert rate == pytest.approx(alpha, abs=4 * (alpha * (1 - alpha) / SIMULATIONS) ** 0.5)


def test_the_unit_of_the_errors_does_not_change_how_often_they_cross():
    errors = np.random.default_rng(0).standard_normal((2000, 12))

    assert crossing_rate(errors, ONE) == crossing_rate(1024 * errors, ONE)


@pytest.mark.parametrize("seeds", [(5, 10, 20), (8, 16, 32)], ids=str)
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_planned_looks_spend_their_level(seeds, alpha):
    spent = spend(planned(seeds, alpha), 100_000, seed=1)

    # The shares 0.1 and 0.85 are Haybittle–Peto's for 1 %; at 5 % they spend less than they may.
    assert spent <= alpha + 4 * (alpha * (1 - alpha) / 100_000) ** 0.5
    assert spent >= 0.85 * alpha


def test_crossings_at_planned_looks_are_those_that_the_looks_spend():
    looks = planned((5, 10, 20), 0.01)
    errors = np.random.default_rng(1).standard_normal((SIMULATIONS, 20))

    assert crossing_rate(errors, looks) == pytest.approx(spend(looks, 200_000, seed=2), abs=SLACK)


def test_three_planned_looks_at_one_percent_are_the_default_ones():
    looks = planned((5, 10, 20), 0.01)

    assert looks.seeds == Looks().seeds
    assert [looks.alpha_at(i) for i in range(3)] == pytest.approx([0.001, 0.001, 0.0085])


def test_a_single_run_has_the_whole_level():
    assert planned((1,), 0.01).alpha_at(0) == 0.01


def test_a_mean_is_calibrated_at_its_own_number_of_seeds():
    found = calibrated(around(5.0), smallest_effect=1.0)

    assert found.false_confirm == pytest.approx(0.01, abs=SLACK)
    assert found.false_refute == pytest.approx(0.01, abs=SLACK)
    assert found.simulations == SIMULATIONS


def test_skewed_residuals_of_the_claim_show_in_their_own_rate():
    left_tail = mean([-4.0, *per_seed(1.0, 11, 0.1)])

    assert calibrated(left_tail).false_confirm_own_residuals > 0.05


def test_the_same_evidence_is_calibrated_to_the_same_numbers():
    assert calibrated(around(1.0)) == calibrated(around(1.0))


@pytest.mark.parametrize("smallest_effect", [0.5, 1.0, 2.0])
def test_power_is_that_of_the_t_test_at_the_smallest_effect(smallest_effect):
    found = calibrated(around(5.0), smallest_effect=smallest_effect)

    assert found.power == pytest.approx(power_of_mean(smallest_effect, 12, 0.01), abs=1e-6)


def test_power_is_that_of_all_planned_seeds_even_where_an_early_look_decided():
    found = calibrated(around(5.0, n=5), planned((5, 10, 20), 0.01), smallest_effect=1.0)

    assert found.power == pytest.approx(power_of_mean(1.0, 20, 0.0085), abs=1e-5)


def test_power_can_be_asked_for_elsewhere():
    found = calibrated(around(5.0), null=-1.0, power_at=0.0)

    assert found.power == pytest.approx(power_of_mean(1.0, 12, 0.01), abs=1e-6)


def test_a_claim_that_nothing_refutes_has_no_power_at_its_smallest_effect():
    assert calibrated(around(5.0), slack=float("inf")).power is None


@pytest.mark.parametrize(
    ("centre", "gates"),
    [(5.0, True), (1.0, False), (0.0, False), (-5.0, True)],
    ids=["far above", "barely above", "open", "far below"],
)
def test_a_claim_gates_if_fresh_seeds_would_nearly_always_agree(centre, gates):
    found = calibrated(around(centre), smallest_effect=0.5)

    assert found.gates is gates
    assert (found.stability >= 0.99) is gates


def edge_of(evidence):
    """The value that just lies below the lower bound, so that a control held by a hair."""
    return evidence.interval(0.01).lower - 1e-9


def with_controls(*controls):
    rule = criterion(smallest_effect=0.5)
    return calibrate(rule, around(5.0), "CONFIRMED", ONE, controls)


def test_a_control_that_held_by_a_hair_makes_a_verdict_as_unstable_as_itself():
    doubtful = shown("c", around(3.0), above=edge_of(around(3.0)))

    found = with_controls(doubtful)

    assert found.stability == pytest.approx(0.5, abs=0.05)
    assert not found.gates


@pytest.mark.parametrize("above", [0.0, 6.0], ids=["held by far", "failed by far"])
def test_a_control_that_is_far_from_its_line_leaves_a_verdict_stable(above):
    assert with_controls(shown("c", around(3.0), above=above)).gates


def test_a_control_decided_where_it_was_measured_has_no_stability():
    decided = holds("c", expectation="e", observed="o", held=False)

    assert decided.stability is None
    assert with_controls(decided).gates


def test_the_chances_that_controls_turn_are_added():
    edge = shown("c", around(3.0), above=edge_of(around(3.0)))

    assert with_controls(edge, edge, edge).stability == 0.0


@pytest.mark.parametrize("above", [2.2, 2.6, 3.0])
def test_the_stability_of_a_control_is_how_often_fresh_seeds_decide_it_alike(above):
    evidence = around(3.0)
    control = shown("c", evidence, above=above)
    draws = np.random.default_rng(1)
    fresh = [repeated(evidence.estimate, draws) for _ in range(4000)]

    alike = np.mean([shown("c", mean(row), above=above).held == control.held for row in fresh])

    assert control.stability == pytest.approx(alike, abs=0.03)


def test_a_control_without_a_variance_promises_nothing_unless_it_is_exact():
    several = weakest(around(5.0), success_rate([True] * 60))

    assert shown("c", several).stability == 0.0
    assert shown("c", worst_case([0.5])).stability == 1.0


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize(
    ("centres", "verdict"),
    [
        ((1.2, 1.6), "CONFIRMED"),
        ((1.2, 1.2, 1.2), "CONFIRMED"),
        ((-0.7, 2.0), "REFUTED"),
        ((0.25, 3.0), "INCONCLUSIVE"),
        ((-0.1, -0.1, -0.1), "INCONCLUSIVE"),
    ],
)
def test_fresh_seeds_repeat_a_claim_of_several_parts_at_least_as_often_as_its_stability(
    centres, verdict, correlated
):
    rule, parts = criterion(smallest_effect=0.5), [around(centre) for centre in centres]
    draws = np.random.default_rng(3)

    def fresh():
        common = repeated(0.0, draws)
        for centre in centres:
            yield mean(centre + (common if correlated else repeated(0.0, draws)))

    again = [by_bounds(rule, weakest(*fresh())) for _ in range(2000)]
    found = calibrate(rule, weakest(*parts), verdict, ONE).stability

    assert found <= np.mean([word == verdict for word in again]) + 0.03
    assert found > 0.25


def by_bounds(rule, evidence):
    interval = evidence.interval(rule.alpha)
    if interval.lower > rule.null:
        return "CONFIRMED"
    return "REFUTED" if interval.upper < rule.refutation_line else "INCONCLUSIVE"


def test_what_a_failed_control_made_open_stays_open_as_often_as_the_control_fails():
    rule = criterion(smallest_effect=0.5)
    failed = shown("c", around(0.0), above=6.0)
    doubtful = shown("c", around(3.0), above=edge_of(around(3.0)) + 2e-9)

    def stability(control):
        assert not control.held
        return calibrate(rule, around(1.0), "INCONCLUSIVE", ONE, [control]).stability

    assert stability(failed) == pytest.approx(1.0)
    assert stability(doubtful) == pytest.approx(0.5, abs=0.05)


def test_a_verdict_at_its_very_edge_repeats_half_the_time():
    edge = around(1.0).interval(0.01).estimate - around(1.0).interval(0.01).lower

    found = calibrate(criterion(), around(edge), "CONFIRMED", ONE)

    assert found.stability == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "evidence",
    [worst_case([0.5]), opposite(worst_case([-0.5])), weakest(worst_case([0.5]), worst_case([1]))],
    ids=["exact", "opposite", "weakest"],
)
def test_an_exact_number_repeats_itself_and_gates(evidence):
    found = calibrated(evidence)

    assert (found.stability, found.gates) == (1.0, True)
    assert (found.false_confirm, found.power, found.simulations) == (None, None, 0)


@pytest.mark.parametrize(
    "evidence",
    [
        success_rate([True] * 60),
        correlation(np.arange(40.0), np.arange(40.0) + np.sin(np.arange(40.0))),
        weakest(around(5.0), success_rate([True] * 60)),
    ],
    ids=["rate", "correlation", "a rate among parts"],
)
def test_what_has_no_common_variance_does_not_gate(evidence):
    found = calibrated(evidence)

    assert (found.stability, found.gates) == (None, False)


def test_unpaired_runs_have_no_residuals_of_their_own():
    a, b = per_seed(5.0), per_seed(0.0)

    found = calibrated(unpaired_difference(a, b))

    assert found.false_confirm_own_residuals is None
    assert found.gates


@pytest.mark.parametrize(
    ("centre", "verdict"), [(0.0, "CONFIRMED"), (4.0, "REFUTED"), (-4.0, "REFUTED")]
)
def test_an_equivalence_is_stable_inside_and_outside_its_margin(centre, verdict):
    evidence = equivalence(around(centre), margin=2.0)
    rule = criterion()

    assert judge(rule, evidence).verdict == verdict
    assert calibrate(rule, evidence, verdict, ONE).stability > 0.95


def test_an_opposite_mean_is_as_stable_as_the_mean():
    turned = calibrated(opposite(around(-1.0)), smallest_effect=0.5)

    assert turned.stability == pytest.approx(calibrated(around(1.0), smallest_effect=0.5).stability)


def test_runs_that_all_agree_repeat_themselves():
    found = calibrated(around(1.0, spread=0.0))

    assert (found.stability, found.false_confirm_own_residuals) == (1.0, None)
