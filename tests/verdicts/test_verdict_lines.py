"""A verdict as a line of JSON: plain types, no NaN, the same bytes for the same inputs."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.reporting import render
from dltheory.reporting.records import read_verdicts
from dltheory.statistics import (
    correlation,
    equivalence,
    magnitude,
    mean,
    opposite,
    single_look,
    success_rate,
    unpaired_difference,
    weakest,
    worst_case,
)
from dltheory.verdicts import arms_plot, calibrate, cases_plot, holds, judge, levels_plot, table
from dltheory.verdicts.attrition import Attrition
from dltheory.verdicts.error_rates import Procedure
from dltheory.verdicts.numerals import plain
from dltheory.verdicts.record import (
    Exhibits,
    describe,
    in_order,
    judged,
    line,
    printed_beside,
    unjudged,
)
from tests.verdicts.made_up import CLAIM, WHERE, around, criterion, per_seed

INFINITE = criterion(slack=math.inf)


def record(evidence, rule=None, exhibits=None, **judging):
    rule = rule or criterion()
    judgement = judge(rule, evidence, **judging)
    seeds = max(2, evidence.n)
    plan = Procedure(criterion=rule, looks=single_look(seeds, rule.alpha), seeds=seeds)
    mutants = tuple(judging.get("mutants", {}).values())
    calibration = calibrate(plan, evidence, judgement, mutants=mutants)
    described = describe(CLAIM, rule, WHERE)
    return judged(described, rule, judgement, evidence, calibration, exhibits or Exhibits())


EVIDENCE = {
    "mean": around(5.0),
    "mean of equal runs": around(5.0, spread=0.0),
    "unpaired": unpaired_difference(per_seed(5.0), per_seed(0.0)),
    "exact": worst_case([0.5, 0.25]),
    "violated": worst_case([0.5, -0.25]),
    "equivalence": equivalence(around(0.0, spread=0.1), margin=1.0),
    "exact equivalence": equivalence(worst_case([0.5]), margin=1.0),
    "opposite": opposite(around(-5.0)),
    "weakest": weakest(around(5.0), around(6.0)),
    "weakest of exact": weakest(worst_case([0.5]), worst_case([1.0])),
    "rate": success_rate([True] * 20),
    "correlation on a line": correlation(range(9), range(9)),
}
RULES = {"finite": criterion(smallest_effect=0.5), "never refuted": INFINITE}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", EVIDENCE)
def test_every_kind_of_evidence_can_be_written_and_read_again(kind, rule, tmp_path):
    written = line(record(EVIDENCE[kind], RULES[rule]))
    (tmp_path / "verdicts.jsonl").write_text(written + "\n")

    (read,) = read_verdicts(tmp_path / "verdicts.jsonl")

    assert json.loads(written)["schema"] == 2
    assert read.verdict == json.loads(written)["verdict"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", EVIDENCE)
def test_every_kind_of_evidence_can_be_shown(kind, rule, tmp_path):
    (tmp_path / "verdicts.jsonl").write_text(line(record(EVIDENCE[kind], RULES[rule])) + "\n")

    render(tmp_path)

    assert "It holds." in (tmp_path / "index.html").read_text()


def test_the_same_inputs_give_the_same_bytes():
    assert line(record(around(5.0))) == line(record(around(5.0)))


def test_keys_are_sorted_and_words_are_left_readable():
    written = line(record(around(5.0)))

    assert list(json.loads(written)) == sorted(json.loads(written))
    assert "θ > 0" in written


def test_an_infinite_slack_is_written_as_null():
    assert record(worst_case([0.5]), INFINITE)["criterion"]["slack"] is None


def test_a_claim_that_was_not_judged_has_its_criterion_written_too():
    unfinished = unjudged(describe(CLAIM, INFINITE, WHERE), "error", "out of memory")

    assert json.loads(line(unfinished))["reason"] == "out of memory"
    assert (unfinished["status"], unfinished["verdict"]) == ("error", None)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_no_number_that_json_lacks_survives_in_what_a_claim_shows(number):
    exhibits = Exhibits(
        plots=(
            arms_plot("p", "a", {"x": [number, 1.0]}, seeds=np.arange(2)),
            cases_plot("p", "a", [number], threshold=number, threshold_name="t"),
            levels_plot("p", "a", "x", [number, 1.0], [[number, 1.0]], seeds=[0]),
        ),
        tables=({"caption": "by hand", "columns": ["c"], "rows": [[number]]},),
    )

    written = line(record(around(5.0), exhibits=exhibits))

    assert "NaN" not in written
    assert "Infinity" not in written


@pytest.mark.parametrize(
    "value",
    [np.bool_(True), np.int64(3), np.float64(0.5), np.float32(0.5), np.arange(3), (1, np.int8(2))],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_numpy_become_those_of_python(value):
    assert json.loads(json.dumps(plain({"value": value})))["value"] is not None


def test_what_numpy_computed_in_a_claim_file_crosses_to_json():
    controls = [holds("c", expectation="e", observed="o", held=np.bool_(True))]
    lost = [Attrition(arm="a", diverged=np.int64(1), n=np.int64(12))]
    rule = criterion(null=np.float64(0.0), smallest_effect=np.float32(0.5))

    written = record(around(5.0), rule, controls=controls, attrition=lost)

    assert json.loads(line(written)) == written


@pytest.mark.parametrize("kind", ["exact", "exact equivalence", "weakest of exact"])
def test_an_exact_number_has_no_p_value(kind):
    evidence = record(EVIDENCE[kind])["evidence"]

    assert (evidence["p_confirm"], evidence["p_refute"], evidence["sd"]) == (None, None, None)


@pytest.mark.parametrize("kind", ["mean", "unpaired", "rate", "weakest", "correlation on a line"])
def test_a_sampled_number_has_both_p_values(kind):
    evidence = record(EVIDENCE[kind])["evidence"]

    assert 0.0 <= evidence["p_confirm"] <= 0.01
    assert 0.0 <= evidence["p_refute"] <= 1.0


def test_cases_without_a_violation_bound_the_rate_of_violations():
    assert record(worst_case([0.1] * 59))["evidence"]["violation_rate_bound"] == pytest.approx(
        1 - 0.01 ** (1 / 59)
    )


def test_cases_with_a_violation_bound_nothing():
    assert record(worst_case([0.1, -0.1]))["evidence"]["violation_rate_bound"] is None


def test_the_mutants_stand_with_the_error_rates():
    other = mean(np.random.default_rng(0).standard_normal(12) - 9.0)
    calibration = record(around(5.0), mutants={"another arm": other})["calibration"]

    (told,) = calibration["mutants"]
    assert told == {"name": "another arm", "verdict": "REFUTED", "caught": True, "counts": True}


# ── what a reader may count on ────────────────────────────────────────────────────────────────────

HELD = [holds("assay", expectation="e", observed="o", held=True)]
OTHER_ARM = {"another arm": mean(np.random.default_rng(0).standard_normal(12) - 9.0)}


def test_a_sure_and_checked_word_supports_or_denies():
    found = record(around(5.0), controls=HELD, mutants=OTHER_ARM)

    assert (found["supports"], found["provisional"]) == (True, False)


@pytest.mark.parametrize(
    ("evidence", "judging"),
    [
        (around(5.0), {"controls": HELD}),
        (around(5.0), {"mutants": OTHER_ARM}),
        (around(0.8), {"controls": HELD, "mutants": OTHER_ARM}),
        (around(0.0), {"controls": HELD, "mutants": OTHER_ARM}),
        (
            around(5.0),
            {
                "mutants": OTHER_ARM,
                "controls": [
                    holds("null", expectation="e", observed="o", held=False, when_failed="vacuous")
                ],
            },
        ),
    ],
    ids=["no mutant", "no control", "provisional", "open", "vacuous"],
)
def test_other_words_support_nothing(evidence, judging):
    assert record(evidence, **judging)["supports"] is False


def test_an_open_word_says_whether_seeds_alone_are_lacking():
    failed = holds("assay", expectation="e", observed="o", held=False)

    assert record(around(0.5), criterion(smallest_effect=0.25))["more_seeds"] is True
    assert record(around(5.0), controls=[failed])["more_seeds"] is False
    assert record(around(5.0))["more_seeds"] is False


# ── order, place, printed values ──────────────────────────────────────────────────────────────────


@given(
    st.permutations([("a", "", "fast"), ("a", "", "full"), ("a", "x", "fast"), ("b", "", "fast")])
)
def test_records_come_in_one_order_whoever_finished_first(order):
    records = [{"claim": c, "case": k, "tier": t} for c, k, t in order]

    assert [tuple(r.values()) for r in in_order(records)] == sorted(order)


def test_the_deviations_of_the_form_and_of_the_command_line_are_both_listed():
    rule = criterion(deviations=("digits instead of CIFAR",))
    where = WHERE.__class__(**{**vars(WHERE), "changes": ("epochs multiplied by 0.1",)})

    assert describe(CLAIM, rule, where)["deviations"] == [
        "digits instead of CIFAR",
        "epochs multiplied by 0.1",
    ]


def test_a_printed_value_stands_beside_ours_with_its_prediction_interval():
    found = magnitude(0.23, 0.06, 10, 2, 0.2, 0.05, 10)

    beside = printed_beside(found, printed="+0.23 pp", locator="Table 3", ours="+0.2")

    assert beside["verdict"] == "consistent"
    assert beside["low"] < 0.23 < beside["high"]


def test_a_printed_value_of_another_scale_is_not_comparable():
    beside = printed_beside(None, printed="+0.23 pp", locator="Table 3", ours="+0.2")

    assert (beside["verdict"], beside["low"], beside["high"]) == ("not comparable", None, None)


def test_a_table_keeps_printed_strings_and_makes_numbers_plain():
    shown = table("c", ["printed", "ours"], [["10.00", np.float64(9.5)], ["n/a", math.nan]])

    assert shown["rows"] == [["10.00", 9.5], ["n/a", None]]
