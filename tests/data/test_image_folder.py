import logging
import shutil

import pytest
import torch
from PIL import Image

from dltheory.data import ImageFolderData
from dltheory.errors import DataError
from tests.data.conftest import write_image

PETS = ImageFolderData(name="pets", size=8, classes=3, normalised=False)


@pytest.fixture
def broken_tree(image_tree):
    """The tree with one empty and one truncated image."""
    folder = image_tree / "pets" / "train"
    (folder / "a" / "1.png").write_bytes(b"")
    whole = (folder / "b" / "2.png").read_bytes()
    (folder / "b" / "2.png").write_bytes(whole[: len(whole) // 2])
    return image_tree


def test_labels_are_the_places_of_the_class_folders_in_sorted_order(image_tree, cache):
    train = PETS.load(image_tree, cache=cache).train

    assert train.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert (train.images[:, 0, 0, 0] * 255).round().long().tolist() == [
        100 * label + index for label in range(3) for index in range(4)
    ]


def test_folders_that_are_numbers_are_in_the_order_of_the_numbers(tmp_path, cache):
    for part in ("train", "test"):
        for number in range(11):
            write_image(tmp_path / "counts" / part / str(number) / "0.png", 20 * number)
    spec = ImageFolderData(name="counts", size=8, classes=11, normalised=False)

    train = spec.load(tmp_path, cache=cache).train

    assert train.labels.tolist() == list(range(11))
    shades = (train.images[:, 0, 0, 0] * 255).round().long()
    assert (shades // 20).tolist() == train.labels.tolist()


def test_the_test_split_is_read_from_its_own_folder(image_tree, cache):
    test = PETS.load(image_tree, cache=cache).test
    assert (test.images[:, 2, 7, 7] * 255).round().long().tolist() == [0, 1, 100, 101, 200, 201]


def test_normalised_images_are_pixel_minus_mean_over_std(image_tree, cache):
    spec = ImageFolderData(
        name="pets", size=8, classes=3, mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 4.0)
    )
    image = spec.load(image_tree, cache=cache).train.images[5]  # brightness 101

    expected = torch.tensor([101 / 255 - 0.1, (101 / 255 - 0.2) / 2, (101 / 255 - 0.3) / 4])
    torch.testing.assert_close(image, expected[:, None, None].expand(3, 8, 8))


def test_a_black_pixel_has_the_value_of_black(image_tree, cache):
    spec = ImageFolderData(name="pets", size=8, classes=3)
    image = spec.load(image_tree, cache=cache).train.images[0]  # brightness 0

    assert image[:, 3, 3].tolist() == pytest.approx(spec.black)


def test_images_of_another_size_are_resized(image_tree, cache):
    spec = ImageFolderData(name="pets", size=5, classes=3, normalised=False)
    images = spec.load(image_tree, cache=cache).train.images

    assert images.shape == (12, 3, 5, 5)
    assert (images[4] * 255).round().unique().tolist() == [100]


def test_one_mean_makes_images_grey(image_tree, cache):
    spec = ImageFolderData(name="pets", size=8, classes=3, mean=(0.5,), std=(1.0,))
    assert spec.load(image_tree, cache=cache).test.images.shape == (6, 1, 8, 8)


def test_axes_are_channel_row_column(image_tree, cache):
    path = image_tree / "pets" / "train" / "a" / "0.png"
    image = Image.new("RGB", (8, 8))
    image.putpixel((6, 1), (0, 255, 0))  # Pillow counts column, row
    image.save(path)

    assert PETS.load(image_tree, cache=cache).train.images[0].nonzero().tolist() == [[1, 1, 6]]


def test_hidden_and_foreign_files_are_no_images(image_tree, cache):
    for name in (".hidden.png", "notes.txt"):
        (image_tree / "pets" / "train" / "a" / name).write_text("no image")
    (image_tree / "pets" / "train" / ".checkpoints").mkdir()

    assert len(PETS.load(image_tree, cache=cache).train) == 12


def test_the_form_names_the_kinds_of_files(image_tree, cache):
    folder = image_tree / "pets" / "test" / "a"
    Image.open(folder / "0.png").save(folder / "9.JPG")

    assert PETS.load(image_tree, cache=cache).form == "pets from an image folder (JPEG, PNG)"


@pytest.mark.parametrize("count", [1, 5])
def test_validation_and_training_images_share_nothing_and_are_all(count, image_tree, cache):
    spec = ImageFolderData(name="pets", size=8, classes=3, validation=count, normalised=False)
    splits = spec.load(image_tree, cache=cache)

    train, held_out = (
        {round(image[0, 0, 0].item() * 255) for image in part.images}
        for part in (splits.train, splits.validation)
    )
    assert (len(train), len(held_out)) == (12 - count, count)
    assert train.isdisjoint(held_out)


def test_a_smaller_validation_split_is_part_of_every_larger_one(image_tree, cache):
    few, many = (
        ImageFolderData(name="pets", size=8, classes=3, validation=count, normalised=False)
        .load(image_tree, cache=cache)
        .validation.images[:, 0, 0, 0]
        for count in (2, 7)
    )
    assert set(few.tolist()) < set(many.tolist())


def test_broken_images_are_named_together_with_the_remedy(broken_tree, cache):
    with pytest.raises(DataError, match=r"All 12.* got 2 that are not: .*Delete what") as error:
        PETS.load(broken_tree, cache=cache)

    assert "train/a/1.png (0 bytes; cannot identify" in str(error.value)
    assert "train/b/2.png (" in str(error.value)


@pytest.mark.parametrize("kept", [200, 500])
def test_a_truncated_jpeg_is_refused(kept, image_tree, cache):
    path = image_tree / "pets" / "test" / "c" / "5.jpg"
    Image.effect_noise((8, 8), 90).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(DataError, match=rf"got 1 .*c/5.jpg \({kept} bytes; "):
        PETS.load(image_tree, cache=cache)


def test_nothing_is_cached_after_a_failure(broken_tree, cache):
    with pytest.raises(DataError):
        PETS.load(broken_tree, cache=cache)

    assert list(cache.glob("*.safetensors")) == []


def test_an_empty_class_folder_is_named(image_tree, cache):
    folder = image_tree / "pets" / "test" / "b"
    shutil.rmtree(folder)
    folder.mkdir()

    with pytest.raises(DataError, match=r"must hold images.*none in .*pets/test/b. Unpack"):
        PETS.load(image_tree, cache=cache)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("train/b", "pets/train must hold 3 class folders; got 2: a, c. Unpack"),
        ("test", "pets/test must hold 3 class folders; got 0. Unpack"),
    ],
)
def test_a_missing_class_folder_is_reported_with_those_there_are(part, message, image_tree, cache):
    shutil.rmtree(image_tree / "pets" / part)

    with pytest.raises(DataError, match=message):
        PETS.load(image_tree, cache=cache)


def test_training_and_test_classes_must_have_the_same_names(image_tree, cache):
    (image_tree / "pets" / "test" / "b").rename(image_tree / "pets" / "test" / "d")

    with pytest.raises(DataError, match=r"\['b'\] in train alone and \['d'\] in test alone"):
        PETS.load(image_tree, cache=cache)


def test_a_data_set_that_is_absent_says_what_was_looked_for(image_tree, cache):
    spec = ImageFolderData(name="cars", size=8, classes=3)

    with pytest.raises(DataError, match=r"cars/train/<class>/.*no folder 'cars'. Give --data-root"):
        spec.load(image_tree, cache=cache)


def test_decoding_logs_its_progress(image_tree, cache, caplog):
    with caplog.at_level(logging.INFO, logger="dltheory.data"):
        PETS.load(image_tree, cache=cache)

    assert "Decoding 18 files of pets from an image folder (PNG)" in caplog.text
    assert "Decoded 12 of 12 images in" in caplog.text
