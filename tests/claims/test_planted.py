"""Planting faults in claims: none repeats the report, and one that does nothing is refused."""

import json

import pytest

from claims.goldblum2020truth import penalties
from claims.goldblum2020truth.test_decay_helps import (
    test_weight_decay_generalises_better_than_no_penalty as decay_helps,
)
from claims.goldblum2020truth.test_norm_bias_audit import (
    test_the_printed_differences_are_significant_in_most_rows as norm_bias_audit,
)
from claims.goldblum2020truth.test_r0_is_decay import (
    test_norm_bias_with_target_zero_is_weight_decay as r0_is_decay,
)
from tests.claims.planted import REPORTS, verdict
from tests.mutation import mutant

PENALTIES = "claims.goldblum2020truth.penalties:distance_to_decay"


def reported(claim, case=""):
    lines = (REPORTS / "fast" / "verdicts.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    (word,) = [r["verdict"] for r in records if (r["claim"], r["case"]) == (claim, case)]
    return word


def test_without_a_fault_the_verdict_is_that_of_the_report():
    assert verdict(decay_helps, "fast-mlp") == reported("goldblum2020truth/decay-helps", "mlp")


def test_an_audit_is_judged_without_measurements():
    assert verdict(norm_bias_audit, "static-norm-bias-over-decay") == "REFUTED"


def test_one_recipe_in_the_place_of_two_leaves_no_difference():
    same = {"weight decay": "no penalty"}

    assert verdict(decay_helps, "fast-mlp", arms=same) != "CONFIRMED"


def test_arrays_can_be_spoilt_on_their_way():
    worse = {("accuracy on test", "weight decay"): lambda accuracy: accuracy - 0.1}

    assert verdict(decay_helps, "fast-mlp", change=worse) == "REFUTED"


def test_a_computation_is_run_anew_with_a_broken_function():
    whole = {PENALTIES: penalties.distance_to_decay}
    thirds = mutant(penalties, "DECAY / 2 if", "DECAY / 3 if")

    broken = {PENALTIES: thirds.distance_to_decay}

    assert verdict(r0_is_decay, "fast", functions=whole, seeds=2) == "CONFIRMED"
    assert verdict(r0_is_decay, "fast", functions=broken, seeds=2) == "REFUTED"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"arms": {"weight decay": "momentum"}}, "no arm"),
        ({"change": {("loss on test", "weight decay"): abs}}, "nothing asked for"),
        ({"which": "fast-transformer"}, "no form"),
    ],
)
def test_a_fault_that_would_do_nothing_is_refused(fault, says):
    with pytest.raises(AssertionError, match=says):
        verdict(decay_helps, **{"which": "fast-mlp", **fault})
