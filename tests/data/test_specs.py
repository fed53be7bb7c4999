import dataclasses

import pytest

from dltheory.data import (
    CIFAR10,
    CIFAR100,
    MNIST,
    CorruptedLabels,
    CropAndFlip,
    Digits,
    GaussianClusters,
    ImageFolderData,
    ShuffledLabels,
    StandIn,
)
from dltheory.errors import SpecError

CLOUDS = GaussianClusters(classes=2, inputs=3, train=8, test=6, separation=1.0, seed=0)
PETS = ImageFolderData(name="pets", size=8, classes=3)
SPECS = [
    Digits(),
    CLOUDS,
    MNIST(),
    CIFAR10(),
    CIFAR100(),
    PETS,
    CorruptedLabels(data=MNIST(), fraction=0.5),
    ShuffledLabels(data=MNIST()),
    StandIn(shape=(3, 8, 8), classes=3),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_description_is_a_frozen_hashable_value_equal_to_its_copy(spec):
    copy = dataclasses.replace(spec)

    assert copy == spec
    assert hash(copy) == hash(spec)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.classes = 3


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_description_takes_keywords_only(spec):
    with pytest.raises(TypeError, match="positional"):
        type(spec)(1)


@pytest.mark.parametrize(
    ("spec", "shape", "classes"),
    [
        (Digits(), (1, 8, 8), 10),
        (CLOUDS, (3,), 2),
        (MNIST(), (1, 28, 28), 10),
        (CIFAR10(), (3, 32, 32), 10),
        (CIFAR100(), (3, 32, 32), 100),
        (PETS, (3, 8, 8), 3),
        (ShuffledLabels(data=CIFAR100()), (3, 32, 32), 100),
    ],
    ids=str,
)
def test_a_description_knows_its_shape_and_classes(spec, shape, classes):
    assert (spec.shape, spec.classes) == (shape, classes)


@pytest.mark.parametrize("spec", [MNIST(normalised=False), CIFAR10(normalised=False)], ids=str)
def test_black_is_zero_without_normalisation(spec):
    assert set(spec.black) == {0.0}


def test_black_of_cifar_is_minus_mean_over_std():
    expected = (-0.4914 / 0.2023, -0.4822 / 0.1994, -0.4465 / 0.2010)
    assert CIFAR10().black == CIFAR100().black == pytest.approx(expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Digits(train=1001), "at most 1000 training.*train=1001.*fewer"),
        (lambda: Digits(test=0, validation=298), "validation=298.*test=0"),
        (lambda: MNIST(validation=60_000), "60,000 training images.*validation=60000.*59999"),
        (lambda: CIFAR10(validation=-1), "50,000.*validation=-1.*0 to 49999"),
        (lambda: CorruptedLabels(data=MNIST(), fraction=20.0), "between 0 and 1.*got 20.0.*Give"),
        (lambda: CropAndFlip(padding=-1), "at least 0 pixels; got -1"),
        (lambda: dataclasses.replace(CLOUDS, classes=1), "2 ≤ classes.*classes=1"),
        (lambda: dataclasses.replace(CLOUDS, classes=4), "orthogonal.*classes=4 with inputs=3"),
        (lambda: dataclasses.replace(CLOUDS, train=1, separation=-1.0), "train=1, separation=-1.0"),
        (lambda: dataclasses.replace(PETS, name="a/b"), "one folder.*name='a/b'"),
        (lambda: dataclasses.replace(PETS, size=0, classes=1), "size=0, classes=1"),
        (lambda: dataclasses.replace(PETS, std=(1.0,)), r"per channel.*std \(1.0,\)"),
        (lambda: dataclasses.replace(PETS, mean=(0.1, 0.2)), r"1 or 3 channels.*\(0.1, 0.2\)"),
    ],
)
def test_an_impossible_description_is_refused_with_what_was_given(make, message):
    with pytest.raises(SpecError, match=message):
        make()
