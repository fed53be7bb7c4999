"""One claim before its judge: samples, diverged runs, looks, and what comes into the record."""

import numpy as np
import pytest

from dltheory.data import Digits
from dltheory.errors import AllRunsLost, MissingMeasurements, RunFailed, SpecError
from dltheory.experiments import Experiment, Training, compute, quantity
from dltheory.models import MLP
from dltheory.plugin import Form, claim
from dltheory.plugin.form import Case, cases, parameter
from dltheory.plugin.marks import declare
from dltheory.plugin.pilots import STALE, stale_lines
from dltheory.plugin.source import FileSource, Found, read_lines
from dltheory.plugin.trial import Trial
from dltheory.statistics import equivalence, mean, worst_case
from dltheory.statistics.pilot_spread import spread_as_json
from dltheory.statistics.simulated import spread_of
from dltheory.training import SGD
from dltheory.verdicts import holds
from tests.verdicts.made_up import CLAIM, WHERE, criterion

TREATED, CONTROL = (
    Training(data=Digits(), model=MLP(hidden=(4,)), epochs=n, optimiser=SGD(learning_rate=0.1))
    for n in (1, 2)
)
ARMS = {"treated": TREATED, "control": CONTROL}
MEASURED = (quantity("accuracy"),)
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


def trial(treated, control, *, seeds=None, may_diverge=(), **fields):
    experiment = Experiment(arms=ARMS, seeds=seeds or len(treated), measure=MEASURED)
    form = Form(criterion=criterion(**fields), experiment=experiment, may_diverge=may_diverge)
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
def test_a_seed_of_which_a_run_was_lost_is_left_out_of_every_arm(lost):
    measured = trial([1.0, lost, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]).measured("value")

    assert {arm: values.tolist() for arm, values in measured.items()} == {
        "treated": [1.0, 3.0, 4.0],
        "control": [5.0, 7.0, 8.0],
    }


def test_a_run_lost_in_one_of_many_numbers_is_lost():
    held_to = trial([[1.0, None], [2.0, 3.0], [4.0, 5.0]], [[3.0, 4.0]] * 3)

    assert held_to.measured("spectrum")["treated"].tolist() == [[2.0, 3.0], [4.0, 5.0]]
    assert held_to.kept == (1, 2)


class Two(Given):
    """A source whose second quantity is lost where the first is not."""

    def find(self, run, quantity):
        found = super().find(run, quantity)
        lost = quantity == "other" and run.seed == 1 and run.recipe == TREATED
        return Found(value=None if lost else found.value, diverged=lost, line=found.line)


def test_all_quantities_are_of_the_same_seeds_whichever_lost_a_run():
    three = trial([1.0, 2.0, 3.0], [0.0, 0.5, 0.0])
    three.source = Two(three.source.values)
    sizes = []

    def both(trial):
        sizes.append(
            (trial.measured("value")["treated"].size, trial.measured("other")["control"].size)
        )
        lifted(trial)

    held(three, both)

    assert sizes == [(2, 2)]


def test_where_a_claim_is_about_divergence_a_lost_run_counts_as_the_worst_value():
    about = trial([1.0, DIVERGED, 3.0], [0.0] * 3, may_diverge=("treated",))

    assert about.measured("value", worst=-9.0)["treated"].tolist() == [1.0, -9.0, 3.0]


def test_many_numbers_of_a_run_that_may_diverge_are_the_worst_in_each_of_them():
    about = trial([[1.0, 2.0], DIVERGED], [[3.0, 4.0]] * 2, may_diverge=("treated",))

    assert about.measured("spectrum", worst=0.0)["treated"].tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_the_worst_value_is_not_better_than_a_run_that_trained():
    about = trial([1.0, DIVERGED, 3.0], [0.0] * 3, may_diverge=("treated",))

    with pytest.raises(SpecError, match=r"from 0 to 3; got worst=2\. Give the worst value"):
        about.measured("value", worst=2.0)


@pytest.mark.parametrize(
    ("lost", "words"), [(DIVERGED, "diverged"), (None, "gave none that is finite")]
)
def test_a_run_that_may_diverge_needs_a_worst_value(lost, words):
    with pytest.raises(RunFailed, match=rf"arm “treated”, seed 1\) {words}\. .* worst=…"):
        trial([1.0, lost], [0.0] * 2, may_diverge=("treated",)).measured("value")


def test_a_computation_that_gives_no_number_is_an_error():
    form = Form(criterion=criterion(), experiment=Experiment(arms={"c": NUMBERS}, seeds=3))
    case = Case(claim=CLAIM, tier="fast", name="", form=form)
    numbers = Trial(case=case, where=WHERE, source=Given({NUMBERS: [1.0, None, 2.0]}))

    with pytest.raises(RunFailed, match="needs a number from every run"):
        numbers.measured("value", worst=0.0)


@pytest.mark.parametrize("treated", [[DIVERGED] * 12, [DIVERGED] * 11 + [1.0]])
def test_where_all_runs_are_lost_there_is_a_status_and_no_verdict(treated):
    with pytest.raises(AllRunsLost, match=r"could be compared were lost .* in “treated”"):
        held(trial(treated, [0.0] * 12), lifted)


NUMBERS = compute("random:random", arm=1)


def lifted(trial):
    measured = trial.measured("value", worst=0.0)
    trial.judge(mean(measured["treated"] - measured["control"]))


NEARLY_TEN = [10.0 + 0.1 * (-1) ** seed for seed in range(12)]


def counted(record):
    return [(a["arm"], a["diverged"], a["n"]) for a in record["attrition"]]


def test_lost_runs_are_counted_arm_by_arm_and_more_than_a_tenth_blocks_a_word():
    record, _ = held(trial([*NEARLY_TEN[:10], DIVERGED, DIVERGED], [-20.0] * 12), lifted)

    assert record["verdict"] == "INCONCLUSIVE"
    assert counted(record) == [("treated", 2, 12), ("control", 0, 12)]
    assert record["evidence"]["n"] == 10


def test_the_largest_rate_of_losses_that_is_left_possible_is_told():
    record, _ = held(trial(NEARLY_TEN, [0.0] * 12), lifted)

    assert record["attrition"][0]["rate_upper"] == pytest.approx(1 - 0.01 ** (1 / 12))


def test_up_to_a_tenth_of_lost_runs_leaves_the_word_of_those_that_train():
    record, _ = held(trial([*NEARLY_TEN[:11], DIVERGED], [0.0] * 12), lifted)

    assert (record["verdict"], record["evidence"]["n"]) == ("CONFIRMED", 11)


def test_runs_that_may_diverge_are_an_outcome_and_not_lost():
    def collapsing(trial):
        measured = trial.measured("value", worst=-30.0)
        trial.judge(mean(measured["treated"] - measured["control"]))

    values = [*NEARLY_TEN[:10], DIVERGED, DIVERGED]
    record, _ = held(trial(values, [-20.0] * 12, may_diverge=("treated",)), collapsing)

    assert record["evidence"]["n"] == 12
    assert counted(record) == [("control", 0, 12)]
    assert record["plots"][0]["arms"][0]["diverged"] == [10, 11]


# ── looks ─────────────────────────────────────────────────────────────────────────────────────────

LOOKS = (8, 10, 12)
FAINT = [1.0 if seed % 2 else -0.9 for seed in range(12)]


def test_a_claim_that_is_decided_early_asks_for_no_more_seeds():
    record, provided = held(trial(NEARLY_TEN, [0.0] * 12, seeds=LOOKS), lifted)

    assert (provided, record["seeds"]) == ([8], list(range(8)))
    assert record["evidence"]["look"] == 1


def test_an_open_claim_asks_for_the_seeds_of_each_planned_look():
    record, provided = held(
        trial(FAINT, [0.0] * 12, seeds=LOOKS, smallest_effect=0.1, null=-0.1), lifted
    )

    assert (provided, record["seeds"]) == ([8, 10, 12], list(range(12)))
    assert (record["verdict"], record["evidence"]["look"]) == ("INCONCLUSIVE", 3)
    assert record["evidence"]["alpha"] < 0.009


def alike(trial):
    trial.judge(equivalence(mean(trial.measured("value")["treated"]), margin=1.2))


def test_power_is_planned_for_the_margin_that_is_judged():
    powers = []
    for margin in (9.0, 1.2):
        spread = spread_as_json(spread_of(equivalence(mean(FAINT), margin=margin)))
        faint = trial(FAINT, [0.0] * 12, power_at=1.2)
        faint.pilots = {(CLAIM.id, "fast", ""): {"recipe": "", "pilots": 12, "spread": spread}}
        powers.append(held(faint, alike)[0]["calibration"]["power"])

    assert powers[0] == powers[1] < 0.5


def test_runs_that_diverged_at_an_earlier_look_are_not_counted_twice():
    values = [DIVERGED, *FAINT[1:]]

    record, _ = held(trial(values, [0.0] * 12, seeds=LOOKS, smallest_effect=0.1), lifted)

    assert counted(record)[0] == ("treated", 1, 12)


def test_a_word_that_more_seeds_cannot_change_asks_for_none():
    def blind(trial):
        measured = trial.measured("value")
        failed = holds("assay", expectation="e", observed="o", held=False)
        trial.judge(mean(measured["treated"] - measured["control"]), controls=[failed])

    _, provided = held(trial(FAINT, [0.0] * 12, seeds=LOOKS, smallest_effect=0.1), blind)

    assert provided == [8]


def test_going_on_adds_looks_by_evidence_that_is_valid_at_any_time():
    faint = [1.0 if seed % 2 else -0.9 for seed in range(24)]
    going_on = trial(faint, [0.0] * 24, seeds=(8,), smallest_effect=0.1, null=-0.1)
    going_on.more_seeds = 24

    record, provided = held(going_on, lifted)

    assert provided == [8, 16, 24]
    assert record["evidence"]["alpha"] == pytest.approx(0.001)
    assert "e-process" in record["evidence"]["method"]
    assert any("went on to 24 seeds" in words for words in record["deviations"])


def test_a_declared_regime_must_be_given_under_its_name():
    form = Form(criterion=criterion(), regime=("fits",))
    declared = Trial(
        case=Case(claim=CLAIM, tier="fast", name="", form=form), where=WHERE, source=Given({})
    )

    with pytest.raises(SpecError, match=r"declares the regime \['fits'\]; .* got \[\]"):
        declared.judge(worst_case([1.0]))


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


def test_a_claim_that_failed_has_a_record_with_its_reason():
    record = trial([1.0], [1.0]).failure("out of memory")

    assert (record["status"], record["verdict"]) == ("error", None)
    assert record["reason"] == "out of memory"


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────

AUDIT = Form(criterion=criterion())
KNOWN = {
    word: Form(criterion=criterion(expected=word, expected_reason="small"))
    for word in ("REFUTED", "SMALLER")
}


@pytest.fixture(autouse=True)
def _declared(pytestconfig):
    declare(pytestconfig)  # as a session does that collects a claim


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


@pytest.mark.parametrize("word", KNOWN)
def test_a_known_denial_is_a_strict_expected_failure_with_its_reason(word):
    (item,) = items(fast=KNOWN[word])

    (mark,) = [mark for mark in item.marks if mark.name == "xfail"]
    assert (mark.kwargs["strict"], mark.kwargs["reason"]) == (True, "known: small")


@pytest.mark.parametrize(
    ("tiers", "got"), [({}, "none"), ({"slow": AUDIT}, "slow"), ({"b": AUDIT, "a": AUDIT}, "a, b")]
)
def test_tiers_of_other_names_are_refused(tiers, got):
    with pytest.raises(SpecError, match=f"some of the tiers static, fast, full; got {got}. Use"):
        claim(CLAIM, **tiers)


def of(arms, seeds):
    return Experiment(arms=arms, seeds=seeds, measure=MEASURED)


FORM = Form(criterion=criterion(), experiment=of(ARMS, 12))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"bearing": "proof"}, "bearing of a form is one of claim, instance, analogue"),
        ({"may_diverge": ("nobody",)}, "may_diverge names arms of the experiment; got nobody"),
        (
            {"criterion": criterion(smallest_effect=0.4, printed_effect=0.6)},
            "more than half of the printed one is an analogue",
        ),
    ],
)
def test_a_form_that_cannot_be_meant_is_refused(fields, words):
    with pytest.raises(SpecError, match=words):
        Form(**{"criterion": criterion(), "experiment": FORM.experiment, **fields})


def test_an_analogue_may_have_an_effect_above_half_of_the_printed_one():
    rule = criterion(smallest_effect=0.4, printed_effect=0.6)

    assert Form(criterion=rule, bearing="analogue").bearing == "analogue"


@pytest.mark.parametrize(
    "other",
    [
        Form(criterion=criterion(null=0.1), experiment=FORM.experiment),
        Form(criterion=criterion(smallest_effect=0.1), experiment=FORM.experiment),
        Form(criterion=criterion(alpha=0.02), experiment=FORM.experiment),
        Form(criterion=criterion(), experiment=of(ARMS, (5, 12))),
        Form(criterion=criterion(), experiment=of({"treated": TREATED}, 12)),
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


def planned_with(**line):
    spread = spread_as_json(spread_of(mean(FAINT)))
    faint = trial(FAINT, [0.0] * 12, smallest_effect=2.0)
    faint.estimand = "now"
    known = {"recipe": "", "estimand": "now", "pilots": 12, "spread": spread}
    faint.pilots = {(CLAIM.id, "fast", ""): {**known, **line}} if line != {"none": True} else {}
    return held(faint, lifted)[0]["calibration"]


def test_pilots_of_the_same_evidence_plan_its_power():
    assert planned_with()["power"] is not None
    assert planned_with()["power_unknown"] == ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"estimand": "before"}, "how the evidence is made was changed"),
        ({"estimand": ""}, "how the evidence is made was changed"),
        ({"recipe": "before"}, "what is run or measured was changed"),
        ({"none": True}, "no pilots at this scale"),
    ],
)
def test_pilots_of_something_else_plan_no_power_and_the_reason_is_told(line, why):
    found = planned_with(**line)

    assert found["power"] is None
    assert why in found["power_unknown"]


def test_stale_pilots_are_named_at_the_end():
    record = {"claim": "p/row", "case": "small", "calibration": {"power_unknown": f"{STALE}: so"}}
    fresh = {"claim": "p/other", "case": "", "calibration": {"power_unknown": ""}}

    (line,) = stale_lines([record, fresh, {**fresh, "calibration": None}])

    assert "p/row/small" in line
    assert "p/other" not in line


@pytest.mark.parametrize(
    ("values", "word"), [([10.0 + 0.1 * (i % 3) for i in range(12)], "CONFIRMED")]
)
def test_a_word_is_said_without_planned_power_and_the_card_says_so(values, word):
    found, _ = held(trial(values, [0.0] * 12, smallest_effect=0.1), lifted)

    assert found["verdict"] == word
    assert found["calibration"]["power_unknown"] == "no pilots at this scale"
