"""Data of the small worlds that no library has."""

import pytest
import torch

from claims.goldblum2020truth.pooled_data import Pooled
from claims.goldblum2020truth.raw_pixels import RawDigits
from dltheory.data import CorruptedLabels, Digits
from dltheory.errors import SpecError

NOISY = CorruptedLabels(data=Digits(train=20), fraction=0.5)


@pytest.fixture
def load(tmp_path):
    return lambda data: data.load(tmp_path / "data", cache=tmp_path / "cache")


def test_each_pooled_pixel_is_the_mean_of_a_square(load):
    whole, pooled = load(NOISY), load(Pooled(data=NOISY))

    square = whole.test.images[7, 0, 2:4, 4:6]
    torch.testing.assert_close(pooled.test.images[7, 0, 1, 2], square.mean())


def test_pooling_leaves_labels_and_order_alone(load):
    whole, pooled = load(NOISY), load(Pooled(data=NOISY))

    assert torch.equal(whole.train.labels, pooled.train.labels)
    assert pooled.train.images.shape == (20, *Pooled(data=NOISY).shape)


@pytest.mark.parametrize("size", [0, 3, 16])
def test_a_size_that_does_not_divide_the_image_is_refused(size):
    with pytest.raises(SpecError, match=f"size {size}"):
        Pooled(data=NOISY, size=size)


def test_raw_pixels_are_sixteenths_between_0_and_1(load):
    pixels = load(RawDigits(train=20)).train.images

    torch.testing.assert_close(16 * pixels, (16 * pixels).round(), atol=1e-5, rtol=0)
    assert pixels.min() >= -1e-6
    assert pixels.max() <= 1 + 1e-6


def test_raw_digits_are_those_of_the_normalised_ones(load):
    raw, normalised = load(RawDigits(train=20)).train, load(Digits(train=20)).train

    assert torch.equal(raw.labels, normalised.labels)
    correlation = torch.corrcoef(torch.stack([raw.images.flatten(), normalised.images.flatten()]))
    assert correlation[0, 1] == pytest.approx(1.0)
