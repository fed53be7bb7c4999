"""On MNIST and CIFAR-10 themselves; needs DLTHEORY_DATA_ROOT."""

import pytest
import torch

from dltheory.data import CIFAR10, MNIST


@pytest.fixture(scope="module")
def cifar10(real_data_root, real_data_cache):
    return CIFAR10().load(real_data_root, cache=real_data_cache)


@pytest.fixture(scope="module")
def mnist(real_data_root, real_data_cache):
    return MNIST().load(real_data_root, cache=real_data_cache)


def test_cifar10_has_50000_and_10000_colour_images(cifar10):
    assert cifar10.train.images.shape == (50_000, 3, 32, 32)
    assert cifar10.test.images.shape == (10_000, 3, 32, 32)


def test_cifar10_has_as_many_images_of_every_class(cifar10):
    assert cifar10.train.labels.bincount().tolist() == [5000] * 10
    assert cifar10.test.labels.bincount().tolist() == [1000] * 10


def test_cifar10_channels_are_centred(cifar10):
    assert cifar10.train.images.mean((0, 2, 3)).abs().max() < 0.01


def test_cifar10_is_darkest_where_it_is_black(cifar10):
    assert cifar10.train.images.amin((0, 2, 3)).tolist() == pytest.approx(CIFAR10().black)


def test_cifar10_says_what_it_was_read_from(cifar10):
    assert cifar10.form in (
        "CIFAR-10, original files",
        "CIFAR-10 from an image folder (JPEG)",
        "CIFAR-10 from an image folder (PNG)",
    )


def test_cifar10_from_the_cache_equals_cifar10_from_the_files(
    cifar10, real_data_root, real_data_cache
):
    again = CIFAR10().load(real_data_root, cache=real_data_cache)

    assert torch.equal(again.train.images, cifar10.train.images)
    assert torch.equal(again.test.labels, cifar10.test.labels)


def test_mnist_has_60000_and_10000_grey_images(mnist):
    assert mnist.train.images.shape == (60_000, 1, 28, 28)
    assert mnist.test.images.shape == (10_000, 1, 28, 28)


def test_mnist_has_its_known_numbers_of_each_digit(mnist):
    assert mnist.train.labels.bincount().tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip


def test_mnist_is_centred_and_scaled(mnist):
    assert mnist.train.images.mean().item() == pytest.approx(0, abs=1e-3)
    assert mnist.train.images.std().item() == pytest.approx(1, abs=1e-3)


def test_mnist_without_normalisation_is_in_the_unit_interval(real_data_root, real_data_cache):
    train = MNIST(normalised=False).load(real_data_root, cache=real_data_cache).train
    assert (train.images.min().item(), train.images.max().item()) == (0.0, 1.0)


def test_held_out_mnist_images_are_neither_lost_nor_shared(mnist, real_data_root, real_data_cache):
    parts = MNIST(validation=10_000).load(real_data_root, cache=real_data_cache)
    rows = (
        torch.cat([parts.train.images, parts.validation.images])
        .flatten(1)
        .sum(1, dtype=torch.float64)
    )

    assert (len(parts.train), len(parts.validation)) == (50_000, 10_000)
    expected = mnist.train.images.flatten(1).sum(1, dtype=torch.float64)
    assert torch.equal(rows.sort().values, expected.sort().values)
    assert torch.equal(parts.test.images, mnist.test.images)
