import math
from pathlib import Path

import pytest
import torch

from dltheory.data import CorruptedLabels, Digits, GaussianClusters, ShuffledLabels

NOWHERE = Path("absent")
CLOUDS = GaussianClusters(classes=5, inputs=5, train=20_000, test=50, separation=1.0, seed=0)


def load(spec):
    return spec.load(NOWHERE, cache=NOWHERE)


@pytest.fixture(scope="module")
def clean():
    return load(CLOUDS)


@pytest.mark.parametrize("fraction", [0.0, 0.2, 1.0])
def test_the_share_of_wrong_labels_is_fraction_times_1_minus_1_over_classes(fraction, clean):
    noisy = load(CorruptedLabels(data=CLOUDS, fraction=fraction))
    wrong = (noisy.train.labels != clean.train.labels).double().mean().item()

    expected = fraction * (1 - 1 / 5)
    assert wrong == pytest.approx(expected, abs=5 * math.sqrt(expected / 20_000))


def test_fully_redrawn_labels_are_uniform():
    counts = load(CorruptedLabels(data=CLOUDS, fraction=1.0)).train.labels.bincount(minlength=5)
    assert (counts - 4000).abs().max() < 5 * math.sqrt(20_000 * 0.2 * 0.8)


def test_a_larger_fraction_keeps_the_labels_that_a_smaller_one_redrew(clean):
    small, large = (load(CorruptedLabels(data=CLOUDS, fraction=f)).train.labels for f in (0.1, 0.4))
    redrawn = small != clean.train.labels

    assert torch.equal(small[redrawn], large[redrawn])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda seed: CorruptedLabels(data=CLOUDS, fraction=0.5, seed=seed),
        lambda seed: ShuffledLabels(data=CLOUDS, seed=seed),
    ],
    ids=["corrupted", "shuffled"],
)
def test_labels_are_fixed_by_the_seed(wrap):
    first, again, other = (load(wrap(seed)).train.labels for seed in (0, 0, 1))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    "wrap",
    [lambda data: CorruptedLabels(data=data, fraction=1.0), lambda data: ShuffledLabels(data=data)],
    ids=["corrupted", "shuffled"],
)
def test_images_and_the_other_splits_are_left_alone(wrap):
    clean, noisy = load(Digits()), load(wrap(Digits()))

    assert torch.equal(noisy.train.images, clean.train.images)
    assert torch.equal(noisy.validation.labels, clean.validation.labels)
    assert torch.equal(noisy.test.labels, clean.test.labels)


def test_shuffling_keeps_the_frequencies_and_breaks_the_link():
    clean, shuffled = load(Digits()).train.labels, load(ShuffledLabels(data=Digits())).train.labels

    assert torch.equal(shuffled.bincount(), clean.bincount())
    assert (shuffled == clean).float().mean() < 0.2


def test_the_form_says_what_was_done_to_the_labels():
    assert load(CorruptedLabels(data=Digits(), fraction=0.2)).form == (
        "handwritten digits of scikit-learn, 8×8, 0.2 of the training labels redrawn"
    )


def test_wrappers_can_be_nested():
    spec = ShuffledLabels(data=CorruptedLabels(data=Digits(), fraction=0.2))

    assert spec.black == Digits().black
    assert load(spec).form.endswith("redrawn, training labels shuffled")
