"""Claims that share runs: trained once, the same with workers, judged again without torch."""

import json

import pytest

CLAIMS = """
def gain(measured):
    accuracy = measured("accuracy on test", worst=0.0)
    return paired_difference(accuracy["decay"], accuracy["none"])

@claim(said("is-equal"), fast=trained(null=-0.9), full=trained(seeds=1000))
def test_is_equal(measured, judge):
    judge(gain(measured))

@claim(said("is-better"), fast={"one": trained(smallest_effect=0.9), "more": trained(seeds=4)})
def test_is_better(measured, judge):
    judge(gain(measured))

@claim(said("is-counted"), fast=drawn(9.0))
def test_is_counted(measured, judge):
    judge(mean(measured("value")["a"]))
"""

NO_TORCH = 'raise ImportError("torch must not be imported to judge measurements")\n'


@pytest.fixture(scope="module")
def trained(shared_project):
    """A project whose claims were judged by one process."""
    shared_project.claims(CLAIMS)
    out = shared_project.pytest("-q", "-m", "fast")
    assert out.line_with("report: "), out.out
    return shared_project


@pytest.fixture(scope="module")
def rejudged(trained):
    """How judging the measurements again went, with a torch that cannot be imported."""
    stub = trained.folder / "stub" / "torch"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text(NO_TORCH)
    options = ("--from-measurements=reports/fast", "--out=again", "--store=unused")
    return trained.pytest("-q", *options, path=[stub.parent])


def test_runs_that_claims_share_are_trained_once(trained):
    # Two trainings with the four seeds of the largest form, and twelve computations.
    assert len(trained.runs()) == 2 * 4 + 12


def test_a_computation_is_made_once_for_each_seed(trained):
    assert trained.calls() == [f"around {seed}" for seed in range(12)]


def test_claims_list_the_runs_that_they_rest_on(trained):
    runs = trained.record("is-better", case="more")["runs"]

    assert len(runs) == 8
    assert set(trained.record("is-equal")["runs"]) < set(runs)


def test_every_measurement_is_kept_once_with_its_run(trained):
    kept = [(line["run"], line["quantity"]) for line in trained.measurements()]

    assert len(kept) == len(set(kept)) == 2 * 4 + 12


def test_every_measurement_says_where_it_was_made(trained):
    lines = trained.jsonl("reports/fast/measurements.jsonl")

    made = {line["provenance"] for line in lines if "run" not in line}

    assert {line["provenance"] for line in lines} == made
    assert len(made) == 1


def test_junit_is_written_beside_the_report(trained):
    assert trained.properties("test_is_counted[fast]", "reports/fast/junit.xml")["n"] == "12"


def test_two_workers_write_the_same_verdicts(trained):
    out = trained.pytest("-q", "-n", "2", "--store=other", "--out=parallel")

    assert out.line_with("report: "), out.out
    assert trained.bytes("parallel/verdicts.jsonl") == trained.bytes()
    assert len(list((trained.folder / "other" / "runs").glob("[!.]*"))) == len(trained.runs())


def test_measurements_are_judged_again_to_the_same_bytes_without_torch(trained, rejudged):
    assert rejudged.line_with("report: "), rejudged.out
    assert trained.bytes("again/verdicts.jsonl") == trained.bytes()
    assert trained.bytes("again/measurements.jsonl") == trained.bytes(
        "reports/fast/measurements.jsonl"
    )


def test_judging_again_makes_no_store(rejudged):
    assert not (rejudged.folder / "unused").exists()


def test_a_missing_measurement_is_an_error_that_names_its_seed(trained):
    folder = trained.folder / "cut"
    folder.mkdir()
    lines = trained.jsonl("reports/fast/measurements.jsonl")
    kept = [line for line in lines if (line.get("recipe"), line.get("seed")) != ("draws:around", 7)]
    (folder / "measurements.jsonl").write_text("".join(json.dumps(one) + "\n" for one in kept))

    trained.pytest("-q", "-k", "is_counted", "--from-measurements=cut", "--out=cut-report")

    record = trained.record("is-counted", report="cut-report")
    assert (record["status"], record["evidence"]) == ("error", None)
    assert "'value' of draws:around, seed 7 (run " in record["reason"]
    assert "train without --from-measurements" in record["reason"]


def test_more_seeds_longer_trainings_and_a_precision_are_recorded_as_deviations(trained):
    changed = ("--seeds=4", "--epochs-scale=2", "--precision=bfloat16", "--out=changed")

    trained.pytest("-q", "-k", "is_equal", *changed)

    record = trained.record("is-equal", report="changed")
    assert record["deviations"] == [
        "epochs multiplied by 2",
        "4 seeds in one look instead of the planned 3",
        "trained in bfloat16",
    ]
    assert (record["seeds"], record["criterion"]["looks"]) == ([0, 1, 2, 3], [4])
    assert record["plan"] != trained.record("is-equal")["plan"]


def test_a_replication_is_judged_on_other_seeds_and_says_so(trained):
    trained.pytest("-q", "-k", "is_equal", "--first-seed=1000", "--out=again")

    record = trained.record("is-equal", report="again")
    assert record["seeds"] == [1000, 1001, 1002]
    assert record["deviations"] == ["a replication: seeds from 1000 on instead of from 0"]
    assert record["plan"] != trained.record("is-equal")["plan"]
    assert not set(record["runs"]) & set(trained.record("is-equal")["runs"])


PLAN = """
k2020/is-better [fast-one]: 2 arms × 3 seeds, 6 runs, 6 epochs of training
k2020/is-better [fast-more]: 2 arms × 4 seeds, 8 runs, 8 epochs of training
in all, shared runs counted once: 8 runs
in the store already: 0
to be made: 8 runs, 8 epochs
""".strip().splitlines()


def test_the_plan_lists_what_would_be_made_and_makes_nothing(trained):
    out = trained.pytest("--plan", "-n", "2", "-k", "is_better", "--store=planned", "-m", "fast")

    assert [line for line in PLAN if not any(one.startswith(line) for one in out.lines)] == []
    assert not (trained.folder / "planned").exists()
    assert out.code == 0


def test_the_plan_says_what_it_costs(trained):
    out = trained.pytest("--plan", "-k", "is_better", "--store=planned", "-m", "fast")

    assert "disk: about 0 MB for trained parameters" in out.out
    assert out.line_with("time, by speeds measured on cpu").endswith(": about 0 s")


def test_planning_leaves_the_last_report_as_it_is(trained):
    before = trained.bytes("reports/fast/junit.xml"), trained.bytes()

    out = trained.pytest("--plan", "-m", "fast")

    assert "in the store already: 20" in out.lines
    assert (trained.bytes("reports/fast/junit.xml"), trained.bytes()) == before


SMOKE = """
from dltheory.data import CIFAR10, CropAndFlip

LARGE = Training(data=CIFAR10(normalised=True), model=MLP(hidden=(4,)), epochs=300,
                 optimiser=SGD(learning_rate=0.1, batch_size=128), augmentation=CropAndFlip())

@claim(said("is-large"), full=trained(seeds=(5, 10, 20), arms={"a": LARGE}, null=-1.0))
def test_is_large(measured, judge):
    judge(mean(measured("accuracy on test")["a"]))
"""


def test_smoke_executes_the_full_tier_without_data_and_decides_nothing(project):
    out = project.claims(SMOKE).pytest("-q", "-m", "full", "--scale=smoke", "--data-root=none")

    record = project.record("is-large", report="reports/smoke")
    assert (record["verdict"], record["qualifiers"]) == ("INCONCLUSIVE", ["smoke scale"])
    assert record["deviations"][0].startswith("smoke scale: ")
    assert (record["seeds"], record["provisional"], out.code) == ([0, 1], False, 0)
    assert not (project.folder / "reports" / "full").exists()


LOOKS = """
@claim(said("is-plain"), fast=drawn(50.0, seeds=(8, 10, 12)))
def test_is_plain(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("is-faint"), fast=drawn(0.5, seeds=(8, 10, 12), smallest_effect=0.01, spread=1.001))
def test_is_faint(measured, judge):
    judge(mean(measured("value")["a"]))
"""


def test_seeds_of_a_later_look_are_made_only_while_the_claim_is_open(project):
    project.claims(LOOKS).pytest("-q")

    plain, faint = project.record("is-plain"), project.record("is-faint")
    assert (plain["seeds"], plain["evidence"]["look"]) == (list(range(8)), 1)
    assert plain["evidence"]["alpha"] == faint["evidence"]["alpha"] < 0.009
    assert (faint["seeds"], faint["evidence"]["look"]) == (list(range(12)), 3)
    assert len(project.calls()) == 8 + 12
