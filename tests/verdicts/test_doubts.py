"""What sets a verdict aside that the bounds alone would give."""

import numpy as np
import pytest

from dltheory.statistics import equivalence, mean, opposite, sign_flip, weakest
from dltheory.verdicts import holds, judge, shown
from dltheory.verdicts.judge import Attrition
from tests.verdicts.made_up import around, criterion

YES, NO, OPEN = around(5.0), around(-5.0), around(0.0)

# Ties at zero carry no sign: t says p = 0.006, five signs cannot say less than 1/32.
DISAGREEING = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0])


def control(*, held=False, when_failed="inconclusive", name="assay"):
    return holds(name, expectation="sees it", observed="0.1", held=held, when_failed=when_failed)


# ── the sign-flip test ────────────────────────────────────────────────────────────────────────────


def test_t_and_sign_flips_are_told_apart_by_this_sample():
    assert mean(DISAGREEING).p_above(0.0) < 0.01 < sign_flip(DISAGREEING)


LIFTS = {
    "mean": (mean, "CONFIRMED"),
    "opposite": (lambda d: opposite(mean(-d)), "CONFIRMED"),
    "weakest": (lambda d: weakest(around(5.0), mean(d)), "CONFIRMED"),
    "equivalence": (lambda d: equivalence(mean(d - 5.0), margin=5.0), "CONFIRMED"),
    "mean below": (lambda d: mean(-d), "REFUTED"),
    "opposite below": (lambda d: opposite(mean(d)), "REFUTED"),
    "equivalence above": (lambda d: equivalence(mean(d + 5.0), margin=5.0), "REFUTED"),
    "equivalence below": (lambda d: equivalence(mean(-d - 5.0), margin=5.0), "REFUTED"),
}


@pytest.mark.parametrize("kind", LIFTS)
def test_a_verdict_that_sign_flips_do_not_share_is_set_aside(kind):
    lift, verdict = LIFTS[kind]

    judgement = judge(criterion(alpha=0.01), lift(DISAGREEING))

    assert judgement.verdict == "INCONCLUSIVE"
    assert f"Student's t says {verdict}, the exact sign-flip test does not" in judgement.reason


def test_a_part_below_its_line_is_set_aside_at_its_share_of_the_level():
    # Two parts share α: each must be refuted at α/2.
    judgement = judge(criterion(alpha=0.02), weakest(around(5.0), mean(-DISAGREEING)))

    assert judgement.verdict == "INCONCLUSIVE"
    assert "t says REFUTED" in judgement.reason


def test_a_verdict_that_sign_flips_share_stands_with_their_p_value():
    (check,) = judge(criterion(), YES).sensitivity

    assert (check.name, check.agrees) == ("exact sign-flip", True)
    assert check.p == 2.0**-12


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_few_seeds_agree_only_if_all_have_one_sign(n):
    # 2⁻ⁿ is above 1 %, so the smallest p-value that there is must do.
    judgement = judge(criterion(), around(5.0, n, spread=0.1))

    assert judgement.verdict == "CONFIRMED"
    assert judgement.sensitivity[0].p == 2.0**-n


# ── controls ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("evidence", "when_failed", "verdict", "qualifiers"),
    [
        (YES, "inconclusive", "INCONCLUSIVE", ()),
        (YES, "vacuous", "INCONCLUSIVE", ("vacuous",)),
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

    assert (judgement.verdict, judgement.qualifiers) == (verdict, qualifiers)


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

    assert judge(criterion(), YES, controls=controls).qualifiers == ("vacuous",)


def test_a_blinding_control_also_takes_back_a_refutation_that_others_leave():
    controls = [control(when_failed="vacuous"), control()]

    judgement = judge(criterion(), NO, controls=controls)

    assert (judgement.verdict, judgement.qualifiers) == ("INCONCLUSIVE", ("vacuous",))


@pytest.mark.parametrize(("above", "held"), [(0.0, True), (4.9, False)])
def test_a_shown_control_holds_if_its_lower_bound_lies_above(above, held):
    assert shown("assay", YES, above=above).held is held


def test_whether_a_control_held_is_a_plain_truth_value_whatever_it_was_computed_from():
    from_numpy = control(held=np.bool_(True)), shown("assay", YES, above=np.float64(0.0))

    assert [type(c.held) for c in from_numpy] == [bool, bool]


def test_a_shown_control_says_what_was_seen():
    shown_ = shown("assay", around(5.0, spread=0.0), above=-1.0)

    assert (shown_.expectation, shown_.observed) == ("lower bound above −1", "5 [5, 5], n = 12")


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

    assert "broken variants pass as well: one, three" in judge(
        criterion(), YES, mutants=mutants
    ).reason.replace("Broken", "broken")


def test_a_refuted_claim_stays_refuted_whatever_its_broken_variants_do():
    assert judge(criterion(), NO, mutants={"swapped": YES}).verdict == "REFUTED"


def test_a_broken_variant_that_only_t_would_confirm_counts_as_caught():
    judgement = judge(criterion(alpha=0.01), YES, mutants={"weak": mean(DISAGREEING)})

    assert judgement.verdict == "CONFIRMED"


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


def test_diverged_runs_do_not_block_a_refutation():
    lost = Attrition(arm="a", diverged=6, n=12)

    assert judge(criterion(), NO, attrition=[lost]).verdict == "REFUTED"


def test_failures_shared_out_over_arms_are_counted_arm_by_arm():
    each_one = [Attrition(arm=name, diverged=1, n=12) for name in "abc"]

    assert judge(criterion(), YES, attrition=each_one).verdict == "CONFIRMED"
