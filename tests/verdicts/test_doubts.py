"""What sets a verdict aside that the bounds alone would give."""

import numpy as np
import pytest

from dltheory.statistics import mean, opposite, success_rate, weakest, worst_case
from dltheory.verdicts import holds, judge, shown
from dltheory.verdicts.attrition import Attrition
from dltheory.verdicts.design import Design
from tests.verdicts.made_up import around, criterion

YES, NO, OPEN = around(5.0), around(-5.0), around(0.0)


def control(*, held=False, when_failed="inconclusive", name="assay"):
    return holds(name, expectation="sees it", observed="0.1", held=held, when_failed=when_failed)


# ── the sign-flip test ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n", [3, 7, 12])
@pytest.mark.parametrize("centre", [5.0, -5.0])
def test_the_sign_flip_p_value_stands_beside_a_word(n, centre):
    (check,) = judge(criterion(), around(centre, n, spread=0.1)).sensitivity

    assert (check.name, check.p) == ("exact sign-flip", 2.0**-n)


def test_a_sign_flip_that_does_not_agree_takes_no_word_away():
    # Five signs cannot say less than 1/32.
    judgement = judge(criterion(), around(5.0, 5))

    assert (judgement.verdict, judgement.sensitivity[0].p) == ("CONFIRMED", 1 / 32)


def test_several_parts_have_the_largest_p_value():
    (check,) = judge(criterion(), weakest(around(5.0, 6), around(5.0, 8))).sensitivity

    assert check.p == 2.0**-6


# ── the errors of the plan ────────────────────────────────────────────────────────────────────────

LONG_TAIL = np.array([0.1, 0.14, 0.18, 0.2, 0.21, 0.22, 0.23, 0.24, 0.25, 0.25, 0.26, -0.4])


def test_a_word_is_withheld_where_errors_like_these_would_often_give_it_falsely():
    values = LONG_TAIL + 0.05
    assert mean(values).p_above(0.0) < 0.01

    judgement = judge(criterion(), mean(values))

    assert (judgement.verdict, judgement.qualifiers[-1]) == ("INCONCLUSIVE", "error rate")
    assert "this plan would confirm falsely in" in judgement.reason
    assert judgement.more_seeds


def test_the_same_tail_on_the_other_side_takes_no_confirmation_away():
    assert judge(criterion(), mean(0.6 - LONG_TAIL)).verdict == "CONFIRMED"


@pytest.mark.parametrize("turn", [lambda v: mean(v), lambda v: opposite(mean(-v))])
def test_evidence_and_its_opposite_turned_back_are_withheld_alike(turn):
    judgement = judge(criterion(), turn(LONG_TAIL + 0.05))

    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.rates.false_confirm_own_residuals > 0.02


def test_overwhelming_evidence_is_not_withheld():
    assert judge(criterion(), mean(LONG_TAIL + 20.0)).verdict == "CONFIRMED"


def test_few_runs_have_too_few_residuals_to_be_drawn_from():
    rates = judge(criterion(), mean(LONG_TAIL[:7])).rates

    assert rates.false_confirm_own_residuals is None
    assert rates.false_confirm == pytest.approx(0.01, abs=0.004)


# ── the regime ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("evidence", [YES, NO, OPEN])
def test_outside_the_regime_no_word_is_said(evidence):
    judgement = judge(criterion(), evidence, regime=[control(name="the nets fit")])

    assert judgement.verdict == "INCONCLUSIVE"
    assert "outside the regime" in judgement.qualifiers
    assert judgement.reason.startswith("Outside the regime: “the nets fit” does not hold")


def test_within_the_regime_the_bounds_decide():
    assert judge(criterion(), NO, regime=[control(held=True)]).verdict == "REFUTED"


# ── rules of the design ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"bearing": "instance", "trained": True}, "INCONCLUSIVE"),
        ({"bearing": "claim", "trained": True}, "INCONCLUSIVE"),
        ({"bearing": "analogue", "trained": True}, "REFUTED"),
        ({"bearing": "claim", "trained": False}, "REFUTED"),
        ({"bearing": "instance", "trained": True, "regime": ("fits",)}, "REFUTED"),
    ],
)
def test_networks_refute_a_paper_only_where_a_regime_was_declared(fields, verdict):
    assert judge(criterion(), NO, design=Design(**fields)).verdict == verdict


@pytest.mark.parametrize(("power", "verdict"), [(0.79, "INCONCLUSIVE"), (0.81, "CONFIRMED")])
def test_a_plan_without_power_says_no_word(power, verdict):
    judgement = judge(criterion(), YES, design=Design(power=power))

    assert judgement.verdict == verdict


@pytest.mark.parametrize(
    ("quantifier", "parts", "verdict"),
    [
        ("", (YES, NO), "INCONCLUSIVE"),
        ("often", (YES, NO), "INCONCLUSIVE"),
        ("every", (YES, NO), "REFUTED"),
        ("", (NO, NO), "REFUTED"),
    ],
)
def test_one_part_refutes_all_only_where_the_paper_asserts_each(quantifier, parts, verdict):
    design = Design(quantifier=quantifier)

    assert judge(criterion(), weakest(*parts), design=design).verdict == verdict


# ── controls ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("evidence", "when_failed", "verdict", "qualifiers"),
    [
        (YES, "inconclusive", "INCONCLUSIVE", ()),
        (YES, "vacuous", "CONFIRMED", ("vacuous",)),
        (YES, "confounded", "INCONCLUSIVE", ("confounded",)),
        (NO, "inconclusive", "INCONCLUSIVE", ()),
        (NO, "vacuous", "REFUTED", ()),
        (NO, "confounded", "REFUTED", ()),
        (OPEN, "inconclusive", "INCONCLUSIVE", ()),
        (OPEN, "vacuous", "INCONCLUSIVE", ()),
    ],
)
def test_a_failed_control_takes_away_what_it_can_speak_of(
    evidence, when_failed, verdict, qualifiers
):
    judgement = judge(criterion(), evidence, controls=[control(when_failed=when_failed)])

    told = tuple(q for q in judgement.qualifiers if q != "no mutant")
    assert (judgement.verdict, told) == (verdict, qualifiers)


@pytest.mark.parametrize(("evidence", "verdict"), [(YES, "CONFIRMED"), (NO, "REFUTED")])
def test_a_control_that_held_changes_nothing(evidence, verdict):
    assert judge(criterion(), evidence, controls=[control(held=True)]).verdict == verdict


def test_one_failed_control_among_several_is_enough_and_is_named():
    controls = [control(held=True), control(name="placebo"), control(held=True)]

    judgement = judge(criterion(), YES, controls=controls)

    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.reason == (
        "The control “placebo” failed: 0.1 (the bounds alone say CONFIRMED)."
    )


def test_a_qualifier_is_given_once_however_many_controls_give_it():
    controls = [control(when_failed="vacuous"), control(when_failed="vacuous", name="other")]

    assert judge(criterion(), YES, controls=controls).qualifiers == ("vacuous", "no mutant")


def test_a_blinding_control_also_takes_back_a_refutation_that_others_leave():
    controls = [control(when_failed="vacuous"), control()]

    judgement = judge(criterion(), NO, controls=controls)

    assert (judgement.verdict, judgement.qualifiers) == ("INCONCLUSIVE", ())


@pytest.mark.parametrize(("above", "held"), [(0.0, True), (4.9, False)])
def test_a_shown_control_holds_if_its_lower_bound_lies_above(above, held):
    assert shown("assay", YES, above=above).held is held


def test_whether_a_control_held_is_a_plain_truth_value_whatever_it_was_computed_from():
    from_numpy = control(held=np.bool_(True)), shown("assay", YES, above=np.float64(0.0))

    assert [type(c.held) for c in from_numpy] == [bool, bool]


def test_a_shown_control_says_what_was_seen():
    shown_ = shown("assay", worst_case([5.0]), above=-1.0)

    assert (shown_.expectation, shown_.observed) == ("lower bound above −1", "5 [5, 5], n = 1")


# ── broken variants ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mutant", "verdict", "caught"),
    [(YES, "INCONCLUSIVE", False), (OPEN, "CONFIRMED", True), (NO, "CONFIRMED", True)],
    ids=["confirmed as well", "open", "refuted"],
)
def test_a_broken_variant_must_not_be_confirmed_too(mutant, verdict, caught):
    judgement = judge(criterion(), YES, mutants={"arms swapped": mutant})

    assert judgement.verdict == verdict
    assert judgement.mutants[0].caught is caught


def test_the_reason_names_the_broken_variants_that_pass():
    mutants = {"one": YES, "two": NO, "three": YES}

    assert "broken experiments pass as well: one, three" in judge(
        criterion(), YES, mutants=mutants
    ).reason.replace("Broken", "broken")


def test_a_refuted_claim_stays_refuted_whatever_its_broken_variants_do():
    assert judge(criterion(), NO, mutants={"swapped": YES}).verdict == "REFUTED"


def test_a_claim_without_control_or_mutant_says_so():
    assert judge(criterion(), YES).qualifiers == ("no control", "no mutant")


def test_exact_evidence_needs_no_mutant():
    assert judge(criterion(), worst_case([0.5])).qualifiers == ("no control",)


def test_runs_that_all_fail_are_a_mutant():
    null = criterion(null=0.5)
    judgement = judge(null, success_rate([True] * 12), mutants={"tiny": success_rate([False] * 12)})

    assert judgement.mutants[0].counts


TURNED = {
    "turned about 0": mean(-np.arange(12.0)),
    "turned about another point": mean(3.0 - np.arange(12.0)),
    "opposite": opposite(mean(np.arange(12.0))),
    "a constant": mean([0.0] * 12),
}


@pytest.mark.parametrize("how", TURNED)
def test_the_same_numbers_turned_and_constants_are_no_mutants(how):
    judgement = judge(criterion(), mean(np.arange(12.0)), mutants={how: TURNED[how]})

    assert not judgement.mutants[0].counts
    assert "no mutant" in judgement.qualifiers


def test_another_arm_is_a_mutant():
    other = mean(np.random.default_rng(0).standard_normal(12))

    judgement = judge(criterion(), mean(np.arange(12.0)), mutants={"another arm": other})

    assert judgement.mutants[0].counts
    assert "no mutant" not in judgement.qualifiers


# ── attrition ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("tens", range(1, 51))
def test_exactly_a_tenth_of_diverged_runs_still_allows_confirmation(tens):
    lost = Attrition(arm="a", diverged=tens, n=10 * tens)

    assert judge(criterion(), YES, attrition=[lost]).verdict == "CONFIRMED"


@pytest.mark.parametrize(("diverged", "n"), [(1, 9), (2, 12), (2, 19), (3, 20), (12, 12)])
def test_more_than_a_tenth_of_diverged_runs_blocks_confirmation(diverged, n):
    lost = [Attrition(arm="a", diverged=diverged, n=n), Attrition(arm="b", diverged=0, n=n)]

    judgement = judge(criterion(), YES, attrition=lost)

    assert judgement.verdict == "INCONCLUSIVE"
    assert f"{diverged} of {n} in “a”" in judgement.reason


def test_more_than_a_tenth_of_lost_runs_blocks_a_refutation_too():
    lost = Attrition(arm="a", diverged=6, n=12)

    judgement = judge(criterion(), NO, attrition=[lost])

    assert (judgement.verdict, judgement.qualifiers[-1]) == ("INCONCLUSIVE", "runs lost")


def test_failures_shared_out_over_arms_are_counted_arm_by_arm():
    each_one = [Attrition(arm=name, diverged=1, n=12) for name in "abc"]

    assert judge(criterion(), YES, attrition=each_one).verdict == "CONFIRMED"
