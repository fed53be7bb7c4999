import dataclasses
import math
from pathlib import Path

import pytest
import torch

from dltheory.data import GaussianClusters
from dltheory.data.gaussian_draws import class_means

NOWHERE = Path("absent")
CLOUDS = GaussianClusters(classes=4, inputs=6, train=40_000, test=10, separation=3.0, seed=1)


def load(spec):
    return spec.load(NOWHERE, cache=NOWHERE)


def test_class_means_are_orthogonal_with_the_norm_asked_for():
    means = class_means(CLOUDS)
    torch.testing.assert_close(means @ means.T, 9 * torch.eye(4, dtype=torch.float64))


def test_each_cloud_has_its_mean_and_unit_covariance():
    train = load(CLOUDS).train
    cloud = train.images[train.labels == 2]

    bound = 5 / math.sqrt(len(cloud))  # five standard errors, or more for the off-diagonal
    torch.testing.assert_close(cloud.mean(0), class_means(CLOUDS)[2].float(), atol=bound, rtol=0)
    torch.testing.assert_close(cloud.T.cov(), torch.eye(6), atol=bound * math.sqrt(2), rtol=0)


def test_two_classes_have_the_error_that_is_known():
    spec = dataclasses.replace(CLOUDS, classes=2, separation=1.0)
    train, means = load(spec).train, class_means(spec).float()

    error = (torch.cdist(train.images, means).argmin(1) != train.labels).float().mean().item()

    expected = 0.5 * math.erfc(1 / 2)  # Φ(−1/√2)
    assert error == pytest.approx(expected, abs=5 * math.sqrt(expected / 40_000))


def test_classes_are_equally_frequent():
    assert load(CLOUDS).train.labels.bincount().tolist() == [10_000] * 4


def test_labels_are_in_random_order():
    labels = load(CLOUDS).train.labels
    assert (labels[1:] == labels[:-1]).float().mean().item() == pytest.approx(1 / 4, abs=0.02)


def test_the_same_seed_gives_the_same_draws():
    assert torch.equal(load(CLOUDS).train.images, load(CLOUDS).train.images)


def test_another_seed_gives_other_draws():
    other = dataclasses.replace(CLOUDS, seed=2)
    assert not torch.equal(load(CLOUDS).test.images, load(other).test.images)


def test_the_test_split_does_not_depend_on_the_number_of_training_draws():
    fewer = dataclasses.replace(CLOUDS, train=20)
    assert torch.equal(load(CLOUDS).test.images, load(fewer).test.images)
