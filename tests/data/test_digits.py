from pathlib import Path

import pytest
import torch

from dltheory.data import Digits
from dltheory.data.digits import SCALE
from dltheory.data.digits_loading import dealt

NOWHERE = Path("absent")


@pytest.fixture(scope="module")
def full():
    return Digits().load(NOWHERE, cache=NOWHERE)


def rows_of(labelled):
    return {row.numpy().tobytes() for row in labelled.images}


def test_all_1797_images_are_in_exactly_one_split():
    images, _ = dealt()
    assert images.unique(dim=0).shape == (1797, 1, 8, 8)


def test_the_splits_share_no_image(full):
    train, validation, test = map(rows_of, (full.train, full.validation, full.test))

    assert (len(train), len(validation), len(test)) == (1000, 297, 500)
    assert train.isdisjoint(validation | test)
    assert validation.isdisjoint(test)


@pytest.mark.parametrize("sizes", [{"train": 7}, {"validation": 0}, {"test": 9}], ids=str)
def test_a_smaller_split_is_the_beginning_of_the_full_one(full, sizes):
    few = Digits(**sizes).load(NOWHERE, cache=NOWHERE)

    for name in ("train", "test"):
        part = few.split(name)
        assert torch.equal(part.images, full.split(name).images[: len(part)])
        assert torch.equal(part.labels, full.split(name).labels[: len(part)])


def test_no_validation_images_mean_no_validation_split():
    assert Digits(validation=0).load(NOWHERE, cache=NOWHERE).validation is None


def test_the_scale_is_that_of_the_full_training_split():
    images, _ = dealt()
    train = images[797:]

    assert SCALE.mean[0] == pytest.approx(train.mean().item(), abs=1e-12)
    assert SCALE.std[0] == pytest.approx(train.std(correction=0).item(), abs=1e-12)


def test_training_images_have_mean_0_and_standard_deviation_1(full):
    assert full.train.images.mean().item() == pytest.approx(0, abs=1e-6)
    assert full.train.images.std(correction=0).item() == pytest.approx(1, abs=1e-6)


def test_the_darkest_pixel_is_black(full):
    assert full.train.images.min().item() == pytest.approx(Digits().black[0], abs=1e-6)


def test_every_class_is_in_every_split(full):
    for name in ("train", "validation", "test"):
        assert full.split(name).labels.bincount(minlength=10).min() >= 15


def test_labels_belong_to_their_images():
    from sklearn.datasets import load_digits

    original = load_digits()
    label_of = dict(zip(map(bytes, original.images.astype("u1")), original.target, strict=True))
    images, labels = dealt()

    found = [label_of[bytes(image.numpy())] for image in (images * 16).to(torch.uint8)]

    assert found == labels.tolist()
