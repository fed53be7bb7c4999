import shutil

import numpy as np
import pytest

from dltheory.data import CIFAR10, CIFAR100, MNIST
from dltheory.errors import DataError


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def small_cifar_tree(image_tree):
    """Three class folders that pretend to be CIFAR-10."""
    (image_tree / "pets").rename(image_tree / "cifar10")
    return image_tree / "cifar10"


@pytest.mark.parametrize("spec", [MNIST(), CIFAR10(), CIFAR100()], ids=lambda spec: spec.name)
def test_an_absent_data_root_is_refused(spec, tmp_path, cache):
    with pytest.raises(DataError, match=r"data root must be a folder; got .*absent.*--data-root"):
        spec.load(tmp_path / "absent", cache=cache)


@pytest.mark.parametrize(
    ("spec", "original", "tree"),
    [
        (MNIST(), "MNIST/raw/", "mnist/train/<class>/"),
        (CIFAR10(), "cifar-10-batches-py/", "cifar10/train/<class>/"),
        (CIFAR100(), "cifar-100-python/", "cifar100/train/<class>/"),
    ],
    ids=["mnist", "cifar10", "cifar100"],
)
def test_an_absent_data_set_names_both_layouts_and_the_remedy(spec, original, tree, root, cache):
    with pytest.raises(DataError, match="Give --data-root=DIR, or --download") as error:
        spec.load(root, cache=cache)

    assert all(part in str(error.value) for part in (original, tree, str(root)))


def test_a_half_downloaded_original_names_the_missing_files(root, cache):
    folder = root / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "data_batch_1").touch()

    with pytest.raises(DataError, match=r"7 files of CIFAR-10; got 1, without data_batch_2, .*--d"):
        CIFAR10().load(root, cache=cache)


def test_a_broken_original_is_not_replaced_silently_by_a_tree(small_cifar_tree, cache):
    (small_cifar_tree.parent / "cifar-10-batches-py").mkdir()

    with pytest.raises(DataError, match="must hold the 7 files"):
        CIFAR10().load(small_cifar_tree.parent, cache=cache)


def test_a_tree_with_the_wrong_number_of_classes_is_refused(small_cifar_tree, cache):
    with pytest.raises(DataError, match="must hold 10 class folders; got 3: a, b, c"):
        CIFAR10().load(small_cifar_tree.parent, cache=cache)


def test_a_tree_with_the_wrong_number_of_images_is_refused(small_cifar_tree, cache):
    for part in ("train", "test"):
        for name in "defghij":
            shutil.copytree(small_cifar_tree / part / "a", small_cifar_tree / part / name)

    with pytest.raises(DataError, match="50,000 training and 10,000 test images; got 40 and 20"):
        CIFAR10().load(small_cifar_tree.parent, cache=cache)


@pytest.fixture
def blank_mnist(root, write_idx):
    """Files with the right shapes, and nothing but zeros in them."""
    for prefix, count in (("train", 60_000), ("t10k", 10_000)):
        images = np.zeros((count, 28, 28), dtype=np.uint8)
        write_idx(root / "MNIST" / "raw" / f"{prefix}-images-idx3-ubyte", images)
        write_idx(root / "MNIST" / "raw" / f"{prefix}-labels-idx1-ubyte", images[:, 0, 0])
    return root


def test_files_of_the_right_shape_that_are_not_mnist_are_refused(blank_mnist, cache):
    with pytest.raises(
        DataError, match=r"train-images-idx3-ubyte must have MD5 6bbc.*; got .*Delete"
    ):
        MNIST().load(blank_mnist, cache=cache)


def test_a_truncated_mnist_file_is_named(blank_mnist, cache):
    path = blank_mnist / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte must have 60,008 bytes.*59,908"):
        MNIST().load(blank_mnist, cache=cache)


def test_another_number_of_mnist_images_is_refused(blank_mnist, write_idx, cache):
    path = blank_mnist / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    write_idx(path, np.zeros((9_999, 28, 28)))

    with pytest.raises(DataError, match=r"must have 10,000 images.*; got 9,999"):
        MNIST().load(blank_mnist, cache=cache)
