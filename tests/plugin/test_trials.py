"""One claim before its judge: samples, diverged runs, looks, and what comes into the record."""

import numpy as np
import pytest

from dltheory.errors import MissingMeasurements, RunFailed, SpecError
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.plugin.form import Case, cases, parameter
from dltheory.plugin.source import FileSource, Found, read_lines
from dltheory.plugin.trial import Trial
from dltheory.statistics import mean, worst_case
from tests.verdicts.made_up import CLAIM, WHERE, criterion

TREATED, CONTROL = compute("random:random", arm=1), compute("random:random", arm=2)
ARMS = {"treated": TREATED, "control": CONTROL}
DIVERGED = object()


class Given:
    """A source of given values, one list a recipe; DIVERGED stands for a run that diverged."""

    def __init__(self, values):
        self.values = values

    def find(self, run, quantity):
        value = self.values[run.recipe][run.seed]
        line = {"run": run.key, "seed": run.seed, "quantity": quantity, "provenance": "p"}
        diverged = value is DIVERGED
        return Found(value=None if diverged else value, diverged=diverged, line=line)

    def provenances(self, identifiers):
        return [{"provenance": one} for one in identifiers]


def trial(treated, control, *, seeds=None, **fields):
    experiment = Experiment(arms=ARMS, seeds=seeds or len(treated))
    form = Form(criterion=criterion(**fields), experiment=experiment)
    case = Case(claim=CLAIM, tier="fast", name="", form=form)
    return Trial(case=case, where=WHERE, source=Given({TREATED: treated, CONTROL: control}))


def held(trial, function):
    provided = []
    trial.hold(lambda: function(trial), provided.append)
    return trial.record(), provided


def test_a_sample_has_one_number_a_seed_for_each_arm():
    measured = trial([1.0, 2.0], [3.0, 4.0]).measured("value")

    assert {arm: values.tolist() for arm, values in measured.items()} == {
        "treated": [1.0, 2.0],
        "control": [3.0, 4.0],
    }
    assert measured["treated"].dtype == np.float64


@pytest.mark.parametrize("lost", [DIVERGED, None], ids=["diverged", "not finite"])
def test_a_run_without_a_number_counts_as_the_worst_value_and_never_as_fewer(lost):
    assert trial([1.0, lost, 3.0], [0.0] * 3).measured("value", worst=-9.0)["treated"].tolist() == [
        1.0,
        -9.0,
        3.0,
    ]


def test_a_probe_of_many_numbers_is_the_worst_in_each_of_them():
    measured = trial([[1.0, 2.0], DIVERGED], [[3.0, 4.0]] * 2).measured("spectrum", worst=0.0)

    assert measured["treated"].tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_of_many_numbers_those_that_are_not_finite_count_as_the_worst_value():
    held_to = trial([[1.0, None], [2.0, 3.0]], [[3.0, 4.0]] * 2)

    assert held_to.measured("spectrum", worst=-9.0)["treated"].tolist() == [[1.0, -9.0], [2.0, 3.0]]
    assert held_to._diverged == {"treated": [0]}


def test_many_numbers_of_which_one_is_not_finite_are_an_error_where_no_worst_value_is_given():
    with pytest.raises(RunFailed, match=r"seed 1\) gave none that is finite\. .* worst=…"):
        trial([[1.0, 2.0], [1.0, None]], [[0.0] * 2] * 2).measured("spectrum")


@pytest.mark.parametrize(
    ("lost", "words"), [(DIVERGED, "diverged"), (None, "gave none that is finite")]
)
def test_a_run_without_a_number_is_an_error_where_no_worst_value_is_given(lost, words):
    with pytest.raises(RunFailed, match=rf"arm “treated”, seed 1\) {words}\. .* worst=…"):
        trial([1.0, lost], [0.0] * 2).measured("value")


def lifted(trial):
    measured = trial.measured("value", worst=0.0)
    trial.judge(mean(measured["treated"] - measured["control"]))


NEARLY_TEN = [10.0 + 0.1 * (-1) ** seed for seed in range(12)]


def test_diverged_runs_are_counted_arm_by_arm_and_block_confirmation():
    record, _ = held(trial([*NEARLY_TEN[:10], DIVERGED, DIVERGED], [-20.0] * 12), lifted)

    assert record["verdict"] == "INCONCLUSIVE"
    assert record["attrition"] == [
        {"arm": "treated", "diverged": 2, "n": 12},
        {"arm": "control", "diverged": 0, "n": 12},
    ]


def test_runs_that_may_diverge_are_an_outcome_and_not_lost():
    def collapsing(trial):
        measured = trial.measured("value", worst=0.0)
        trial.judge(mean(measured["treated"] - measured["control"]), may_diverge=["treated"])

    record, _ = held(trial([*NEARLY_TEN[:10], DIVERGED, DIVERGED], [-20.0] * 12), collapsing)

    assert record["verdict"] == "CONFIRMED"
    assert record["attrition"] == [{"arm": "control", "diverged": 0, "n": 12}]
    assert record["plots"][0]["arms"][0]["diverged"] == [10, 11]


def test_a_run_that_lacks_two_quantities_is_counted_once():
    def both(trial):
        trial.measured("other", worst=0.0)
        lifted(trial)

    record, _ = held(trial([*NEARLY_TEN[:11], DIVERGED], [-20.0] * 12), both)

    assert record["attrition"][0]["diverged"] == 1


def test_diverged_runs_are_marked_in_the_drawing():
    record, _ = held(trial([*NEARLY_TEN[:11], DIVERGED], [0.0] * 12), lifted)

    assert record["plots"][0]["arms"][0]["diverged"] == [11]


# ── looks ─────────────────────────────────────────────────────────────────────────────────────────

LOOKS = (8, 10, 12)
FAINT = [1.0 if seed % 2 else -0.9 for seed in range(12)]


def test_a_claim_that_is_decided_early_asks_for_no_more_seeds():
    record, provided = held(trial(NEARLY_TEN, [0.0] * 12, seeds=LOOKS), lifted)

    assert (provided, record["seeds"]) == ([8], list(range(8)))
    assert (record["evidence"]["look"], record["evidence"]["alpha"]) == (1, 0.001)


def test_an_open_claim_asks_for_the_seeds_of_each_planned_look():
    record, provided = held(
        trial(FAINT, [0.0] * 12, seeds=LOOKS, smallest_effect=0.1, null=-0.1), lifted
    )

    assert (provided, record["seeds"]) == ([8, 10, 12], list(range(12)))
    assert (record["verdict"], record["evidence"]["look"]) == ("INCONCLUSIVE", 3)
    assert record["evidence"]["alpha"] == pytest.approx(0.0085)


def test_runs_that_diverged_at_an_earlier_look_are_not_counted_twice():
    values = [DIVERGED, *FAINT[1:]]

    record, _ = held(trial(values, [0.0] * 12, seeds=LOOKS, smallest_effect=0.1), lifted)

    assert record["attrition"][0] == {"arm": "treated", "diverged": 1, "n": 12}


def test_a_test_that_does_not_judge_is_an_error():
    with pytest.raises(SpecError, match=r"must call judge\(evidence\) once; it did not"):
        held(trial([1.0], [1.0]), lambda trial: trial.measured("value"))


def test_a_test_that_judges_twice_is_an_error():
    def twice(trial):
        trial.judge(worst_case([1.0]))
        trial.judge(worst_case([1.0]))

    with pytest.raises(SpecError, match="may call judge only once"):
        held(trial([1.0], [1.0]), twice)


def test_a_single_run_can_hold_a_certificate():
    record, _ = held(trial([1.0], [0.5]), lambda trial: trial.judge(worst_case([0.5])))

    assert (record["verdict"], record["calibration"]["gates"]) == ("CONFIRMED", True)


def test_smoke_scale_never_decides():
    smoking = trial(NEARLY_TEN, [0.0] * 12)
    smoking.smoke = True

    record, _ = held(smoking, lifted)

    assert (record["verdict"], record["qualifiers"]) == ("INCONCLUSIVE", ["smoke scale"])
    assert record["needs_seeds"] is None


def test_a_claim_that_failed_has_a_record_with_its_reason():
    record = trial([1.0], [1.0]).failure("out of memory")

    assert (record["status"], record["verdict"]) == ("error", None)
    assert record["reason"] == "out of memory"


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────

AUDIT = Form(criterion=criterion())
KNOWN = Form(criterion=criterion(expected="REFUTED", expected_reason="small"))


def items(**tiers):
    return [parameter(case) for case in cases(claim(CLAIM, **tiers).mark)]


def test_each_form_is_one_item_with_a_readable_id():
    found = items(static=AUDIT, fast={"mlp": AUDIT, "cnn": AUDIT}, full=AUDIT)

    assert [item.id for item in found] == ["static", "fast-mlp", "fast-cnn", "full"]


@pytest.mark.parametrize(
    ("tier", "marks"), [("static", ["static", "fast"]), ("fast", ["fast"]), ("full", ["full"])]
)
def test_a_form_has_the_marker_of_its_tier(tier, marks):
    (item,) = items(**{tier: AUDIT})

    assert [mark.name for mark in item.marks] == marks


def test_a_known_refutation_is_a_strict_expected_failure_with_its_reason():
    (item,) = items(fast=KNOWN)

    (mark,) = [mark for mark in item.marks if mark.name == "xfail"]
    assert (mark.kwargs["strict"], mark.kwargs["reason"]) == (True, "known: small")


@pytest.mark.parametrize(
    ("tiers", "got"), [({}, "none"), ({"slow": AUDIT}, "slow"), ({"b": AUDIT, "a": AUDIT}, "a, b")]
)
def test_tiers_of_other_names_are_refused(tiers, got):
    with pytest.raises(SpecError, match=f"some of the tiers static, fast, full; got {got}. Use"):
        claim(CLAIM, **tiers)


FORM = Form(criterion=criterion(), experiment=Experiment(arms=ARMS, seeds=12))


@pytest.mark.parametrize(
    "other",
    [
        Form(criterion=criterion(null=0.1), experiment=FORM.experiment),
        Form(criterion=criterion(smallest_effect=0.1), experiment=FORM.experiment),
        Form(criterion=criterion(alpha=0.02), experiment=FORM.experiment),
        Form(criterion=criterion(), experiment=Experiment(arms=ARMS, seeds=(5, 12))),
        Form(criterion=criterion(), experiment=Experiment(arms={"treated": TREATED}, seeds=12)),
        AUDIT,
    ],
    ids=["null", "smallest effect", "level", "looks", "arms", "no experiment"],
)
def test_the_digest_of_the_plan_changes_with_all_that_was_fixed_before(other):
    assert other.plan != FORM.plan


def test_the_digest_of_the_plan_does_not_change_with_words():
    renamed = Form(criterion=criterion(deviations=("a",)), experiment=FORM.experiment)

    assert renamed.plan == FORM.plan


# ── measurements of an earlier report ─────────────────────────────────────────────────────────────


def test_a_line_that_is_not_json_is_named_by_its_number(tmp_path):
    (tmp_path / "measurements.jsonl").write_text('{"provenance": "p"}\n{"run": \n')

    with pytest.raises(MissingMeasurements, match=r"one JSON object a line; line 2 is not one"):
        FileSource(tmp_path)


def test_numbers_that_json_lacks_are_read_as_none(tmp_path):
    (tmp_path / "lines").write_text('{"value": NaN, "other": -Infinity}\n')

    assert read_lines(tmp_path / "lines") == [{"value": None, "other": None}]
