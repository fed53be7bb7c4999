"""The rule at its edges: four words from two bounds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.statistics import (
    equivalence,
    mean,
    opposite,
    paired_difference,
    rank_correlation,
    success_rate,
    trend,
    unpaired_difference,
    weakest,
    worst_case,
)
from dltheory.verdicts import judge
from tests.verdicts.made_up import CLAIM, around, criterion, per_seed

numbers = st.floats(-100, 100).map(lambda x: round(x, 3))
samples = st.lists(numbers, min_size=5, max_size=9)
scales = st.sampled_from([0.25, 0.5, 2.0, 8.0])  # powers of two, so that scaling rounds nothing
effects = st.floats(0, 10).map(lambda x: round(x, 3))


def exact(value):
    return worst_case([value])


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (1.75, "CONFIRMED"),
        (1.5, "CONFIRMED"),
        (1.25, "SMALLER"),
        (1.0, "REFUTED"),
        (0.75, "REFUTED"),
    ],
    ids=["above both lines", "at θ₀ + δ", "between them", "at θ₀", "below θ₀"],
)
def test_an_exact_number_is_judged_by_which_side_it_lies_on(value, verdict):
    assert judge(criterion(null=1.0, smallest_effect=0.5), exact(value)).verdict == verdict


def test_a_number_on_both_lines_is_left_open():
    assert judge(criterion(null=1.0, smallest_effect=0.0), exact(1.0)).verdict == "INCONCLUSIVE"


def test_with_an_infinite_slack_nothing_refutes():
    certificate = criterion(slack=float("inf"))

    assert judge(certificate, exact(-1e300)).verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("centre", "verdict"),
    [(5.0, "CONFIRMED"), (0.25, "INCONCLUSIVE"), (-5.0, "REFUTED")],
)
def test_a_mean_is_judged_by_its_bounds(centre, verdict):
    assert judge(criterion(smallest_effect=0.5), around(centre)).verdict == verdict


def test_a_bound_that_only_touches_the_null_does_not_confirm():
    evidence = around(5.0)
    touching = criterion(null=evidence.interval(0.01).lower)

    assert judge(touching, evidence).verdict == "INCONCLUSIVE"


def test_a_bound_that_only_touches_the_refutation_line_does_not_refute():
    evidence = around(0.0)
    touching = criterion(smallest_effect=evidence.interval(0.01).upper)

    assert judge(touching, evidence).verdict == "INCONCLUSIVE"


def test_an_effect_that_is_there_and_below_the_smallest_is_smaller_than_claimed():
    small_but_sure = judge(criterion(smallest_effect=1.0), around(0.5, spread=0.1))

    assert small_but_sure.verdict == "SMALLER"


@pytest.mark.parametrize(
    ("theta", "word"), [(0.3, "SMALLER"), (1.3, "CONFIRMED"), (-0.3, "REFUTED")]
)
def test_with_more_seeds_the_bounds_lead_to_one_word(theta, word):
    few, many = (judge(criterion(smallest_effect=1.0), around(theta, n)) for n in (400, 4000))

    assert (few.verdict, many.verdict) == (word, word)


def test_an_effect_of_the_other_sign_is_called_contradicted():
    assert judge(criterion(smallest_effect=1.0), around(-5.0)).qualifiers == ("contradicted",)


def test_a_refuted_effect_that_may_have_the_right_sign_is_not_called_contradicted():
    refuted = judge(criterion(smallest_effect=5.0), around(0.0))

    assert (refuted.verdict, refuted.qualifiers) == ("REFUTED", ())


def test_a_stricter_level_leaves_open_what_the_criterion_would_confirm():
    evidence = around(0.9)

    assert judge(criterion(), evidence).verdict == "CONFIRMED"
    assert judge(criterion(), evidence, alpha=0.001).verdict == "INCONCLUSIVE"


def test_an_open_verdict_says_between_which_lines_the_interval_lies():
    reason = judge(criterion(smallest_effect=0.5), around(0.25)).reason

    assert "lies neither above 0 nor below 0.5" in reason


def test_a_judgement_has_no_truth_value():
    with pytest.raises(TypeError, match=r"four outcomes and no truth value; compare `\.verdict`"):
        bool(judge(criterion(), around(5.0)))


@given(samples, effects, st.integers(-64, 64))
def test_shifting_sample_and_null_together_moves_no_verdict(values, effect, shift):
    # Shifts by whole numbers of 1/1024ths would be exact; thousandths may round at an edge.
    values, effect = [round(v * 1024) / 1024 for v in values], round(effect * 1024) / 1024
    before = judge(criterion(smallest_effect=effect), mean(values))
    after = judge(criterion(null=shift, smallest_effect=effect), mean([v + shift for v in values]))

    assert before.verdict == after.verdict


@given(samples, effects, scales)
def test_changing_the_unit_moves_no_verdict(values, effect, scale):
    before = judge(criterion(null=1.0, smallest_effect=effect), mean(values))
    after = judge(
        criterion(null=scale, smallest_effect=scale * effect), mean([scale * v for v in values])
    )

    assert before.verdict == after.verdict


@given(samples, effects)
def test_confirmed_and_refuted_exclude_each_other_and_agree_with_the_bounds(values, effect):
    judgement = judge(criterion(smallest_effect=effect), mean(values))

    above, below = judgement.interval.lower > 0, judgement.interval.upper < effect
    affirmed = judgement.verdict in ("CONFIRMED", "SMALLER")
    assert above or not affirmed
    assert below or judgement.verdict not in ("REFUTED", "SMALLER")


@given(samples)
def test_mirrored_evidence_swaps_the_two_verdicts_where_nothing_lies_between(values):
    mirrored = {"CONFIRMED": "REFUTED", "REFUTED": "CONFIRMED", "INCONCLUSIVE": "INCONCLUSIVE"}
    verdict = judge(criterion(), mean(values)).verdict

    assert judge(criterion(), opposite(mean(values))).verdict == mirrored[verdict]


TIGHT = {"spread": 0.05}

EVIDENCE = {
    "exact": (worst_case([0.1, 0.4]), worst_case([0.5, -0.1])),
    "mean": (around(1.0, **TIGHT), around(-1.0, **TIGHT)),
    "equivalence": (
        equivalence(around(0.0, **TIGHT), margin=0.5),
        equivalence(around(1.0, **TIGHT), margin=0.5),
    ),
    "opposite": (opposite(around(-1.0, **TIGHT)), opposite(around(1.0, **TIGHT))),
    "weakest": (
        weakest(around(1.0, **TIGHT), around(2.0, **TIGHT)),
        weakest(around(9.0, **TIGHT), around(-1.0, **TIGHT)),
    ),
    "rate": (success_rate([True] * 20), success_rate([False] * 20)),
}


@pytest.mark.parametrize("kind", EVIDENCE)
@pytest.mark.parametrize(("side", "verdict"), [(0, "CONFIRMED"), (1, "REFUTED")])
def test_every_kind_of_evidence_is_judged_by_the_same_rule(kind, side, verdict):
    null = 0.7 if kind == "rate" else 0.0

    assert judge(criterion(null=null), EVIDENCE[kind][side]).verdict == verdict


@pytest.mark.parametrize(
    "wide",
    [
        around(0.1),
        equivalence(around(0.0), margin=0.5),
        equivalence(around(0.0, spread=0.2), margin=0.1),
        opposite(around(0.1)),
        weakest(around(9.0), around(0.1)),
        success_rate([True, False] * 5),
    ],
    ids=["mean", "equivalence", "equivalence, too small a margin", "opposite", "weakest", "rate"],
)
def test_every_kind_of_evidence_may_be_too_wide_for_a_verdict(wide):
    null = 0.5 if wide.method.startswith("exact bin") else 0.0

    assert judge(criterion(null=null), wide).verdict == "INCONCLUSIVE"


@pytest.mark.parametrize("n", [3, 5, 12])
@pytest.mark.parametrize("centre", [0.5, -0.5])
def test_runs_that_all_agree_decide_nothing(n, centre):
    same = mean(per_seed(centre, n, spread=0.0))

    assert judge(criterion(smallest_effect=0.1), same).verdict == "INCONCLUSIVE"


def test_runs_that_all_agree_on_a_known_grid_are_judged_with_its_coarseness():
    same = mean(per_seed(0.5, 12, spread=0.0), step=0.01)

    assert judge(criterion(), same).verdict == "CONFIRMED"
    assert judge(criterion(null=0.499), same).verdict == "INCONCLUSIVE"


# ── rounding ──────────────────────────────────────────────────────────────────────────────────────

ROUNDED = {
    "a sum": (0.0, paired_difference([0.1 + 0.2] * 2, [0.3] * 2)),
    "a difference at its null": (0.1, paired_difference([0.8] * 8, [0.7] * 8)),
    "differences that are sums and not": (
        0.0,
        paired_difference([0.1 + 0.2, 0.3] * 4, [0.3, 0.3] * 4),
    ),
    "levels": (0.0, trend([[0.3, 0.1 + 0.2, 0.3 + 1e-16]] * 6 + [[0.3, 0.3, 0.3]] * 2, [1, 2, 3])),
    "arms": (0.0, unpaired_difference([0.1 + 0.2, 0.3] * 3, [0.3] * 6)),
}


@pytest.mark.parametrize("where", ROUNDED)
def test_rounding_never_decides(where):
    null, evidence = ROUNDED[where]

    assert judge(criterion(null=null), evidence).verdict == "INCONCLUSIVE"


def test_the_order_of_numbers_that_are_equal_up_to_rounding_is_no_correlation():
    with pytest.raises(SpecError, match="needs x to vary"):
        rank_correlation([0.3, 0.1 + 0.2] * 3, [1, 2] * 3)


@pytest.mark.parametrize("scale", [1.0, 2.0**-600, 2.0**600])
def test_a_p_value_does_not_depend_on_the_unit(scale):
    assert mean([1.0 * scale, 2.0 * scale]).p_above(0.0) == pytest.approx(0.1024, abs=1e-4)


# ── nonsense ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "field", ["null", "smallest_effect", "alpha", "power_at", "printed_effect"]
)
@pytest.mark.parametrize("number", [float("nan"), float("inf"), True, "0.1"])
def test_a_criterion_takes_finite_numbers_alone(field, number):
    with pytest.raises(SpecError, match=rf"{field} of a criterion is a finite number; got"):
        criterion(**{field: number})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"smallest_effect": -1.0}, "δ is 0 or larger; got -1"),
        ({"smallest_effect": 1.0, "slack": 1.0}, "stands alone"),
        ({"slack": -1.0}, "A slack is 0 or larger"),
        ({"power_at": 0.0}, "above θ₀ = 0; got power_at=0"),
        ({"printed_effect": -0.2}, "printed θ − θ₀ and positive"),
        ({"expected": "REFUTE", "expected_reason": "r"}, "expected verdict is one of"),
    ],
)
def test_a_criterion_that_no_claim_can_mean_is_refused(fields, words):
    with pytest.raises(SpecError, match=words):
        criterion(**fields)


def test_a_claim_of_an_unknown_kind_is_refused():
    with pytest.raises(SpecError, match=r"kind of a claim is one of .* got 'superority'"):
        replace(CLAIM, kind="superority")


@pytest.mark.parametrize("given", [0.5, [0.5, 0.6], None])
def test_judge_says_what_evidence_is_where_it_gets_something_else(given):
    with pytest.raises(SpecError, match="judge takes evidence, which has bounds"):
        judge(criterion(), given)
