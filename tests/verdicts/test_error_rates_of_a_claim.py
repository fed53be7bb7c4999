"""What is printed beside a verdict: measured error rates, power, stability, whether it gates."""

import json

import numpy as np
import pytest

from dltheory.statistics import (
    correlation,
    equivalence,
    mean,
    opposite,
    over_seeds_and_images,
    planned,
    power_of_mean,
    single_look,
    success_rate,
    unpaired_difference,
    weakest,
    worst_case,
)
from dltheory.statistics.pilot_spread import spread_as_json, spread_from_json
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts import calibrate, holds, judge, shown
from dltheory.verdicts.error_rates import EXPERIMENTS, Procedure, planned_power, power_at
from dltheory.verdicts.word import word_of
from tests.verdicts.made_up import around, criterion, per_seed, repeated

ONE = single_look(12)
SLACK = 4 * (0.01 * 0.99 / EXPERIMENTS) ** 0.5


def procedure(rule, looks=ONE, seeds=12):
    return Procedure(criterion=rule, looks=looks, seeds=seeds)


def calibrated(evidence, looks=ONE, controls=(), mutants=None, **fields):
    rule = criterion(**fields)
    found = judge(
        rule, evidence, alpha=looks.alpha, looks=looks, controls=controls, mutants=mutants
    )
    broken = tuple((mutants or {}).values())
    plan = procedure(rule, looks, evidence.n)
    return calibrate(plan, evidence, found, mutants=broken)


def test_a_mean_is_calibrated_at_its_own_number_of_seeds():
    found = calibrated(around(5.0), smallest_effect=1.0)

    assert found.false_confirm == pytest.approx(0.01, abs=SLACK)
    assert found.false_refute == pytest.approx(0.01, abs=SLACK)
    assert found.simulations == EXPERIMENTS


def test_skewed_residuals_of_the_claim_show_in_their_own_rate():
    left_tail = mean([-4.0, *per_seed(1.0, 11, 0.1)])

    assert calibrated(left_tail).false_confirm_own_residuals > 0.05


def test_the_same_evidence_is_calibrated_to_the_same_numbers():
    assert calibrated(around(1.0)) == calibrated(around(1.0))


# ── power ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("effect", [0.5, 1.0, 2.0])
def test_power_at_one_look_is_that_of_the_t_test(effect):
    plan = procedure(criterion(smallest_effect=effect))

    found = power_at(plan, effect, spread_of(around(0.0)))

    # At θ₀ + δ the word is SMALLER, not CONFIRMED, with probability at most α.
    assert found == pytest.approx(power_of_mean(effect, 12, 0.01), abs=0.02)


def test_more_looks_have_more_power():
    rule, spread = criterion(smallest_effect=1.0), spread_of(around(0.0))
    one, three = planned((8,), 0.01), planned((8, 16, 24), 0.01)

    assert power_at(procedure(rule, one, 12), 1.0, spread) < 0.55
    assert power_at(procedure(rule, three, 12), 1.0, spread) > 0.93


def test_pilots_are_taken_at_the_upper_bound_of_their_deviation():
    rule = criterion(smallest_effect=1.0)
    pilot = {"pilots": 12, "spread": spread_as_json(spread_of(around(0.0)))}

    cautious = planned_power(procedure(rule), pilot, around(0.0))

    assert cautious < power_at(procedure(rule), 1.0, spread_of(around(0.0))) - 0.1


@pytest.mark.parametrize("pilots", [6, 12, 24])
def test_pilots_of_any_number_plan_for_the_seeds_of_the_plan(pilots):
    rule = criterion(smallest_effect=1.2)
    pilot = {"pilots": pilots, "spread": spread_as_json(spread_of(around(0.0, pilots, 0.5)))}

    plan = procedure(rule, single_look(12), 12)

    assert planned_power(plan, pilot, around(0.0)) > 0.9


@pytest.mark.parametrize("shape", [lambda part: part, lambda part: weakest(part, part)])
def test_a_margin_that_is_chosen_after_the_pilots_is_planned_with(shape):
    before, after = (shape(equivalence(around(0.0), margin=m)) for m in (0.6, 2.0))
    pilots = [{"pilots": 12, "spread": spread_as_json(spread_of(e))} for e in (before, after)]
    plan = procedure(criterion(power_at=2.0))

    early, late = (planned_power(plan, pilot, after) for pilot in pilots)
    assert early == late > 0.8


@pytest.mark.parametrize(
    "judged",
    [
        weakest(equivalence(around(0.0), margin=1.0)),
        equivalence(unpaired_difference(per_seed(0.0), per_seed(0.0)), margin=1.0),
        weakest(*[equivalence(around(0.0), margin=1.0)] * 3),
        success_rate([True] * 12),
    ],
)
def test_pilots_of_another_kind_of_evidence_promise_nothing(judged):
    pilot = {"pilots": 12, "spread": spread_as_json(spread_of(equivalence(around(0.0), margin=1)))}

    assert planned_power(procedure(criterion(power_at=1.0)), pilot, judged) is None


def test_a_claim_without_an_alternative_has_no_power():
    pilot = {"pilots": 12, "spread": spread_as_json(spread_of(around(0.0)))}

    assert planned_power(procedure(criterion()), pilot, around(0.0)) is None


KINDS = {
    "mean": around(1.0),
    "welch": unpaired_difference(per_seed(1.0), per_seed(0.0, 9)),
    "seeds and images": over_seeds_and_images(np.random.default_rng(0).normal(size=(8, 5))),
    "opposite": opposite(around(1.0)),
    "equivalence": equivalence(around(0.0), margin=2.0),
    "weakest": weakest(around(1.0), around(2.0)),
    "rate": success_rate([True] * 9 + [False]),
    "correlation": correlation(np.arange(9.0), np.sin(np.arange(9.0))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_pilots_saw_survives_as_json(kind):
    written = json.loads(json.dumps(spread_as_json(spread_of(KINDS[kind]))))

    assert spread_as_json(spread_from_json(written)) == written


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_evidence_has_error_rates_of_its_own(kind):
    null = 0.5 if kind == "rate" else 0.0

    rates = judge(criterion(null=null, smallest_effect=0.2), KINDS[kind]).rates

    assert rates.false_confirm <= 0.01 + SLACK
    assert rates.false_refute <= 0.01 + SLACK


# ── stability ─────────────────────────────────────────────────────────────────────────────────────

HELD = holds("assay", expectation="e", observed="o", held=True)
OTHER_ARM = {"another arm": mean(np.random.default_rng(3).standard_normal(12) - 9.0)}


def test_a_sample_gates_only_where_something_could_have_turned_it():
    checked = calibrated(around(5.0), controls=[HELD], mutants=OTHER_ARM)

    assert checked.gates
    assert not calibrated(around(5.0)).gates
    assert not calibrated(around(5.0), controls=[HELD]).gates


def test_a_word_below_a_stability_of_four_fifths_is_provisional():
    edge = -around(0.0).interval(0.01).lower

    assert calibrated(around(edge + 0.01)).provisional
    assert not calibrated(around(5.0)).provisional
    assert not calibrated(around(0.0), smallest_effect=0.1).provisional  # it has no word


@pytest.mark.parametrize(
    ("centre", "gates"),
    [(5.0, True), (1.0, False), (0.0, False), (-5.0, True)],
    ids=["far above", "barely above", "open", "far below"],
)
def test_a_claim_gates_if_fresh_seeds_would_nearly_always_agree(centre, gates):
    found = calibrated(around(centre), smallest_effect=0.5, controls=[HELD], mutants=OTHER_ARM)

    assert found.gates is gates
    assert (found.stability >= 0.99) is gates


def edge_of(evidence):
    """The value that just lies below the lower bound, so that a control held by a hair."""
    return evidence.interval(0.01).lower - 1e-9


def with_controls(*controls):
    return calibrated(around(5.0), controls=controls, mutants=OTHER_ARM, smallest_effect=0.5)


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


def test_a_control_whose_runs_all_agree_promises_nothing():
    assert shown("c", mean([1.0] * 8)).stability == 0.0


def test_an_exact_control_repeats_itself():
    assert shown("c", worst_case([0.5])).stability == 1.0


@pytest.mark.parametrize("successes", [8, 10])
def test_a_rate_is_as_stable_as_fresh_trials_make_it(successes):
    evidence = success_rate([True] * successes + [False] * (10 - successes))
    draws = np.random.default_rng(0)
    rates = draws.beta(successes + 0.5, 10.5 - successes, 4000)
    rule = criterion(null=0.5)

    again = [judge_by_bounds(rule, success_rate(draws.random(10) < rate)) for rate in rates]

    word = judge_by_bounds(rule, evidence)
    assert calibrated(evidence, single_look(10), null=0.5).stability == pytest.approx(
        np.mean([w == word for w in again]), abs=0.03
    )


def judge_by_bounds(rule, evidence):
    interval = evidence.interval(rule.alpha)
    return word_of(interval.lower, interval.upper, rule)


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
def test_fresh_seeds_repeat_a_claim_of_several_parts_as_often_as_its_stability(
    centres, verdict, correlated
):
    rule, parts = criterion(smallest_effect=0.5), [around(centre) for centre in centres]
    draws = np.random.default_rng(3)

    def fresh():
        common = repeated(0.0, draws)
        for centre in centres:
            yield mean(centre + (common if correlated else repeated(0.0, draws)))

    again = [judge_by_bounds(rule, weakest(*fresh())) for _ in range(2000)]
    found = calibrated(weakest(*parts), smallest_effect=0.5).stability

    # Parts are taken to be independent; parts that move together are confirmed more often.
    share = np.mean([word == verdict for word in again])
    assert judge_by_bounds(rule, weakest(*parts)) == verdict
    assert found == pytest.approx(share, abs=0.03) or (correlated and found < share + 0.15)


def test_what_a_failed_control_made_open_stays_open_as_often_as_the_control_fails():
    failed = shown("c", around(0.0), above=6.0)
    doubtful = shown("c", around(3.0), above=edge_of(around(3.0)) + 2e-9)

    def stability(control):
        assert not control.held
        return calibrated(around(1.0), controls=[control], smallest_effect=0.5).stability

    assert stability(failed) == pytest.approx(1.0)
    assert stability(doubtful) == pytest.approx(0.5, abs=0.05)


def test_a_verdict_at_its_very_edge_repeats_half_the_time():
    edge = around(1.0).interval(0.01).estimate - around(1.0).interval(0.01).lower

    found = calibrated(around(edge + 1e-9))

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
    ("centre", "verdict"), [(0.0, "CONFIRMED"), (4.0, "REFUTED"), (-4.0, "REFUTED")]
)
def test_an_equivalence_is_stable_inside_and_outside_its_margin(centre, verdict):
    evidence = equivalence(around(centre), margin=2.0)

    assert judge(criterion(), evidence).verdict == verdict
    assert calibrated(evidence).stability > 0.95


def test_an_opposite_mean_is_as_stable_as_the_mean():
    turned = calibrated(opposite(around(-1.0)), smallest_effect=0.5)

    straight = calibrated(around(1.0), smallest_effect=0.5)
    assert turned.stability == pytest.approx(straight.stability, abs=0.02)


def test_it_is_not_known_how_runs_that_all_agree_would_repeat():
    found = calibrated(mean([1.0] * 8))

    assert (found.stability, found.gates) == (None, False)
