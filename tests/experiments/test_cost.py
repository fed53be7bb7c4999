"""What a plan costs, counted without doing any of it."""

import json
from dataclasses import replace

import pytest

from dltheory.attacks import Budget
from dltheory.data import CIFAR10, CorruptedLabels, Digits, ImageFolderData, MaskedCopies
from dltheory.experiments import Experiment, Training, compute, cost
from dltheory.experiments.cost import Cost, Speed, measured_speeds
from dltheory.experiments.described import digest
from dltheory.experiments.plan import plan
from dltheory.models import MLP, ResNet
from dltheory.training import SGD
from tests.experiments.tiny import ACCURACY
from tests.mutation import mutant

MLP_TRAINING = Training(
    data=Digits(train=100),
    model=MLP(hidden=(7,)),
    epochs=3,
    optimiser=SGD(learning_rate=0.1),
)
BY_HAND = 3 * (64 * 7 + 7 * 10) * 100 * 3 * 2  # step, multiply-adds, images, epochs, seeds


def groups(*arms, seeds=2):
    experiment = Experiment(
        arms={str(i): arm for i, arm in enumerate(arms)}, seeds=seeds, measure=(ACCURACY,)
    )
    return plan([(experiment, seeds)])


def work(training, module=cost):
    return sum(module.cost(groups(training)).multiply_adds.values())


def check_work(module):
    attacked = MLP_TRAINING.but(attack=Budget(steps=7, restarts=2))
    assert work(MLP_TRAINING, module) == BY_HAND
    assert work(attacked, module) == 15 * BY_HAND
    assert module.cost(groups(MLP_TRAINING)).bytes == 4 * 2 * (64 * 7 + 7 + 7 * 10 + 10)


def test_work_is_counted_as_by_hand():
    check_work(cost)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("0.0) + 3 * relative_cost", "0.0) + relative_cost"),
        ("multiply_adds=work.multiply_adds", "multiply_adds=2 * work.multiply_adds"),
        ("passes * examples * recipe.epochs", "passes * examples"),
        ("recipe.attack.steps * recipe.attack.restarts", "recipe.attack.steps"),
        ("bytes_ += 4 *", "bytes_ += 8 *"),
    ],
)
def test_a_fault_in_counting_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        check_work(mutant(cost, healthy, faulty))


def test_a_resnet_18_takes_half_a_billion_multiply_adds_an_image():
    one_epoch = MLP_TRAINING.but(data=CIFAR10(), model=ResNet(), epochs=1)

    per_image = work(one_epoch) / 3 / 50_000 / 2

    assert per_image == pytest.approx(0.556e9, rel=0.01)


def test_what_a_training_starts_from_is_counted_too():
    assert work(MLP_TRAINING.but(warm_start=MLP_TRAINING)) == 2 * BY_HAND


def test_computations_count_nothing():
    square = compute("tests.experiments.calculations:seed_squared")

    found = cost.cost(plan([(Experiment(arms={"a": square}, seeds=2), 2)]))

    assert (found.multiply_adds, found.bytes, found.uncounted) == ({}, 0, 0)


def test_runs_on_data_of_unknown_size_are_said_to_be_uncounted():
    folder = ImageFolderData(name="photos", size=8, classes=10)

    found = cost.cost(groups(MLP_TRAINING.but(data=folder), seeds=3))

    assert (found.multiply_adds, found.uncounted) == ({}, 3)


def test_runs_on_data_of_a_published_size_are_counted_by_it():
    folder = ImageFolderData(name="photos", size=8, classes=10, published_examples=70)
    copies = MaskedCopies(data=folder, copies=3, clean=True)

    once, four_times = (
        cost.cost(groups(MLP_TRAINING.but(data=data), seeds=3)) for data in (folder, copies)
    )

    assert once.uncounted == four_times.uncounted == 0
    assert four_times.multiply_adds["MLP"] == 4 * once.multiply_adds["MLP"] > 0


def test_a_published_size_is_no_part_of_a_run_s_identity():
    folder = ImageFolderData(name="photos", size=8, classes=10)

    assert digest(replace(folder, published_examples=70)) == digest(folder)


@pytest.mark.parametrize(
    ("data", "examples"),
    [
        (CIFAR10(validation=5000), 45_000),
        (Digits(), 1000),
        (CorruptedLabels(data=Digits(train=70), fraction=0.5), 70),
        (MaskedCopies(data=Digits(train=70), copies=3, clean=True), 280),
        (MaskedCopies(data=ImageFolderData(name="photos", size=8, classes=2)), None),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_descriptions_know_how_many_examples_they_train_on(data, examples):
    assert data.training_examples == examples


# ── time ──────────────────────────────────────────────────────────────────────────────────────

FAST = Speed(device="GPU", model="MLP", multiply_adds_per_second=100.0, made="")
SLOW = replace(FAST, model="ResNet", multiply_adds_per_second=10.0)


def test_time_is_work_over_the_speed_of_its_model():
    needed = Cost(multiply_adds={"MLP": 500.0, "ResNet": 20.0}, bytes=0, uncounted=0)

    assert needed.seconds([FAST, SLOW]) == 7


def test_a_model_that_was_not_measured_goes_at_the_slowest_speed():
    needed = Cost(multiply_adds={"VGG": 500.0}, bytes=0, uncounted=0)

    assert needed.seconds([FAST, SLOW]) == 50


def test_speeds_are_read_by_device(tmp_path):
    path = tmp_path / "speeds.json"
    row = {"device": "GPU", "model": "MLP", "multiply_adds_per_second": 100.0, "made": ""}
    path.write_text(json.dumps([row, {**row, "device": "cpu"}]))

    assert measured_speeds(path) == {"GPU": [FAST], "cpu": [replace(FAST, device="cpu")]}


def test_without_measured_speeds_there_are_none(tmp_path):
    assert measured_speeds(tmp_path / "none.json") == {}
